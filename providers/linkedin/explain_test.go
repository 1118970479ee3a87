package linkedin_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
	"github.com/crier-social/crier/providers/providertest"
)

// readers adds a page on which Jane may only read, and returns it as an author.
func (f *fixture) readers() providertest.Author {
	f.t.Helper()
	page := sandbox.Organization{ID: 77, Name: "Readers", Roles: []sandbox.RoleAssignment{{Person: sandbox.JaneID, Role: "CURATOR"}, {Person: sandbox.JaneID, Role: "ANALYST"}}}
	if err := f.Sandbox.AddOrganization(page); err != nil {
		f.t.Fatal(err)
	}
	return author("urn:li:organization:77", sandbox.PageToken)
}

const notPermitted = `{"serviceErrorCode":100,"message":"Not enough permissions to access: posts.CREATE","status":403}`

func TestARefusalIsExplained(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		as      func(*fixture) providertest.Author
		arm     func(*fixture)
		noApp   bool
		message string
		help    string
	}{
		{
			name: "another member", as: func(*fixture) providertest.Author { return author(sandbox.JohnURN, sandbox.MemberToken) },
			message: "The token belongs to " + sandbox.JaneURN + ", not to " + sandbox.JohnURN + ": ids of people differ between LinkedIn apps.",
			help:    "or without an id: then it is linked as " + sandbox.JaneURN,
		},
		{
			name: "no scope", as: func(*fixture) providertest.Author { return author(sandbox.JaneURN, sandbox.LoginToken) },
			message: "The token lacks the scope w_member_social, which posting takes; it has openid, profile, email.",
			help:    "ask for the product Share on LinkedIn: open https://www.linkedin.com/developers/apps",
		},
		{
			name: "no scope, as the account knows", noApp: true,
			as: func(*fixture) providertest.Author {
				a := author(sandbox.JaneURN, sandbox.LoginToken)
				a.Account.Scopes = []string{"openid"}
				return a
			},
			message: "The token lacks the scope w_member_social, which posting takes; it has openid.",
			help:    "Grant w_member_social",
		},
		{
			name: "a member's token for a page", as: func(*fixture) providertest.Author { return author(sandbox.PageURN, sandbox.MemberToken) },
			message: "The token lacks the scope w_organization_social, which posting takes; it has openid, profile, email, w_member_social.",
			help:    "Community Management API",
		},
		{
			name: "no role", as: func(*fixture) providertest.Author { return author(sandbox.PageURN, sandbox.OtherToken) },
			message: "The member has no role on the page; posting takes ADMINISTRATOR, CONTENT_ADMIN or DIRECT_SPONSORED_CONTENT_POSTER.",
			help:    "Have an administrator of the page give the member one of these roles",
		},
		{
			name: "a role that only reads", as: (*fixture).readers, noApp: true,
			message: "The member's role on the page is ANALYST, CURATOR; posting takes ADMINISTRATOR",
			help:    "Have an administrator",
		},
		{
			name: "no product", as: func(*fixture) providertest.Author { return pageDemo() },
			arm:     func(f *fixture) { f.Next(f.t, "POST /rest/posts", sandbox.Respond(http.StatusForbidden, notPermitted)) },
			message: "The token has the scope for posting, but LinkedIn does not let the app use posts.CREATE: its product Community Management API is not approved",
			help:    "https://www.linkedin.com/developers/apps, choose the app, then Products, and ask for Community Management API",
		},
		{
			name: "no product, for a person", as: func(*fixture) providertest.Author { return janeWithFeeds() },
			arm:     func(f *fixture) { f.Next(f.t, "POST /rest/posts", sandbox.Respond(http.StatusForbidden, notPermitted)) },
			message: "The token has the scope for posting, but LinkedIn does not let the app use posts.CREATE: its product Community Management API is not approved",
			help:    "ask for Community Management API",
		},
		{
			name: "nothing is missing", as: func(*fixture) providertest.Author { return janeWithFeeds() },
			arm: func(f *fixture) {
				f.Next(f.t, "POST /rest/posts", sandbox.Respond(http.StatusForbidden, `{"status":403,"message":"Not today"}`))
			},
			message: `LinkedIn refused, though the token has the scope w_member_social, which posting takes: "Not today"`,
			help:    "LinkedIn says no more",
		},
		{
			name: "nothing is known", as: func(*fixture) providertest.Author { return jane() }, noApp: true,
			arm:     func(f *fixture) { f.Next(f.t, "POST /rest/posts", sandbox.Respond(http.StatusForbidden, notPermitted)) },
			message: `LinkedIn refused: the scope w_member_social (people) or w_organization_social (pages), or the member's role on the page is missing: "Not enough permissions`,
			help:    "Grant the scope",
		},
		{
			name: "LinkedIn does not answer the questions", as: func(*fixture) providertest.Author { return author(sandbox.PageURN, sandbox.OtherToken) },
			arm: func(f *fixture) {
				f.Next(f.t, "GET *", sandbox.Fault{Action: sandbox.ActionRespond, Status: 503, Times: -1})
				f.Next(f.t, "POST /oauth/*", sandbox.Fault{Action: sandbox.ActionRespond, Status: 503, Times: -1})
			},
			message: "LinkedIn refused: the scope w_member_social (people)",
			help:    "Grant the scope",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			if !tc.noApp {
				f.withApp()
			}
			as := tc.as(f)
			if tc.arm != nil {
				tc.arm(f)
			}
			_, err := f.plan(as, core.Draft{Text: "x"}).Commit(t.Context(), f.session(as))
			e := core.AsError(err)
			if e.Kind != core.KindForbidden || e.Op != "linkedin.createPost" || e.Status == 0 || e.RequestID == "" {
				t.Errorf("%+v", e)
			}
			if !strings.HasPrefix(e.Message, tc.message) || !strings.Contains(e.Help, tc.help) {
				t.Errorf("message %q\nhelp %q", e.Message, e.Help)
			}
			if n := len(f.Sandbox.Posts()); n != 0 {
				t.Errorf("%d posts", n)
			}
		})
	}
}

// An upload is refused for the same reasons as a post, and no file is to blame.
func TestARefusedUploadIsExplained(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	as := f.readers()
	picture := coretest.Picture("https://m.example/1.png", 3, 4)
	err := f.prepare(f.plan(as, core.Draft{Text: "x", Media: media(picture.URL)}), f.session(as, picture))
	if e := core.AsError(err); e.Kind != core.KindForbidden || e.Field != "" || !strings.HasPrefix(e.Message, "The member's role on the page is ANALYST, CURATOR;") {
		t.Errorf("%+v", e)
	}
}

func TestARefusedDeletionIsExplained(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.withApp()
	f.Next(t, "DELETE *", sandbox.Respond(http.StatusForbidden, `{"code":"ACCESS_DENIED","status":403}`))
	as := author(sandbox.JaneURN, sandbox.LoginToken)
	err := f.provider.Delete(t.Context(), f.session(as), "urn:li:share:1")
	if e := core.AsError(err); e.Kind != core.KindForbidden || !strings.HasPrefix(e.Message, "The token lacks the scope w_member_social") {
		t.Errorf("%+v", e)
	}
}

// What is refused in a burst is asked about once; later it is asked anew.
func TestQuestionsAreNotRepeated(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	as := author(sandbox.PageURN, sandbox.OtherToken)
	for _, want := range []int{1, 1, 2} {
		_, err := f.plan(as, core.Draft{Text: "x"}).Commit(t.Context(), f.session(as))
		if !strings.Contains(core.AsError(err).Message, "has no role") {
			t.Fatal(err)
		}
		if n := f.count(http.MethodGet, "/rest/organizationAcls"); n != want {
			t.Errorf("the roles were read %d times, want %d", n, want)
		}
		f.clock.Advance(3 * time.Second)
	}
}

// A refusal names the role that the member has now: neither the one of some time ago, nor
// another one than a warning of the same answer.
func TestARefusalNamesTheRoleOfNow(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	as := f.readers()
	refused := func(role string) {
		t.Helper()
		_, err := f.plan(as, core.Draft{Text: "x"}).Commit(t.Context(), f.session(as))
		if e := core.AsError(err); !strings.HasPrefix(e.Message, "The member's role on the page is "+role+";") {
			t.Errorf("%+v, want the role %s", e, role)
		}
	}
	give := func(role string) {
		t.Helper()
		page := sandbox.Organization{ID: 77, Name: "Readers", Roles: []sandbox.RoleAssignment{{Person: sandbox.JaneID, Role: role}}}
		if err := f.Sandbox.AddOrganization(page); err != nil {
			t.Fatal(err)
		}
	}
	refused("ANALYST, CURATOR")
	f.clock.Advance(5 * time.Second)
	give("ANALYST")
	refused("ANALYST")
	give("CURATOR")
	f.provider.Examine(t.Context(), f.session(as)) // reads the roles
	refused("CURATOR")
}

// Other errors pass as they are.
func TestOnlyRefusalsAreExplained(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.withApp()
	f.Next(t, "POST /rest/posts", sandbox.Respond(http.StatusBadRequest, `{"status":400,"message":"no"}`), sandbox.CutBefore())
	for _, kind := range []core.Kind{core.KindInvalid, core.KindTemporary} {
		_, err := f.plan(jane(), core.Draft{Text: "x"}).Commit(t.Context(), f.session(jane()))
		if core.KindOf(err) != kind {
			t.Errorf("%v, want one of kind %s", err, kind)
		}
	}
	if n := f.count(http.MethodGet, "/"); n != 0 {
		t.Errorf("%d questions were asked", n)
	}
}
