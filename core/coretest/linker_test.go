package coretest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// request is a try to link that every test begins with.
func request() core.LinkRequest {
	return core.LinkRequest{
		App: coretest.LinkApp().Name, RedirectURL: "https://crier.example/link/callback",
		State: "state-1", Verifier: strings.Repeat("v", 43),
	}
}

// consent goes to the consent page and comes back.
func consent(t *testing.T, p *coretest.Provider, r core.LinkRequest, c coretest.Consent) core.LinkReturn {
	t.Helper()
	begun, err := p.Authorize(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	there, err := p.Consent(begun.URL, c)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(there.String(), r.RedirectURL+"?") {
		t.Errorf("sent to %s", there)
	}
	state, back := coretest.ReturnOf(there)
	if state != r.State {
		t.Errorf("state %q", state)
	}
	return back
}

func TestLinkerGrants(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		config  coretest.Config
		consent coretest.Consent
		who     []string // remote ids
		notes   int
		renew   bool // there is a refresh token
	}{
		"the person":         {coretest.Config{}, coretest.Consent{}, []string{coretest.MemberID}, 0, true},
		"with pages":         {coretest.Config{}, coretest.Consent{Pages: []string{"page-1", "page-2"}}, []string{coretest.MemberID, "page-1", "page-2"}, 0, true},
		"somebody else":      {coretest.Config{}, coretest.Consent{Member: "person-2"}, []string{"person-2"}, 0, true},
		"without reading":    {coretest.Config{}, coretest.Consent{Scopes: []string{coretest.ScopePost}}, []string{coretest.MemberID}, 1, true},
		"without posting":    {coretest.Config{}, coretest.Consent{Scopes: []string{coretest.ScopeRead}}, nil, 1, true},
		"with a note":        {coretest.Config{}, coretest.Consent{Notes: []core.Finding{{Check: "page"}}}, []string{coretest.MemberID}, 1, true},
		"not to be renewed":  {coretest.Config{GrantLife: -1}, coretest.Consent{}, []string{coretest.MemberID}, 0, false},
		"an app for persons": {coretest.Config{Apps: []core.LinkApp{{Name: "main", Kinds: []core.AccountKind{core.AccountPerson}, PKCE: true}}}, coretest.Consent{Pages: []string{"page-1"}}, []string{coretest.MemberID}, 0, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.config.Clock = coretest.NewClock(coretest.Epoch())
			p := coretest.NewProvider(tt.config)
			p.AddMember(coretest.Member{Token: "bobs", RemoteID: "person-2", Name: "Bob"})
			g, err := p.Exchange(t.Context(), request(), consent(t, p, request(), tt.consent))
			if err != nil {
				t.Fatal(err)
			}
			var who []string
			for _, a := range g.Accounts {
				who = append(who, a.RemoteID)
				got, err := p.Identify(t.Context(), g.Credentials, a.RemoteID)
				if err != nil {
					t.Errorf("Identify: %v", err)
				}
				only := cmpopts.IgnoreFields(core.Account{}, "Scopes", "App")
				if diff := cmp.Diff(got, a, only); diff != "" {
					t.Errorf("not what Identify tells: %s", diff)
				}
			}
			if diff := cmp.Diff(tt.who, who); diff != "" {
				t.Error(diff)
			}
			if len(g.Notes) != tt.notes {
				t.Errorf("notes: %+v", g.Notes)
			}
			c := g.Credentials
			if c.App != "main" || !c.IssuedAt.Equal(coretest.Epoch()) || !c.ExpiresAt.Equal(coretest.Epoch().Add(coretest.DefaultAccessLife)) {
				t.Errorf("credentials %+v", c)
			}
			if (c.RefreshToken != "") != tt.renew || c.RefreshExpiresAt.IsZero() == tt.renew {
				t.Errorf("refresh token %q until %v", c.RefreshToken.Reveal(), c.RefreshExpiresAt)
			}
		})
	}
}

func TestLinkerRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		consent coretest.Consent
		change  func(*core.LinkRequest, *core.LinkReturn)
		kind    core.Kind
		code    core.Code
		calls   int
	}{
		"denied":         {coretest.Consent{Error: coretest.ErrorDenied}, nil, core.KindForbidden, core.CodeLinkRefused, 0},
		"scope":          {coretest.Consent{Error: coretest.ErrorScope}, nil, core.KindForbidden, core.CodeLinkScope, 0},
		"trouble":        {coretest.Consent{Error: coretest.ErrorUnavailable}, nil, core.KindTemporary, core.CodeUpstreamUnavailable, 0},
		"other reason":   {coretest.Consent{Error: "whatever"}, nil, core.KindForbidden, core.CodeLinkRefused, 0},
		"unknown app":    {coretest.Consent{}, func(r *core.LinkRequest, _ *core.LinkReturn) { r.App = "other" }, core.KindUnsupported, core.CodeLinkSetup, 0},
		"redirect":       {coretest.Consent{}, func(r *core.LinkRequest, _ *core.LinkReturn) { r.RedirectURL += "/" }, core.KindInvalid, core.CodeLinkBrowser, 1},
		"verifier":       {coretest.Consent{}, func(r *core.LinkRequest, _ *core.LinkReturn) { r.Verifier = strings.Repeat("w", 43) }, core.KindInvalid, core.CodeLinkBrowser, 1},
		"unknown code":   {coretest.Consent{}, func(_ *core.LinkRequest, b *core.LinkReturn) { b.Code = "none" }, core.KindInvalid, core.CodeLinkBrowser, 1},
		"no code at all": {coretest.Consent{}, func(_ *core.LinkRequest, b *core.LinkReturn) { b.Code = "" }, core.KindInvalid, core.CodeLinkBrowser, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := coretest.NewProvider(coretest.Config{})
			r := request()
			back := consent(t, p, r, tt.consent)
			if tt.change != nil {
				tt.change(&r, &back)
			}
			_, err := p.Exchange(t.Context(), r, back)
			e := core.AsError(err)
			if err == nil || e.Kind != tt.kind || core.CodeOf(e) != tt.code {
				t.Errorf("got %v of kind %s and code %d", err, e.Kind, core.CodeOf(e))
			}
			if n := len(p.Calls(coretest.OpExchange)); n != tt.calls {
				t.Errorf("%d calls, want %d", n, tt.calls)
			}
		})
	}
}

func TestLinkerTakesACodeOnce(t *testing.T) {
	t.Parallel()
	p := coretest.NewProvider(coretest.Config{})
	back := consent(t, p, request(), coretest.Consent{})
	if _, err := p.Exchange(t.Context(), request(), back); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Exchange(t.Context(), request(), back); core.KindOf(err) != core.KindInvalid {
		t.Errorf("the second time: %v", err)
	}
}

func TestRefreshRotates(t *testing.T) {
	t.Parallel()
	for name, keep := range map[string]bool{"good once": false, "good for ever": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := coretest.NewClock(coretest.Epoch())
			p := coretest.NewProvider(coretest.Config{Clock: clock, KeepRefreshTokens: keep})
			first := p.Issue(coretest.Consent{})
			clock.Advance(48 * 24 * time.Hour)
			second, err := p.Refresh(t.Context(), first)
			if err != nil {
				t.Fatal(err)
			}
			if second.AccessToken == first.AccessToken || (second.RefreshToken == first.RefreshToken) != keep ||
				!second.RefreshExpiresAt.Equal(first.RefreshExpiresAt) || !second.IssuedAt.Equal(clock.Now()) ||
				!second.ExpiresAt.Equal(clock.Now().Add(coretest.DefaultAccessLife)) {
				t.Errorf("from %+v to %+v", first, second)
			}
			for _, c := range []core.Credentials{first, second} {
				if _, err := p.Identify(t.Context(), c, ""); err != nil {
					t.Errorf("Identify: %v", err)
				}
			}
			if _, err := p.Refresh(t.Context(), first); keep != (err == nil) || !keep && core.KindOf(err) != core.KindAuth {
				t.Errorf("the first refresh token again: %v", err)
			}
			want := []coretest.Call{{Op: coretest.OpRefresh, Item: "main", Applied: true}, {Op: coretest.OpRefresh, Item: "main", Applied: keep}}
			if diff := cmp.Diff(want, p.Calls(coretest.OpRefresh)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAuthorizationsEnd(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		end           func(*coretest.Provider, *coretest.Clock, core.Credentials)
		identify, new core.Kind
	}{
		"access after its time": {func(_ *coretest.Provider, c *coretest.Clock, _ core.Credentials) {
			c.Advance(coretest.DefaultAccessLife)
		}, core.KindAuth, ""},
		"grant after its time": {func(_ *coretest.Provider, c *coretest.Clock, _ core.Credentials) {
			c.Advance(coretest.DefaultGrantLife)
		}, core.KindAuth, core.KindAuth},
		"access revoked": {func(p *coretest.Provider, _ *coretest.Clock, c core.Credentials) { p.Revoke(c.AccessToken) }, core.KindAuth, ""},
		"grant revoked":  {func(p *coretest.Provider, _ *coretest.Clock, _ core.Credentials) { p.EndGrants(coretest.MemberID) }, core.KindAuth, core.KindAuth},
		"network in trouble": {func(p *coretest.Provider, _ *coretest.Clock, _ core.Credentials) {
			p.Next(coretest.OpRefresh, coretest.Answer(503, 0))
		}, "", core.KindTemporary},
		"answer lost": {func(p *coretest.Provider, _ *coretest.Clock, _ core.Credentials) {
			p.Next(coretest.OpRefresh, coretest.LoseAnswer)
		}, "", core.KindTemporary},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := coretest.NewClock(coretest.Epoch())
			p := coretest.NewProvider(coretest.Config{Clock: clock})
			c := p.Issue(coretest.Consent{})
			tt.end(p, clock, c)
			if _, err := p.Identify(t.Context(), c, ""); core.KindOf(err) != tt.identify {
				t.Errorf("Identify: %v, want kind %q", err, tt.identify)
			}
			if _, err := p.Refresh(t.Context(), c); core.KindOf(err) != tt.new {
				t.Errorf("Refresh: %v, want kind %q", err, tt.new)
			}
		})
	}
}

// Near the end of a grant a new access token lasts no longer than that.
func TestRefreshDoesNotOutlastTheGrant(t *testing.T) {
	t.Parallel()
	clock := coretest.NewClock(coretest.Epoch())
	p := coretest.NewProvider(coretest.Config{Clock: clock})
	first := p.Issue(coretest.Consent{})
	clock.Advance(coretest.DefaultGrantLife - time.Hour)
	second, err := p.Refresh(t.Context(), first)
	if err != nil || !second.ExpiresAt.Equal(first.RefreshExpiresAt) {
		t.Errorf("%v, %v; want the end %v", second.ExpiresAt, err, first.RefreshExpiresAt)
	}
}
