package sandbox_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

const putMethod = "/xrpc/com.atproto.repo.putRecord"

// put writes a post under a fixed key; its connection may break.
func (b *box) put(token string) (answer, error) {
	b.t.Helper()
	body, err := json.Marshal(object{
		"repo": "alice.test", "collection": postCollection, "rkey": "3mzzzzzzzz222", "record": object{"text": "hi", "createdAt": "2026-01-01T00:00:00Z"},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return b.try(http.MethodPost, putMethod, token, "application/json", body)
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fault  sandbox.Fault
		status int    // 0: the connection is cut
		error  string // name
		posts  int    // after it
	}{
		"respond":      {sandbox.Fail(http.StatusBadGateway, "UpstreamFailure", "no"), http.StatusBadGateway, "UpstreamFailure", 0},
		"delay":        {sandbox.Delay(time.Nanosecond), http.StatusOK, "", 1},
		"cut before":   {sandbox.CutBefore(), 0, "", 0},
		"cut during":   {sandbox.CutDuring(10), 0, "", 0},
		"cut after":    {sandbox.CutAfter(), 0, "", 1},
		"rate limit":   {sandbox.RateLimit(), http.StatusTooManyRequests, "RateLimitExceeded", 0},
		"expire token": {sandbox.ExpireToken(), http.StatusBadRequest, "ExpiredToken", 0},
		"apply late":   {sandbox.ApplyLate(time.Minute), 0, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t, func(o *sandbox.Options) { o.Clock = nil })
			token := b.alice()
			if err := b.Next("POST "+putMethod, tt.fault); err != nil {
				t.Fatal(err)
			}
			got, err := b.put(token)
			switch {
			case (err != nil) != (tt.status == 0), err == nil && (got.status != tt.status || got.problem() != tt.error):
				t.Errorf("status %d: %s (%v)", got.status, got.body, err)
			case len(b.Posts()) != tt.posts:
				t.Errorf("%d posts, want %d", len(b.Posts()), tt.posts)
			}
			if left := b.Faults(); len(left) != 0 {
				t.Errorf("faults left: %v", left)
			}
			if journal := b.WriteCalls(); len(journal) != 1 || journal[0].Fault != tt.fault.Action {
				t.Errorf("journal %+v", journal)
			}
		})
	}
}

func TestLateRequestsAreApplied(t *testing.T) {
	t.Parallel()
	b := start(t)
	token := b.alice()
	if err := b.Next("POST "+putMethod, sandbox.ApplyLate(3*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got, err := b.put(token); err == nil {
		t.Fatalf("answered with %d", got.status)
	}
	b.clock.Advance(time.Hour)
	if len(b.Posts()) != 0 {
		t.Error("it was applied too early")
	}
	b.clock.Advance(2 * time.Hour) // the token has ended meanwhile, but was good when the request came
	if len(b.Posts()) != 1 {
		t.Error("it was not applied")
	}
}

func TestRateLimitTellsWhenItEnds(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *sandbox.Options) { o.WriteLimit = 5 })
	token := b.alice()
	for i, want := range []int{http.StatusOK, http.StatusOK, http.StatusTooManyRequests} {
		got, err := b.put(token)
		if err != nil || got.status != want {
			t.Fatalf("call %d: status %d: %s (%v)", i, got.status, got.body, err)
		}
		if reset := got.header.Get("RateLimit-Reset"); reset != strconv.FormatInt(b.clock.Now().Add(time.Hour).Unix(), 10) {
			t.Errorf("call %d: reset at %s", i, reset)
		}
	}
	b.clock.Advance(time.Hour)
	if got, err := b.put(token); err != nil || got.status != http.StatusOK {
		t.Errorf("status %d: %s (%v)", got.status, got.body, err)
	}
}

func TestFaultsAreChecked(t *testing.T) {
	t.Parallel()
	b := start(t)
	for name, arm := range map[string]func() error{
		"pattern":  func() error { return b.Next("putRecord", sandbox.CutAfter()) },
		"action":   func() error { return b.Next("* *", sandbox.Fault{Action: "explode"}) },
		"status":   func() error { return b.Next("* *", sandbox.Respond(99, "")) },
		"no delay": func() error { return b.Next("* *", sandbox.Fault{Action: sandbox.ActionDelay}) },
	} {
		if err := arm(); err == nil {
			t.Errorf("%s: it is armed", name)
		}
	}
}

// The control API prepares the sandbox over HTTP.
func TestControl(t *testing.T) {
	t.Parallel()
	b := start(t)
	token := b.alice()
	b.want(http.StatusCreated, http.MethodPost, "/sandbox/faults", "", object{"match": "POST " + putMethod, "action": "respond", "status": 503, "body": object{"error": "x"}})
	if got, err := b.put(token); err != nil || got.status != http.StatusServiceUnavailable || got.problem() != "x" {
		t.Errorf("status %d: %s (%v)", got.status, got.body, err)
	}
	root := b.post(token, "alice.test", "hi")
	b.want(http.StatusCreated, http.MethodPost, "/sandbox/figures", "", object{"uri": root.URI, "likes": 7})
	if got := b.view(root.URI).LikeCount; got != 7 {
		t.Errorf("%d likes", got)
	}
	var created struct{ URI string }
	b.want(http.StatusCreated, http.MethodPost, "/sandbox/records", "", object{
		"account": "bob.test", "collection": "app.bsky.feed.like", "value": b.dated(object{"subject": root}),
	}).decode(t, &created)
	if got := b.view(root.URI).LikeCount; got != 8 {
		t.Errorf("%d likes after %s", got, created.URI)
	}
	b.want(http.StatusNoContent, http.MethodDelete, "/sandbox/records?uri="+root.URI, "", nil)
	b.want(http.StatusNotFound, http.MethodGet, "/sandbox/records?uri="+root.URI, "", nil)
	b.want(http.StatusOK, http.MethodPost, "/sandbox/clock", "", object{"advance": "3h"})
	if got, err := b.put(token); err != nil || got.problem() != "ExpiredToken" {
		t.Errorf("%s (%v)", got.body, err)
	}
	b.want(http.StatusCreated, http.MethodPost, "/sandbox/accounts/alice.test/status", "", object{"status": "takendown"})
	b.want(http.StatusUnauthorized, http.MethodPost, "/xrpc/com.atproto.server.createSession", "", object{"identifier": "alice.test", "password": sandbox.Password})
	b.want(http.StatusBadRequest, http.MethodPost, "/sandbox/accounts/nobody.test/status", "", object{"status": "active"})
	b.want(http.StatusUnsupportedMediaType, http.MethodPost, "/sandbox/accounts", "", nil)
	if requests := b.want(http.StatusOK, http.MethodGet, "/sandbox/requests?writes=true&limit=1", "", nil); strings.Contains(requests.body, "Bearer") {
		t.Errorf("the journal shows tokens: %s", requests.body)
	}
	b.want(http.StatusNoContent, http.MethodPost, "/sandbox/reset", "", nil)
	if counts := b.Counts(); counts.Posts != 0 || counts.Accounts != 4 {
		t.Errorf("%+v", counts)
	}
}
