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

// asking is a network with an app that asks who wants to link, and one that links by an app
// password.
func asking(c *coretest.Config) { c.Apps = []core.LinkApp{coretest.AskingApp(), coretest.DirectApp()} }

// direct is a network with the latter alone.
func direct(c *coretest.Config) { c.Apps = []core.LinkApp{coretest.DirectApp()} }

// filled is the form of an app as the first member fills it in.
func filled(app core.LinkApp, change ...string) url.Values {
	form := url.Values{"platform": {network}, "app": {app.Name}}
	for name, answer := range coretest.Answers(app) {
		form.Set("field-"+name, answer.Reveal())
	}
	for i := 0; i < len(change); i += 2 {
		form.Set("field-"+change[i], change[i+1])
	}
	return form
}

func TestLinkByPassword(t *testing.T) {
	t.Parallel()
	s := newSite(t, direct)
	b := s.browser()
	a := s.address(accounts.NewLink{})
	start := "/link/" + a.Session.ID + "/start"
	p := b.open(a).want(http.StatusOK).has("Link Scripted", "Handle", "App password", "Make one in your settings there.", "What you enter here is told to the server of your account at Scripted, and to nobody else.").
		hasNot("You sign in", "Your password stays there", "Continue")
	for _, part := range []string{`type="password"`, `autocomplete="current-password"`, `autocomplete="username"`, `placeholder="name.example"`, `aria-label="Link Scripted"`} {
		if !strings.Contains(p.html, part) {
			t.Errorf("the page lacks %s:\n%s", part, p.html)
		}
	}
	wrong := b.press(p, start, filled(coretest.DirectApp(), coretest.FieldPassword, "not-this-one")).want(http.StatusUnprocessableEntity).
		has("The password is not right. Make a new one.", "Something has to be corrected").hasNot("not-this-one")
	if !strings.Contains(wrong.html, `value="ada.example"`) || strings.Count(wrong.html, `aria-invalid="true"`) != 1 || !strings.Contains(wrong.html, "appPassword-error") {
		t.Errorf("what was typed is lost, or the field is not marked:\n%s", wrong.html)
	}
	b.press(p, start, filled(coretest.DirectApp(), coretest.FieldPassword, "", coretest.FieldHandle, "a\x07b")).want(http.StatusUnprocessableEntity).
		has("Handle has a line break or another character that cannot be part of it.", "App password is missing.").focused()
	b.press(p, start, filled(coretest.DirectApp(), coretest.FieldHandle, strings.Repeat("a", 1001))).want(http.StatusUnprocessableEntity).has("Handle has 1001 characters; at most 1000 are allowed.")
	if s.names() != "" || len(s.network.Calls(coretest.OpExchange)) != 1 {
		t.Fatalf("linked: %q; %d calls", s.names(), len(s.network.Calls(coretest.OpExchange)))
	}
	done := b.press(p, start, filled(coretest.DirectApp(), coretest.FieldHandle, " ada.example \n")).want(http.StatusSeeOther)
	b.follow(done.location).want(http.StatusOK).has("Ada Example is linked", "1 account is linked.")
	if got := s.linked(); len(got) != 1 || got[0].App != coretest.DirectAppName || got[0].Username != coretest.MemberHandle {
		t.Errorf("linked: %+v", got)
	}
	if log := s.log.String(); strings.Contains(log, coretest.MemberPassword.Reveal()) || strings.Contains(log, "not-this-one") || !strings.Contains(log, "linking failed") {
		t.Errorf("the log has a password, or not what failed:\n%s", log)
	}
}

// TestTooManyWrongPasswords: a page is no place to try passwords at a network, whatever else
// succeeds on it.
func TestTooManyWrongPasswords(t *testing.T) {
	t.Parallel()
	s := newSite(t, direct)
	b := s.browser()
	a := s.address(accounts.NewLink{})
	start := "/link/" + a.Session.ID + "/start"
	p := b.open(a)
	wrong, right := filled(coretest.DirectApp(), coretest.FieldPassword, "not-this-one"), filled(coretest.DirectApp())
	for i := range 10 {
		b.press(p, start, right).want(http.StatusSeeOther)
		b.press(p, start, wrong).want(http.StatusUnprocessableEntity)
		s.clock.Advance(time.Duration(i) * time.Second)
	}
	calls := len(s.network.Calls(coretest.OpExchange))
	refused := b.press(p, start, right).want(http.StatusTooManyRequests).focused().has("Too many tries on this page have failed.", "Try again in about 10 minutes.")
	if n := len(s.network.Calls(coretest.OpExchange)); n != calls || !strings.Contains(refused.html, `value="ada.example"`) {
		t.Errorf("%d calls more, or what was typed is lost:\n%s", n-calls, refused.html)
	}
	another := s.address(accounts.NewLink{})
	b.press(b.open(another), "/link/"+another.Session.ID+"/start", right).want(http.StatusSeeOther)
	s.clock.Advance(10 * time.Minute)
	b.press(p, start, wrong).want(http.StatusUnprocessableEntity)
	b.press(p, start, right).want(http.StatusSeeOther)
}

// focused fails unless the page leads the eye to one thing.
func (p *page) focused() *page {
	p.t.Helper()
	if got := strings.Count(p.html, " autofocus"); got != 1 {
		p.t.Errorf("%s has %d things in focus, want one:\n%s", p.url, got, p.html)
	}
	return p
}

// TestPasswordInTrouble: what the network does not answer is told on the page, with what was
// typed.
func TestPasswordInTrouble(t *testing.T) {
	t.Parallel()
	s := newSite(t, direct)
	b := s.browser()
	a := s.address(accounts.NewLink{Platform: network})
	p := b.open(a).want(http.StatusOK).has("Connect Scripted", "Link").hasNot("Continue to", "You sign in")
	s.network.Next(coretest.OpExchange, coretest.Answer(503, 0))
	start := "/link/" + a.Session.ID + "/start"
	again := b.press(p, start, filled(coretest.DirectApp())).want(http.StatusBadGateway).focused().
		has("That did not work just now", "If it stays like this, tell whoever gave you the address of this page: error 1045, number")
	if !strings.Contains(again.html, `value="ada.example"`) || strings.Contains(again.html, coretest.MemberPassword.Reveal()) {
		t.Errorf("what was typed is lost, or the password is shown:\n%s", again.html)
	}
	b.follow(b.press(p, start, filled(coretest.DirectApp())).want(http.StatusSeeOther).location).has("Ada Example is linked")
}

func TestAskedFirst(t *testing.T) {
	t.Parallel()
	s := newSite(t, asking)
	s.network.AddMember(coretest.Member{Token: "joe", RemoteID: "joe", Name: "Joe Other", Handle: "joe.example"})
	b := s.browser()
	a := s.address(accounts.NewLink{})
	start := "/link/" + a.Session.ID + "/start"
	p := b.open(a).want(http.StatusOK).has("The app that asks Recommended", "The app with a password", "You sign in at the server of your account at Scripted. Your password stays there.", "What you enter here is told to the server of your account at Scripted, and to nobody else.")
	b.press(p, start, url.Values{"platform": {network}, "app": {coretest.AskingAppName}}).want(http.StatusUnprocessableEntity).has("Handle is missing. What you are called there.")
	b.press(p, start, filled(coretest.AskingApp(), coretest.FieldHandle, "nobody.example")).want(http.StatusUnprocessableEntity).has("Nobody is called that. Check how it is written.")
	sent := b.press(p, start, filled(coretest.AskingApp(), coretest.FieldHandle, "joe.example")).want(http.StatusSeeOther)
	back := b.consent(sent.location, coretest.Consent{})
	other := mustParse(t, back)
	q := other.Query()
	q.Set("iss", "https://somebody.example")
	other.RawQuery = q.Encode()
	b.follow(other.String()).has("This step cannot be finished", "The browser was not sent back by the network.")
	// The state is used up with it.
	b.follow(back).has("This step was finished before")
	sent = b.press(p, start, filled(coretest.AskingApp(), coretest.FieldHandle, "joe.example")).want(http.StatusSeeOther)
	b.follow(b.consent(sent.location, coretest.Consent{})).want(http.StatusOK).has("Joe Other is linked")
	if s.names() != "Joe Other" {
		t.Errorf("linked: %s", s.names())
	}
	connect := s.address(accounts.NewLink{Platform: network})
	b.open(connect).has("Continue: The app that asks", "Link The app with a password").hasNot("If there is more than one account")
}

// TestPasswordTwice has both clicks on the button arrive at the same time.
func TestPasswordTwice(t *testing.T) {
	t.Parallel()
	s := newSite(t, direct)
	b := s.browser()
	a := s.address(accounts.NewLink{})
	p := b.open(a)
	gate := coretest.NewGate()
	s.network.Always(coretest.OpExchange, gate.Before)
	locations := make(chan string, 2)
	form := filled(coretest.DirectApp())
	form.Set("form", p.formToken())
	for range 2 {
		go func() {
			locations <- b.do(http.MethodPost, "/link/"+a.Session.ID+"/start", form).location
		}()
	}
	gate.Await(t)
	gate.Open()
	for range 2 {
		if l := coretest.Receive(t, "where it leads", locations); l != "/link/"+a.Session.ID {
			t.Errorf("it leads to %q", l)
		}
	}
	if n := len(s.linked()); n != 1 {
		t.Errorf("%d accounts are linked", n)
	}
}

// lose has the account of the profile be one that has to be linked again.
func (s *site) lose() core.Account {
	s.t.Helper()
	account := s.linked()[0]
	if err := s.accounts.AuthorizationLost(s.t.Context(), account.ID, "it was revoked"); err != nil {
		s.t.Fatal(err)
	}
	return account
}

func (s *site) relinkAddress(account core.Account) string {
	s.t.Helper()
	address, err := s.linking.RelinkAddress(s.t.Context(), s.profile.ID, account.ID, "notice-1")
	if err != nil {
		s.t.Fatal(err)
	}
	return address
}

// TestRelinkByPassword: the page asks for what the account does not answer, and for nothing
// else.
func TestRelinkByPassword(t *testing.T) {
	t.Parallel()
	s := newSite(t, direct)
	s.network.AddMember(coretest.Member{Token: "joe", RemoteID: "joe", Name: "Joe Other", Handle: "joe.example", Password: "joes"})
	b := s.browser()
	a := s.address(accounts.NewLink{})
	p := b.open(a)
	b.press(p, "/link/"+a.Session.ID+"/start", filled(coretest.DirectApp())).want(http.StatusSeeOther)
	account := s.lose()
	b.get("/link/"+a.Session.ID).has("An account needs your attention", "Ada Example ada.example on Scripted", "Link again Ada Example")
	b.open(s.address(accounts.NewLink{Platform: network})).has("Linked already", "Ada Example ada.example Person")

	person := s.browser()
	p = person.follow(s.relinkAddress(account)).want(http.StatusOK).has("Link Ada Example again", "It has to be linked again before anything can be posted to it: it was revoked.", "App password", "Link again").
		hasNot("Your password stays there", "Continue")
	if strings.Contains(p.html, `name="field-handle"`) {
		t.Errorf("it asks for what is known:\n%s", p.html)
	}
	const start = "/link/notice-1/start"
	again := func(more ...string) url.Values {
		form := url.Values{"platform": {network}, "account": {account.ID}}
		for i := 0; i < len(more); i += 2 {
			form.Set("field-"+more[i], more[i+1])
		}
		return form
	}
	person.press(p, start, again()).want(http.StatusUnprocessableEntity).has("App password is missing.")
	p = person.press(p, start, again(coretest.FieldPassword, "not-this-one")).want(http.StatusUnprocessableEntity).has("The password is not right.").hasNot("not-this-one")
	// It may be called otherwise by now, and be taken for somebody else.
	if !strings.Contains(p.html, `name="field-handle"`) || !strings.Contains(p.html, `value="ada.example"`) {
		t.Errorf("who it is cannot be corrected:\n%s", p.html)
	}
	// Somebody else's is not the account's.
	person.press(p, start, again(coretest.FieldHandle, "joe.example", coretest.FieldPassword, "joes")).want(http.StatusUnprocessableEntity).
		has("What you entered is good for Joe Other, and not for Ada Example.", "Handle")
	done := person.press(p, start, again(coretest.FieldPassword, coretest.MemberPassword.Reveal())).want(http.StatusSeeOther)
	person.follow(done.location).want(http.StatusOK).has("Ada Example is linked again", "Posts that were waiting for it go out now.")
	if got := s.linked(); len(got) != 1 || got[0].ID != account.ID || got[0].Status != core.AccountActive {
		t.Errorf("linked: %+v", got)
	}
}

// TestRelinkOfWhomIsKnown leads straight on, since the account answers all that the app asks;
// unless it is called otherwise by now.
func TestRelinkOfWhomIsKnown(t *testing.T) {
	t.Parallel()
	s := newSite(t, asking)
	b := s.browser()
	a := s.address(accounts.NewLink{})
	p := b.open(a)
	sent := b.press(p, "/link/"+a.Session.ID+"/start", filled(coretest.AskingApp())).want(http.StatusSeeOther)
	b.follow(b.consent(sent.location, coretest.Consent{})).has("Ada Example is linked")
	account := s.lose()
	address := s.relinkAddress(account)
	person := s.browser()
	if p := person.follow(address); !strings.HasPrefix(p.location, "https://scripted.example/consent?") {
		t.Fatalf("it leads to %q:\n%s", p.location, p.text())
	}
	s.network.AddMember(coretest.Member{Token: coretest.MemberToken, RemoteID: coretest.MemberID, Name: "Ada Example", Handle: "ada.new"})
	p = person.follow(address).want(http.StatusUnprocessableEntity).has("Link Ada Example again", "Nobody is called that.", "Continue to Scripted")
	if !strings.Contains(p.html, `value="ada.example"`) {
		t.Errorf("what the account was called is not shown:\n%s", p.html)
	}
	sent = person.press(p, "/link/notice-1/start", url.Values{"platform": {network}, "account": {account.ID}, "field-handle": {"ada.new"}}).want(http.StatusSeeOther)
	person.follow(person.consent(sent.location, coretest.Consent{})).want(http.StatusOK).has("Ada Example is linked again")
	if got := s.linked(); got[0].Username != "ada.new" {
		t.Errorf("linked: %+v", got)
	}
}

// TestConsentOnHTTP: a browser does not follow a redirect from a form to where the policy of
// its page does not allow it; a page leads on.
func TestConsentOnHTTP(t *testing.T) {
	t.Parallel()
	s := newSite(t, asking, func(c *coretest.Config) { c.Website = "http://localhost:9" })
	b := s.browser()
	a := s.address(accounts.NewLink{})
	p := b.open(a)
	sent := b.press(p, "/link/"+a.Session.ID+"/start", filled(coretest.AskingApp())).want(http.StatusOK).has("On to Scripted", "Continue to Scripted")
	address, found := strings.CutPrefix(sent.header.Get("Refresh"), "0; url=")
	if !found || !strings.HasPrefix(address, "http://localhost:9/consent?") || sent.location != "" {
		t.Fatalf("it leads to %q, %q", sent.header.Get("Refresh"), sent.location)
	}
	b.follow(b.consent(address, coretest.Consent{})).want(http.StatusOK).has("Ada Example is linked")
	// An address that the policy names is gone to at once.
	s = newSite(t, func(c *coretest.Config) { c.Website = "http://localhost:9" })
	b = s.browser()
	a = s.address(accounts.NewLink{})
	p = b.open(a)
	if policy := p.header.Get("Content-Security-Policy"); !strings.HasSuffix(policy, "form-action 'self' https: http://localhost:9") {
		t.Errorf("the policy is %s", policy)
	}
	b.follow(b.consent(b.start(p, a.Session.ID, nil), coretest.Consent{})).want(http.StatusOK).has("Ada Example is linked")
}

func TestClientDocument(t *testing.T) {
	t.Parallel()
	s := newSite(t, asking)
	b := s.browser()
	p := b.get(accounts.ClientPath(network)).want(http.StatusOK)
	if p.html != string(s.network.ClientDocument()) || p.header.Get("Content-Type") != "application/json" ||
		p.header.Get("Cache-Control") != "public, max-age=300" || p.header.Get("Access-Control-Allow-Origin") != "*" || p.header.Get("Set-Cookie") != "" {
		t.Errorf("%s\n%v", p.html, p.header)
	}
	if p := b.do(http.MethodHead, accounts.ClientPath(network), nil).want(http.StatusOK); p.html != "" {
		t.Errorf("HEAD answers %q", p.html)
	}
	for _, path := range []string{accounts.ClientPath(appless), accounts.ClientPath("nowhere"), "/link/clients/" + network, "/link/clients/"} {
		b.get(path).want(http.StatusNotFound)
	}
	b.do(http.MethodPost, accounts.ClientPath(network), url.Values{}).want(http.StatusMethodNotAllowed)
}
