package linkedin_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
	"github.com/crier-social/crier/providers/providertest"
)

func checkContains(t *testing.T, got, want string) {
	t.Helper()
	if !strings.Contains(got, want) {
		t.Errorf("%q does not contain %q", got, want)
	}
}

// member is Jane with a token that may act for her pages.
func member() providertest.Author { return author(sandbox.JaneURN, sandbox.PageToken) }

func asPage(urn string) core.Draft {
	return core.Draft{Text: "For the page", Options: options(`{"asOrganization":"` + urn + `"}`)}
}

// The organization is the author, and owns what is uploaded.
func TestAsOrganization(t *testing.T) {
	t.Parallel()
	file := coretest.Picture("https://m.example/1.png", 3, 4)
	f := newFixture(t)
	d := asPage(sandbox.PageURN)
	d.Media = coretest.MediaRefs(file.URL)
	pub, s := f.plan(member(), d), f.session(member(), file)
	if _, err := f.preflight(pub, s); err != nil {
		t.Fatal(err)
	}
	if err := f.prepare(pub, s); err != nil {
		t.Fatal(err)
	}
	since := f.clock.Now()
	receipt, err := pub.Commit(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	post, _ := f.Sandbox.Post(receipt.RemoteID)
	if post.Author != sandbox.PageURN || receipt.Extra["owner"] != sandbox.PageURN || f.Sandbox.Images()[0].Owner != sandbox.PageURN {
		t.Errorf("author %s, receipt %+v", post.Author, receipt)
	}
	again, found, err := pub.(core.Reconciler).Reconcile(t.Context(), s, since)
	if err != nil || !found || again.RemoteID != receipt.RemoteID || again.Extra["owner"] != sandbox.PageURN {
		t.Errorf("found %v, %+v, %v", found, again, err)
	}
}

func TestAsOrganizationWithoutTheRole(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		as    providertest.Author
		roles []string
		want  string
	}{
		{"no role", member(), nil, "The member has no role on urn:li:organization:777; posting takes ADMINISTRATOR"},
		{"a role that may not post", member(), []string{"ANALYST"}, "The member's role on urn:li:organization:777 is ANALYST; posting takes"},
		{"a token for people", author(sandbox.JaneURN, sandbox.MemberToken), []string{"ADMINISTRATOR"}, "lacks the scope w_organization_social"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			page := f.addPage(777, tc.roles...)
			s := f.session(tc.as)
			if tc.as.Token == sandbox.MemberToken {
				s.Account.Scopes = []string{"openid", "profile", "w_member_social"}
			}
			_, err := f.preflight(f.plan(tc.as, asPage(page.Account.RemoteID)), s)
			e := core.AsError(err)
			if e.Kind != core.KindForbidden || e.Field != "linkedInOptions.asOrganization" || e.Help == "" {
				t.Errorf("%+v", e)
			}
			checkContains(t, e.Message, tc.want)
		})
	}
}

// What is no clear answer keeps no post from being tried, and LinkedIn's own word counts.
func TestAsOrganizationWithoutAClearAnswer(t *testing.T) {
	t.Parallel()
	for _, fault := range []sandbox.Fault{
		sandbox.Respond(http.StatusForbidden, `{"serviceErrorCode":100,"message":"Not enough permissions to access: organizationAcls.FINDER"}`),
		respond(http.StatusServiceUnavailable, -1),
		endless(),
	} {
		f := newFixture(t)
		f.Next(t, "GET /rest/organizationAcls", fault)
		pub, s := f.plan(member(), asPage(sandbox.PageURN)), f.session(member())
		if warnings, err := f.preflight(pub, s); err != nil || len(warnings) != 0 {
			t.Errorf("%v, %v", warnings, err)
		}
		if post := f.publish(pub, s); post.Author != sandbox.PageURN {
			t.Errorf("author %s", post.Author)
		}
	}
	f := newFixture(t)
	s := f.session(jane())
	pub := f.plan(jane(), asPage(sandbox.PageURN))
	if _, err := pub.Commit(t.Context(), s); core.KindOf(err) != core.KindForbidden {
		t.Errorf("a token for people: %v", err)
	}
	lost := &core.Error{Kind: core.KindAuth, Message: "lost"}
	s.Token = func(context.Context) (core.Secret, error) { return "", lost }
	if _, err := f.preflight(pub, s); !errors.Is(err, lost) {
		t.Errorf("without a token: %v", err)
	}
}
