package linkedin_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// manage gives Jane a page with a role.
func (f *fixture) manage(id int64, name string, roles ...string) {
	f.t.Helper()
	o := sandbox.Organization{ID: id, Name: name, Vanity: fmt.Sprintf("page-%d", id)}
	for _, role := range roles {
		o.Roles = append(o.Roles, sandbox.RoleAssignment{Person: sandbox.JaneID, Role: role})
	}
	if err := f.Sandbox.AddOrganization(o); err != nil {
		f.t.Fatal(err)
	}
}

func TestWhichPagesAreOffered(t *testing.T) {
	t.Parallel()
	own := []string{"Jane Doe", "Crier Demo", "Crier Corner (Beta)"}
	const noPage = "You manage no page on LinkedIn." // which is no trouble
	const oddRoles = `{"elements":[
		{"role":"CONTENT_ADMINISTRATOR","state":"APPROVED","organizationalTarget":"urn:li:organization:5515715"},
		{"role":"ANALYST","state":"APPROVED","organizationTarget":"urn:li:organization:5515715"},
		{"role":"ADMINISTRATOR","state":"REVOKED","organization":"urn:li:organization:18931420"},
		{"role":"ADMINISTRATOR","state":"APPROVED","organization":"urn:li:organizationBrand:7"}],
		"paging":{"start":0,"count":100,"links":[]}}`
	for name, tc := range map[string]struct {
		person string
		arm    func(*fixture)
		want   []string
		notes  []string // what each says
	}{
		"a role that does not allow posts": {arm: func(f *fixture) { f.manage(77, "Numbers", "ANALYST", "CURATOR") }, want: own, notes: []string{
			`The page "Numbers" cannot be linked: your role there is Analyst, Curator; posting takes Super admin, Content admin or Sponsored content poster.`,
		}},
		"one role of several": {arm: func(f *fixture) { f.manage(77, "Ads", "ANALYST", "DIRECT_SPONSORED_CONTENT_POSTER") }, want: append(slices.Clone(own), "Ads")},
		"both spellings":      {arm: func(f *fixture) { f.manage(77, "Words", "CONTENT_ADMIN") }, want: append(slices.Clone(own), "Words")},
		"no page":             {person: sandbox.JohnID, want: []string{"John Roe"}, notes: []string{noPage}},
		"older names of fields, other states and kinds": {
			arm: func(f *fixture) { f.Next(f.t, "GET /rest/organizationAcls", sandbox.Respond(http.StatusOK, oddRoles)) }, want: own[:2],
		},
		"not allowed": {
			arm: func(f *fixture) {
				f.Next(f.t, "GET /rest/organizationAcls", sandbox.Respond(http.StatusForbidden, `{"status":403,"serviceErrorCode":100,"message":"Not enough permissions to access: organizationAcls.FINDER"}`))
			},
			want: own[:1], notes: []string{"Your pages could not be listed: LinkedIn does not let this service see them."},
		},
		"in trouble": {
			arm: func(f *fixture) {
				f.Next(f.t, "GET /rest/organizationAcls", sandbox.Fault{Action: sandbox.ActionRespond, Status: 503, Times: -1})
			},
			want: own[:1], notes: []string{"Your pages could not be listed: LinkedIn has a problem of its own."},
		},
		"names one by one": {
			arm: func(f *fixture) {
				f.Next(f.t, "GET /rest/organizationsLookup", sandbox.Respond(http.StatusForbidden, `{"status":403,"code":"ACCESS_DENIED","message":"BATCH_GET is not open to the development tier"}`))
			},
			want: own,
		},
		"names that LinkedIn leaves out": {
			arm: func(f *fixture) {
				f.Next(f.t, "GET /rest/organizationsLookup", sandbox.Respond(http.StatusOK, `{"results":{"5515715":{"localizedName":"Crier Demo","vanityName":"crier-demo"}}}`))
			},
			want: own,
		},
		"names that nobody tells": {
			arm: func(f *fixture) {
				f.Next(f.t, "GET /rest/organizations*", sandbox.Fault{Action: sandbox.ActionRespond, Status: 404, Body: `{}`, Times: -1})
			},
			want:  []string{"Jane Doe", sandbox.PageURN, sandbox.SmallPageURN},
			notes: []string{"LinkedIn did not tell the names of 2 of your pages"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := linking(t, nil)
			if tc.arm != nil {
				tc.arm(f)
			}
			person := sandbox.JaneID
			if tc.person != "" {
				person = tc.person
			}
			g := f.link(community, person)
			got := names(g)
			slices.Sort(got[1:])
			want := slices.Clone(tc.want)
			slices.Sort(want[1:])
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if len(g.Notes) != len(tc.notes) {
				t.Fatalf("notes: %+v", g.Notes)
			}
			wantPlain(t, g.Notes)
			for i, says := range tc.notes {
				if n := g.Notes[i]; !strings.Contains(n.Message, says) || n.Help == "" || (n.Status == ok) != (says == noPage) {
					t.Errorf("note %+v, want it to say %q", n, says)
				}
			}
		})
	}
}

// All of many pages are offered, whatever the size of LinkedIn's answers.
func TestManyPages(t *testing.T) {
	t.Parallel()
	f := linking(t, nil)
	for i := range 120 {
		f.manage(int64(1000+i), fmt.Sprintf("Page %d", i), "ADMINISTRATOR", "CONTENT_ADMIN")
	}
	g := f.link(community, sandbox.JaneID)
	if len(g.Accounts) != 123 || len(g.Notes) != 0 {
		t.Errorf("%d accounts and %+v, want 123", len(g.Accounts), g.Notes)
	}
	if n := f.count(http.MethodGet, "/rest/organizationAcls"); n != 3 {
		t.Errorf("%d pages of roles were read, want 3", n)
	}
	if n := f.count(http.MethodGet, "/rest/organizationsLookup"); n != 3 {
		t.Errorf("%d questions for names, want 3", n)
	}
}

// Why pages cannot be listed: the operator is told what can be done about it, and both are
// given the same number.
func TestPagesThatCannotBeListed(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		answer sandbox.Fault
		code   core.Code
		help   []string // the operator's
	}{
		"refused": {
			sandbox.Respond(http.StatusForbidden, `{"status":403,"serviceErrorCode":100,"message":"Not enough permissions to access: organizationAcls.FINDER"}`),
			core.CodeForbidden,
			[]string{"the scope that this takes was granted", "the products and the tier of the app of CRIER_LINKEDIN_", "Community Management API"},
		},
		"limit": {
			sandbox.Fault{Action: sandbox.ActionRespond, Status: http.StatusTooManyRequests, Times: -1},
			core.CodeUpstreamRateLimit,
			[]string{"the account can be linked again once LinkedIn allows calls"},
		},
		"trouble": {
			sandbox.Fault{Action: sandbox.ActionRespond, Status: http.StatusServiceUnavailable, Times: -1},
			core.CodeUpstreamUnavailable,
			[]string{"the account can be linked again once LinkedIn works"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := linking(t, nil)
			f.Next(t, "GET /rest/organizationAcls", tc.answer)
			g := f.link(community, sandbox.JaneID)
			if len(g.Notes) != 1 || len(g.Operator) != 1 {
				t.Fatalf("notes %+v, operator %+v", g.Notes, g.Operator)
			}
			person, operator := g.Notes[0], g.Operator[0]
			if person.Code != tc.code || operator.Code != tc.code || !strings.HasSuffix(person.Help, "tell whoever gave you the address of this page.") {
				t.Errorf("note %+v, operator %+v, want both to have the code %d", person, operator, tc.code)
			}
			for _, part := range tc.help {
				if !strings.Contains(operator.Help, part) {
					t.Errorf("the operator is not told %q: %s", part, operator.Help)
				}
			}
			for _, part := range []string{"then link", "post", "Grant"} {
				if strings.Contains(operator.Help, part) {
					t.Errorf("the operator is told %q: %s", part, operator.Help)
				}
			}
		})
	}
}
