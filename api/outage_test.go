package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/crier-social/crier/api"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/storetest/dbtest"
)

// TestStoreThatIsAway: while the database's server does not answer, clients are told in plain
// words, and to come back soon: another server of it takes over within seconds.
func TestStoreThatIsAway(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		err         error
		wait, words string
	}{
		"server gone":   {fmt.Errorf("get: %w", store.ErrUnreachable), "5", "its server does not answer"},
		"disk full":     {fmt.Errorf("get: %w", store.ErrFull), "30", "its disk is full"},
		"unknown cause": {errors.New("get"), "1", "the database does not answer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, func(o *options) {
				o.api = func(c *api.Config) {
					c.Publisher = broken{c.Publisher, func() (publish.Outcome, error) { return publish.Outcome{}, tc.err }}
				}
			})
			r := s.call(http.MethodGet, "/post/x", nil).want(http.StatusServiceUnavailable)
			equal(t, tc.wait, r.header.Get("Retry-After"))
			equal(t, core.CodeStoreUnavailable, r.problems()[0].Code)
			if !strings.Contains(r.text("message"), tc.words) || !strings.Contains(r.text("help"), "Retry-After") {
				t.Errorf("told: %s", r.body)
			}
		})
	}
}

// underWay is a publisher in whose way another process is storing a post.
type underWay struct{ api.Publisher }

func (underWay) Accept(context.Context, publish.Submission) (publish.Outcome, error) {
	return publish.Outcome{}, fmt.Errorf("insert post: %w", store.ErrUnderWay)
}

// TestStoredByAnotherAtThisMoment: a request that another one stands in the way of, of which it
// is not known yet what becomes of it, is no trouble of the database.
func TestStoredByAnotherAtThisMoment(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) {
		o.api = func(c *api.Config) {
			c.Publisher = underWay{c.Publisher}
		}
	})
	r := s.call(http.MethodPost, "/post", jsonMap{"post": "x", "platforms": []string{"scripted"}}).want(http.StatusConflict)
	equal(t, "1", r.header.Get("Retry-After"))
	equal(t, core.CodeKeyInProgress, r.problems()[0].Code)
	equal(t, "another request with the same key, time or content is being stored at this moment; nothing of this one is", r.text("message"))
}

// TestEveryFamilyWithoutAStore: no route takes a store that fails for an empty one, for a
// mistake of the client, or for a defect.
func TestEveryFamilyWithoutAStore(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) {
		o.idle = true
		o.api = func(c *api.Config) {
			// The API key is known still: what comes after it is looked at here.
			keys := dbtest.Open(t, c.Clock)
			owner, err := c.Profiles.PrimaryProfile(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := keys.CreateProfile(t.Context(), owner, core.HashKey(apiKey)); err != nil {
				t.Fatal(err)
			}
			c.Profiles = keys
		}
	})
	if err := s.store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, request := range []struct {
		method, path string
		body         any
	}{
		{http.MethodPost, "/post", jsonMap{"post": "x", "platforms": []string{"scripted"}}},
		{http.MethodPost, "/validate/post", jsonMap{"post": "x", "platforms": []string{"scripted"}}},
		{http.MethodGet, "/post/x", nil},
		{http.MethodPatch, "/post", jsonMap{"id": "x", "notes": "y"}},
		{http.MethodPut, "/post/retry", jsonMap{"id": "x"}},
		{http.MethodDelete, "/post", jsonMap{"id": "x"}},
		{http.MethodGet, "/history", nil},
		{http.MethodGet, "/accounts", nil},
		{http.MethodGet, "/accounts/x/check", nil},
		{http.MethodGet, "/user", nil},
		{http.MethodPost, "/profiles/social", jsonMap{"platform": "scripted", "accessToken": string(coretest.MemberToken), "expiresIn": 3600}},
		{http.MethodDelete, "/profiles/social", jsonMap{"platform": "scripted"}},
		{http.MethodGet, "/media", nil},
		{http.MethodGet, "/comments/x", nil},
		{http.MethodPost, "/comments", jsonMap{"id": "x", "platforms": []string{"scripted"}, "comment": "y"}},
		{http.MethodPost, "/analytics/post", jsonMap{"id": "x", "platforms": []string{"scripted"}}},
		{http.MethodGet, "/auto-schedule/list", nil},
		{http.MethodPost, "/auto-schedule/set", jsonMap{"schedule": []string{"13:00Z"}, "title": "x"}},
	} {
		r := s.call(request.method, request.path, request.body)
		if r.status != http.StatusServiceUnavailable || r.header.Get("Retry-After") == "" || r.problems()[0].Code != core.CodeStoreUnavailable {
			t.Errorf("%s %s: %d, Retry-After %q: %s", request.method, request.path, r.status, r.header.Get("Retry-After"), r.body)
		}
	}
}
