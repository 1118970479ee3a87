package sandbox_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

// FuzzRecord writes whatever somebody sends: the sandbox answers, and shows what it has taken.
func FuzzRecord(f *testing.F) {
	for _, seed := range []string{
		`{"text":"hi","createdAt":"2026-01-01T00:00:00Z"}`,
		`{"text":"é","createdAt":"2026-01-01T00:00:00Z","facets":[{"index":{"byteStart":0,"byteEnd":2},"features":[{"$type":"app.bsky.richtext.facet#tag","tag":"x"}]}]}`,
		`{"text":"","createdAt":"2026-01-01T00:00:00Z","embed":{"$type":"app.bsky.embed.recordWithMedia","record":{"record":{}},"media":{"$type":"app.bsky.embed.images","images":[{}]}}}`,
		`{"$type":null,"text":[1.5],"reply":{"root":{"uri":"at://x","cid":{"$link":"x"}}}}`,
	} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	const base = "http://sandbox.example"
	f.Fuzz(func(t *testing.T, record string, lenient bool) {
		box := sandbox.New(sandbox.Options{BaseURL: base, Dir: t.TempDir(), Lenient: lenient})
		tokens, err := box.Login(base, sandbox.AliceHandle, sandbox.AliceAppPassword)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, base+"/xrpc/com.atproto.repo.putRecord",
			strings.NewReader(`{"repo":"alice.test","collection":"app.bsky.feed.post","rkey":"3mzzzzzzzz222","record":`+record+`}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+tokens.AccessToken)
		answer := httptest.NewRecorder()
		box.ServeHTTP(answer, r)
		if !json.Valid(answer.Body.Bytes()) || (answer.Code != http.StatusOK) == (len(box.Posts()) == 1) {
			t.Fatalf("status %d, %d posts: %s", answer.Code, len(box.Posts()), answer.Body)
		}
		page := httptest.NewRecorder()
		box.ServeHTTP(page, httptest.NewRequestWithContext(t.Context(), http.MethodGet, base+"/sandbox/", nil))
		if page.Code != http.StatusOK {
			t.Fatalf("the page: status %d", page.Code)
		}
	})
}

// FuzzOAuth sends whatever somebody sends to the authorization server.
func FuzzOAuth(f *testing.F) {
	f.Add("client_id="+url.QueryEscape(localID)+"&response_type=code&scope=atproto", "a.b.c")
	f.Add("grant_type=refresh_token&client_id=http%3A%2F%2Flocalhost", "eyJhbGciOiJFUzI1NiIsImp3ayI6e319.e30.AA")
	const base = "http://sandbox.example"
	box := sandbox.New(sandbox.Options{BaseURL: base, HTTP: &http.Client{Transport: nowhere{}}})
	f.Cleanup(func() { _ = box.Close() })
	f.Fuzz(func(t *testing.T, form, proof string) {
		for _, path := range []string{"/oauth/par", "/oauth/token", "/oauth/revoke", "/oauth/authorize/decide"} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, base+path, strings.NewReader(form))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if proof != "" {
				r.Header["Dpop"] = []string{proof}
			}
			answer := httptest.NewRecorder()
			box.ServeHTTP(answer, r)
			if answer.Code >= http.StatusInternalServerError || strings.Contains(answer.Body.String(), "access_token") {
				t.Fatalf("%s: status %d: %s", path, answer.Code, answer.Body)
			}
		}
	})
}

// nowhere is a network without anybody.
type nowhere struct{}

func (nowhere) RoundTrip(*http.Request) (*http.Response, error) { return nil, http.ErrServerClosed }
