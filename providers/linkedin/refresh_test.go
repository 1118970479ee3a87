package linkedin_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/linkedin"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

const day = 24 * time.Hour

// A grant lasts a year from the consent, however often its token is renewed.
func TestRefresh(t *testing.T) {
	t.Parallel()
	for name, rotates := range map[string]bool{"the refresh token stays": false, "the refresh token changes": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := linking(t, nil)
			for _, app := range f.Sandbox.Apps() {
				app.RotateRefreshTokens = rotates
				f.AddApp(t, app)
			}
			first := f.link(community, sandbox.JaneID).Credentials
			end := first.RefreshExpiresAt
			last := first
			for _, after := range []struct{ wait, life time.Duration }{{48 * day, 60 * day}, {300 * day, 17 * day}} {
				f.clock.Advance(after.wait)
				next, err := f.provider.Refresh(t.Context(), last)
				if err != nil {
					t.Fatal(err)
				}
				want := last
				want.AccessToken, want.IssuedAt, want.ExpiresAt = next.AccessToken, f.clock.Now(), f.clock.Now().Add(after.life)
				want.RefreshToken = next.RefreshToken
				if diff := cmp.Diff(want, next); diff != "" {
					t.Error(diff)
				}
				if next.AccessToken == last.AccessToken || next.AccessToken == "" || (next.RefreshToken != last.RefreshToken) != rotates {
					t.Error("the tokens are not those of LinkedIn's answer")
				}
				if !next.RefreshExpiresAt.Equal(end) {
					t.Errorf("the grant ends at %v, want %v", next.RefreshExpiresAt, end)
				}
				if _, err := f.provider.Identify(t.Context(), next, ""); err != nil {
					t.Errorf("the new token: %v", err)
				}
				last = next
			}
			f.clock.Advance(18 * day)
			_, err := f.provider.Refresh(t.Context(), last)
			if core.KindOf(err) != core.KindAuth {
				t.Errorf("after a year: %v", err)
			}
		})
	}
}

// What LinkedIn leaves out stays as it was.
func TestRefreshKeepsWhatIsNotTold(t *testing.T) {
	t.Parallel()
	now := coretest.Epoch()
	before := core.Credentials{
		AccessToken: "old", RefreshToken: "refresh", App: community, Scopes: []string{"w_member_social"},
		IssuedAt: now.Add(-50 * day), ExpiresAt: now.Add(10 * day), RefreshExpiresAt: now.Add(100 * day),
	}
	for name, tc := range map[string]struct {
		answer string
		change func(*core.Credentials)
	}{
		"all but the token": {`{"access_token":"new"}`, func(c *core.Credentials) { c.ExpiresAt = time.Time{} }},
		"the refresh token": {`{"access_token":"new","expires_in":3600}`, func(c *core.Credentials) { c.ExpiresAt = now.Add(time.Hour) }},
		"an end that was extended": {
			`{"access_token":"new","expires_in":3600,"refresh_token":"next","refresh_token_expires_in":31536000}`,
			func(c *core.Credentials) { c.ExpiresAt, c.RefreshToken = now.Add(time.Hour), "next" },
		},
		"an end that is nearer": {
			`{"access_token":"new","expires_in":3600,"refresh_token_expires_in":"86400","scope":"a,b"}`,
			func(c *core.Credentials) {
				c.ExpiresAt, c.RefreshExpiresAt, c.Scopes = now.Add(time.Hour), now.Add(day), []string{"a", "b"}
			},
		},
		"nonsense": {
			`{"access_token":"new","expires_in":-5,"refresh_token_expires_in":1e300,"scope":7}`,
			func(c *core.Credentials) { c.ExpiresAt = time.Time{} },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := linking(t, nil)
			f.Next(t, "POST /oauth/v2/accessToken", sandbox.Respond(http.StatusOK, tc.answer))
			got, err := f.provider.Refresh(t.Context(), before)
			if err != nil {
				t.Fatal(err)
			}
			want := before
			want.AccessToken, want.IssuedAt = "new", now
			tc.change(&want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRefreshRefused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		arm   func(*fixture, *core.Credentials)
		kind  core.Kind
		code  core.Code
		calls int
	}{
		"revoked":                        {func(f *fixture, _ *core.Credentials) { f.Sandbox.Revoke(sandbox.CommunityClientID, sandbox.JaneID) }, core.KindAuth, core.CodeAccountRelink, 1},
		"never given":                    {func(_ *fixture, c *core.Credentials) { c.RefreshToken = "never-issued" }, core.KindAuth, core.CodeAccountRelink, 1},
		"from elsewhere, of another app": {func(_ *fixture, c *core.Credentials) { c.RefreshToken, c.App = "another-app's", "" }, core.KindUnsupported, core.CodeUnsupported, 1},
		"none":                           {func(_ *fixture, c *core.Credentials) { c.RefreshToken = "" }, core.KindAuth, core.CodeAccountRelink, 0},
		"app gone":                       {func(f *fixture, _ *core.Credentials) { f.without(community) }, core.KindForbidden, core.CodeLinkSetup, 0},
		"no app":                         {func(f *fixture, c *core.Credentials) { f.without(share, community); c.App = "" }, core.KindUnsupported, core.CodeLinkSetup, 0},
		"wrong secret": {
			func(f *fixture, _ *core.Credentials) {
				c := apps(f.Server)
				c.Community.ClientSecret = "wrong"
				f.provider = newProvider(f.t, c, f.deps)
			}, core.KindForbidden, core.CodeLinkSetup, 1, // and not unsupported, after which nobody would try again
		},
		"not renewed for this app": {func(f *fixture, _ *core.Credentials) {
			f.Next(f.t, "POST /oauth/*", sandbox.Respond(http.StatusUnauthorized, `{"error":"unauthorized_client"}`))
		}, core.KindUnsupported, core.CodeLinkSetup, 1},
		"401 of another reason": {func(f *fixture, _ *core.Credentials) {
			f.Next(f.t, "POST /oauth/*", sandbox.Respond(http.StatusUnauthorized, `{"error":"brand_new"}`))
		}, core.KindInvalid, core.CodeLinkSetup, 1},
		"too many": {func(f *fixture, _ *core.Credentials) {
			f.Next(f.t, "POST /oauth/*", sandbox.Respond(http.StatusTooManyRequests, `{}`))
		}, core.KindRateLimited, core.CodeUpstreamRateLimit, 1},
		"timeout": {func(f *fixture, _ *core.Credentials) {
			f.Next(f.t, "POST /oauth/*", sandbox.Respond(http.StatusRequestTimeout, `{}`))
		}, core.KindTemporary, core.CodeUpstreamUnavailable, 1},
		"trouble": {func(f *fixture, _ *core.Credentials) {
			f.Next(f.t, "POST /oauth/*", sandbox.Respond(http.StatusServiceUnavailable, `{}`))
		}, core.KindTemporary, core.CodeUpstreamUnavailable, 1},
		"request lost": {func(f *fixture, _ *core.Credentials) { f.Next(f.t, "POST /oauth/*", sandbox.CutBefore()) }, core.KindTemporary, core.CodeUpstreamUnavailable, 1},
		"answer lost":  {func(f *fixture, _ *core.Credentials) { f.Next(f.t, "POST /oauth/*", sandbox.CutAfter()) }, core.KindTemporary, core.CodeUpstreamUnavailable, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := linking(t, nil)
			c := f.link(community, sandbox.JaneID).Credentials
			before := f.count(http.MethodPost, "/oauth/v2/accessToken")
			tc.arm(f, &c)
			got, err := f.provider.Refresh(t.Context(), c)
			if e := core.AsError(err); e.Kind != tc.kind || core.CodeOf(e) != tc.code || e.Platform != "linkedin" || e.Op == "" || e.Message == "" {
				t.Errorf("%+v, want %s %d", e, tc.kind, tc.code)
			}
			if diff := cmp.Diff(core.Credentials{}, got); diff != "" {
				t.Error(diff)
			}
			if n := f.count(http.MethodPost, "/oauth/v2/accessToken") - before; n != tc.calls {
				t.Errorf("%d calls, want %d", n, tc.calls)
			}
		})
	}
}

// without takes apps out of the settings.
func (f *fixture) without(names ...string) {
	f.t.Helper()
	c := apps(f.Server)
	for _, one := range names {
		switch one {
		case share:
			c.Share = linkedin.App{}
		case community:
			c.Community = linkedin.App{}
		}
	}
	f.provider = newProvider(f.t, c, f.deps)
}

// A refresh token that came with a pasted token belongs to the app that gets any.
func TestRefreshOfATokenGrantedElsewhere(t *testing.T) {
	t.Parallel()
	f := linking(t, nil)
	tokens := f.Grant(t, sandbox.CommunityClientID, sandbox.JaneID)
	pasted := core.Credentials{AccessToken: core.Secret(tokens.AccessToken), RefreshToken: core.Secret(tokens.RefreshToken)}
	a, err := f.provider.Identify(t.Context(), pasted, "")
	if err != nil || a.App != community {
		t.Errorf("%+v, %v; want the app that LinkedIn tells of the token", a, err)
	}
	renewed, err := f.provider.Refresh(t.Context(), pasted)
	if err != nil || renewed.AccessToken == pasted.AccessToken {
		t.Errorf("%v", err)
	}
}

// Whom a token belongs to is asked by the way that its scopes allow.
func TestIdentifyWithoutOpenID(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		scopes  []string
		known   bool // to the adapter
		paths   []string
		kind    core.Kind
		profile string
	}{
		"profile alone, known":     {[]string{"r_basicprofile", "w_member_social"}, true, []string{"/v2/me"}, "", "https://www.linkedin.com/in/jane-doe-sandbox"},
		"profile alone, not known": {[]string{"r_basicprofile", "w_member_social"}, false, []string{"/v2/userinfo", "/v2/me"}, "", "https://www.linkedin.com/in/jane-doe-sandbox"},
		"OpenID, known":            {[]string{"openid", "profile", "w_member_social"}, true, []string{"/v2/userinfo"}, "", ""},
		"both, known":              {[]string{"openid", "profile", "r_basicprofile", "w_member_social"}, true, []string{"/v2/userinfo"}, "", ""},
		"neither, known":           {[]string{"w_member_social"}, true, []string{"/v2/userinfo"}, core.KindForbidden, ""},
		"neither, not known":       {[]string{"w_member_social"}, false, []string{"/v2/userinfo", "/v2/me"}, core.KindForbidden, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := linking(t, func(c *linkedin.Config) {
				if !tc.known {
					c.Share, c.Community = linkedin.App{}, linkedin.App{}
				}
			})
			must(f, f.Sandbox.AddToken(sandbox.Token{Value: "pasted", Person: sandbox.JaneID, ClientID: sandbox.CommunityClientID, Scopes: tc.scopes}))
			got, err := f.provider.Identify(t.Context(), core.Credentials{AccessToken: "pasted"}, "")
			if core.KindOf(err) != tc.kind {
				t.Fatalf("%v, want kind %q", err, tc.kind)
			}
			if err == nil && (got.RemoteID != sandbox.JaneURN || got.DisplayName != "Jane Doe" || got.ProfileURL != tc.profile) {
				t.Errorf("%+v", got)
			}
			for _, path := range []string{"/v2/userinfo", "/v2/me"} {
				want := 0
				for _, asked := range tc.paths {
					if asked == path {
						want = 1
					}
				}
				if n := f.count(http.MethodGet, path); n != want {
					t.Errorf("%d calls of %s, want %d", n, path, want)
				}
			}
		})
	}
}

// A token is asked about by its own app, and by every app where that is not known.
func TestTheAppOfATokenIsFound(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		token core.Secret
		app   string // that the account is said to be of
		want  string
		asked int
	}{
		"share, not known":     {sandbox.MemberToken, "", share, 2},
		"share":                {sandbox.MemberToken, share, share, 1},
		"community, not known": {sandbox.PageToken, "", community, 1},
		"an app that is gone":  {sandbox.PageToken, "gone", community, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := linking(t, nil)
			got, err := f.provider.Identify(t.Context(), core.Credentials{AccessToken: tc.token, App: tc.app}, "")
			if err != nil || got.App != tc.want {
				t.Errorf("%q, %v, want %q", got.App, err, tc.want)
			}
			if n := f.count(http.MethodPost, "/oauth/v2/introspectToken"); n != tc.asked {
				t.Errorf("%d introspections, want %d", n, tc.asked)
			}
		})
	}
}

func TestExamineBothApps(t *testing.T) {
	t.Parallel()
	f := linking(t, func(c *linkedin.Config) { c.Share.ClientSecret = "wrong" })
	golden(t, "examination-apps.json", pretty(t, f.provider.Examine(t.Context(), nil)[2:]))
}

func TestExamineTheRedirectAddress(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]core.FindingStatus{
		callback:                                ok,
		"http://127.0.0.1:8080/link/callback":   ok,
		"http://localhost:8080/link/callback":   ok,
		"http://[::1]:8080/link/callback":       ok,
		"http://crier.example/link/callback":    warning,
		"http://192.168.1.7:8080/link/callback": warning,
		"":                                      warning,
	} {
		f := linking(t, func(c *linkedin.Config) { c.RedirectURL = address })
		got := findingOf(t, f.provider.Examine(t.Context(), nil), "redirect address")
		if got.Status != want || (want != ok) != (got.Help != "") {
			t.Errorf("%q: %+v", address, got)
		}
	}
}

// Whether an account is renewed by itself, and until when.
func TestExamineTheRenewal(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name            string
		access, refresh time.Duration // from now on; 0: not told
		upkeep          core.Upkeep
		token, renewal  core.FindingStatus
		says            string
	}{
		{"a year", 60 * day, 365 * day, core.Upkeep{}, ok, ok, "for 365 days more"},
		{"the token ends, the grant does not", day, 300 * day, core.Upkeep{}, ok, ok, "for 300 days more"},
		{"the grant ends", day, day, core.Upkeep{}, ok, warning, "cannot be renewed beyond that"},
		{"no grant", day, 0, core.Upkeep{}, warning, ok, "no refresh token"},
		{"a grant whose end is not known", day, 0, core.Upkeep{Renewable: true}, ok, ok, "until when is not known"},
		{
			"in vain so far", 5 * day, 300 * day,
			core.Upkeep{
				Renewable: true, Failures: 3, LastError: "LinkedIn has a problem of its own",
				FailedSince: time.Date(2026, time.November, 20, 8, 0, 0, 0, time.UTC), RetryAt: time.Date(2026, time.November, 20, 9, 4, 0, 0, time.UTC),
			},
			ok, warning,
			"but renewing it has failed since 2026-11-20T08:00:00Z, 3 times in a row by now: LinkedIn has a problem of its own. The next try is at 2026-11-20T09:04:00Z.",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := linking(t, nil)
			g := f.link(community, sandbox.JaneID)
			who := author(sandbox.JaneURN, g.Credentials.AccessToken)
			who.Account.App = community
			s := f.session(who)
			// LinkedIn tells the token's own end; here it is the account's.
			s.Account.ExpiresAt, s.Account.Upkeep = f.clock.Now().Add(tc.access), tc.upkeep
			if tc.refresh > 0 {
				s.Account.RefreshExpiresAt = f.clock.Now().Add(tc.refresh)
			}
			f.Next(t, "POST /oauth/v2/introspectToken", sandbox.Respond(http.StatusOK, `{"active":false}`), // of the probe
				sandbox.Respond(http.StatusOK, fmt.Sprintf(`{"active":true,"status":"active","scope":"r_basicprofile","expires_at":%d}`, s.Account.ExpiresAt.Unix())))
			found := f.provider.Examine(t.Context(), s)
			if got := findingOf(t, found, "token"); got.Status != tc.token {
				t.Errorf("%+v", got)
			}
			if got := findingOf(t, found, "renewal"); got.Status != tc.renewal || !strings.Contains(got.Message, tc.says) {
				t.Errorf("%+v", got)
			}
		})
	}
}

// A token that has ended and is not renewed has to be mended, for its posts are stuck; what
// could not be found out does not.
func TestExamineWithoutAToken(t *testing.T) {
	t.Parallel()
	trouble := &core.Error{Kind: core.KindTemporary, Message: "LinkedIn did not answer", Help: "Nothing is to be done."}
	since := time.Date(2026, time.November, 20, 8, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		ends   time.Duration // from now on
		upkeep core.Upkeep
		err    error
		want   core.FindingStatus
		says   string
	}{
		"known to fail": {
			-time.Hour,
			core.Upkeep{Failures: 1, FailedSince: since, LastError: "The client secret is wrong."},
			trouble, missing,
			"renewing it has failed since 2026-11-20T08:00:00Z, once by now: the client secret is wrong. Until it is renewed, nothing can be posted.",
		},
		"refused before its end": {
			time.Hour,
			core.Upkeep{Failures: 2, FailedSince: since, RefusedAt: since, LastError: "The client secret is wrong.", RetryAt: since.Add(time.Hour)},
			trouble, missing,
			"LinkedIn has refused the account's token since 2026-11-20T08:00:00Z, and renewing it has failed since 2026-11-20T08:00:00Z, 2 times in a row by now: the client secret is wrong. The next try is at 2026-11-20T09:00:00Z. Until",
		},
		"fails for the first time": {-time.Hour, core.Upkeep{}, trouble, missing, "renewing it failed: LinkedIn did not answer. Until it is renewed"},
		"lost":                     {time.Hour, core.Upkeep{}, &core.Error{Kind: core.KindAuth, Message: "it was revoked"}, missing, "it was revoked."},
		"refused, and not ended":   {time.Hour, core.Upkeep{}, trouble, unknown, "LinkedIn did not answer."},
		"the store fails":          {-time.Hour, core.Upkeep{}, errors.New("disk"), unknown, "an internal error occurred."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			s := f.session(jane())
			s.Account.ExpiresAt, s.Account.Upkeep = f.clock.Now().Add(tc.ends), tc.upkeep
			s.Token = func(context.Context) (core.Secret, error) { return "", tc.err }
			got := findingOf(t, f.provider.Examine(t.Context(), s), "token")
			if got.Status != tc.want || !strings.Contains(got.Message, tc.says) {
				t.Errorf("%+v", got)
			}
		})
	}
}
