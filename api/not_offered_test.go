package api_test

import (
	"net/http"
	"testing"

	"github.com/crier-social/crier/core"
)

// TestNotOffered: what Crier has nothing for is told apart from what does not exist.
func TestNotOffered(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, line := range [][2]string{
		{http.MethodPost, "/hashtags/auto"},
		{http.MethodPost, "/auto-hashtag"},
		{http.MethodGet, "/api/hashtags/recommend?keyword=go"},
		{http.MethodPost, "/generate/post"},
		{http.MethodPost, "/generate/altText"},
		{http.MethodGet, "/ads/facebook/accounts"},
		{http.MethodPost, "/links"},
		{http.MethodPut, "/links/abc"},
		{http.MethodPost, "/short"},
		{http.MethodPost, "/api/shorten"},
		{http.MethodGet, "/analytics/links"},
		{http.MethodGet, "/analytics/links-short"},
		{http.MethodDelete, "/feed"},
		{http.MethodGet, "/messages/facebook"},
		{http.MethodDelete, "/reviews"},
		{http.MethodGet, "/ayrlink"},
		{http.MethodPost, "/validate/moderation"},
		{http.MethodGet, "/brand/byUser"},
		{http.MethodPost, "/webhook"},
		{http.MethodPost, "/webhooks/register"},
	} {
		r := s.call(line[0], line[1], nil).want(http.StatusNotImplemented)
		if p := r.problems()[0]; p.Code != core.CodeNotOffered || r.text("message") == "" || r.text("help") == "" {
			t.Errorf("%s %s: %s", line[0], line[1], r.body)
		}
	}
	for _, path := range []string{"/hashtag", "/linksx", "/generated", "/brand", "/validate", "/profilesx", "/hooks", "/profiles/social/x"} {
		equal(t, core.CodeRouteNotFound, s.call(http.MethodGet, path, nil).want(http.StatusNotFound).problems()[0].Code)
	}
}
