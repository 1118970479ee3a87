package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
	"github.com/crier-social/crier/core/coretest"
)

// twoApps is a network with an app that is good for more and longer, and another one.
func twoApps(c *coretest.Config) {
	person := []core.AccountKind{core.AccountPerson}
	c.Apps = []core.LinkApp{
		{Name: "all", Title: "You and your pages", Kinds: append(person, core.AccountOrganization), PKCE: true, Lasts: 365 * day},
		{Name: "you", Title: "Only you", Kinds: person, Lasts: 60 * day},
	}
}

// TestBetterAuthorizationsStay: who links once more through the lesser app loses nothing.
func TestBetterAuthorizationsStay(t *testing.T) {
	t.Parallel()
	s := newSite(t, twoApps)
	b := s.browser()
	a := s.address(accounts.NewLink{})
	through := func(app string) url.Values { return url.Values{"platform": {network}, "app": {app}} }
	p := b.open(a).has("You and your pages Recommended", "Lasts up to a year.", "Only you Has to be linked again every 60 days.")
	choose := b.follow(b.consent(b.start(p, a.Session.ID, through("all")), withPages()))
	b.follow(b.press(choose, strings.TrimPrefix(choose.url, s.url), url.Values{"account": {coretest.MemberID, "page-1"}}).location)
	before := s.linked()
	for _, at := range []time.Duration{0, 100 * day} {
		s.clock.Set(coretest.Epoch().Add(at))
		a := s.address(accounts.NewLink{})
		p := b.open(a)
		b.follow(b.consent(b.start(p, a.Session.ID, through("you")), coretest.Consent{})).want(http.StatusOK).has(
			"Nothing was changed", "Ada Example stays linked through \u201cYou and your pages\u201d, which lasts longer.")
		for i, got := range s.linked() {
			if got.App != "all" || !got.EndsAt().Equal(before[i].EndsAt()) {
				t.Errorf("after %v, %s is linked by %s until %v", at, got.DisplayName, got.App, got.EndsAt())
			}
		}
	}
	// The better one replaces the lesser one, and what is to be linked again is.
	for _, account := range before {
		if err := s.accounts.AuthorizationLost(t.Context(), account.ID, "it was revoked"); err != nil {
			t.Fatal(err)
		}
	}
	a = s.address(accounts.NewLink{})
	p = b.open(a).has("It has to be linked again before anything can be posted to it: it was revoked.")
	b.follow(b.consent(b.start(p, a.Session.ID, through("you")), coretest.Consent{})).has("Ada Example is linked again")
	choose = b.follow(b.consent(b.start(b.get("/link/"+a.Session.ID), a.Session.ID, through("all")), withPages())).has("Linked already is renewed")
	b.follow(b.press(choose, strings.TrimPrefix(choose.url, s.url), nil).location).has("2 accounts are linked again")
	for _, got := range s.linked() {
		if got.App != "all" || !got.EndsAt().Equal(s.clock.Now().Add(365*day)) {
			t.Errorf("%s is linked by %s until %v", got.DisplayName, got.App, got.EndsAt())
		}
	}
}

// TestKeptInAChoice: among several accounts, the one that is linked better is not to be had.
func TestKeptInAChoice(t *testing.T) {
	t.Parallel()
	both := []core.AccountKind{core.AccountPerson, core.AccountOrganization}
	s := newSite(t, func(c *coretest.Config) {
		c.Apps = []core.LinkApp{{Name: "long", Title: "The long one", Kinds: both, Lasts: 365 * day}, {Name: "short", Title: "The short one", Kinds: both, Lasts: 60 * day}}
	})
	b := s.browser()
	a := s.address(accounts.NewLink{})
	b.open(a)
	b.link(a.Session.ID, coretest.Consent{}).has("Ada Example is linked")
	consent := func() *page {
		return b.follow(b.consent(b.start(b.get("/link/"+a.Session.ID), a.Session.ID, url.Values{"platform": {network}, "app": {"short"}}), withPages()))
	}
	choose := consent().has("Linked already stays linked through \u201cThe long one\u201d, which lasts longer").hasNot("is renewed")
	path := strings.TrimPrefix(choose.url, s.url)
	if strings.Count(choose.html, " disabled") != 1 || strings.Contains(choose.html, `" checked`) {
		t.Errorf("what stays can be chosen:\n%s", choose.html)
	}
	done := b.press(choose, path, url.Values{"account": {coretest.MemberID, "page-1"}}).want(http.StatusSeeOther) // by hand
	b.follow(done.location).has("Page 1 is linked", "Ada Example stays linked through")
	apps := map[string]string{}
	for _, got := range s.linked() {
		apps[got.DisplayName] = got.App
	}
	if apps["Ada Example"] != "long" || apps["Page 1"] != "short" {
		t.Errorf("linked by %v", apps)
	}
}

// TestConnectTwoApps: on the page of one network, too, one can see what differs.
func TestConnectTwoApps(t *testing.T) {
	t.Parallel()
	s := newSite(t, twoApps)
	b := s.browser()
	a := s.address(accounts.NewLink{Platform: network})
	p := b.open(a).has("You and your pages Recommended Lasts up to a year.", "Continue: You and your pages", "Continue: Only you")
	b.follow(b.consent(b.start(p, a.Session.ID, url.Values{"platform": {network}, "app": {"you"}}), coretest.Consent{}))
	s.clock.Advance(40 * day)
	a = s.address(accounts.NewLink{Platform: network})
	b.open(a).has("An account needs your attention", "in 20 days.", "Refresh Ada Example")
	s.clock.Advance(30 * day)
	a = s.address(accounts.NewLink{Platform: network})
	p = b.open(a).has("Link again Ada Example", "its authorization ended on 19 January 2027.").hasNot("T10:00")
	b.follow(b.consent(b.start(p, a.Session.ID, url.Values{"platform": {network}, "account": {s.linked()[0].ID}}), coretest.Consent{})).has("Ada Example is linked again")
}

// TestConnectWithoutApp: the app of the one network was taken away while the address was out.
func TestConnectWithoutApp(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.address(accounts.NewLink{Platform: network, OpenFor: time.Hour})
	s.change(func(p *core.Profile) { p.DisableSocial = []string{network} })
	s.browser().open(a).want(http.StatusOK).has("No account of Scripted can be linked here at the moment: whoever gave you the address of this page has switched Scripted off.", "Not now").hasNot("<form")
}

// TestOperatorsTroubles: what the operator has to mend goes to the log, not to the person.
func TestOperatorsTroubles(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser()
	a := s.address(accounts.NewLink{})
	b.open(a)
	p := b.link(a.Session.ID, coretest.Consent{Error: coretest.ErrorScope}).want(http.StatusOK)
	p.has("This service lacks a permission", "error 1092").hasNot("the app may not ask", "adds the product", "scope")
	number := p.text()[strings.Index(p.text(), "number ")+len("number "):]
	number = number[:strings.Index(number, ".")]
	log := s.log.String()
	for _, part := range []string{`"level":"WARN"`, `"the operator's app at the network has to be put right"`, `"app":"main"`, `"code":1092`, "the app may not ask for all of its scopes", "product", `"request":"` + number + `","session"`} {
		if !strings.Contains(log, part) {
			t.Errorf("the log lacks %s:\n%s", part, log)
		}
	}
}

// TestLessThanAskedFor: what a consent lacks and the operator can mend is in the log, with the
// numbers that the person is given.
func TestLessThanAskedFor(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser()
	a := s.address(accounts.NewLink{})
	b.open(a)
	p := b.link(a.Session.ID, coretest.Consent{
		Notes: []core.Finding{
			{Status: core.FindingMissing, Code: core.CodeForbidden, Message: "Your pages could not be listed.", Help: "Tell whoever gave you the address of this page."},
			{Status: core.FindingWarning, Message: "A page cannot be linked.", Help: "Get a role there."},
		},
		Operator: []core.Finding{{Status: core.FindingMissing, Code: core.CodeForbidden, Message: "The app is refused.", Help: "Look at its tier."}},
	}).has("Ada Example is linked", "Tell whoever gave you the address of this page: error 1041, number 0", "Get a role there.").hasNot("tier", "Get a role there:")
	number := p.text()[strings.Index(p.text(), "number ")+len("number "):]
	number = number[:strings.Index(number, ".")]
	var line string
	for one := range strings.Lines(s.log.String()) {
		if strings.Contains(one, `"a consent gave less than was asked for"`) {
			line = one
		}
	}
	for _, part := range []string{`"request":"` + number + `"`, `"code":1041`, "The app is refused.", "Look at its tier."} {
		if !strings.Contains(line, part) {
			t.Errorf("the log lacks %s: %s", part, line)
		}
	}
}
