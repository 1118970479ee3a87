package linkedin_test

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

func TestIdentify(t *testing.T) {
	t.Parallel()
	person := core.Account{Platform: "linkedin", RemoteID: sandbox.JaneURN, Kind: core.AccountPerson, DisplayName: "Jane Doe"}
	page := core.Account{
		Platform: "linkedin", RemoteID: sandbox.PageURN, Kind: core.AccountOrganization,
		DisplayName: "Crier Demo", Username: "crier-demo", ProfileURL: "https://www.linkedin.com/company/crier-demo",
	}
	for _, tc := range []struct {
		name, id string
		token    core.Secret
		want     core.Account
	}{
		{"the member", "", sandbox.MemberToken, person},
		{"the member by URN", sandbox.JaneURN, sandbox.PageToken, person},
		{"a page by URN", sandbox.PageURN, sandbox.PageToken, page},
		{"a page by number", " 5515715 ", sandbox.PageToken, page},
		{"a page by its old URN", "urn:li:company:5515715", sandbox.PageToken, page},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := newFixture(t).provider.Identify(t.Context(), core.Credentials{AccessToken: tc.token}, tc.id)
			if err != nil {
				t.Fatal(err)
			}
			got.ImageURL = "" // the sandbox's own business
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestIdentifyRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, id string
		token    core.Secret
		scopes   []string
		kind     core.Kind
		says     string
	}{
		{"an unknown token", "", "nonsense", nil, core.KindAuth, ""},
		{"an expired token", "", sandbox.ExpiredToken, nil, core.KindAuth, "expired"},
		{"a revoked token", sandbox.PageURN, sandbox.RevokedToken, nil, core.KindAuth, "revoked"},
		{"another member", sandbox.JohnURN, sandbox.MemberToken, nil, core.KindForbidden, sandbox.JaneURN},
		{"no role on the page", sandbox.PageURN, sandbox.OtherToken, nil, core.KindForbidden, "no role"},
		{"a member token for a page", sandbox.PageURN, sandbox.MemberToken, nil, core.KindForbidden, "r_organization_admin"},
		{"scopes without posting", "", sandbox.LoginToken, []string{"openid", "profile"}, core.KindForbidden, "w_member_social"},
		{"scopes without the page", sandbox.PageURN, sandbox.PageToken, []string{"w_member_social"}, core.KindForbidden, "w_organization_social"},
		{"no author", "urn:li:share:1", sandbox.PageToken, nil, core.KindInvalid, "urn:li:person"},
		{"a doubled URN", "urn:li:organization:urn:li:organization:1", sandbox.PageToken, nil, core.KindInvalid, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := core.Credentials{AccessToken: tc.token, Scopes: tc.scopes}
			_, err := newFixture(t).provider.Identify(t.Context(), c, tc.id)
			e := core.AsError(err)
			if e.Kind != tc.kind || e.Op == "" || !strings.Contains(e.Message, tc.says) {
				t.Errorf("%+v", e)
			}
			if strings.Contains(e.Message, "link the account") {
				t.Errorf("message %q asks for what is being done", e.Message)
			}
			if help := "Send a token of " + sandbox.JohnURN + ", or leave id out"; tc.name == "another member" && !strings.HasPrefix(e.Help, help) {
				t.Errorf("help %q, want %q: no permission is missing", e.Help, help)
			}
		})
	}
}

// A role that reads is not one that posts.
func TestIdentifyNamesTheRole(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	if err := f.Sandbox.AddOrganization(sandbox.Organization{
		ID: 77, Name: "Readers", Roles: []sandbox.RoleAssignment{{Person: sandbox.JaneID, Role: "ANALYST"}},
	}); err != nil {
		t.Fatal(err)
	}
	_, err := f.provider.Identify(t.Context(), core.Credentials{AccessToken: sandbox.PageToken}, "77")
	if e := core.AsError(err); e.Kind != core.KindForbidden || !strings.Contains(e.Message, "ANALYST") || !strings.Contains(e.Message, "ADMINISTRATOR") {
		t.Errorf("%+v", e)
	}
}

// A role that is asked for is not one that is held, and the roles may fill more
// than one page.
func TestIdentifyReadsAllRoles(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	roles := func(state, links string) sandbox.Fault {
		return sandbox.Respond(http.StatusOK, `{"elements":[{"role":"ADMINISTRATOR","state":"`+state+`","organizationTarget":"`+
			sandbox.PageURN+`"}],"paging":{"links":[`+links+`]}}`)
	}
	f.Next(t, "GET /rest/organizationAcls", roles("REQUESTED", `{"rel":"next","href":"/"}`), roles("APPROVED", ""))
	if _, err := f.provider.Identify(t.Context(), core.Credentials{AccessToken: sandbox.PageToken}, sandbox.PageURN); err != nil {
		t.Error(err)
	}
	if n := f.count(http.MethodGet, "/rest/organizationAcls"); n != 2 {
		t.Errorf("%d pages of roles read, want 2", n)
	}
}

// Agencies have roles on more pages than are read: that theirs on this one was not among
// the first says nothing.
func TestIdentifyAmongMoreRolesThanAreRead(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.Next(t, "GET /rest/organizationAcls", sandbox.Fault{
		Action: sandbox.ActionRespond, Status: http.StatusOK, Times: -1,
		Body: `{"elements":[{"role":"ADMINISTRATOR","state":"APPROVED","organization":"urn:li:organization:1"}],"paging":{"links":[{"rel":"next","href":"/"}]}}`,
	})
	if _, err := f.provider.Identify(t.Context(), core.Credentials{AccessToken: sandbox.PageToken}, sandbox.PageURN); err != nil {
		t.Error(err)
	}
	if n := f.count(http.MethodGet, "/rest/organizationAcls"); n != 10 {
		t.Errorf("%d pages of roles read, want 10", n)
	}
}

// A page whose name cannot be read can be posted to all the same.
func TestIdentifyAPageThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		own, public string // answers; no public one: the sandbox's own
		status      int
		want        string
	}{
		"not by its administrators": {own: `{}`, status: http.StatusForbidden, want: "Crier Demo"},
		"no name":                   {own: `{}`, status: http.StatusOK, want: "Crier Demo"},
		"by nobody":                 {own: `{}`, public: `{}`, status: http.StatusForbidden, want: sandbox.PageURN},
		"unknown to all":            {own: `{}`, public: `{}`, status: http.StatusNotFound, want: sandbox.PageURN},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.Next(t, "GET /rest/organizations/*", sandbox.Respond(tc.status, tc.own))
			if tc.public != "" {
				f.Next(t, "GET /rest/organizationsLookup", sandbox.Respond(tc.status, tc.public))
			}
			got, err := f.provider.Identify(t.Context(), core.Credentials{AccessToken: sandbox.PageToken}, sandbox.PageURN)
			if err != nil || got.DisplayName != tc.want || got.RemoteID != sandbox.PageURN {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

const (
	appID     = "app"
	appSecret = "secret-of-the-app"
	callback  = "https://crier.example/link/callback"
)

// withApp makes the adapter of a fixture know the operator's app, to which every token of
// the sandbox belongs.
func (f *fixture) withApp() {
	f.t.Helper()
	app := sandbox.App{ClientID: appID, ClientSecret: appSecret, Title: "App", Products: sandbox.Products()}
	if err := f.Sandbox.AddApp(app); err != nil {
		f.t.Fatal(err)
	}
	for _, token := range f.Sandbox.World().Tokens {
		token.ClientID = appID
		if err := f.Sandbox.AddToken(token); err != nil {
			f.t.Fatal(err)
		}
	}
	f.provider = newProvider(f.t,
		linkedin.Config{
			APIURL: f.URL, OAuthURL: f.URL + "/oauth/v2", RedirectURL: callback,
			Share: linkedin.App{ClientID: appID, ClientSecret: appSecret},
		}, f.deps)
}

// An app that is known is told the scopes of its tokens, whatever the client says.
func TestIdentifyIntrospects(t *testing.T) {
	t.Parallel()
	member := []string{"openid", "profile", "email", "w_member_social"}
	for _, tc := range []struct {
		name, id string
		token    core.Secret
		told     []string // by the client
		fault    *sandbox.Fault
		scopes   []string
		kind     core.Kind // empty: linked
		says     string
	}{
		{name: "a member", token: sandbox.MemberToken, scopes: member},
		{name: "a member, against the client's word", token: sandbox.MemberToken, told: []string{"openid"}, scopes: member},
		{
			name: "sign-in only", token: sandbox.LoginToken, told: member, kind: core.KindForbidden,
			says: "The token lacks the scope w_member_social, which posting takes; it has openid, profile, email.",
		},
		{
			name: "a member token for a page", id: sandbox.PageURN, token: sandbox.MemberToken, kind: core.KindForbidden,
			says: "The token lacks the scope w_organization_social",
		},
		{name: "an expired token", token: sandbox.ExpiredToken, kind: core.KindAuth, says: "expired"},
		{name: "an unknown token", token: "nonsense", kind: core.KindAuth},
		{name: "another app", token: sandbox.MemberToken, fault: new(sandbox.Respond(http.StatusOK, `{"active":false}`))},
		{
			name: "another app, and the client's word", token: sandbox.MemberToken, told: member, scopes: member,
			fault: new(sandbox.Respond(http.StatusOK, `{"active":false}`)),
		},
		{name: "a wrong secret", token: sandbox.MemberToken, fault: new(sandbox.Respond(http.StatusUnauthorized, `{"error":"invalid_client"}`))},
		{name: "no answer", token: sandbox.MemberToken, fault: &sandbox.Fault{Action: sandbox.ActionCutBefore, Times: -1}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.withApp()
			if tc.fault != nil {
				if err := f.Sandbox.Next("POST /oauth/v2/introspectToken", *tc.fault); err != nil {
					t.Fatal(err)
				}
			}
			got, err := f.provider.Identify(t.Context(), core.Credentials{AccessToken: tc.token, Scopes: tc.told}, tc.id)
			if core.KindOf(err) != tc.kind || (err != nil && !strings.Contains(core.AsError(err).Message, tc.says)) {
				t.Fatalf("%v", err)
			}
			if diff := cmp.Diff(tc.scopes, got.Scopes); diff != "" {
				t.Error(diff)
			}
			if f.count(http.MethodPost, "/oauth/v2/introspectToken") == 0 {
				t.Error("the token was not introspected")
			}
		})
	}
}

// What introspection sends in its body stays out of the log, even when LinkedIn
// repeats it in a refusal.
func TestIdentifyLogsNoSecret(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var log strings.Builder
	f.deps.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	f.withApp()
	f.Next(t, "POST /oauth/v2/introspectToken", sandbox.Respond(http.StatusBadRequest,
		`{"message":"no such app: `+appSecret+`, token `+sandbox.MemberToken+`"}`))
	if _, err := f.provider.Identify(t.Context(), core.Credentials{AccessToken: sandbox.MemberToken}, ""); err != nil {
		t.Fatal(err)
	}
	if said := log.String(); !strings.Contains(said, "no such app: [redacted], token [redacted]") ||
		strings.Contains(said, appSecret) || strings.Contains(said, sandbox.MemberToken) {
		t.Errorf("log:\n%s", said)
	}
}

// Without the app's id and secret nobody is asked, and nothing is known.
func TestIdentifyWithoutAnApp(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	got, err := f.provider.Identify(t.Context(), core.Credentials{AccessToken: sandbox.LoginToken}, "")
	if err != nil || got.Scopes != nil {
		t.Errorf("%+v, %v", got, err)
	}
	if n := f.count(http.MethodPost, "/oauth/"); n != 0 {
		t.Errorf("%d introspections", n)
	}
}
