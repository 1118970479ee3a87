package blueskytest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/bluesky/blueskytest"
	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

func call(t *testing.T, method, address, token, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(raw)
}

func TestServer(t *testing.T) {
	t.Parallel()
	clock := coretest.NewClock(coretest.Epoch())
	s := blueskytest.New(t, blueskytest.WithClock(clock))
	alice := s.Login(t, sandbox.AliceHandle, sandbox.AliceAppPassword)
	put := func() (int, string) {
		return call(t, http.MethodPost, s.URL+"/xrpc/com.atproto.repo.putRecord", alice.AccessToken,
			`{"repo":"alice.test","collection":"app.bsky.feed.post","rkey":"3mzzzzzzzz222","record":{"text":"hi","createdAt":"2026-01-01T00:00:00Z"}}`)
	}
	s.Next(t, "POST /xrpc/com.atproto.repo.putRecord", sandbox.Respond(http.StatusTeapot, ""))
	if status, body := put(); status != http.StatusTeapot {
		t.Errorf("status %d, %s: want the fault", status, body)
	}
	if status, body := put(); status != http.StatusOK {
		t.Errorf("status %d, %s", status, body)
	}
	posts := s.Sandbox.Posts()
	if len(posts) != 1 || posts[0].Text() != "hi" || posts[0].Author != sandbox.AliceHandle {
		t.Errorf("posts %v", posts)
	}
	clock.Advance(3 * time.Hour)
	if status, body := put(); status != http.StatusBadRequest || !strings.Contains(body, "ExpiredToken") {
		t.Errorf("status %d, %s: want an expired token", status, body)
	}
}

func TestDirectory(t *testing.T) {
	t.Parallel()
	s := blueskytest.New(t, blueskytest.WithOptions(func(o *sandbox.Options) { o.Lenient = true }))
	status, body := call(t, http.MethodGet, s.PLCURL()+"/"+sandbox.AliceDID, "", "")
	var document struct {
		ID          string
		AlsoKnownAs []string
		Service     []struct{ ID, Type, ServiceEndpoint string }
	}
	if err := json.Unmarshal([]byte(body), &document); err != nil || status != http.StatusOK {
		t.Fatalf("status %d, %s (%v)", status, body, err)
	}
	if document.ID != sandbox.AliceDID || document.AlsoKnownAs[0] != "at://alice.test" || document.Service[0].ServiceEndpoint != s.URL {
		t.Errorf("document %s", body)
	}
	if err := s.Sandbox.SetStatus(sandbox.BobHandle, sandbox.StatusDeleted); err != nil {
		t.Fatal(err)
	}
	for did, want := range map[string]int{"did:plc:aaaaaaaaaaaaaaaaaaaaaaaa": http.StatusNotFound, sandbox.BobDID: http.StatusGone} {
		if status, body := call(t, http.MethodGet, s.PLCURL()+"/"+did, "", ""); status != want {
			t.Errorf("%s: status %d, %s", did, status, body)
		}
	}
}
