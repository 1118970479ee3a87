package sandbox_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

const introspectToken = "/oauth/v2/introspectToken"

// introspectForm is what the community app asks about a token.
func introspectForm(token string) string {
	return url.Values{"client_id": {sandbox.CommunityClientID}, "client_secret": {sandbox.CommunityClientSecret}, "token": {token}}.Encode()
}

// scopesOf returns what a token of the default world may do.
func scopesOf(t *testing.T, name string) []string {
	t.Helper()
	for _, one := range sandbox.DefaultWorld().Tokens {
		if one.Name == name && len(one.Scopes) > 0 {
			return one.Scopes
		}
	}
	t.Fatalf("no scopes of %s", name)
	return nil
}

func TestIntrospection(t *testing.T) {
	t.Parallel()
	b := start(t)
	later := b.clock.Now().Add(time.Hour)
	err := b.AddToken(sandbox.Token{Value: "SHORT", Name: "short", ClientID: sandbox.CommunityClientID, Person: sandbox.JaneID, Scopes: []string{"openid"}, ExpiresAt: later})
	if err != nil {
		t.Fatal(err)
	}
	page := strings.Join(scopesOf(t, sandbox.RevokedToken), ",")
	for _, tt := range []struct {
		name, token string
		want        map[string]any
	}{
		{"active", sandbox.PageToken, map[string]any{"active": true, "status": "active", "client_id": sandbox.CommunityClientID, "scope": page, "auth_type": "3L"}},
		{"of another app", sandbox.LoginToken, map[string]any{"active": false}},
		{"with an end", "SHORT", map[string]any{"active": true, "status": "active", "client_id": sandbox.CommunityClientID, "scope": "openid", "auth_type": "3L", "expires_at": float64(later.Unix())}},
		{"expired", sandbox.ExpiredToken, map[string]any{"active": false, "status": "expired", "client_id": sandbox.CommunityClientID, "scope": page, "auth_type": "3L", "expires_at": float64(1704067200)}},
		{"revoked", sandbox.RevokedToken, map[string]any{"active": false, "status": "revoked", "client_id": sandbox.CommunityClientID, "scope": page, "auth_type": "3L"}},
		{"unknown", "nonsense", map[string]any{"active": false}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got map[string]any
			b.want(http.StatusOK, "POST", introspectToken, introspectForm(tt.token),
				with("Content-Type", "application/x-www-form-urlencoded"), without("Authorization")).decode(t, &got)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestIntrospectionRefuses(t *testing.T) {
	t.Parallel()
	b := start(t)
	const form = "application/x-www-form-urlencoded"
	const client = "client_id=" + sandbox.ShareClientID
	for _, tt := range []struct {
		name, method, target, kind, body string
		status                           int
	}{
		{"no client", "POST", introspectToken, form, "client_secret=x&token=x", http.StatusUnauthorized},
		{"unknown client", "POST", introspectToken, form, "client_id=x&client_secret=&token=x", http.StatusUnauthorized},
		{"no secret", "POST", introspectToken, form, client + "&token=x", http.StatusUnauthorized},
		{"wrong secret", "POST", introspectToken, form, client + "&client_secret=" + sandbox.CommunityClientSecret + "&token=x", http.StatusUnauthorized},
		{"no token", "POST", introspectToken, form, client + "&client_secret=" + sandbox.ShareClientSecret, http.StatusBadRequest},
		{"no form", "POST", introspectToken, form, "%zz", http.StatusBadRequest},
		{"JSON", "POST", introspectToken, "application/json", "{}", http.StatusUnsupportedMediaType},
		{"GET", "GET", introspectToken, form, "", http.StatusMethodNotAllowed},
		{"another path", "POST", "/oauth/v2/revoke", form, "a=b", http.StatusNotFound},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := b.want(tt.status, tt.method, tt.target, tt.body, with("Content-Type", tt.kind))
			if got := a.header.Get("Content-Type"); got != "application/json" {
				t.Errorf("answered as %s", got)
			}
		})
	}
}

// The journal shows the name of the token, and that nothing was changed.
func TestIntrospectionInTheJournal(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.want(http.StatusOK, "POST", introspectToken, introspectForm(sandbox.PageToken), with("Content-Type", "application/x-www-form-urlencoded"))
	want := []sandbox.Request{{Seq: 1, Time: b.clock.Now(), Method: "POST", Path: introspectToken, Status: 200, Token: sandbox.PageToken}}
	if diff := cmp.Diff(want, b.Requests()); diff != "" {
		t.Error(diff)
	}
	if calls := b.WriteCalls(); len(calls) != 0 {
		t.Errorf("writes: %+v", calls)
	}
	if diff := cmp.Diff(map[string]int{"POST " + introspectToken: 1}, b.Counts().Calls); diff != "" {
		t.Error(diff)
	}
}
