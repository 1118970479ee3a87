package linkedin_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
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
