package notify_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/notify"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

// profile makes another user profile.
func (f *fixture) profile(i int) core.Profile {
	f.t.Helper()
	p := coretest.Profile(func(p *core.Profile) {
		p.ID, p.Title, p.RefID, p.Primary = core.NewID(f.clock.Now()), fmt.Sprint("Customer ", i), fmt.Sprintf("%040d", i), false
	})
	if err := f.store.CreateProfile(f.t.Context(), p, []byte(p.ID)); err != nil {
		f.t.Fatal(err)
	}
	return p
}

// hangingHost is a host that takes calls and answers none.
func hangingHost(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}))
	t.Cleanup(s.Close)
	return s
}

// TestHangingAddressesDelayNobody: a call that is told of last arrives before the first of
// those has timed out that hang, be they many addresses of a host or many hosts.
func TestHangingAddressesDelayNobody(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ hosts, paths int }{
		"200 paths of a host": {1, 200},
		"60 hosts":            {60, 4},
		"many paths of hosts": {notify.Concurrency/notify.TenantMax - 1, notify.TenantMax},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			for i := range tc.hosts {
				host := hangingHost(t)
				for j := range tc.paths {
					p := f.profile(i*tc.paths + j)
					f.put(p, fmt.Sprint(host.URL, "/", j))
					f.tell(p, "dead")
				}
			}
			f.register(f.customer, scheduled, "/hook")
			f.tell(f.customer, "fine")
			f.start()
			f.results.wait(notify.ResultDelivered, 1)
			f.endpoint.only(t)
			if got := f.results.all(); len(got) != 1 {
				t.Errorf("calls that hang came to their end before: %v", got)
			}
		})
	}
}

// hang lets a path of the endpoint take calls and answer none.
func (e *endpoint) hang(path string) {
	e.answer(path, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
}

// TestHangingPathsBesideOneThatAnswers: a call arrives while others to the same host hang: as
// many of which nothing is known yet as have room beside it, or any number that were slow before.
func TestHangingPathsBesideOneThatAnswers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		paths int
		known bool
	}{
		"nothing is known": {notify.TenantMax - 1, false},
		"all were slow":    {2 * notify.TenantMax, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, func(c *notify.Config) { c.Timeout = time.Minute }) // a third of it is slow
			profiles, before := make([]core.Profile, tc.paths), 0
			for i := range profiles {
				profiles[i] = f.profile(i)
				path := fmt.Sprint("/dead/", i)
				f.register(profiles[i], scheduled, path)
				if tc.known {
					f.endpoint.answer(path, func(http.ResponseWriter, *http.Request) { f.clock.Advance(20 * time.Second) })
					f.tell(profiles[i], "slow")
					before += f.work()
				}
				f.endpoint.hang(path)
			}
			for _, p := range profiles {
				f.tell(p, "dead")
			}
			f.register(f.customer, scheduled, "/hook")
			id := f.tell(f.customer, "fine")
			f.start()
			f.results.wait(notify.ResultDelivered, before+1)
			if m := f.message(id); m.State != store.MessageDelivered || m.Sends != 1 {
				t.Errorf("the message is %+v", m)
			}
		})
	}
}

// TestSlowEndpoints: addresses of a host that were slow are called twice at a time at most;
// further calls wait, which the log tells, and those are no tries. One that answers in time is
// as any other again.
func TestSlowEndpoints(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *notify.Config) { c.Timeout = time.Minute }) // a third of it is slow
	entered, release := make(chan struct{}), make(chan struct{})
	profiles := make([]core.Profile, 3)
	for i := range profiles {
		path := fmt.Sprint("/hook/", i)
		profiles[i] = f.profile(i)
		f.register(profiles[i], scheduled, path)
		f.endpoint.answer(path, func(http.ResponseWriter, *http.Request) { f.clock.Advance(20 * time.Second) })
		f.tell(profiles[i], "post")
		f.work()
		f.endpoint.answer(path, func(http.ResponseWriter, *http.Request) {
			entered <- struct{}{}
			<-release
		})
	}
	var done []chan error
	for _, p := range profiles[:2] {
		f.tell(p, "post")
		j, _ := f.claim()
		ended := make(chan error, 1)
		done = append(done, ended)
		go func() { ended <- f.Handlers()[notify.WebhookJob](context.WithoutCancel(t.Context()), j) }()
		<-entered
	}
	f.endpoint.answer("/hook/2", nil)
	id := f.tell(profiles[2], "post")
	behind := f.tell(profiles[2], "post")
	f.register(f.customer, scheduled, "/another")
	another := f.tell(f.customer, "post")
	f.work()
	m := f.message(id)
	if wait := m.NextAt.Sub(f.clock.Now()); m.Sends != 0 || m.State != store.MessagePending || wait < 10*time.Second || wait > 15*time.Second {
		t.Errorf("the third call waits for %v: %+v", wait, m)
	}
	if !strings.Contains(m.Waits, "slow addresses") {
		t.Errorf("it waits %q", m.Waits)
	}
	if got := f.message(behind).Waits; !strings.Contains(got, "an earlier call for this profile") {
		t.Errorf("the one behind it waits %q", got)
	}
	if m := f.message(another); m.State != store.MessageDelivered || m.Waits != "" {
		t.Errorf("the message to an address that was not slow is %+v", m)
	}
	close(release)
	for _, ended := range done {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	f.clock.Set(m.NextAt)
	f.work()
	for _, id := range []string{id, behind} {
		if m := f.message(id); m.State != store.MessageDelivered || m.Sends != 1 || m.Waits != "" {
			t.Errorf("the message is %+v", m)
		}
	}
}

// TestTenantIsTheHost: all addresses of a host share its workers.
func TestTenantIsTheHost(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	tenant := func(i int, address string) string {
		t.Helper()
		p := f.profile(i)
		f.put(p, address)
		f.tell(p, "post")
		j, ok := f.claim()
		if !ok {
			t.Fatal("there is no job")
		}
		return j.Tenant
	}
	one := tenant(1, "https://example.com/a")
	for i, same := range []string{"https://example.com/b?c=d", "https://EXAMPLE.com:443/"} {
		if tenant(10+i, same) != one {
			t.Errorf("%s is another tenant", same)
		}
	}
	for i, other := range []string{"https://example.com:8443/a", "http://example.com/a", "https://www.example.com/a"} {
		if tenant(20+i, other) == one {
			t.Errorf("%s is the same tenant", other)
		}
	}
}

// TestDeletedWebhookDropsItsCalls: what is on its way to a webhook that is deleted goes to
// nobody else, and is said to be dropped at once; what is to go to others stays.
func TestDeletedWebhookDropsItsCalls(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.register(f.primary, scheduled, "/primary")
	f.register(f.customer, scheduled, "/own")
	f.endpoint.status("/own", http.StatusServiceUnavailable)
	var own []string
	for range 110 { // more than one page
		own = append(own, f.tell(f.customer, "post"))
	}
	f.work()
	f.endpoint.take()
	others := f.tell(f.primary, "post")
	f.unregister(f.customer)
	for _, id := range own {
		if m := f.message(id); m.State != store.MessageDropped || m.EndedAt.IsZero() {
			t.Fatalf("the message is %+v", m)
		}
	}
	_, err := f.Resend(t.Context(), f.customer.ID, own[0])
	if core.CodeOf(core.AsError(err)) != core.CodeWebhookNotFound {
		t.Errorf("sending it again: %v", err)
	}
	f.workAll()
	if got := hookIDs(t, f.endpoint.take()); len(got) != 1 || got[0] != others {
		t.Errorf("called for %v, want %s alone", got, others)
	}
	if n := f.results.all()[notify.ResultDropped]; n != len(own) {
		t.Errorf("%d messages count as dropped, want %d", n, len(own))
	}
}

// TestCallThatWasCutOff: a call during which the server was killed is in the log, and the next
// has another number.
func TestCallThatWasCutOff(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.register(f.customer, scheduled, "/hook")
	id := f.tell(f.customer, "post")
	killed := errors.New("killed")
	ctx, kill := context.WithCancelCause(t.Context())
	f.endpoint.answer("/hook", func(_ http.ResponseWriter, r *http.Request) {
		if m := f.message(id); m.Sends != 1 || len(m.Tries) != 1 {
			t.Errorf("during the call the message is %+v", m)
		}
		kill(killed)
		<-r.Context().Done()
	})
	j, _ := f.claim()
	if err := f.Handlers()[notify.WebhookJob](ctx, j); !errors.Is(err, killed) {
		t.Errorf("the job ended with %v", err)
	}
	if err := f.store.Finish(t.Context(), j, queue.Disposition{Outcome: queue.Snoozed, RunAt: f.clock.Now()}); err != nil {
		t.Fatal(err)
	}
	f.endpoint.status("/hook", http.StatusServiceUnavailable)
	f.endpoint.take()
	f.work()
	if got := f.endpoint.only(t).header.Get("X-Ayrshare-Delivery-Attempt"); got != "2" {
		t.Errorf("the next call is attempt %s", got)
	}
	if m := f.message(id); m.Sends != 2 || m.Attempts != 1 || len(m.Tries) != 2 || m.Tries[0].Status != 0 || m.Tries[1].Status != http.StatusServiceUnavailable {
		t.Errorf("the message is %+v", m)
	}
}
