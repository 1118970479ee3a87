package notify_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/notify"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs a runner as a server does, until the test ends.
func (f *fixture) start() {
	f.t.Helper()
	r, err := queue.NewRunner(queue.RunnerConfig{
		Backend: f.store, Handlers: f.Handlers(), Clock: core.SystemClock{}, Log: slog.New(slog.DiscardHandler),
		Concurrency: notify.Concurrency, TenantMax: notify.TenantMax,
	})
	if err != nil {
		f.t.Fatal(err)
	}
	r.Start(f.t.Context())
	f.t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel() // interrupt what hangs
		_ = r.Stop(ctx)
	})
}

// TestDeadEndpointDelaysNobody: while an endpoint hangs that a hundred calls of many profiles
// wait for, those of fifty others arrive.
func TestDeadEndpointDelaysNobody(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	entered := make(chan struct{}, 200)
	dead := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		entered <- struct{}{}
		<-r.Context().Done()
	}))
	t.Cleanup(dead.Close)
	for i := range notify.TenantMax + 8 { // in as many lanes
		p := f.profile(i)
		f.put(p, dead.URL)
		for range 3 {
			f.tell(p, "dead")
		}
	}
	var healthy []string // ids
	for i := range 50 {
		p := f.profile(100 + i)
		f.register(p, scheduled, fmt.Sprint("/hook/", i))
		healthy = append(healthy, f.tell(p, "fine"))
	}
	f.start()
	for range notify.TenantMax {
		<-entered
	}
	f.results.wait(notify.ResultDelivered, len(healthy))
	if n := len(entered); n > 0 {
		t.Errorf("%d more calls to the dead endpoint are under way", n)
	}
	for _, id := range healthy {
		if m := f.message(id); m.State != store.MessageDelivered {
			t.Errorf("the message is %+v", m)
		}
	}
	if n := len(f.endpoint.take()); n != 50 {
		t.Errorf("%d calls arrived, want 50", n)
	}
}

// TestStoppingIsNoFailure: a call that the end of the server cuts off is no failure of the
// endpoint, which may have got it.
func TestStoppingIsNoFailure(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.register(f.customer, scheduled, "/hook")
	entered := make(chan struct{})
	f.endpoint.answer("/hook", func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
	})
	id := f.tell(f.customer, "post1")
	ctx, cancel := context.WithCancel(t.Context())
	j, _ := f.claim()
	done := make(chan error)
	go func() { done <- f.Handlers()[notify.WebhookJob](ctx, j) }()
	<-entered
	cancel()
	if err := <-done; err == nil {
		t.Error("the job is done")
	}
	m := f.message(id)
	if m.Attempts != 0 || m.State != store.MessagePending || len(m.Tries) != 1 || !strings.Contains(m.Tries[0].Error, "the server stopped during it") {
		t.Errorf("the message is %+v", m)
	}
}
