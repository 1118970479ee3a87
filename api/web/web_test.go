package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/vault"
)

const day = 24 * time.Hour

// withPages is a consent of a person who may post on two pages.
func withPages() coretest.Consent { return coretest.Consent{Pages: []string{"page-1", "page-2"}} }

func TestLinkPersonAndPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser()
	a := s.address(accounts.NewLink{Redirect: "https://app.example/done?x=1&y=2"})
	id := a.Session.ID
	p := b.open(a).want(http.StatusOK).has("Link your accounts", "Acme & Söhne", "Scripted", "No account is linked yet.", "You sign in at scripted.example.", "10:05 UTC")
	if policy := p.header.Get("Content-Security-Policy"); !strings.HasSuffix(policy, "form-action 'self' https:") {
		t.Errorf("the form may not lead to the consent, and from there to where a company signs its people in: %s", policy)
	}
	consent := b.start(p, id, nil)
	if q := mustParse(t, consent).Query(); q.Get("code_challenge_method") != "S256" || q.Get("redirect_uri") != s.url+"/link/callback" {
		t.Errorf("the consent page is %s", consent)
	}
	back := b.consent(consent, withPages())
	choose := b.follow(back).want(http.StatusOK).has("Choose what to link", "Ada Example", "Page 1", "Page 2").hasNot(`" checked`, "Linked already")
	if s.names() != "" {
		t.Fatalf("linked without a choice: %s", s.names())
	}
	path := strings.TrimPrefix(choose.url, s.url)
	b.press(choose, path, nil).want(http.StatusUnprocessableEntity).has("No account is chosen.")
	done := b.press(choose, path, url.Values{"account": {coretest.MemberID, "page-2"}}).want(http.StatusSeeOther)
	p = b.follow(done.location).want(http.StatusOK).has("2 accounts are linked", "Ada Example, Page 2.", "Linked since 20 November 2026 , good until 20 November 2027")
	if s.names() != "Ada Example, Page 2" && s.names() != "Page 2, Ada Example" {
		t.Errorf("linked: %s", s.names())
	}
	// The note is told once; the choice is over.
	b.get("/link/" + id).want(http.StatusOK).hasNot("Ada Example, Page 2.")
	b.get(path).want(http.StatusForbidden).has("This choice was made before", "Back to the accounts")
	b.press(p, path, url.Values{"account": {"page-1"}}).want(http.StatusForbidden)
	// What is linked is checked when it comes again.
	choose = b.follow(b.consent(b.start(b.get("/link/"+id), id, nil), withPages())).has("Linked already is renewed", "Acme & Söhne gets only those that are checked. What is linked already is renewed.")
	if n := strings.Count(choose.html, " checked disabled"); n != 2 {
		t.Errorf("%d accounts are renewed whatever is chosen, want 2:\n%s", n, choose.html)
	}
	done = b.press(choose, strings.TrimPrefix(choose.url, s.url), url.Values{"account": {"page-1"}}).want(http.StatusSeeOther)
	b.follow(done.location).want(http.StatusOK).has("Page 1 is linked", "Linked already, and renewed: Ada Example, Page 2.")
	choose = b.follow(b.consent(b.start(b.get("/link/"+id), id, nil), withPages()))
	done = b.press(choose, strings.TrimPrefix(choose.url, s.url), nil).want(http.StatusSeeOther)
	b.follow(done.location).want(http.StatusOK).has("3 accounts are linked again", "This is good until 20 November 2027.")
	if end := b.get("/link/" + id + "/done").want(http.StatusSeeOther); end.location != "https://app.example/done?x=1&y=2" {
		t.Errorf("Done leads to %q", end.location)
	}
	s.wantSecretsKept(a, consent, back)
}

func mustParse(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// wantSecretsKept fails if the log has a secret of an address.
func (s *site) wantSecretsKept(a accounts.LinkAddress, addresses ...string) {
	s.t.Helper()
	secrets := []string{a.Token.Reveal()}
	for _, address := range addresses {
		q := mustParse(s.t, address).Query()
		secrets = append(secrets, q.Get("state"), q.Get("code"), q.Get("code_challenge"))
	}
	log := s.log.String()
	for _, secret := range secrets {
		if secret != "" && strings.Contains(log, secret) {
			s.t.Errorf("the log has %q:\n%s", secret, log)
		}
	}
	if !strings.Contains(log, `"route":"/link/open/{token}"`) || !strings.Contains(log, `"route":"/link/callback"`) || !strings.Contains(log, `"route":"/link/{session}"`) {
		s.t.Errorf("the log lacks the routes:\n%s", log)
	}
}

func TestOneAccountIsLinkedAtOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser()
	a := s.address(accounts.NewLink{})
	b.open(a)
	b.link(a.Session.ID, coretest.Consent{}).want(http.StatusOK).has("Ada Example is linked", "1 account is linked.")
	b.follow("/link/"+a.Session.ID+"/done").want(http.StatusOK).has("All done", "You can close this page.")
}

func TestConnectMode(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser()
	a := s.address(accounts.NewLink{Platform: network, Redirect: "https://app.example/"})
	b.open(a).want(http.StatusOK).has("Connect Scripted", "Acme & Söhne would like to publish on Scripted in your name", "Continue to Scripted", "Not now")
	p := b.link(a.Session.ID, coretest.Consent{}).want(http.StatusOK).has("Ada Example is linked", "Continue")
	if !strings.Contains(p.html, `href="https://app.example/"`) {
		t.Errorf("the page does not lead on:\n%s", p.html)
	}
}

func TestWhatThePersonIsTold(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		consent coretest.Consent
		says    []string
	}{
		"denied":      {coretest.Consent{Error: coretest.ErrorDenied}, []string{"Nothing was allowed", "The access was not allowed.", "Start again and allow the access."}},
		"no scope":    {coretest.Consent{Error: coretest.ErrorScope}, []string{"This service lacks a permission", "This is not your fault", "tell whoever gave you the address of this page: error 1092, number 0"}},
		"trouble":     {coretest.Consent{Error: coretest.ErrorUnavailable}, []string{"That did not work just now", "Wait a moment, then start again. If it stays like this, tell whoever gave you the address of this page: error 1045, number 0"}},
		"other words": {coretest.Consent{Error: "odd", Description: "<b>odd</b>"}, []string{"Nothing was allowed", "The network refused."}},
		"too little": {
			coretest.Consent{Scopes: []string{coretest.ScopeRead}},
			[]string{"That was not the right account", "Nothing can be posted to Scripted with what you allowed. The scope post was not granted.", "Link the account again and allow it."},
		},
		"less than asked for": {
			coretest.Consent{Scopes: []string{coretest.ScopePost}}, []string{"Ada Example is linked", "The scope read was not granted."},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			b := s.browser()
			a := s.address(accounts.NewLink{})
			b.open(a)
			b.link(a.Session.ID, tt.consent).want(http.StatusOK).has(tt.says...).hasNot("<b>odd")
		})
	}
}

func TestAlerts(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(c *coretest.Config) { c.AccessLife, c.GrantLife = 60*day, 365*day })
	b := s.browser()
	first := s.address(accounts.NewLink{})
	b.open(first)
	b.link(first.Session.ID, coretest.Consent{})
	before := s.linked()[0]
	ends := before.EndsAt()
	look := func(left time.Duration) (*page, string) {
		s.clock.Set(ends.Add(-left))
		a := s.address(accounts.NewLink{})
		return b.open(a).want(http.StatusOK), a.Session.ID
	}
	p, _ := look(31 * day)
	p.hasNot("needs your attention", "Refresh").has("Linked since")
	p, _ = look(29 * day)
	p.has("An account needs your attention", "Its authorization ends on 20 November 2027, in 29 days.", "Refresh Ada Example", "Ends in 29 days")
	p, _ = look(10*day - time.Minute)
	p.has("Ends in 10 days") // as the notice says that was due a minute ago
	p, _ = look(0)
	p.has("It has to be linked again before anything can be posted to it", "Link again Ada Example", "To be linked again")
	p, id := look(day)
	p.has("within a day.")
	consent := b.start(p, id, url.Values{"platform": {network}, "account": {before.ID}})
	b.follow(b.consent(consent, withPages())).want(http.StatusOK).has("Ada Example is linked").hasNot("needs your attention")
	after := s.linked()
	if len(after) != 1 || after[0].ID != before.ID || !after[0].EndsAt().Equal(s.clock.Now().Add(365*day)) {
		t.Errorf("after the refresh: %+v", after)
	}
}

func TestLinkAgainAsSomebodyElse(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser()
	a := s.address(accounts.NewLink{})
	b.open(a)
	p := b.link(a.Session.ID, coretest.Consent{})
	before := s.linked()
	consent := b.start(p, a.Session.ID, url.Values{"platform": {network}, "account": {before[0].ID}})
	b.follow(b.consent(consent, coretest.Consent{Member: "joe", Pages: []string{"page-1"}})).want(http.StatusOK).has(
		"That was not the right account", "You signed in to Scripted as somebody who cannot post as Ada Example; what you allowed is good for Joe Other and Page 1.",
		"sign in as a person who may post as Ada Example")
	if diff := cmp.Diff(before, s.linked()); diff != "" {
		t.Errorf("the account was changed (-before +after):\n%s", diff)
	}
}

// TestRelinkAddressOfUnlinked: who opens the address of a notice too late is told whom to ask,
// and nothing of the server's inside.
func TestRelinkAddressOfUnlinked(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser()
	first := s.address(accounts.NewLink{})
	b.open(first)
	b.link(first.Session.ID, coretest.Consent{})
	account := s.linked()[0]
	address, err := s.linking.RelinkAddress(t.Context(), s.profile.ID, account.ID, "notice-1")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.accounts.Unlink(t.Context(), s.profile.ID, account.ID); err != nil {
		t.Fatal(err)
	}
	s.browser().follow(address).want(http.StatusNotFound).
		has("This account was unlinked. If it is to be linked again, ask whoever sent you this address.").hasNot(account.ID, "The page on which accounts are linked")
	b.get("/link/" + first.Session.ID + "/unlink/" + account.ID).want(http.StatusNotFound).has("The page on which accounts are linked shows those that are.").hasNot(account.ID)
}

func TestRelinkAddress(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser()
	first := s.address(accounts.NewLink{})
	b.open(first)
	b.link(first.Session.ID, coretest.Consent{})
	account := s.linked()[0]
	if err := s.accounts.AuthorizationLost(t.Context(), account.ID, "it was revoked"); err != nil {
		t.Fatal(err)
	}
	tell := func(notice string) string {
		t.Helper()
		address, err := s.linking.RelinkAddress(t.Context(), s.profile.ID, account.ID, notice)
		if err != nil {
			t.Fatal(err)
		}
		return address
	}
	address := tell("notice-1")
	if address == "" || tell("notice-1") != address || tell("notice-2") == address {
		t.Fatalf("addresses: %q, %q, %q", address, tell("notice-1"), tell("notice-2"))
	}
	if _, err := s.linking.Create(t.Context(), s.profile, accounts.NewLink{EndOthers: true}); err != nil { // a logout leaves it
		t.Fatal(err)
	}
	for range 3 { // a program that looks at the addresses in mails
		if p := s.browser().follow(address); !strings.HasPrefix(p.location, "https://scripted.example/consent?") {
			t.Fatalf("it leads to %q:\n%s", p.location, p.text())
		}
	}
	person := s.browser()
	const session = "/link/notice-1"
	p := person.follow(address)
	p = person.follow(person.consent(p.location, coretest.Consent{Error: coretest.ErrorDenied})).want(http.StatusOK).has("Nothing was allowed", "Try again", "whoever has it can link the account again.")
	// It can do nothing else.
	person.get(session + "/unlink/" + account.ID).want(http.StatusNotFound).hasNot("Ada Example")
	person.press(p, session+"/unlink/"+account.ID, nil).want(http.StatusNotFound)
	person.get(session+"/done").want(http.StatusOK).has("Nothing was changed", "Link it again").hasNot("All done")
	person.press(p, session+"/start", url.Values{"platform": {network}}).want(http.StatusBadRequest)
	again := person.press(p, session+"/start", url.Values{"platform": {network}, "account": {account.ID}}).want(http.StatusSeeOther)
	done := person.follow(person.consent(again.location, withPages())).want(http.StatusOK).has("Ada Example is linked again", "Posts that were waiting for it go out now.", "This is good until 20 November 2027.")
	person.get(done.url).want(http.StatusOK).has("Ada Example is linked again") // loaded once more
	got := s.linked()
	if len(got) != 1 || got[0].ID != account.ID || got[0].Status != core.AccountActive {
		t.Errorf("linked: %+v", got)
	}
	// It is used up.
	s.browser().follow(address).want(http.StatusForbidden).has("This address is no longer good")
	person.get(session).want(http.StatusForbidden)
	if tell("notice-1") != address {
		t.Error("the address changed")
	}
	// A notice goes out also if the key of its address is lost.
	config := s.linking.LinkingConfig
	var err error
	if config.Vault, err = vault.New(vault.NewKey()); err != nil {
		t.Fatal(err)
	}
	if got, err := accounts.NewLinking(config).RelinkAddress(t.Context(), s.profile.ID, account.ID, "notice-1"); got != "" || err != nil {
		t.Errorf("with another key the address is %q, %v", got, err)
	}
	s.clock.Advance(31 * day)
	s.browser().follow(tell("notice-2")).want(http.StatusForbidden).has("This address has expired")
	if err := s.accounts.Unlink(t.Context(), s.profile.ID, account.ID); err != nil {
		t.Fatal(err)
	}
	if got := tell("notice-3"); got != "" {
		t.Errorf("an account that is gone has the address %q", got)
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.address(accounts.NewLink{})
	b := s.browser()
	for name, path := range map[string]string{
		"no secret": "/link/open/x", "wrong secret": "/link/open/crl_ls_" + strings.Repeat("A", 43), "cut": strings.TrimPrefix(a.URL.Reveal(), s.url)[:60],
	} {
		if p := b.get(path); p.status != http.StatusNotFound || !strings.Contains(p.text(), "This address is not known") {
			t.Errorf("%s: %d %s", name, p.status, p.text())
		}
	}
	s.clock.Advance(5*time.Minute - time.Second)
	b.open(a).want(http.StatusOK)
	s.clock.Advance(time.Second)
	s.browser().open(a).want(http.StatusForbidden).has("This address has expired", "Ask for a new address where you got this one.")
	b.open(a).want(http.StatusOK).has("Link your accounts")
	b.get("/link/" + a.Session.ID).want(http.StatusOK) // who came in time goes on
	s.clock.Advance(time.Hour)
	b.get("/link/" + a.Session.ID).want(http.StatusForbidden).has("This address has expired")
	b.open(a).want(http.StatusForbidden).has("This address has expired")

	a = s.address(accounts.NewLink{})
	b.open(a).want(http.StatusOK)
	if _, err := s.linking.Revoke(t.Context(), s.profile.ID, a.Session.ID); err != nil {
		t.Fatal(err)
	}
	b.open(a).want(http.StatusForbidden).has("This address is no longer good")
	b.get("/link/" + a.Session.ID).want(http.StatusForbidden).has("This address is no longer good")
}

func TestReturns(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.address(accounts.NewLink{OpenFor: 2 * time.Hour})
	b, other := s.browser(), s.browser()
	p := b.open(a)
	otherPage := other.open(a)
	fresh := func(c coretest.Consent) string { return b.consent(b.start(p, a.Session.ID, nil), c) }
	lost := s.names()

	back := fresh(coretest.Consent{})
	s.browser().get(back).want(http.StatusForbidden).has("This step cannot be finished", "not opened in this browser")
	other.follow(back).want(http.StatusOK).has("This step was begun in another browser")
	changed := mustParse(t, back)
	q := changed.Query()
	q.Set("state", q.Get("state")+"x")
	changed.RawQuery = q.Encode()
	b.follow(changed.String()).has("This step was finished before")
	const anew = "Close this page, and open the address that you were given again."
	b.get("/link/callback").want(http.StatusForbidden).has("which page you came from", anew)
	b.get("/link/callback?code=x&state=.b.c").want(http.StatusForbidden).has(anew)
	for _, cut := range []string{a.Session.ID, a.Session.ID + ".", q.Get("state")[:len(a.Session.ID)+5]} { // the page is known, and the way back to it
		p := b.get("/link/callback?code=x&state=" + url.QueryEscape(cut)).want(http.StatusSeeOther)
		b.follow(p.location).want(http.StatusOK).has("did not arrive whole", "Link Scripted")
	}
	b.get("/link/callback?code=x&state=a.b").want(http.StatusForbidden)
	if s.names() != lost {
		t.Fatalf("linked: %s", s.names())
	}
	b.follow(back).want(http.StatusOK).has("Ada Example is linked") // none of that used it up
	b.follow(back).want(http.StatusOK).has("This step was finished before, or took longer than 15 minutes: if you pressed a button twice, the first time counted.")

	// Two clicks, the first of which led to a choice.
	back = fresh(withPages())
	first := b.get(back).want(http.StatusSeeOther)
	second := b.get(back).want(http.StatusSeeOther)
	if first.location != second.location || !strings.Contains(first.location, "/choose/") {
		t.Errorf("two clicks lead to %q and %q", first.location, second.location)
	}
	// The choice is this browser's.
	other.get(first.location).want(http.StatusForbidden)
	other.press(otherPage, first.location, url.Values{"account": {"page-1"}}).want(http.StatusForbidden)
	choose := b.get(first.location).want(http.StatusOK)
	b.press(choose, first.location, url.Values{"account": {"page-9"}}).want(http.StatusForbidden)
	cancelled := b.press(choose, first.location, url.Values{"do": {"cancel"}}).want(http.StatusSeeOther)
	b.follow(cancelled.location).has("Nothing was linked")
	b.get(first.location).want(http.StatusForbidden)

	back = fresh(coretest.Consent{})
	s.clock.Advance(15 * time.Minute)
	b.follow(back).want(http.StatusOK).has("or took longer than 15 minutes").hasNot("Ada Example is linked")
}

// TestTwoClicks has both clicks on the button of the network arrive at the same time.
func TestTwoClicks(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser()
	a := s.address(accounts.NewLink{})
	back := b.consent(b.start(b.open(a), a.Session.ID, nil), withPages())
	locations := make([]string, 4)
	var all sync.WaitGroup
	for i := range locations {
		all.Go(func() { locations[i] = b.get(back).location })
	}
	all.Wait()
	for _, l := range locations {
		if l != locations[0] || !strings.Contains(l, "/choose/") {
			t.Errorf("the clicks lead to %q", locations)
			break
		}
	}
}

func TestUnlink(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser()
	a := s.address(accounts.NewLink{})
	b.open(a)
	b.link(a.Session.ID, coretest.Consent{})
	path := "/link/" + a.Session.ID + "/unlink/" + s.linked()[0].ID
	ask := b.get(path).want(http.StatusOK).has("Unlink Ada Example?", "What was posted stays on Scripted.", "Keep it")
	if s.names() == "" {
		t.Fatal("unlinked by looking at the question")
	}
	b.follow(b.press(ask, path, nil).want(http.StatusSeeOther).location).want(http.StatusOK).has("Ada Example is unlinked", "No account is linked yet.")
	if s.names() != "" {
		t.Errorf("still linked: %s", s.names())
	}
	b.get(path).want(http.StatusNotFound).has("This account is not linked")
	b.press(ask, path, nil).want(http.StatusNotFound)
}

// TestNetworkWithoutApp: the operator has taken the app away; what was linked through it can
// still be unlinked.
func TestNetworkWithoutApp(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	account, _, err := s.accounts.Link(t.Context(), s.profile.ID, accounts.LinkRequest{
		Platform: appless, Credentials: core.Credentials{AccessToken: coretest.MemberToken, ExpiresAt: s.clock.Now().Add(day)},
	})
	if err != nil {
		t.Fatal(err)
	}
	b := s.browser()
	a := s.address(accounts.NewLink{})
	p := b.open(a).want(http.StatusOK).has("Ada Example", "Unlink Ada Example", "No more accounts can be linked here: this server has no app of "+s.linking.Registry.Title(appless)+" for it any more.",
		"An account needs your attention", "That cannot be done here: this server has no app").hasNot("Refresh<")
	if n := strings.Count(p.html, "<form "); n != 1 { // of the network with an app
		t.Errorf("the page has %d forms:\n%s", n, p.html)
	}
	b.follow(b.press(p, "/link/"+a.Session.ID+"/unlink/"+account.ID, nil).want(http.StatusSeeOther).location).has("Ada Example is unlinked")
	if s.names() != "" {
		t.Errorf("linked: %s", s.names())
	}
}

func TestProfileDecides(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser()
	a := s.address(accounts.NewLink{})
	p := b.open(a)
	b.link(a.Session.ID, coretest.Consent{})
	account := s.linked()[0]
	s.change(func(p *core.Profile) {
		p.LinkPage = core.LinkPage{DisplayTitle: "Dunes Inc", TopHeader: "Your networks", SubHeader: "<i>Welcome</i>", HideLogo: true}
	})
	b.get("/link/"+a.Session.ID).has("Dunes Inc", "Your networks", "<i>Welcome</i>").hasNot("Acme", `class="logo"`, `<h1 class="vh"`, "<i>")
	s.change(func(p *core.Profile) { p.LinkPage = core.LinkPage{HideTitle: true, HideTopHeader: true} })
	hidden := b.get("/link/" + a.Session.ID).hasNot("Acme").has("The service that sent you here")
	if !strings.Contains(hidden.html, `<h1 class="vh"`) {
		t.Error("the heading is shown")
	}
	consent := b.start(p, a.Session.ID, nil)
	s.change(func(p *core.Profile) { p.DisableSocial = []string{network} })
	// Of a network that is switched off nothing can be linked; what is linked can be unlinked.
	off := b.get("/link/"+a.Session.ID).want(http.StatusOK).has("Ada Example", "Unlink Ada Example", "has switched off all networks", "has switched Scripted off.").hasNot("<form")
	b.press(p, "/link/"+a.Session.ID+"/start", url.Values{"platform": {network}}).want(http.StatusBadRequest)
	if err := s.accounts.AuthorizationLost(t.Context(), account.ID, "it was revoked"); err != nil {
		t.Fatal(err)
	}
	b.get("/link/"+a.Session.ID).has("That cannot be done here").hasNot("Link again<", "good until")
	b.press(p, strings.TrimPrefix(off.url, s.url)+"/unlink/"+account.ID, nil).want(http.StatusSeeOther)
	if s.names() != "" {
		t.Errorf("linked: %s", s.names())
	}
	b.get("/link/" + a.Session.ID).want(http.StatusOK).has("No account can be linked here at the moment")
	b.follow("/link/" + a.Session.ID + "/done").want(http.StatusOK).has("Nothing is linked")
	b.follow(b.consent(consent, coretest.Consent{})).has("Accounts of Scripted cannot be linked on this page.")
	if _, err := s.linking.Create(t.Context(), s.profile, accounts.NewLink{}); core.CodeOf(core.AsError(err)) != core.CodeLinkSetup {
		t.Errorf("a page of nothing: %v", err)
	}
}

func TestSeveralApps(t *testing.T) {
	t.Parallel()
	person, org := []core.AccountKind{core.AccountPerson}, []core.AccountKind{core.AccountPerson, core.AccountOrganization}
	s := newSite(t, func(c *coretest.Config) {
		c.Apps = []core.LinkApp{{Name: "all", Title: "You and your pages", Kinds: org, PKCE: true}, {Name: "you", Title: "Only you", Kinds: person}}
	})
	b := s.browser()
	a := s.address(accounts.NewLink{})
	p := b.open(a).has("You and your pages", "Only you")
	consent := b.start(p, a.Session.ID, url.Values{"platform": {network}, "app": {"you"}})
	if q := mustParse(t, consent).Query(); q.Get("client_id") != "you" || q.Has("code_challenge") {
		t.Errorf("the consent page is %s", consent)
	}
	b.follow(b.consent(consent, withPages())).has("Ada Example is linked") // this app links persons alone
	b.press(p, "/link/"+a.Session.ID+"/start", url.Values{"platform": {network}, "app": {"nope"}}).want(http.StatusBadRequest).has("has no app")
	b.press(p, "/link/"+a.Session.ID+"/start", url.Values{"platform": {"nope"}}).want(http.StatusBadRequest)
	again := b.start(p, a.Session.ID, url.Values{"platform": {network}, "account": {s.linked()[0].ID}})
	if got := mustParse(t, again).Query().Get("client_id"); got != "you" {
		t.Errorf("linked again through the app %q", got)
	}
}

func TestForgottenSession(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser()
	a := s.address(accounts.NewLink{})
	b.open(a)
	s.clock.Advance(7 * time.Hour)
	if _, err := s.store.DeleteLinks(t.Context(), s.clock.Now(), s.clock.Now()); err != nil {
		t.Fatal(err)
	}
	b.get("/link/" + a.Session.ID).want(http.StatusForbidden)
	b.open(a).want(http.StatusNotFound)
}

func TestGrid(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.address(accounts.NewLink{Mode: store.LinkGrid, Allowed: []string{network}})
	s.browser().open(a).want(http.StatusOK).has("Scripted")
}
