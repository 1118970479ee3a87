package sandbox_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

func TestControlApps(t *testing.T) {
	t.Parallel()
	b := start(t)
	const app = `{"clientId":"mine","clientSecret":"HUSH","title":"Mine","redirectUris":["http://127.0.0.1:8080/link/callback"],"products":["Share on LinkedIn"],"refresh":true}`
	a := b.want(http.StatusCreated, "POST", "/sandbox/apps", app)
	a.body += b.want(http.StatusCreated, "POST", "/sandbox/apps", strings.Replace(app, `"clientSecret":"HUSH",`, "", 1)).body
	a.body += b.want(http.StatusOK, "POST", "/sandbox/apps/mine/products", `{"products":["Sign In with LinkedIn using OpenID Connect"]}`).body
	var apps []sandbox.App
	list := b.want(http.StatusOK, "GET", "/sandbox/apps", "")
	list.decode(t, &apps)
	share, pages := sandbox.DefaultApps()[0], sandbox.DefaultApps()[1]
	share.ClientSecret, pages.ClientSecret = "", ""
	want := []sandbox.App{pages, share, {
		ClientID: "mine", Title: "Mine", RedirectURIs: []string{"http://127.0.0.1:8080/link/callback"}, Products: []sandbox.Product{sandbox.ProductSignIn}, Refresh: true,
	}}
	if diff := cmp.Diff(want, apps); diff != "" {
		t.Errorf("apps (-want +got):\n%s", diff)
	}
	if all := a.body + list.body; strings.Contains(all, "HUSH") || strings.Contains(all, sandbox.ShareClientSecret) {
		t.Errorf("a secret is shown: %s", all)
	}
	var tokens sandbox.Tokens
	b.want(http.StatusCreated, "POST", "/sandbox/grants", `{"clientId":"mine","person":"`+sandbox.JohnID+`"}`).decode(t, &tokens)
	b.want(http.StatusOK, "GET", "/v2/userinfo", "", token(tokens.AccessToken))
	b.want(http.StatusBadRequest, "POST", "/sandbox/grants", `{"clientId":"mine","person":"`+sandbox.JohnID+`","scopes":["w_member_social"]}`)
	b.want(http.StatusNoContent, "POST", "/sandbox/reset", "")
	if apps := b.Apps(); len(apps) != 2 || len(b.Grants()) != 0 {
		t.Errorf("after the reset: %+v", apps)
	}
	b.want(http.StatusUnauthorized, "GET", "/v2/userinfo", "", token(tokens.AccessToken))
}

func TestControlGrants(t *testing.T) {
	t.Parallel()
	b := start(t)
	scopes := []string{"r_basicprofile"}
	jane := b.exchange(t, sandbox.CommunityClientID, b.code(t, sandbox.CommunityClientID, sandbox.JaneID, scopes...))
	pending := b.code(t, sandbox.ShareClientID, sandbox.JohnID, "openid")
	now := b.clock.Now()
	list := b.want(http.StatusOK, "GET", "/sandbox/grants", "")
	var got []sandbox.Grant
	list.decode(t, &got)
	want := []sandbox.Grant{
		{
			ClientID: sandbox.CommunityClientID, App: "Sandbox Pages", Person: sandbox.JaneID, Name: "Jane Doe", Scopes: scopes, AuthorizedAt: now, Exchanged: true,
			GoodTokens: 1, ExpiresAt: now.Add(60 * oneDay), RefreshExpiresAt: now.Add(365 * oneDay),
		},
		{ClientID: sandbox.ShareClientID, App: "Sandbox Sharing", Person: sandbox.JohnID, Name: "John Roe", Scopes: []string{"openid"}, AuthorizedAt: now},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("grants (-want +got):\n%s", diff)
	}
	for _, secret := range []string{jane.AccessToken, jane.RefreshToken, pending} {
		if strings.Contains(list.body, secret) {
			t.Errorf("a secret is shown: %s", list.body)
		}
	}
	ended := func(path, body string, n int) {
		t.Helper()
		var got struct{ AccessTokens int }
		b.want(http.StatusOK, "POST", path, body).decode(t, &got)
		if got.AccessTokens != n {
			t.Errorf("%s %s: %d tokens, want %d", path, body, got.AccessTokens, n)
		}
	}
	whose := `"clientId":"` + sandbox.CommunityClientID + `","person":"` + sandbox.JaneID + `"`
	ended("/sandbox/grants/expire", `{`+whose+`}`, 2) // the one of the world, too
	b.want(http.StatusUnauthorized, "GET", "/v2/me", "", token(jane.AccessToken))
	jane = b.tokens(t, refreshForm(sandbox.CommunityClientID, jane.RefreshToken))
	b.want(http.StatusOK, "GET", "/v2/me", "", token(jane.AccessToken))
	ended("/sandbox/grants/expire", `{`+whose+`,"refreshTokens":true}`, 1)
	b.refused(t, refreshForm(sandbox.CommunityClientID, jane.RefreshToken), 400, "invalid_grant")
	b.want(http.StatusOK, "GET", "/v2/me", "", token(sandbox.OtherToken))
	ended("/sandbox/grants/revoke", `{"person":"`+sandbox.JohnID+`"}`, 1)
	b.refused(t, tokenForm(sandbox.ShareClientID, pending), 401, "invalid_request")
	b.want(http.StatusUnauthorized, "GET", "/v2/me", "", token(sandbox.OtherToken))
}

// 355 days pass: what was granted has ten days left, and what was posted is old.
func TestControlClock(t *testing.T) {
	t.Parallel()
	b := start(t)
	granted := b.exchange(t, sandbox.CommunityClientID, b.code(t, sandbox.CommunityClientID, sandbox.JaneID, "r_basicprofile"))
	begin := b.clock.Now()
	b.want(http.StatusOK, "POST", "/sandbox/clock", `{"days":354,"advance":"23h"}`)
	b.want(http.StatusOK, "POST", "/sandbox/clock", `{"advance":"60m"}`)
	var clock struct {
		Now   time.Time
		Ahead string
	}
	b.want(http.StatusOK, "GET", "/sandbox/clock", "").decode(t, &clock)
	if !clock.Now.Equal(begin.Add(355*oneDay)) || clock.Ahead != "8520h0m0s" {
		t.Errorf("clock %+v", clock)
	}
	b.want(http.StatusUnauthorized, "GET", "/v2/me", "", token(granted.AccessToken))
	if got := b.tokens(t, refreshForm(sandbox.CommunityClientID, granted.RefreshToken)); got.ExpiresIn != 10*24*3600 || got.RefreshExpiresIn != 10*24*3600 {
		t.Errorf("%d and %d seconds remain", got.ExpiresIn, got.RefreshExpiresIn)
	}
	if entries := b.Requests(); !entries[len(entries)-1].Time.Equal(clock.Now) {
		t.Errorf("the journal is at %v", entries[len(entries)-1].Time)
	}
	b.want(http.StatusNoContent, "POST", "/sandbox/reset", "")
	if now := b.Clock().Now(); !now.Equal(begin) {
		t.Errorf("after the reset: %v", now)
	}
}

// Roles that are taken away take the page away.
func TestControlRoles(t *testing.T) {
	t.Parallel()
	b := start(t)
	roles := func(person, roles string) {
		t.Helper()
		b.want(http.StatusOK, "POST", "/sandbox/organizations/5515715/roles", `{"person":"`+person+`","roles":[`+roles+`]}`)
	}
	john := token(sandbox.OtherToken)
	b.want(http.StatusForbidden, "POST", "/rest/posts", body(nil), john)
	roles(sandbox.JohnID, `"CONTENT_ADMIN","ANALYST"`)
	b.post(nil, john)
	roles(sandbox.JohnID, `"ANALYST"`)
	b.want(http.StatusForbidden, "POST", "/rest/posts", body(m{"commentary": "again"}), john)
	roles(sandbox.JaneID, ``)
	b.want(http.StatusForbidden, "POST", "/rest/posts", body(m{"commentary": "again"}))
	if got := b.World().Organizations[0].Roles; len(got) != 1 || got[0].Person != sandbox.JohnID {
		t.Errorf("roles %+v", got)
	}
}

func TestControlConsent(t *testing.T) {
	t.Parallel()
	b := start(t).browser()
	if a := b.want(http.StatusOK, "GET", "/sandbox/consent", ""); strings.Join(strings.Fields(a.body), "") != `{"mode":"ask"}` {
		t.Errorf("consent %s", a.body)
	}
	b.want(http.StatusCreated, "POST", "/sandbox/consent", `{"mode":"allow","person":"`+sandbox.JaneID+`"}`)
	a := b.send(http.MethodGet, authorizeURL(sandbox.ShareClientID, shareScopes()), nil)
	b.exchange(t, sandbox.ShareClientID, sentBack(t, a.header.Get("Location")).Get("code"))
}

func TestControlOAuthRefuses(t *testing.T) {
	t.Parallel()
	b := start(t)
	app := func(change string) string {
		return `{"clientId":"x","clientSecret":"x","title":"x","redirectUris":["https://x.example/"],"products":[]` + change + `}`
	}
	for _, tt := range []struct{ name, target, body, message string }{
		{"app without a title", "/sandbox/apps", `{"clientId":"x","clientSecret":"x"}`, "needs a title"},
		{"app without an id", "/sandbox/apps", `{"clientSecret":"x","title":"x"}`, "client id"},
		{"app without a secret", "/sandbox/apps", `{"clientId":"x","title":"x"}`, "needs a client secret"},
		{"relative redirect", "/sandbox/apps", app(`,"redirectUris":["/link/callback"]`), "absolute"},
		{"redirect with a fragment", "/sandbox/apps", app(`,"redirectUris":["https://x.example/#"]`), "fragment"},
		{"redirect of another scheme", "/sandbox/apps", app(`,"redirectUris":["javascript:alert(1)"]`), "absolute"},
		{"redirect with a line break", "/sandbox/apps", app(`,"redirectUris":["https://x.example/\r\n"]`), "absolute"},
		{"unknown product", "/sandbox/apps", app(`,"products":["Everything"]`), "product"},
		{"two scopes in one", "/sandbox/apps", app(`,"scopes":["a b"]`), "scope"},
		{"products of no app", "/sandbox/apps/x/products", `{"products":[]}`, "no app has the client id"},
		{"unknown product for an app", "/sandbox/apps/" + sandbox.ShareClientID + "/products", `{"products":["Everything"]}`, "product"},
		{"grant to no app", "/sandbox/grants", `{"clientId":"x","person":"` + sandbox.JaneID + `"}`, "no app has the client id"},
		{"grant of nobody", "/sandbox/grants", `{"clientId":"` + sandbox.ShareClientID + `","person":"x"}`, "does not exist"},
		{"revoke of no app", "/sandbox/grants/revoke", `{"clientId":"x"}`, "no app has the client id"},
		{"revoke of nobody", "/sandbox/grants/revoke", `{"person":"x"}`, "does not exist"},
		{"expire of nobody", "/sandbox/grants/expire", `{"person":"x"}`, "does not exist"},
		{"no mode", "/sandbox/consent", `{}`, "want one of"},
		{"consent of nobody", "/sandbox/consent", `{"mode":"allow","person":"x"}`, "does not exist"},
		{"no time", "/sandbox/clock", `{}`, "want days"},
		{"no duration", "/sandbox/clock", `{"advance":"soon"}`, "want a duration"},
		{"backwards", "/sandbox/clock", `{"days":-1}`, "goes forward"},
		{"backwards by hours", "/sandbox/clock", `{"advance":"-1h","days":5}`, "goes forward"},
		{"too far", "/sandbox/clock", `{"days":18251}`, "at most"},
		{"too far in all", "/sandbox/clock", `{"days":18250,"advance":"1s"}`, "at most"},
		{"role on no page", "/sandbox/organizations/1/roles", `{"person":"` + sandbox.JaneID + `"}`, "does not exist"},
		{"role on no number", "/sandbox/organizations/x/roles", `{"person":"` + sandbox.JaneID + `"}`, "want its number"},
		{"role of nobody", "/sandbox/organizations/5515715/roles", `{"person":"x"}`, "does not exist"},
		{"unknown role", "/sandbox/organizations/5515715/roles", `{"person":"` + sandbox.JaneID + `","roles":["BOSS"]}`, "want one of"},
		{"token of no app", "/sandbox/tokens", `{"value":"x","clientId":"x","person":"` + sandbox.JaneID + `"}`, "no such app"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := b.do("POST", tt.target, tt.body)
			if a.status != http.StatusBadRequest || !strings.Contains(a.body, tt.message) {
				t.Errorf("status %d, body %s; want %q", a.status, a.body, tt.message)
			}
		})
	}
}
