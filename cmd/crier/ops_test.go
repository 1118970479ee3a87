package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/queue"
)

// fakeQueue is a queue of which only the numbers are asked for.
type fakeQueue struct {
	backlog int
	next    time.Time
	err     error
}

func (q fakeQueue) Backlog(context.Context, []string) (int, error) { return q.backlog, q.err }

func (q fakeQueue) NextRunAt(context.Context, []string, queue.Pool) (time.Time, error) {
	return q.next, q.err
}

func get(t *testing.T, h http.Handler, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Code, string(body)
}

func TestOps(t *testing.T) {
	t.Parallel()
	var broken error
	h := opsHandler(newMetrics(readBuild()).registry, func(context.Context) error { return broken })
	tests := []struct {
		path   string
		broken error
		status int
		body   string
	}{
		{"/healthz", nil, http.StatusOK, "ok"},
		{"/healthz", errors.New("no store"), http.StatusOK, "ok"},
		{"/readyz", nil, http.StatusOK, "ready"},
		{"/readyz", errors.New("no store"), http.StatusServiceUnavailable, "not ready: no store"},
		{"/metrics", nil, http.StatusOK, "crier_build_info{"},
		{"/debug/pprof/", nil, http.StatusOK, "goroutine"},
		{"/debug/pprof/cmdline", nil, http.StatusOK, ""},
		{"/else", nil, http.StatusNotFound, ""},
	}
	for _, test := range tests { // one after the other: they share broken
		broken = test.broken
		if status, body := get(t, h, test.path); status != test.status || !strings.Contains(body, test.body) {
			t.Errorf("GET %s = %d %q", test.path, status, body)
		}
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	clock := coretest.NewClock(time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC))
	m := newMetrics(build{Version: "v1", Commit: "c", Go: "g"})
	m.registry.MustRegister(newQueueCollector(fakeQueue{backlog: 3, next: clock.Now().Add(-90 * time.Second)}, clock, slog.New(slog.DiscardHandler)))
	m.PostAccepted(false, 2)
	m.PostAccepted(true, 1)
	m.PostRefused()
	m.DeliveryEnded("scripted", core.DeliveryFailed, core.KindAuth, 3*time.Second)
	m.Reconciled("scripted", true)
	m.RequestServed("/post/:id", http.MethodGet, http.StatusOK, 2*time.Millisecond)
	m.NetworkCalled(core.Call{Platform: "scripted", Endpoint: "post", Status: 201})
	m.NetworkCalled(core.Call{Platform: "scripted", Endpoint: "post", Status: 429})
	m.NetworkCalled(core.Call{Platform: "scripted", Endpoint: "post", Status: 404})
	m.PostNotShown("scripted")
	m.NetworkCalled(core.Call{Platform: "scripted", Endpoint: "post"})
	m.NetworkCalled(core.Call{Platform: "scripted", Endpoint: "post", Held: true})
	m.Happened(core.Event{Name: "api_version_changed", Platform: "scripted"})
	m.Happened(core.Event{Name: "something else", Platform: "scripted"})
	_, text := get(t, opsHandler(m.registry, nil), "/metrics")
	for _, want := range []string{
		`crier_build_info{commit="c",go="g",version="v1"} 1`,
		`crier_deliveries_accepted_total{when="now"} 2`,
		`crier_deliveries_accepted_total{when="scheduled"} 1`,
		`crier_posts_refused_total 1`,
		`crier_deliveries_total{kind="auth",platform="scripted",state="failed"} 1`,
		`crier_delivery_duration_seconds_bucket{platform="scripted",state="failed",le="2.5"} 0`,
		`crier_delivery_duration_seconds_bucket{platform="scripted",state="failed",le="5"} 1`,
		`crier_reconciliations_total{found="true",platform="scripted"} 1`,
		`crier_http_requests_total{method="GET",route="/post/:id",status="200"} 1`,
		`crier_http_request_duration_seconds_count{method="GET",route="/post/:id"} 1`,
		`crier_upstream_calls_total{endpoint="post",platform="scripted",status="2xx"} 1`,
		`crier_upstream_calls_total{endpoint="post",platform="scripted",status="4xx"} 1`,
		`crier_upstream_calls_total{endpoint="post",platform="scripted",status="429"} 1`,
		`crier_posts_not_shown_total{platform="scripted"} 1`,
		`crier_upstream_calls_total{endpoint="post",platform="scripted",status="none"} 1`,
		`crier_upstream_calls_total{endpoint="post",platform="scripted",status="held"} 1`,
		`crier_api_version_changes_total{platform="scripted"} 1`,
		`crier_queue_backlog 3`,
		`crier_queue_overdue_seconds 90`,
		`go_goroutines`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("missing: %s", want)
		}
	}
}

func TestQueueMetricsWithoutWork(t *testing.T) {
	t.Parallel()
	clock := coretest.NewClock(time.Unix(1000, 0))
	tests := []struct {
		name    string
		queue   fakeQueue
		present string
		absent  string
	}{
		{"empty", fakeQueue{}, "crier_queue_overdue_seconds 0", "never"},
		{"due later", fakeQueue{next: clock.Now().Add(time.Hour)}, "crier_queue_overdue_seconds 0", "never"},
		{"store down", fakeQueue{err: errors.New("down")}, "go_goroutines", "crier_queue"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := newMetrics(build{})
			m.registry.MustRegister(newQueueCollector(test.queue, clock, slog.New(slog.DiscardHandler)))
			_, text := get(t, opsHandler(m.registry, nil), "/metrics")
			if !strings.Contains(text, test.present) || strings.Contains(text, test.absent) {
				t.Errorf("metrics:\n%s", text)
			}
		})
	}
}
