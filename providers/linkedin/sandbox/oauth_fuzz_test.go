package sandbox_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// FuzzAuthorization opens any authorization request as somebody who is signed in and allows
// everything: the browser is sent to a registered address, or nowhere.
func FuzzAuthorization(f *testing.F) {
	f.Add(strings.TrimPrefix(authorizeURL(sandbox.ShareClientID, shareScopes()), "/oauth/v2/authorization?"))
	f.Add(strings.TrimPrefix(authorizeURL(sandbox.ShareClientID, []string{"openid+x"}, "redirect_uri", sandbox.DefaultRedirectURI+"?a=b&c"), "/oauth/v2/authorization?"))
	f.Add(strings.TrimPrefix(authorizeURL(sandbox.CommunityClientID, nil, "redirect_uri", "//evil.example/?"+sandbox.DefaultRedirectURI), "/oauth/v2/authorization?"))
	f.Add("client_id=" + sandbox.ShareClientID + "&redirect_uri=" + sandbox.DefaultRedirectURI + "%0d%0aX:1&response_type=code&scope=openid")
	f.Add("client_id=%zz&&=&scope")
	s := sandbox.New(sandbox.Options{Clock: coretest.NewClock(coretest.Epoch())})
	if err := s.SetConsent(sandbox.Consent{Mode: sandbox.ConsentAllow, Person: sandbox.JaneID}); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, query string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/oauth/v2/authorization", nil)
		r.URL.RawQuery = query
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		location := w.Header().Get("Location")
		switch w.Code {
		case http.StatusUnauthorized:
			if location != "" {
				t.Errorf("refused, and sent to %q", location)
			}
		case http.StatusSeeOther:
			u, err := url.Parse(location)
			if err != nil || !strings.HasPrefix(location, sandbox.DefaultRedirectURI+"?") || u.Query().Has("code") == u.Query().Has("error") || strings.ContainsAny(location, "\r\n#") {
				t.Errorf("sent to %q: %v", location, err)
			}
		default:
			t.Errorf("status %d: %s", w.Code, w.Body)
		}
	})
}

// FuzzAccessToken sends any form to the token endpoint, of somebody who knows the secrets of
// the apps and no code and no token: what comes is an error of RFC 6749.
func FuzzAccessToken(f *testing.F) {
	f.Add("grant_type=authorization_code&code=x&redirect_uri=y&client_id=" + sandbox.ShareClientID + "&client_secret=" + sandbox.ShareClientSecret)
	f.Add("grant_type=refresh_token&refresh_token=x&client_id=" + sandbox.CommunityClientID + "&client_secret=" + sandbox.CommunityClientSecret)
	f.Add("grant_type=refresh_token&refresh_token=&client_id=a&client_id=b")
	f.Add("grant_type=%zz;a=b")
	f.Add("")
	s := sandbox.New(sandbox.Options{Clock: coretest.NewClock(coretest.Epoch())})
	if _, err := s.Authorize(sandbox.CommunityClientID, sandbox.JaneID); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, form string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, accessToken, strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Content-Length", "1")
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, r); w.Code != http.StatusBadRequest && w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), `"error":"`) {
			t.Errorf("status %d: %s", w.Code, w.Body)
		}
	})
}

// FuzzRedirectURI registers any address as a redirect URI: one that is taken works, in a request and
// as a header.
func FuzzRedirectURI(f *testing.F) {
	for _, address := range []string{"https://a.example/b?c=d", "http://[::1]:8080/x", "http://user@host/", "https://a b/", "https://a.example/\n", "//x", "https:///x", "HTTP://A/%"} {
		f.Add(address)
	}
	s := sandbox.New(sandbox.Options{Clock: coretest.NewClock(coretest.Epoch())})
	f.Fuzz(func(t *testing.T, address string) {
		app := sandbox.App{ClientID: "fuzz", ClientSecret: "x", Title: "x", RedirectURIs: []string{address}, Products: []sandbox.Product{sandbox.ProductShare}}
		if s.AddApp(app) != nil {
			return
		}
		query := url.Values{"response_type": {"code"}, "client_id": {"fuzz"}, "scope": {"w_member_social"}, "redirect_uri": {address}}
		back, err := s.Decide("https://www.linkedin.com/oauth/v2/authorization?"+query.Encode(), sandbox.JaneID, sandbox.Allow)
		if err != nil {
			t.Fatalf("%q: %v", address, err)
		}
		if u, err := url.Parse(back); err != nil || u.Query().Get("code") == "" || u.Host == "" || strings.ContainsFunc(back, func(c rune) bool { return c <= ' ' || c > '~' }) {
			t.Errorf("%q: sent back to %q: %v", address, back, err)
		}
	})
}
