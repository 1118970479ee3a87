package linkedin_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/linkedintest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
	"github.com/crier-social/crier/providers/providertest"
)

// standings lists what was found, a line for each question.
func standings(found []core.Finding) map[string]core.FindingStatus {
	all := map[string]core.FindingStatus{}
	for _, f := range found {
		all[f.Check] = f.Status
	}
	return all
}

func findingOf(t *testing.T, found []core.Finding, check string) core.Finding {
	t.Helper()
	for _, f := range found {
		if f.Check == check {
			return f
		}
	}
	t.Fatalf("nothing was found about %q: %+v", check, found)
	return core.Finding{}
}

const (
	ok      = core.FindingOK
	warning = core.FindingWarning
	missing = core.FindingMissing
	unknown = core.FindingUnknown
)

// The examinations of the sandbox's accounts, in full: every sentence is somebody's
// only help.
func TestExaminations(t *testing.T) {
	t.Parallel()
	scopes := []string{"openid", "profile", "w_member_social", "w_organization_social", "r_organization_social", "rw_organization_admin", "w_organization_social_feed"}
	for name, as := range map[string]providertest.Author{
		"page":        author(sandbox.PageURN, "token-of-jane"),
		"member":      jane(),
		"no-role":     author(sandbox.PageURN, "token-of-john"),
		"login":       author(sandbox.JaneURN, sandbox.LoginToken),
		"other":       author(sandbox.JohnURN, sandbox.MemberToken),
		"expired":     author(sandbox.PageURN, sandbox.ExpiredToken),
		"revoked":     author(sandbox.PageURN, sandbox.RevokedToken),
		"wrong-token": author(sandbox.PageURN, "nonsense"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.withApp()
			for value, person := range map[string]string{"token-of-jane": sandbox.JaneID, "token-of-john": sandbox.JohnID} {
				if err := f.Sandbox.AddToken(sandbox.Token{Value: value, ClientID: appID, Person: person, Scopes: scopes}); err != nil {
					t.Fatal(err)
				}
			}
			found := f.provider.Examine(t.Context(), f.session(as))
			golden(t, "examination-"+name+".json", strings.ReplaceAll(pretty(t, found), f.URL, "http://sandbox.example"))
		})
	}
}

func pretty(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw) + "\n"
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Error(diff)
	}
}

func TestExamineTheApp(t *testing.T) {
	t.Parallel()
	const refused = `{"error":"invalid_client","error_description":"Client authentication failed"}`
	for _, tc := range []struct {
		name  string
		arm   func(*fixture)
		known bool // the app
		want  map[string]core.FindingStatus
	}{
		{"healthy", nil, true, map[string]core.FindingStatus{"connection": ok, "api version": ok, "app": ok, "redirect address": ok, "quota": ok}},
		{"app not known", nil, false, map[string]core.FindingStatus{"connection": ok, "api version": ok, "app": warning, "quota": ok}},
		{"app refused", func(f *fixture) {
			f.Next(f.t, "POST /oauth/*", sandbox.Respond(http.StatusUnauthorized, refused))
		}, true, map[string]core.FindingStatus{"connection": ok, "api version": ok, "app": missing, "redirect address": ok, "quota": ok}},
		{"in trouble", func(f *fixture) {
			f.Next(f.t, "* *", sandbox.Fault{Action: sandbox.ActionRespond, Status: 503, Times: -1})
		}, true, map[string]core.FindingStatus{"connection": missing, "api version": ok, "app": unknown, "redirect address": ok, "quota": ok}},
		{"not reached", func(f *fixture) {
			f.Next(f.t, "* *", sandbox.Fault{Action: sandbox.ActionCutBefore, Times: -1})
		}, true, map[string]core.FindingStatus{"connection": missing, "api version": ok, "app": unknown, "redirect address": ok, "quota": ok}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			if tc.known {
				f.withApp()
			}
			if tc.arm != nil {
				tc.arm(f)
			}
			found := f.provider.Examine(t.Context(), nil)
			if diff := cmp.Diff(tc.want, standings(found)); diff != "" {
				t.Error(diff)
			}
			for _, one := range found {
				if one.Status != ok && one.Status != unknown && one.Help == "" {
					t.Errorf("%s: nothing tells the way out: %+v", one.Check, one)
				}
			}
		})
	}
}

// What the account's network says decides, not the table alone.
func TestExamineTheVersion(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, configured string
		served           []string
		want             core.FindingStatus
		says             string
	}{
		{"served", "202607", nil, ok, "Version 202607 of the API is in use, and served until 2027-07-15."},
		{"no end is published", "202609", nil, ok, "Version 202609 of the API is in use, and served until 2027-09-01 at least."},
		{"ends soon", "202601", nil, warning, "until about 2027-01-15"},
		{"replaced", "202510", nil, warning, "202601 is used instead"},
		{"none is served", "202609", []string{"202601"}, missing, "CRIER_LINKEDIN_VERSION"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, strict(tc.served...))
			f.old(tc.configured)
			got := findingOf(t, f.provider.Examine(t.Context(), f.session(pageDemo())), "api version")
			if got.Status != tc.want || !strings.Contains(got.Message, tc.says) {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestExamineTheToken(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for i, tc := range []struct {
		ends time.Duration
		want core.FindingStatus
		says string
	}{
		{0, ok, "when it ends is not known"},
		{40*24*time.Hour + time.Hour, ok, "for 40 days more"},
		{6 * 24 * time.Hour, warning, "ends at 2026-11-26T09:00:00Z"},
	} {
		token := sandbox.Token{Name: fmt.Sprint("t", i), Value: fmt.Sprint("token-", i), Person: sandbox.JaneID, Scopes: []string{"w_member_social"}}
		if tc.ends > 0 {
			token.ExpiresAt = f.clock.Now().Add(tc.ends)
		}
		if err := f.Sandbox.AddToken(token); err != nil {
			t.Fatal(err)
		}
		f.withApp()
		got := findingOf(t, f.provider.Examine(t.Context(), f.session(author(sandbox.JaneURN, core.Secret(token.Value)))), "token")
		if got.Status != tc.want || !strings.Contains(got.Message, tc.says) {
			t.Errorf("%+v", got)
		}
	}
}

// A token of another app tells nothing of its scopes to this one.
func TestExamineATokenOfAnotherApp(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.withApp()
	f.Next(t, "POST /oauth/*", sandbox.Fault{Action: sandbox.ActionRespond, Status: 200, Body: `{"active":false}`, Times: -1})
	found := f.provider.Examine(t.Context(), f.session(pageDemo()))
	if got := findingOf(t, found, "token"); got.Status != warning || !strings.Contains(got.Message, "another app") {
		t.Errorf("%+v", got)
	}
	if got := findingOf(t, found, "posting"); got.Status != unknown {
		t.Errorf("%+v", got)
	}
}

// Of a token that LinkedIn did not tell about, nobody knows the app.
func TestExamineATokenWithAWrongSecret(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.withApp()
	f.Next(t, "POST /oauth/*", sandbox.Fault{Action: sandbox.ActionRespond, Status: 401, Body: `{"error":"invalid_client"}`, Times: -1})
	found := f.provider.Examine(t.Context(), f.session(pageDemo()))
	if got := findingOf(t, found, "app"); got.Status != missing {
		t.Errorf("%+v", got)
	}
	if got := findingOf(t, found, "token"); got.Status != ok || strings.Contains(got.Message, "another app") {
		t.Errorf("%+v", got)
	}
}

func TestExamineAnAccountWithoutAToken(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := f.session(jane())
	lost := core.RelinkError(s.Account, "it was revoked")
	s.Token = func(context.Context) (core.Secret, error) { return "", lost }
	found := f.provider.Examine(t.Context(), s)
	if got := findingOf(t, found, "token"); got.Status != missing || !strings.Contains(got.Message, "it was revoked") || got.Help != lost.Help {
		t.Errorf("%+v", got)
	}
	if got := findingOf(t, found, "connection"); got.Status != ok {
		t.Errorf("%+v", got)
	}
}

// A token that LinkedIn refuses an examination is one to renew, or to ask the owner for; of
// one that LinkedIn takes nothing is said.
func TestExamineTellsOfARefusedToken(t *testing.T) {
	t.Parallel()
	type refusal struct {
		Token  core.Secret
		Reason string
	}
	f := linking(t, nil)
	token := f.link(community, sandbox.JaneID).Credentials.AccessToken
	var refused []refusal
	s := f.session(author(sandbox.JaneURN, token))
	s.Account.App = community
	s.OnRefused = func(token core.Secret, reason string) { refused = append(refused, refusal{token, reason}) }
	if got := findingOf(t, f.provider.Examine(t.Context(), s), "token"); got.Status != ok || len(refused) > 0 {
		t.Fatalf("while the token is good: %+v, refused %d times", got, len(refused))
	}
	if f.Sandbox.ExpireTokens(sandbox.CommunityClientID, sandbox.JaneID, false) == 0 {
		t.Fatal("no token has expired")
	}
	got := findingOf(t, f.provider.Examine(t.Context(), s), "token")
	if got.Status != missing {
		t.Errorf("%+v", got)
	}
	if diff := cmp.Diff([]refusal{{token, "The access token has expired."}}, refused); diff != "" {
		t.Error(diff)
	}
}

// An examination looks and does not touch, and what an app lacks shows in it.
func TestExamineProducts(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.withApp()
	f.Next(t, "GET /rest/organizationalEntityShareStatistics", sandbox.Respond(http.StatusForbidden,
		`{"serviceErrorCode":100,"message":"Not enough permissions to access: organizationalEntityShareStatistics.FINDER","status":403}`))
	f.Next(t, "GET /rest/networkSizes/*", sandbox.Respond(http.StatusNotFound, `{"code":"RESOURCE_NOT_FOUND","status":404}`))
	found := f.provider.Examine(t.Context(), f.session(pageDemo()))
	for check, says := range map[string]string{
		"figures of posts": "does not let the app use organizationalEntityShareStatistics.FINDER: its product Community Management API is not approved",
		"followers":        "LinkedIn does not offer it to this app",
	} {
		if got := findingOf(t, found, check); got.Status != warning || !strings.Contains(got.Message, says) || !strings.HasPrefix(got.URL, "https://www.linkedin.com/developers/") {
			t.Errorf("%+v", got)
		}
	}
	for _, r := range f.Sandbox.Requests() {
		if r.Method != http.MethodGet && r.Path != "/oauth/v2/introspectToken" {
			t.Errorf("%s %s was sent", r.Method, r.Path)
		}
	}
}

// Without the app, LinkedIn's own refusals tell.
func TestExamineWithoutTheApp(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	found := f.provider.Examine(t.Context(), f.session(jane()))
	for check, want := range map[string]struct {
		status core.FindingStatus
		says   string
	}{
		"scopes":            {unknown, "not known"},
		"posting":           {unknown, "it takes the scope w_member_social"},
		"reading posts":     {warning, "r_member_social, which LinkedIn does not grant"},
		"figures of posts":  {warning, "LinkedIn refuses it; it takes the scope r_member_postAnalytics"},
		"mentions of pages": {warning, "LinkedIn refuses it; it takes the scope rw_organization_admin"},
	} {
		if got := findingOf(t, found, check); got.Status != want.status || !strings.Contains(got.Message, want.says) {
			t.Errorf("%+v", got)
		}
	}
}

// While a limit holds calls back, nothing is said of what they would have shown.
func TestExamineWhileLimited(t *testing.T) {
	t.Parallel()
	f := newFixture(t, linkedintest.WithOptions(func(o *sandbox.Options) { o.DailyLimit = 1 }))
	f.provider.Examine(t.Context(), f.session(pageDemo()))
	found := f.provider.Examine(t.Context(), f.session(pageDemo()))
	for _, check := range []string{"connection", "token", "page role"} {
		if got := findingOf(t, found, check); got.Status != unknown || !strings.Contains(got.Message, "limit of calls is used up") {
			t.Errorf("%+v", got)
		}
	}
}

// A refusal that names no scope says nothing of the app's products.
func TestExamineARefusalWithoutAReason(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.withApp()
	f.Next(t, "GET /rest/organizationalEntityShareStatistics", sandbox.Respond(http.StatusForbidden, `{"code":"ACCESS_DENIED","message":"Viewer lacks a role","status":403}`))
	got := findingOf(t, f.provider.Examine(t.Context(), f.session(pageDemo())), "figures of posts")
	if got.Status != warning || strings.Contains(got.Message, "product") || !strings.Contains(got.Message, "Viewer lacks a role") || got.Help == "" {
		t.Errorf("%+v", got)
	}
}
