package linkedin_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/setting"
	"github.com/crier-social/crier/providers/linkedin"
	"github.com/crier-social/crier/providers/linkedin/linkedintest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

const (
	share     = "share"
	community = "community"
	consentAt = "https://www.linkedin.com/oauth/v2/authorization"
)

// apps are the settings of both of the sandbox's apps.
func apps(s *linkedintest.Server) linkedin.Config {
	return linkedin.Config{
		APIURL: s.URL, OAuthURL: s.OAuthURL(), RedirectURL: callback,
		Share:     linkedin.App{ClientID: sandbox.ShareClientID, ClientSecret: sandbox.ShareClientSecret},
		Community: linkedin.App{ClientID: sandbox.CommunityClientID, ClientSecret: sandbox.CommunityClientSecret},
	}
}

// linking is a fixture whose adapter knows both apps; change may alter its settings.
func linking(t *testing.T, change func(*linkedin.Config), options ...linkedintest.Option) *fixture {
	t.Helper()
	f := newFixture(t, options...)
	f.AllowRedirect(t, callback)
	c := apps(f.Server)
	if change != nil {
		change(&c)
	}
	f.provider = newProvider(t, c, f.deps)
	return f
}

func request(app string) core.LinkRequest {
	return core.LinkRequest{App: app, RedirectURL: callback, State: "state & more"}
}

// consent leads a member to the consent page and back.
func (f *fixture) consent(r core.LinkRequest, person string, d sandbox.Decision) core.LinkReturn {
	f.t.Helper()
	begun, err := f.provider.Authorize(f.t.Context(), r)
	if err != nil {
		f.t.Fatal(err)
	}
	q := f.Decide(f.t, begun.URL, person, d)
	if q.Get("state") != r.State {
		f.t.Errorf("state %q came back", q.Get("state"))
	}
	return core.LinkReturn{Code: core.Secret(q.Get("code")), Error: q.Get("error"), Description: q.Get("error_description")}
}

// link links as a member who allows everything.
func (f *fixture) link(app, person string) core.Grant {
	f.t.Helper()
	g, err := f.provider.Exchange(f.t.Context(), request(app), f.consent(request(app), person, sandbox.Allow))
	if err != nil {
		f.t.Fatal(err)
	}
	return g
}

func TestLinkApps(t *testing.T) {
	t.Parallel()
	one := linkedin.App{ClientID: "a", ClientSecret: "b"}
	person, page := core.AccountPerson, core.AccountOrganization
	for name, tc := range map[string]struct {
		config linkedin.Config
		want   []core.LinkApp
	}{
		"none":               {linkedin.Config{}, []core.LinkApp{}},
		"without its secret": {linkedin.Config{Share: linkedin.App{ClientID: "a"}}, []core.LinkApp{}},
		"share":              {linkedin.Config{Share: one}, []core.LinkApp{{Name: share, Title: "Your profile", Kinds: []core.AccountKind{person}, Lasts: 60 * 24 * time.Hour}}},
		"community": {linkedin.Config{Community: one}, []core.LinkApp{
			{Name: community, Title: "Your profile and your pages", Kinds: []core.AccountKind{person, page}, Lasts: 365 * 24 * time.Hour},
		}},
		"both": {linkedin.Config{Share: one, Community: one}, []core.LinkApp{
			{Name: community, Title: "Your profile and your pages", Kinds: []core.AccountKind{person, page}, Lasts: 365 * 24 * time.Hour},
			{Name: share, Title: "Your profile", Kinds: []core.AccountKind{person}, Lasts: 60 * 24 * time.Hour},
		}},
		"pages alone": {
			linkedin.Config{Community: linkedin.App{ClientID: "a", ClientSecret: "b", Scopes: []string{"w_organization_social", "r_organization_admin"}}},
			[]core.LinkApp{{Name: community, Title: "Your pages", Kinds: []core.AccountKind{page}, Lasts: 365 * 24 * time.Hour}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t, tc.config, linkedin.Deps{})
			if diff := cmp.Diff(tc.want, p.LinkApps()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestUselessScopesAreRefused(t *testing.T) {
	t.Parallel()
	for says, scopes := range map[string][]string{
		"nobody can post":       {"openid", "profile"},
		"whom a token belongs":  {"w_member_social"},
		"not the name":          {"w_member_social", "open id"},
		"CRIER_LINKEDIN_SCOPES": {"profile"},
	} {
		_, err := linkedin.New(linkedin.Config{Share: linkedin.App{ClientID: "a", ClientSecret: "b", Scopes: scopes}}, linkedin.Deps{})
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v: %v, want it to say %q", scopes, err, says)
		}
	}
	s := linkedin.Settings{Scopes: setting.Scopes{"profile"}, CommunityScopes: setting.Scopes{"w_member_social"}}
	var fields []string
	for _, p := range s.Check() {
		fields = append(fields, p.Field)
	}
	if diff := cmp.Diff([]string{"COMMUNITY_SCOPES", "SCOPES"}, fields); diff != "" {
		t.Errorf("both are told of (-want +got):\n%s", diff)
	}
}

// The address is exact to the letter: LinkedIn compares the redirect address, and takes no
// plus sign for a space.
func TestAuthorize(t *testing.T) {
	t.Parallel()
	c := linkedin.Config{Share: linkedin.App{ClientID: "78share", ClientSecret: "hush"}, Community: linkedin.App{ClientID: "78pages", ClientSecret: "hush"}}
	p := newProvider(t, c, linkedin.Deps{})
	const redirect = "&redirect_uri=https%3A%2F%2Fcrier.example%2Flink%2Fcallback&response_type=code&scope="
	for app, want := range map[string]string{
		share: consentAt + "?client_id=78share" + redirect + "openid%20profile%20w_member_social&state=a%2Bb%20%26%20c",
		community: consentAt + "?client_id=78pages" + redirect +
			"r_basicprofile%20w_member_social%20w_organization_social%20r_organization_social%20rw_organization_admin&state=a%2Bb%20%26%20c",
	} {
		begun, err := p.Authorize(t.Context(), core.LinkRequest{App: app, RedirectURL: callback, State: "a+b & c"})
		if got := begun.URL; err != nil || got != want {
			t.Errorf("%s: %v\n got %s\nwant %s", app, err, got, want)
		}
	}
	_, err := p.Authorize(t.Context(), core.LinkRequest{App: "other", RedirectURL: callback, State: "s"})
	if e := core.AsError(err); e.Kind != core.KindUnsupported || core.CodeOf(e) != core.CodeLinkSetup || !strings.Contains(e.Message, `"other"`) {
		t.Errorf("an unknown app: %+v", e)
	}
}

// What comes of a consent, in full.
func TestLinkAPerson(t *testing.T) {
	t.Parallel()
	f := linking(t, nil)
	g := f.link(share, sandbox.JaneID)
	now := f.clock.Now()
	scopes := []string{"openid", "profile", "w_member_social"}
	want := core.Grant{
		Credentials: core.Credentials{
			AccessToken: g.Credentials.AccessToken, App: share, Scopes: scopes, IssuedAt: now, ExpiresAt: now.Add(60 * 24 * time.Hour),
		},
		Accounts: []core.Account{{
			Platform: "linkedin", RemoteID: sandbox.JaneURN, Kind: core.AccountPerson, DisplayName: "Jane Doe",
			Status: core.AccountActive, Scopes: scopes, App: share, ExpiresAt: now.Add(60 * 24 * time.Hour),
		}},
	}
	if diff := cmp.Diff(want, g); diff != "" {
		t.Error(diff)
	}
	if n := f.count(http.MethodGet, "/rest/organizationAcls"); n != 0 {
		t.Errorf("%d questions about pages by an app that has none", n)
	}
}

// An app of the Community Management API has no OpenID Connect, and yearly grants.
func TestLinkPages(t *testing.T) {
	t.Parallel()
	f := linking(t, nil)
	g := f.link(community, sandbox.JaneID)
	now := f.clock.Now()
	scopes := []string{"r_basicprofile", "w_member_social", "w_organization_social", "r_organization_social", "rw_organization_admin"}
	slices.Sort(scopes)
	slices.Sort(g.Credentials.Scopes)
	if diff := cmp.Diff(scopes, g.Credentials.Scopes); diff != "" {
		t.Errorf("scopes: %s", diff)
	}
	if c := g.Credentials; c.App != community || c.RefreshToken == "" || !c.ExpiresAt.Equal(now.Add(60*24*time.Hour)) || !c.RefreshExpiresAt.Equal(now.Add(365*24*time.Hour)) {
		t.Errorf("credentials %+v", c)
	}
	base := core.Account{
		Platform: "linkedin", Status: core.AccountActive, App: community, ExpiresAt: now.Add(60 * 24 * time.Hour), RefreshExpiresAt: now.Add(365 * 24 * time.Hour),
	}
	jane, demo, corner := base, base, base
	jane.RemoteID, jane.Kind, jane.DisplayName, jane.Username, jane.ProfileURL = sandbox.JaneURN, core.AccountPerson, "Jane Doe", "jane-doe-sandbox", "https://www.linkedin.com/in/jane-doe-sandbox"
	demo.RemoteID, demo.Kind, demo.DisplayName, demo.Username, demo.ProfileURL = sandbox.PageURN, core.AccountOrganization, "Crier Demo", "crier-demo", "https://www.linkedin.com/company/crier-demo"
	corner.RemoteID, corner.Kind, corner.DisplayName, corner.Username, corner.ProfileURL = sandbox.SmallPageURN, core.AccountOrganization, "Crier Corner (Beta)", "crier-corner", "https://www.linkedin.com/company/crier-corner"
	for i := range g.Accounts {
		if len(g.Accounts[i].Scopes) != len(scopes) {
			t.Errorf("%s has the scopes %v", g.Accounts[i].RemoteID, g.Accounts[i].Scopes)
		}
		g.Accounts[i].Scopes = nil
	}
	if diff := cmp.Diff([]core.Account{jane, demo, corner}, g.Accounts); diff != "" {
		t.Error(diff)
	}
	if len(g.Notes) != 0 {
		t.Errorf("notes: %+v", g.Notes)
	}
	if n := f.count(http.MethodGet, "/v2/userinfo"); n != 0 {
		t.Errorf("%d questions that take openid", n)
	}
	if n := f.count(http.MethodGet, "/rest/organizations/"); n != 0 {
		t.Errorf("%d pages read one by one", n)
	}
	for _, a := range g.Accounts {
		got, err := f.provider.Identify(t.Context(), g.Credentials, a.RemoteID)
		if err != nil || got.DisplayName != a.DisplayName || got.ProfileURL != a.ProfileURL || got.App != community {
			t.Errorf("Identify: %+v, %v", got, err)
		}
	}
}

// names lists what a grant offers.
func names(g core.Grant) []string {
	var list []string
	for _, a := range g.Accounts {
		list = append(list, a.DisplayName)
	}
	return list
}

// wantPlain fails if notes tell a person what only the operator can make use of.
func wantPlain(t *testing.T, notes []core.Finding) {
	t.Helper()
	for _, n := range notes {
		for _, part := range []string{"operator", "CRIER_", "client id", "developer", "ADMIN", "POST /", "product"} {
			if strings.Contains(n.Message+n.Help+n.URL, part) {
				t.Errorf("a person is told of %q: %+v", part, n)
			}
		}
	}
}

// What LinkedIn does not grant is told, and what takes it is not offered.
func TestScopesThatAreNotGranted(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, app string
		granted   string // as LinkedIn writes them; empty: not told
		want      []string
		notes     []string
	}{
		{"spaces instead of commas", community, "r_basicprofile w_member_social w_organization_social r_organization_social rw_organization_admin", []string{"Jane Doe", "Crier Demo", "Crier Corner (Beta)"}, nil},
		{"not told", community, "", []string{"Jane Doe", "Crier Demo", "Crier Corner (Beta)"}, nil},
		{"no posts as the person", community, "r_basicprofile,w_organization_social,r_organization_social,rw_organization_admin", []string{"Crier Demo", "Crier Corner (Beta)"}, []string{"You cannot be linked, because nothing could be posted in your name (LinkedIn did not grant w_member_social)."}},
		{"no posts as pages", community, "r_basicprofile,w_member_social,r_organization_social,rw_organization_admin", []string{"Jane Doe"}, []string{"No page can be linked, because nothing could be posted in its name (LinkedIn did not grant w_organization_social)."}},
		{"no list of pages", community, "r_basicprofile,w_member_social,w_organization_social,r_organization_social", []string{"Jane Doe"}, []string{"No page can be linked, because LinkedIn does not tell which ones you manage (LinkedIn did not grant rw_organization_admin)."}},
		{"no reading", community, "r_basicprofile,w_member_social,w_organization_social,rw_organization_admin", []string{"Jane Doe", "Crier Demo", "Crier Corner (Beta)"}, []string{"Reading posts back will not work (LinkedIn did not grant r_organization_social)."}},
		{"no name", share, "w_member_social", nil, []string{
			"(LinkedIn did not grant openid).", "(LinkedIn did not grant profile).", "You cannot be linked, because LinkedIn does not tell who you are.",
		}},
		{"nothing", share, "openid", nil, []string{"Your name and picture may be missing (LinkedIn did not grant profile).", "(LinkedIn did not grant w_member_social)."}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := linking(t, nil)
			scopes := sandbox.ProductCommunity.Scopes()
			if tc.granted != "" {
				scopes = strings.FieldsFunc(tc.granted, func(c rune) bool { return c == ',' || c == ' ' })
			}
			if err := f.Sandbox.AddToken(sandbox.Token{Value: "granted", Person: sandbox.JaneID, Scopes: scopes}); err != nil {
				t.Fatal(err)
			}
			back := f.consent(request(tc.app), sandbox.JaneID, sandbox.Allow)
			f.Next(t, "POST /oauth/v2/accessToken", sandbox.Respond(http.StatusOK, fmt.Sprintf(`{"access_token":"granted","expires_in":"600","scope":%q}`, tc.granted)))
			g, err := f.provider.Exchange(t.Context(), request(tc.app), back)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, names(g)); diff != "" {
				t.Error(diff)
			}
			if len(g.Notes) != len(tc.notes) {
				t.Fatalf("notes: %+v", g.Notes)
			}
			wantPlain(t, g.Notes)
			for i, says := range tc.notes {
				if n := g.Notes[i]; !strings.Contains(n.Message, says) || n.Help == "" {
					t.Errorf("note %+v, want it to say %q", n, says)
				}
			}
			if len(g.Operator) != len(g.Notes) {
				t.Errorf("the operator is told %+v of %+v", g.Operator, g.Notes)
			}
			for _, f := range g.Operator {
				if f.Check == "scopes" && !strings.Contains(f.Help, "the operator") || f.Help == "" || f.URL == "" {
					t.Errorf("the operator is told %+v", f)
				}
			}
			if !g.Credentials.ExpiresAt.Equal(f.clock.Now().Add(10 * time.Minute)) {
				t.Errorf("the token ends at %v", g.Credentials.ExpiresAt)
			}
		})
	}
}

// A person who cannot be told from the token ends the try only when LinkedIn is in trouble.
func TestLinkWhileLinkedInIsInTrouble(t *testing.T) {
	t.Parallel()
	for name, pattern := range map[string]string{"the person": "GET /v2/me", "the tokens": "POST /oauth/v2/accessToken"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := linking(t, nil)
			back := f.consent(request(community), sandbox.JaneID, sandbox.Allow)
			f.Next(t, pattern, sandbox.Fault{Action: sandbox.ActionRespond, Status: 503, Times: -1})
			_, err := f.provider.Exchange(t.Context(), request(community), back)
			if e := core.AsError(err); e.Kind != core.KindTemporary || !strings.Contains(e.Help, "Start again") {
				t.Errorf("%+v", e)
			}
		})
	}
}

// Calls to the token endpoint are counted like all others.
func TestLinkingIsCounted(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.AllowRedirect(t, callback)
	var calls []string
	f.deps.OnCall = func(c core.Call) { calls = append(calls, fmt.Sprintf("%s %d", c.Endpoint, c.Status)) }
	f.provider = newProvider(t, apps(f.Server), f.deps)
	f.link(share, sandbox.JaneID)
	g := f.link(community, sandbox.JohnID)
	if _, err := f.provider.Refresh(t.Context(), g.Credentials); err != nil {
		t.Fatal(err)
	}
	want := []string{"accessToken 200", "userInfo 200", "accessToken 200", "me 200", "organizationAcls 200", "refreshToken 200"}
	if diff := cmp.Diff(want, calls); diff != "" {
		t.Error(diff)
	}
}

// loud is a fixture whose log is kept.
func loud(t *testing.T, options ...linkedintest.Option) (*fixture, *strings.Builder) {
	t.Helper()
	f := newFixture(t, options...)
	f.AllowRedirect(t, callback)
	log := &strings.Builder{}
	f.deps.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	f.provider = newProvider(t, apps(f.Server), f.deps)
	return f, log
}
