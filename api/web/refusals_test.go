package web_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core/accounts"
	"github.com/crier-social/crier/core/coretest"
)

// TestEveryPageRefuses sends every request that belongs to a session in every way in which
// it must not be answered, and holds that nothing is told and nothing changes.
func TestEveryPageRefuses(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner := s.browser()
	setup := s.address(accounts.NewLink{})
	owner.open(setup)
	owner.link(setup.Session.ID, coretest.Consent{})
	account := s.linked()[0]
	requests := func(session, choice string) []struct{ method, path string } {
		return []struct{ method, path string }{
			{http.MethodGet, "/link/" + session},
			{http.MethodPost, "/link/" + session + "/start"},
			{http.MethodGet, "/link/" + session + "/choose/" + choice},
			{http.MethodPost, "/link/" + session + "/choose/" + choice},
			{http.MethodGet, "/link/" + session + "/unlink/" + account.ID},
			{http.MethodPost, "/link/" + session + "/unlink/" + account.ID},
			{http.MethodGet, "/link/" + session + "/done"},
		}
	}
	fields := url.Values{"platform": {network}, "account": {coretest.MemberID}, "do": {"link"}}
	for name, tt := range map[string]struct {
		// spoil makes the browser one that must be refused, and returns what its forms carry.
		spoil func(b *browser, a accounts.LinkAddress, token string) (_ *browser, form string)
		posts bool // only forms are refused
		says  string
	}{
		"no cookie": {func(_ *browser, _ accounts.LinkAddress, token string) (*browser, string) {
			return s.browser(), token
		}, false, "This page was not opened in this browser"},
		"cookie of another session": {func(_ *browser, a accounts.LinkAddress, token string) (*browser, string) {
			b := s.browser()
			foreign := s.address(accounts.NewLink{})
			b.open(foreign)
			at := mustParse(t, s.url+"/link")
			cookies := b.client.Jar.Cookies(at)
			cookies[0].Name, cookies[0].Path = "crier-link-"+a.Session.ID, "/link"
			b.client.Jar.SetCookies(at, cookies)
			return b, token
		}, false, "This page was not opened in this browser"},
		"expired": {func(b *browser, a accounts.LinkAddress, token string) (*browser, string) {
			s.clock.Set(a.Session.ExpiresAt)
			return b, token
		}, false, "This address has expired"},
		"revoked": {func(b *browser, a accounts.LinkAddress, token string) (*browser, string) {
			if _, err := s.linking.Revoke(t.Context(), s.profile.ID, a.Session.ID); err != nil {
				t.Fatal(err)
			}
			return b, token
		}, false, "This address is no longer good"},
		"form of another browser": {func(b *browser, a accounts.LinkAddress, _ string) (*browser, string) {
			return b, s.browser().open(a).formToken()
		}, true, "The form is not one of this page"},
		"form of nobody": {func(b *browser, _ accounts.LinkAddress, _ string) (*browser, string) {
			return b, ""
		}, true, "The form is not one of this page"},
	} {
		// One after another: the clock is moved.
		a := s.address(accounts.NewLink{OpenFor: time.Hour})
		b := s.browser()
		p := b.open(a).want(http.StatusOK)
		choice := strings.TrimPrefix(b.get(b.consent(b.start(p, a.Session.ID, nil), withPages())).location, "/link/"+a.Session.ID+"/choose/")
		spoiled, form := tt.spoil(b, a, p.formToken())
		for _, r := range requests(a.Session.ID, choice) {
			var sent url.Values
			if r.method == http.MethodPost {
				sent = url.Values{"form": {form}}
				maps.Copy(sent, fields)
			} else if tt.posts {
				continue
			}
			got := spoiled.do(r.method, r.path, sent)
			if got.status != http.StatusForbidden || !strings.Contains(got.text(), tt.says) {
				t.Errorf("%s: %s %s: status %d: %s", name, r.method, r.path, got.status, got.text())
			}
			if strings.Contains(got.html, "Ada Example") || !tt.posts && strings.Contains(got.html, "Acme") {
				t.Errorf("%s: %s %s tells: %s", name, r.method, r.path, got.text())
			}
		}
		if s.names() != "Ada Example" {
			t.Fatalf("%s: linked: %s", name, s.names())
		}
	}
}

func TestWrongRequests(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser()
	a := s.address(accounts.NewLink{})
	p := b.open(a)
	for path, allowed := range map[string]string{
		"/link/open/x": "GET, HEAD", "/link/callback": "GET, HEAD", "/link/x": "GET, HEAD", "/link/x/start": "POST", "/link/x/choose/y": "GET, HEAD, POST", "/link/style.css": "GET, HEAD",
	} {
		got := b.do(http.MethodPut, path, nil)
		if got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") != allowed {
			t.Errorf("PUT %s: status %d, Allow %q", path, got.status, got.header.Get("Allow"))
		}
	}
	for _, path := range []string{"/link", "/link/", "/link/x/y", "/link/x/unlink/", "/link/open/x/y"} {
		if got := b.get(path); got.status != http.StatusNotFound && got.status != http.StatusForbidden {
			t.Errorf("%s: status %d", path, got.status)
		}
	}
	large := url.Values{"form": {p.formToken()}, "platform": {strings.Repeat("x", 70_000)}}
	b.do(http.MethodPost, "/link/"+a.Session.ID+"/start", large).want(http.StatusForbidden).has("The form could not be read.")
}

func TestCookies(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser()
	a := s.address(accounts.NewLink{})
	opened := b.get(a.URL.Reveal()).want(http.StatusSeeOther)
	line := opened.header.Get("Set-Cookie")
	for _, part := range []string{"crier-link-" + a.Session.ID + "=", "Path=/link", "Max-Age=3900", "HttpOnly", "SameSite=Lax"} {
		if !strings.Contains(line, part) {
			t.Errorf("the cookie %q lacks %s", line, part)
		}
	}
	if strings.Contains(line, "Secure") {
		t.Errorf("the cookie %q would not come back over http", line)
	}
	if again := b.get(a.URL.Reveal()).header.Get("Set-Cookie"); strings.Split(again, ";")[0] != strings.Split(line, ";")[0] {
		t.Error("opening the page again makes the browser another one")
	}
}

func TestAssets(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser()
	p := b.open(s.address(accounts.NewLink{}))
	start := strings.Index(p.html, `/link/style.css?v=`)
	if start < 0 {
		t.Fatalf("there is no stylesheet:\n%s", p.html)
	}
	address := p.html[start : start+strings.Index(p.html[start:], `"`)]
	css := b.get(address).want(http.StatusOK)
	if css.header.Get("Content-Type") != "text/css; charset=utf-8" || !strings.Contains(css.header.Get("Cache-Control"), "immutable") {
		t.Errorf("headers %v", css.header)
	}
	if old := b.get("/link/style.css?v=old"); old.header.Get("Cache-Control") != "no-cache" {
		t.Errorf("another version is kept: %q", old.header.Get("Cache-Control"))
	}
	b.get("/link/icon.svg").want(http.StatusOK)
}
