package linkedin_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// refusal is what a person or the operator has to be told.
type refusal struct {
	kind core.Kind
	code core.Code
	says []string // in message and help
}

func (want refusal) check(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	e := core.AsError(err)
	if e.Kind != want.kind || core.CodeOf(e) != want.code || e.Platform != "linkedin" || e.Op == "" {
		t.Errorf("%s %d of %s at %s, want %s %d", e.Kind, core.CodeOf(e), e.Platform, e.Op, want.kind, want.code)
	}
	for _, part := range want.says {
		if !strings.Contains(e.Message+" | "+core.HelpOf(e), part) {
			t.Errorf("%q | %q does not say %q", e.Message, core.HelpOf(e), part)
		}
	}
	if e.Help == "" {
		t.Errorf("no help of its own: %+v", e)
	}
}

// What LinkedIn sends browsers back with instead of a code.
func TestTurnedBack(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		app  string
		back core.LinkReturn
		want refusal
	}{
		"no sign-in":     {share, core.LinkReturn{Error: "user_cancelled_login"}, refusal{core.KindForbidden, core.CodeLinkRefused, []string{"You did not sign in", "Start again"}}},
		"no access":      {share, core.LinkReturn{Error: "user_cancelled_authorize"}, refusal{core.KindForbidden, core.CodeLinkRefused, []string{"You did not allow", "choose Allow"}}},
		"no access, RFC": {share, core.LinkReturn{Error: "access_denied"}, refusal{core.KindForbidden, core.CodeLinkRefused, []string{"You did not allow"}}},
		"scope of sign-in": {
			share,
			core.LinkReturn{Error: "unauthorized_scope_error", Description: `Scope "openid" is not authorized for your application`},
			refusal{core.KindForbidden, core.CodeLinkScope, []string{
				"the permission openid.", "Sign In with LinkedIn using OpenID Connect", "CRIER_LINKEDIN_CLIENT_ID (client id 78sandboxshare)", "CRIER_LINKEDIN_COMMUNITY_CLIENT_ID",
			}},
		},
		"scope of pages": {
			community,
			core.LinkReturn{Error: "unauthorized_scope_error", Description: "Scope &quot;rw_organization_admin&quot; is not authorized for your application"},
			refusal{core.KindForbidden, core.CodeLinkScope, []string{
				"the permission rw_organization_admin.", "The operator adds the product Community Management API", "leaves it out of CRIER_LINKEDIN_COMMUNITY_SCOPES",
			}},
		},
		"scope whose name begins another": {
			community,
			core.LinkReturn{Error: "unauthorized_scope_error", Description: "Scope r_organization_social_feed is not authorized"},
			refusal{core.KindForbidden, core.CodeLinkScope, []string{"one of the permissions r_basicprofile, w_member_social", "r_organization_social_feed", "CRIER_LINKEDIN_COMMUNITY_SCOPES"}},
		},
		"scope without a name": {share, core.LinkReturn{Error: "invalid_scope"}, refusal{core.KindForbidden, core.CodeLinkScope, []string{"openid, profile, w_member_social", "CRIER_LINKEDIN_SCOPES"}}},
		"redirect":             {share, core.LinkReturn{Error: "invalid_redirect_uri"}, refusal{core.KindUnsupported, core.CodeLinkSetup, []string{"registers exactly " + callback, "Authorized redirect URLs"}}},
		"client":               {community, core.LinkReturn{Error: "unauthorized_client"}, refusal{core.KindUnsupported, core.CodeLinkSetup, []string{"CRIER_LINKEDIN_COMMUNITY_CLIENT_ID"}}},
		"request":              {share, core.LinkReturn{Error: "invalid_request", Description: "no such\tparameter"}, refusal{core.KindUnsupported, core.CodeLinkSetup, []string{`"no such parameter"`}}},
		"trouble":              {share, core.LinkReturn{Error: "server_error"}, refusal{core.KindTemporary, core.CodeUpstreamUnavailable, []string{"in a few minutes"}}},
		"something new":        {share, core.LinkReturn{Error: "brand_new", Description: "words"}, refusal{core.KindForbidden, core.CodeLinkRefused, []string{`brand_new: "words"`}}},
		"nothing":              {share, core.LinkReturn{}, refusal{core.KindInvalid, core.CodeLinkBrowser, []string{"neither a code nor a reason"}}},
		"unknown app":          {"other", core.LinkReturn{Code: "x"}, refusal{core.KindUnsupported, core.CodeLinkSetup, []string{`"other" is not set up`, "CRIER_LINKEDIN_CLIENT_ID"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := linking(t, nil)
			_, err := f.provider.Exchange(t.Context(), request(tc.app), tc.back)
			tc.want.check(t, err)
			if n := f.count(http.MethodPost, "/oauth/"); n != 0 {
				t.Errorf("%d calls", n)
			}
		})
	}
}

// The same by way of the sandbox's consent page.
func TestRefusedConsent(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		arm    func(*fixture)
		decide sandbox.Decision
		code   core.Code
	}{
		"cancelled":       {nil, sandbox.Cancel, core.CodeLinkRefused},
		"not signed in":   {nil, sandbox.CancelLogin, core.CodeLinkRefused},
		"without product": {func(f *fixture) { must(f, f.Sandbox.SetProducts(sandbox.CommunityClientID, sandbox.ProductShare)) }, sandbox.Allow, core.CodeLinkScope},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := linking(t, nil)
			if tc.arm != nil {
				tc.arm(f)
			}
			_, err := f.provider.Exchange(t.Context(), request(community), f.consent(request(community), sandbox.JaneID, tc.decide))
			if got := core.CodeOf(core.AsError(err)); got != tc.code {
				t.Errorf("%v has the code %d, want %d", err, got, tc.code)
			}
		})
	}
}

func must(f *fixture, err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// What LinkedIn answers to a code that it does not take.
func TestCodeThatIsNotTaken(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		arm   func(*fixture, *core.LinkRequest)
		want  refusal
		calls int
	}{
		"used before": {func(f *fixture, r *core.LinkRequest) {}, refusal{core.KindInvalid, core.CodeLinkBrowser, []string{"used before", "Start again"}}, 2},
		"too late": {
			func(f *fixture, _ *core.LinkRequest) { f.clock.Advance(31 * time.Minute) },
			refusal{core.KindUnsupported, core.CodeLinkSetup, []string{"older than 30 minutes", "registers exactly " + callback}},
			1,
		},
		"another address": {
			func(f *fixture, r *core.LinkRequest) { r.RedirectURL += "/" },
			refusal{core.KindUnsupported, core.CodeLinkSetup, []string{"registers exactly " + callback + "/"}},
			1,
		},
		"wrong secret": {
			func(f *fixture, _ *core.LinkRequest) {
				c := apps(f.Server)
				c.Share.ClientSecret = "wrong"
				f.provider = newProvider(f.t, c, f.deps)
			},
			refusal{core.KindUnsupported, core.CodeLinkSetup, []string{"does not accept the app's client id and secret", "CRIER_LINKEDIN_CLIENT_SECRET"}},
			1,
		},
		"forbidden": {
			func(f *fixture, _ *core.LinkRequest) {
				f.Next(f.t, "POST /oauth/*", sandbox.Respond(http.StatusForbidden, `{"error":"access_denied","error_description":"suspended"}`))
			},
			refusal{core.KindForbidden, core.CodeLinkSetup, []string{`"suspended"`, "CRIER_LINKEDIN_CLIENT_ID"}},
			1,
		},
		"something new": {
			func(f *fixture, _ *core.LinkRequest) {
				f.Next(f.t, "POST /oauth/*", sandbox.Respond(http.StatusBadRequest, `{"error":"brand_new","error_description":"words"}`))
			},
			refusal{core.KindInvalid, core.CodeLinkSetup, []string{`"words"`}},
			1,
		},
		"too many calls": {
			func(f *fixture, _ *core.LinkRequest) {
				f.Next(f.t, "POST /oauth/*", sandbox.Respond(http.StatusTooManyRequests, `{}`))
			},
			refusal{core.KindRateLimited, core.CodeUpstreamRateLimit, []string{"no more calls", "Start again later."}},
			1,
		},
		"in trouble": {
			func(f *fixture, _ *core.LinkRequest) {
				f.Next(f.t, "POST /oauth/*", sandbox.Respond(http.StatusBadGateway, `<html>`))
			},
			refusal{core.KindTemporary, core.CodeUpstreamUnavailable, []string{"in a few minutes"}},
			1,
		},
		"a gateway": {
			func(f *fixture, _ *core.LinkRequest) {
				f.Next(f.t, "POST /oauth/*", sandbox.Respond(http.StatusForbidden, `<html>`))
			},
			refusal{core.KindTemporary, core.CodeUpstreamUnavailable, []string{"gateway", "in a few minutes"}},
			1,
		},
		"answer lost": {
			func(f *fixture, _ *core.LinkRequest) {
				f.Next(f.t, "POST /oauth/*", sandbox.Fault{Action: sandbox.ActionCutAfter})
			},
			refusal{core.KindTemporary, core.CodeUpstreamUnavailable, []string{"in a few minutes"}},
			1,
		},
		"no answer that can be read": {
			func(f *fixture, _ *core.LinkRequest) {
				f.Next(f.t, "POST /oauth/*", sandbox.Respond(http.StatusOK, `{"access_token":`))
			},
			refusal{core.KindTemporary, core.CodeUpstreamUnavailable, []string{"no token", "in a few minutes"}},
			1,
		},
		"no token": {
			func(f *fixture, _ *core.LinkRequest) {
				f.Next(f.t, "POST /oauth/*", sandbox.Respond(http.StatusOK, `{"refresh_token":"AQX-hush"}`))
			},
			refusal{core.KindTemporary, core.CodeUpstreamUnavailable, []string{"no token"}},
			1,
		},
		"a token that is no good": {
			func(f *fixture, _ *core.LinkRequest) {
				f.Next(f.t, "POST /oauth/*", sandbox.Respond(http.StatusOK, `{"access_token":"AQX-hush"}`))
			},
			refusal{core.KindTemporary, core.CodeUpstreamUnavailable, []string{"the token that it has just given"}},
			1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, log := loud(t)
			r := request(share)
			back := f.consent(r, sandbox.JaneID, sandbox.Allow)
			if name == "used before" {
				if _, err := f.provider.Exchange(t.Context(), r, back); err != nil {
					t.Fatal(err)
				}
			}
			tc.arm(f, &r)
			_, err := f.provider.Exchange(t.Context(), r, back)
			tc.want.check(t, err)
			if n := f.count(http.MethodPost, "/oauth/v2/accessToken"); n != tc.calls {
				t.Errorf("%d calls, want %d", n, tc.calls)
			}
			for _, secret := range []string{back.Code.Reveal(), sandbox.ShareClientSecret, "AQX-hush"} {
				if strings.Contains(fmt.Sprintf("%v %+v", err, core.AsError(err))+log.String(), secret) {
					t.Errorf("%q is told:\n%v\n%s", secret, err, log)
				}
			}
		})
	}
}

// LinkedIn that repeats what it was sent brings no secret into errors or the log.
func TestLinkingTellsNoSecret(t *testing.T) {
	t.Parallel()
	f, log := loud(t)
	r := request(share)
	back := f.consent(r, sandbox.JaneID, sandbox.Allow)
	f.Next(t, "POST /oauth/*", sandbox.Respond(http.StatusBadRequest,
		fmt.Sprintf(`{"error":"invalid_request","error_description":"code %s of %s"}`, back.Code.Reveal(), sandbox.ShareClientSecret)))
	_, err := f.provider.Exchange(t.Context(), r, back)
	if e := core.AsError(err); !strings.Contains(e.Message, "code [redacted] of [redacted]") {
		t.Errorf("%+v", e)
	}
	g := f.link(community, sandbox.JaneID)
	c := g.Credentials
	f.Next(t, "POST /oauth/*", sandbox.Respond(http.StatusBadRequest, fmt.Sprintf(`{"error":"whatever","error_description":"token %s"}`, c.RefreshToken.Reveal())))
	_, err = f.provider.Refresh(t.Context(), c)
	if e := core.AsError(err); !strings.Contains(e.Message, "token [redacted]") {
		t.Errorf("%+v", e)
	}
	for _, secret := range []core.Secret{back.Code, c.AccessToken, c.RefreshToken, sandbox.ShareClientSecret, sandbox.CommunityClientSecret} {
		if strings.Contains(log.String(), secret.Reveal()) {
			t.Errorf("the log has %q:\n%s", secret.Reveal(), log)
		}
	}
}

// Whatever LinkedIn says in the address that it sends a browser back to is shown as one
// line of text, and not at any length.
func FuzzTurnedBack(f *testing.F) {
	f.Add("user_cancelled_login", "The user cancelled LinkedIn login")
	f.Add("unauthorized_scope_error", `Scope "openid" is not authorized for your application`)
	f.Add("x\n<b>", strings.Repeat("é\x00", 3000))
	p, err := linkedin.New(linkedin.Config{Share: linkedin.App{ClientID: "a", ClientSecret: "b"}}, linkedin.Deps{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, code, description string) {
		_, err := p.Exchange(t.Context(), request(share), core.LinkReturn{Error: code, Description: description})
		e := core.AsError(err)
		if err == nil || e.Kind == core.KindInternal || e.Message == "" || e.Help == "" {
			t.Fatalf("%+v", e)
		}
		for _, text := range []string{e.Message, e.Help, e.Upstream} {
			if strings.ContainsAny(text, "\n\r\x00") || len([]rune(text)) > 2000 {
				t.Errorf("%q", text)
			}
		}
	})
}

// Why a grant has ended stands within the sentences that tell its owner.
func TestRevokedGrantReadsAsAClause(t *testing.T) {
	t.Parallel()
	f := linking(t, nil)
	c := f.link(community, sandbox.JaneID).Credentials
	if f.Sandbox.Revoke(sandbox.CommunityClientID, sandbox.JaneID) == 0 {
		t.Fatal("nothing was revoked")
	}
	_, err := f.provider.Refresh(t.Context(), c)
	const want = "its authorization was ended or revoked on LinkedIn"
	if e := core.AsError(err); e.Kind != core.KindAuth || e.Message != want {
		t.Errorf("%s %q, want %s %q", e.Kind, e.Message, core.KindAuth, want)
	}
}
