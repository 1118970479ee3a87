package rest_test

import (
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/internal/rest"
)

// Whoever stands around the attempts may send one again with another header: the body
// begins anew, and the call is none the wiser.
func TestAroundRepeatsAnAttempt(t *testing.T) {
	t.Parallel()
	address, calls := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || string(body) != "content" {
			t.Errorf("the body is %q, %v", body, err)
		}
		if r.Header.Get("Version") == "old" {
			w.WriteHeader(http.StatusUpgradeRequired)
		}
	})
	client := newClientAround(t, func(ctx context.Context, r rest.Request, send rest.Send) (*rest.Response, *core.Error) {
		resp, err := send(ctx, r)
		if err == nil || err.Status != http.StatusUpgradeRequired {
			return resp, err
		}
		r.Header = http.Header{"Version": {"new"}}
		return send(ctx, r)
	})
	_, err := client.Do(t.Context(), rest.Request{
		Op: "net.post", Method: http.MethodPost, URL: address, Header: http.Header{"Version": {"old"}}, Body: text("content"), Size: 7,
	})
	if n := calls.Load(); err != nil || n != 2 {
		t.Errorf("%d requests and %v, want 2 and success", n, err)
	}
}

// A call that is refused before it is made leaves no request, and is repeated like any
// other only for errors that may pass at once.
func TestAroundRefuses(t *testing.T) {
	t.Parallel()
	address, calls := serve(t, func(http.ResponseWriter, *http.Request) {})
	attempts := 0
	want := &core.Error{Kind: core.KindRateLimited, Message: "not now", Unsent: true}
	client := newClientAround(t, func(context.Context, rest.Request, rest.Send) (*rest.Response, *core.Error) {
		attempts++
		return nil, want
	})
	_, err := client.Do(t.Context(), rest.Request{Op: "net.get", Method: http.MethodGet, URL: address, Repeatable: true})
	if diff := cmp.Diff(want, core.AsError(err)); diff != "" {
		t.Error(diff)
	}
	if n := calls.Load(); n != 0 || attempts != 1 {
		t.Errorf("%d requests in %d attempts, want none in one", n, attempts)
	}
}

func newClientAround(t *testing.T, around func(context.Context, rest.Request, rest.Send) (*rest.Response, *core.Error)) *rest.Client {
	t.Helper()
	direct := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(direct.CloseIdleConnections)
	clock := coretest.NewClock(coretest.Epoch())
	clock.SkipWaits()
	return rest.New(rest.Config{Platform: "net", HTTP: direct, Clock: clock, MapError: mapError, Around: around})
}
