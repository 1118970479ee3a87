package linkedintest

import (
	"net/url"
	"testing"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// WithApps gives the sandbox other apps than sandbox.DefaultApps.
func WithApps(apps ...sandbox.App) Option { return func(o *sandbox.Options) { o.Apps = apps } }

// OAuthURL is the base of authorization, accessToken and introspectToken.
func (s *Server) OAuthURL() string { return s.URL + "/oauth/v2" }

// AddApp registers an app, or replaces the one with the same client id.
func (s *Server) AddApp(t testing.TB, a sandbox.App) {
	t.Helper()
	if err := s.Sandbox.AddApp(a); err != nil {
		t.Fatal(err)
	}
}

// AllowRedirect lets every app have members sent back to an address, besides those that it
// has registered.
func (s *Server) AllowRedirect(t testing.TB, address string) {
	t.Helper()
	for _, app := range s.Sandbox.Apps() {
		if err := s.Sandbox.AddRedirectURI(app.ClientID, address); err != nil {
			t.Fatal(err)
		}
	}
}

// Decide opens the address of an authorization request as a member who decides at once, and
// returns the query with which the browser is sent back. It fails the test when LinkedIn would
// show a page about a mistake of the app instead.
func (s *Server) Decide(t testing.TB, address, person string, d sandbox.Decision) url.Values {
	t.Helper()
	back, err := s.Sandbox.Decide(address, person, d)
	if err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	u, err := url.Parse(back)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

// Consent is Decide by a member who allows: the query has a code, or the error of a request for
// something that the app may not ask for.
func (s *Server) Consent(t testing.TB, address, person string) url.Values {
	t.Helper()
	return s.Decide(t, address, person, sandbox.Allow)
}

// Grant gives an app tokens of a member, without a browser; without scopes, for all that the
// app may ask for.
func (s *Server) Grant(t testing.TB, clientID, person string, scopes ...string) sandbox.Tokens {
	t.Helper()
	tokens, err := s.Sandbox.Authorize(clientID, person, scopes...)
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}
