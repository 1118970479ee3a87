package linkedin_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// Only what LinkedIn says of this very token ends it, and nothing but the one question is asked.
func TestIntrospect(t *testing.T) {
	t.Parallel()
	answer := func(status int, body string) func(*fixture, *core.Credentials) {
		return func(f *fixture, _ *core.Credentials) {
			f.Next(f.t, "POST /oauth/v2/introspectToken", sandbox.Respond(status, body))
		}
	}
	for name, tc := range map[string]struct {
		arm   func(*fixture, *core.Credentials)
		want  core.TokenStanding
		says  string
		kind  core.Kind // of the error; empty: none
		calls int
	}{
		"active":                     {func(*fixture, *core.Credentials) {}, core.TokenActive, "", "", 1},
		"revoked":                    {func(f *fixture, _ *core.Credentials) { f.Sandbox.Revoke(sandbox.CommunityClientID, sandbox.JaneID) }, core.TokenEnded, "revoked on LinkedIn", "", 1},
		"expired":                    {func(f *fixture, _ *core.Credentials) { f.clock.Advance(61 * day) }, core.TokenEnded, "expired", "", 1},
		"never issued":               {func(_ *fixture, c *core.Credentials) { c.AccessToken = "never-issued" }, core.TokenUnknown, "", "", 1},
		"of another app":             {func(_ *fixture, c *core.Credentials) { c.App = share }, core.TokenUnknown, "", "", 1},
		"of an app that is not told": {func(_ *fixture, c *core.Credentials) { c.App = "" }, core.TokenActive, "", "", 1},
		"no app":                     {func(f *fixture, _ *core.Credentials) { f.without(share, community) }, core.TokenUnknown, "", "", 0},
		"no status":                  {answer(http.StatusOK, `{"active":false}`), core.TokenUnknown, "", "", 1},
		"a new status":               {answer(http.StatusOK, `{"active":false,"status":"suspended"}`), core.TokenUnknown, "", "", 1},
		"wrong secret":               {answer(http.StatusUnauthorized, `{"error":"invalid_client"}`), core.TokenUnknown, "", core.KindAuth, 1},
		"refused as revoked":         {answer(http.StatusUnauthorized, `{"error":"REVOKED_ACCESS_TOKEN"}`), core.TokenUnknown, "", core.KindAuth, 1},
		"too many":                   {answer(http.StatusTooManyRequests, `{}`), core.TokenUnknown, "", core.KindRateLimited, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := linking(t, nil)
			c := f.link(community, sandbox.JaneID).Credentials
			tc.arm(f, &c)
			before := len(f.Sandbox.Requests())
			got, err := f.provider.Introspect(t.Context(), c)
			if got.Standing != tc.want || !strings.Contains(got.Reason, tc.says) || (got.Reason != "") != (tc.want == core.TokenEnded) {
				t.Errorf("%+v, want %q because of %q", got, tc.want, tc.says)
			}
			if core.KindOf(err) != tc.kind {
				t.Errorf("%v, want the kind %q", err, tc.kind)
			}
			all := f.Sandbox.Requests()[before:]
			if len(all) != tc.calls {
				t.Errorf("%d calls, want %d: %+v", len(all), tc.calls, all)
			}
			for _, r := range all {
				if r.Path != "/oauth/v2/introspectToken" {
					t.Errorf("it called %s %s", r.Method, r.Path)
				}
			}
		})
	}
}
