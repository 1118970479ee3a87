package api_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/api"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

func TestCreateLinkSession(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	r := s.call(http.MethodPost, "/profiles/link-sessions", jsonMap{
		"redirect": "https://app.example/done", "allowedSocial": []string{"scripted", "elsewhere"}, "expiresIn": 30, "origin": "https://app.example",
		"domain": "x", "instagramLinkMethod": "x", "colour": "red",
	}).want(http.StatusOK)
	got := r.object()
	id, url := r.text("sessionId"), r.text("url")
	if !strings.HasPrefix(url, "https://crier.example/link/open/crl_ls_") || len(url) < 80 {
		t.Errorf("the address is %q", url)
	}
	equal(t, any(clockStamp(s.clock.Now().Add(30*time.Minute))), got["expiresAt"])
	equal(t, any(false), got["emailSent"])
	equal(t, any(s.profile.Title), got["title"])
	warned := r.warnings()
	for _, field := range []string{"origin", "allowedSocial[1]", "colour"} {
		if warned[field] == "" {
			t.Errorf("no warning of %s: %v", field, warned)
		}
	}
	equal(t, 3, len(warned))

	view := func(want string) {
		t.Helper()
		shown := s.call(http.MethodGet, "/profiles/link-sessions/"+id, nil).want(http.StatusOK)
		equal(t, want, shown.text("state"))
		if strings.Contains(string(shown.body), "crl_ls_") {
			t.Errorf("the address is shown again: %s", shown.body)
		}
	}
	view("open")
	s.clock.Advance(30 * time.Minute)
	view("closing")
	s.clock.Advance(time.Hour)
	view("expired")
	ended := s.call(http.MethodDelete, "/profiles/link-sessions/"+id, nil).want(http.StatusOK)
	equal(t, "ended", ended.text("state"))
	again := s.call(http.MethodDelete, "/profiles/link-sessions/"+id, nil).want(http.StatusOK)
	equal(t, ended.text("endedAt"), again.text("endedAt"))
	view("ended")
	if strings.Contains(s.log.String(), "crl_ls_") {
		t.Error("the log has the secret of the address")
	}
}

// clockStamp is how the API writes a time.
func clockStamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }

func TestLinkSessionDefaults(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for name, tt := range map[string]struct {
		body any
		mode string
	}{
		"no body":             {nil, "grid"},
		"grid":                {jsonMap{"mode": "grid", "allowedSocial": "scripted"}, "grid"},
		"connect":             {jsonMap{"mode": "connect", "network": "scripted"}, "connect"},
		"a network says that": {jsonMap{"network": "scripted"}, "connect"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := s.with(t)
			r := s.call(http.MethodPost, "/profiles/link-sessions", tt.body).want(http.StatusOK)
			equal(t, any(clockStamp(s.clock.Now().Add(5*time.Minute))), r.object()["expiresAt"])
			equal(t, tt.mode, s.call(http.MethodGet, "/profiles/link-sessions/"+r.text("sessionId"), nil).want(http.StatusOK).text("mode"))
		})
	}
}

func TestLinkSessionRefusals(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for name, tt := range map[string]struct {
		body  jsonMap
		field string
		code  core.Code
	}{
		"mode":                 {jsonMap{"mode": "list"}, "mode", core.CodeParameters},
		"connect to nothing":   {jsonMap{"mode": "connect"}, "network", core.CodeParameters},
		"network of a grid":    {jsonMap{"mode": "grid", "network": "scripted"}, "network", core.CodeParameters},
		"unknown network":      {jsonMap{"network": "Scripted"}, "network", core.CodeUnknownPlatform},
		"nothing left":         {jsonMap{"allowedSocial": []string{"elsewhere"}}, "allowedSocial", core.CodeLinkSetup},
		"too short":            {jsonMap{"expiresIn": 0}, "expiresIn", core.CodeParameters},
		"too long":             {jsonMap{"expiresIn": 2881}, "expiresIn", core.CodeParameters},
		"relative redirect":    {jsonMap{"redirect": "/done"}, "redirect", core.CodeParameters},
		"redirect to a script": {jsonMap{"redirect": "javascript:alert(1)"}, "redirect", core.CodeParameters},
		"redirect with login":  {jsonMap{"redirect": "https://a:b@app.example"}, "redirect", core.CodeParameters},
		"long redirect":        {jsonMap{"redirect": "https://app.example/" + strings.Repeat("x", 2048)}, "redirect", core.CodeParameters},
		"mail without server":  {jsonMap{"email": jsonMap{"to": "jane@example.com"}}, "email", core.CodeNoMail},
		"mail to nobody":       {jsonMap{"email": jsonMap{"company": "Acme"}}, "email.to", core.CodeParameters},
		"mail to no address":   {jsonMap{"email": jsonMap{"to": "Jane <jane@example.com>"}}, "email.to[0]", core.CodeParameters},
		"mail with a mistake":  {jsonMap{"email": jsonMap{"to": "jane@example.com", "cc": "joe@example.com"}}, "email.cc", core.CodeParameters},
		"mail that is a text":  {jsonMap{"email": "jane@example.com"}, "email", core.CodeParameters},
		"terms":                {jsonMap{"email": jsonMap{"to": "jane@example.com", "termsUrl": "terms"}}, "email.termsUrl", core.CodeParameters},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := s.with(t)
			p := s.call(http.MethodPost, "/profiles/link-sessions", tt.body).want(http.StatusBadRequest).problems()[0]
			equal(t, tt.code, p.Code)
			equal(t, tt.field, p.Field)

			if _, ofMode := tt.body["mode"]; ofMode || tt.body["network"] != nil {
				return // not of the former name
			}
			r := s.call(http.MethodPost, "/profiles/generateJWT", tt.body).want(http.StatusBadRequest)
			equal(t, any("JWT"), r.object()["action"])
			want := core.CodeLinkAddress
			if tt.code == core.CodeNoMail {
				want = core.CodeNoMail
			}
			equal(t, want, r.problems()[0].Code)
		})
	}
}

func TestGenerateJWT(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	r := s.call(http.MethodPost, "/profiles/generateJWT", jsonMap{
		"domain": "acme", "privateKey": "-----BEGIN RSA PRIVATE KEY-----", "verify": true, "base64": true, "logout": true, "redirect": "https://app.example",
		"expiresIn": 90, "twitterApiKey": "k", "twitterApiSecret": "s",
	}).want(http.StatusOK)
	equal(t, "90m", r.text("expiresIn"))
	equal(t, "https://crier.example/link/open/"+r.text("token"), r.text("url"))
	if len(r.warnings()) > 0 {
		t.Errorf("warnings of fields that clients send: %v", r.warnings())
	}
}

// invitedKey is the key of a user profile.
const invitedKey = "ACME123-KEY4567-OFTHE89-PROFILE"

func TestLogoutEndsOtherLinkSessions(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.addProfile("Acme", invitedKey)
	asAcme := header{"Profile-Key", invitedKey}
	first := s.call(http.MethodPost, "/profiles/link-sessions", nil).want(http.StatusOK).text("sessionId")
	others := s.call(http.MethodPost, "/profiles/link-sessions", nil, asAcme).want(http.StatusOK).text("sessionId")
	second := s.call(http.MethodPost, "/profiles/link-sessions", jsonMap{"logout": true}).want(http.StatusOK).text("sessionId")
	state := func(id string, h ...header) string {
		return s.call(http.MethodGet, "/profiles/link-sessions/"+id, nil, h...).want(http.StatusOK).text("state")
	}
	equal(t, "ended", state(first))
	equal(t, "open", state(second))
	equal(t, "open", state(others, asAcme))

	// What belongs to another profile is not there.
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		p := s.call(method, "/profiles/link-sessions/"+others, nil).want(http.StatusNotFound).problems()[0]
		equal(t, core.CodeLinkUnknown, p.Code)
	}
	equal(t, "open", state(others, asAcme))
}

// invitations notes what is to be mailed.
type invitations struct {
	list []api.Invitation
	err  error
}

func (i *invitations) Invite(_ context.Context, one api.Invitation) error {
	i.list = append(i.list, one)
	return i.err
}

func TestInvitation(t *testing.T) {
	t.Parallel()
	var sent invitations
	s := newServer(t, func(o *options) { o.api = func(c *api.Config) { c.Inviter = &sent } })
	s.addProfile("Acme", invitedKey)
	r := s.call(http.MethodPost, "/profiles/link-sessions", jsonMap{"email": jsonMap{
		"to": "jane@example.com", "bcc": []string{"joe@example.com"}, "company": "Acme Ltd", "contactEmail": "help@acme.example",
		"termsUrl": "https://acme.example/terms", "privacyUrl": "https://acme.example/privacy",
	}}, header{"Profile-Key", invitedKey}).want(http.StatusOK)
	equal(t, any(true), r.object()["emailSent"])
	want := []api.Invitation{{
		ProfileID: sent.list[0].ProfileID, SessionID: r.text("sessionId"), Title: "Acme", URL: core.Secret(r.text("url")),
		OpenUntil: s.clock.Now().Add(5 * time.Minute), To: []string{"jane@example.com"}, BCC: []string{"joe@example.com"}, Company: "Acme Ltd",
		ContactEmail: "help@acme.example", TermsURL: "https://acme.example/terms", PrivacyURL: "https://acme.example/privacy",
	}}
	if diff := cmp.Diff(want, sent.list); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// The title of the primary profile is the server's own.
	s.call(http.MethodPost, "/profiles/link-sessions", jsonMap{"email": jsonMap{"to": "jane@example.com"}}).want(http.StatusOK)
	equal(t, "", sent.list[1].Title)
	sent.err = errors.New("the outbox is gone")
	s.call(http.MethodPost, "/profiles/link-sessions", jsonMap{"email": jsonMap{"to": "jane@example.com"}}).want(http.StatusServiceUnavailable)
}

func TestServerWithoutLinkPages(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*options){
		"no pages": func(o *options) { o.api = func(c *api.Config) { c.Linking = nil } },
		"no app":   func(o *options) { o.provider = func(p *coretest.Provider) core.Provider { return unlinkable{p} } },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, change)
			p := s.call(http.MethodPost, "/profiles/link-sessions", nil).want(http.StatusBadRequest).problems()[0]
			if p.Code != core.CodeUnsupported && p.Code != core.CodeLinkSetup {
				t.Errorf("%+v", p)
			}
			p = s.call(http.MethodPost, "/profiles/generateJWT", nil).want(http.StatusBadRequest).problems()[0]
			if p.Code != core.CodeUnsupported && p.Code != core.CodeLinkAddress {
				t.Errorf("%+v", p)
			}
		})
	}
}

// unlinkable is an adapter that is no core.Linker.
type unlinkable struct{ core.Provider }

func (u unlinkable) Identify(ctx context.Context, c core.Credentials, remoteID string) (core.Account, error) {
	return u.Provider.(core.Identifier).Identify(ctx, c, remoteID) //nolint:forcetypeassert // the scripted one
}
