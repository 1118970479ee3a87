package main

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers"
)

// heldDelay is the system's clock, on which one delay ends when the test says so.
type heldDelay struct {
	core.SystemClock

	delay time.Duration
	begun chan struct{} // receives when the delay begins
	end   chan time.Time
}

func (c heldDelay) After(d time.Duration) <-chan time.Time {
	if d != c.delay {
		return c.SystemClock.After(d)
	}
	c.begun <- struct{}{}
	return c.end
}

// Until the delay is over, a server that was told to stop takes requests, but says that it
// wants none, and keeps no connection.
func TestDrain(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load(append(serveEnviron(migratedDir(t)), "CRIER_SHUTDOWN_DELAY=9m59s"), "", providers.Adapters()...)
	if err != nil {
		t.Fatal(err)
	}
	clock := heldDelay{delay: cfg.ShutdownDelay, begun: make(chan struct{}), end: make(chan time.Time)}
	s, err := newServer(t.Context(), cfg, slog.New(slog.DiscardHandler), serverOptions{api: true, clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	started, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- s.run(ctx, func(context.Context) error { close(started); return nil }) }()
	<-started
	if closes := closesConnections(t, s.api.url()); closes {
		t.Error("a server that runs closes connections")
	}
	stop()
	<-clock.begun
	if status, text := fetch(t, s.ops.url()+"/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(text, "stopping") {
		t.Errorf("readyz while it drains: %d %s", status, text)
	}
	if closes := closesConnections(t, s.api.url()); !closes {
		t.Error("a server that drains keeps connections")
	}
	clock.end <- time.Time{}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// closesConnections asks the API, which has to answer, and tells whether it ends the connection.
func closesConnections(t *testing.T, url string) bool {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/openapi.json", nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	res, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		t.Errorf("the API answered %d", res.StatusCode)
	}
	return res.Close
}

// A worker has nobody to turn away, and without a delay a server has no need to.
func TestNoDrain(t *testing.T) {
	t.Parallel()
	for command, delay := range map[string]string{"worker": "10m", "serve": "0s"} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		environ := append(serveEnviron(migratedDir(t)), "CRIER_SHUTDOWN_DELAY="+delay)
		log := &stopAt{text: `"msg":"started"`, stop: cancel}
		code := run(ctx, cli{environ: environ, stdout: &strings.Builder{}, stderr: log}, []string{command})
		if code != exitOK || strings.Contains(log.written.String(), "draining") {
			t.Errorf("%s ended with %d:\n%s", command, code, &log.written)
		}
	}
}
