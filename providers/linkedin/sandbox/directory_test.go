package sandbox_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

func TestDirectoryRules(t *testing.T) {
	t.Parallel()
	b := start(t)
	member, other, login := token(sandbox.MemberToken), token(sandbox.OtherToken), token(sandbox.LoginToken)
	page := strconv.Itoa(sandbox.PageID)
	sizes := "/rest/networkSizes/" + enc(sandbox.PageURN)
	for _, tt := range []struct {
		name, target string
		edits        []edit
		status       int
		contains     string
	}{
		{"organization", "/rest/organizations/" + page, nil, 200, `"localizedName":"Crier Demo"`},
		{"organization as its administrator", "/rest/organizations/" + page, nil, 200, `"versionTag"`},
		{"organization, self-serve", "/rest/organizations/" + page, []edit{member}, 403, "Not enough permissions to access: organizations.GET"},
		{"organization by URN", "/rest/organizations/" + enc(sandbox.PageURN), nil, 400, "number"},
		{"unknown organization", "/rest/organizations/1", nil, 404, "NOT_FOUND"},
		{"batch", "/rest/organizations?ids=List(" + page + ",1)", nil, 200, `"1":404`},
		{"batch without a role", "/rest/organizations?ids=List(" + page + ")", []edit{other}, 200, `"` + page + `":403`},
		{"lookup without a role", "/rest/organizationsLookup?ids=List(" + page + ")", []edit{other}, 200, `"vanityName":"crier-demo"`},
		{"lookup, self-serve", "/rest/organizationsLookup?ids=List(" + page + ")", []edit{member}, 403, "organizationsLookup.BATCH_GET"},
		{"vanity name", "/rest/organizations?q=vanityName&vanityName=crier-demo", nil, 200, `"id":5515715`},
		{"vanity name unknown", "/rest/organizations?q=vanityName&vanityName=nobody", nil, 200, `"elements":[]`},
		{"vanity name, self-serve", "/rest/organizations?q=vanityName&vanityName=crier-demo", []edit{member}, 403, "organizations.FINDER"},
		{"roles", "/rest/organizationAcls?q=roleAssignee&state=APPROVED&role=ADMINISTRATOR", nil, 200, `{"role":"ADMINISTRATOR","state":"APPROVED","roleAssignee":"` + sandbox.JaneURN + `","organization":"` + sandbox.PageURN + `"}`},
		{"roles under the other name", "/rest/organizationAcls?q=roleAssignee&role=CONTENT_ADMINISTRATOR", nil, 200, `"role":"CONTENT_ADMIN"`},
		{"roles in pages", "/rest/organizationAcls?q=roleAssignee&count=1", nil, 200, `"organizationTarget":"` + sandbox.PageURN + `"`},
		{"roles asked for", "/rest/organizationAcls?q=roleAssignee&state=REQUESTED", nil, 200, `"elements":[]`},
		{"roles of nobody", "/rest/organizationAcls?q=roleAssignee", []edit{other}, 200, `"elements":[]`},
		{"roles, self-serve", "/rest/organizationAcls?q=roleAssignee", []edit{member}, 403, "organizationAcls.FINDER"},
		{"roles, unknown role", "/rest/organizationAcls?q=roleAssignee&role=KING", nil, 400, "PARAM_INVALID"},
		{"administrators", "/rest/organizationAcls?q=organization&organization=" + enc(sandbox.PageURN), nil, 200, sandbox.JaneURN},
		{"administrators of another page", "/rest/organizationAcls?q=organization&organization=" + enc(sandbox.PageURN), []edit{other}, 403, "ACCESS_DENIED"},
		{"followers", sizes + "?edgeType=COMPANY_FOLLOWED_BY_MEMBER", nil, 200, `{"firstDegreeSize":5000}`},
		{"followers, small page", "/rest/networkSizes/" + enc(sandbox.SmallPageURN) + "?edgeType=COMPANY_FOLLOWED_BY_MEMBER", nil, 200, `{"firstDegreeSize":120}`},
		{"followers by the old name", sizes + "?edgeType=CompanyFollowedByMember", nil, 400, "PARAM_INVALID"},
		{"followers of no kind", sizes, nil, 400, "edgeType"},
		{"followers, self-serve", sizes + "?edgeType=COMPANY_FOLLOWED_BY_MEMBER", []edit{member}, 403, "networkSizes.GET"},
		{"userinfo", "/v2/userinfo", []edit{member}, 200, `{"sub":"` + sandbox.JaneID + `","name":"Jane Doe","given_name":"Jane","family_name":"Doe","locale":{"country":"US","language":"en"},"email":"jane@example.com","email_verified":true}`},
		{"userinfo without a version", "/v2/userinfo", []edit{login, without("LinkedIn-Version")}, 200, sandbox.JaneID},
		{"userinfo without a token", "/v2/userinfo", []edit{without("Authorization")}, 401, "EMPTY_ACCESS_TOKEN"},
		{"me", "/v2/me", nil, 200, `"vanityName":"jane-doe-sandbox"`},
		{"me, versioned", "/rest/me", nil, 200, `"localizedFirstName":"Jane"`},
		{"me, by the name of its method", "/rest/me", []edit{with("X-RestLi-Method", "get")}, 200, sandbox.JaneID},
		{"me with a key", "/rest/me/1", nil, 404, "RESOURCE_NOT_FOUND"},
		{"me, self-serve", "/v2/me", []edit{member}, 403, "Not enough permissions to access: me.GET"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := b.do("GET", tt.target, "", tt.edits...)
			if a.status != tt.status || !strings.Contains(a.body, tt.contains) {
				t.Errorf("status %d, body %s; want %d with %s", a.status, a.body, tt.status, tt.contains)
			}
		})
	}
	if err := b.AddToken(sandbox.Token{Value: "noid", Person: sandbox.JaneID, Scopes: []string{"profile"}}); err != nil {
		t.Fatal(err)
	}
	b.want(http.StatusForbidden, "GET", "/v2/userinfo", "", token("noid"))
	if err := b.AddToken(sandbox.Token{Value: "idonly", Person: sandbox.JaneID, Scopes: []string{"openid"}}); err != nil {
		t.Fatal(err)
	}
	if got := b.want(http.StatusOK, "GET", "/v2/userinfo", "", token("idonly")).body; got != `{"sub":"`+sandbox.JaneID+`"}` {
		t.Errorf("userinfo by openid alone: %s", got)
	}
	b.want(http.StatusMethodNotAllowed, "POST", "/v2/userinfo", "{}")
}

func TestOthersSeeLessOfAnOrganization(t *testing.T) {
	t.Parallel()
	b := start(t)
	a := b.want(http.StatusOK, "GET", fmt.Sprint("/rest/organizations/", sandbox.PageID), "", token(sandbox.OtherToken))
	if strings.Contains(a.body, "versionTag") || !strings.Contains(a.body, `"localizedName":"Crier Demo"`) {
		t.Errorf("body %s", a.body)
	}
}

func TestRolesThatMayPost(t *testing.T) {
	t.Parallel()
	b := start(t)
	for i, tt := range []struct {
		role   string
		status int
	}{
		{"ADMINISTRATOR", 201},
		{"CONTENT_ADMIN", 201},
		{"CONTENT_ADMINISTRATOR", 201},
		{"DIRECT_SPONSORED_CONTENT_POSTER", 201},
		{"ANALYST", 403},
		{"CURATOR", 403},
		{"RECRUITING_POSTER", 403},
	} {
		o := sandbox.Organization{ID: int64(100 + i), Name: tt.role, Roles: []sandbox.RoleAssignment{{Person: sandbox.JaneID, Role: tt.role}}}
		if err := b.AddOrganization(o); err != nil {
			t.Fatal(err)
		}
		if got := b.do("POST", "/rest/posts", body(m{"author": o.URN()})); got.status != tt.status {
			t.Errorf("%s: status %d, want %d: %s", tt.role, got.status, tt.status, got.body)
		}
	}
}

func TestRolesOfOneOrganization(t *testing.T) {
	t.Parallel()
	b := start(t)
	var got struct {
		Elements []struct{ Organization string }
	}
	b.want(http.StatusOK, "GET", "/rest/organizationAcls?q=organization&organization="+enc(sandbox.PageURN), "").decode(t, &got)
	if len(got.Elements) != 1 || got.Elements[0].Organization != sandbox.PageURN {
		t.Errorf("roles %+v, want the one on the page", got.Elements)
	}
}

func TestDefaultWorldIsSound(t *testing.T) {
	t.Parallel()
	want := sandbox.New(sandbox.Options{}).World()
	s := sandbox.New(sandbox.Options{Empty: true})
	for _, p := range want.People {
		if err := s.AddPerson(p); err != nil {
			t.Error(err)
		}
	}
	for _, o := range want.Organizations {
		if err := s.AddOrganization(o); err != nil {
			t.Error(err)
		}
	}
	for _, token := range want.Tokens {
		if err := s.AddToken(token); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff(want, s.World()); diff != "" || len(want.Tokens) != 6 {
		t.Errorf("the default world cannot be built by hand (-default +built):\n%s", diff)
	}
}

func TestWorldChanges(t *testing.T) {
	t.Parallel()
	s := sandbox.New(sandbox.Options{Empty: true})
	if diff := cmp.Diff(sandbox.World{}, s.World()); diff != "" {
		t.Fatalf("an empty sandbox has inhabitants:\n%s", diff)
	}
	for name, err := range map[string]error{
		"person without an id":     s.AddPerson(sandbox.Person{FirstName: "A"}),
		"person with a bad id":     s.AddPerson(sandbox.Person{ID: "a:b", FirstName: "A"}),
		"person without a name":    s.AddPerson(sandbox.Person{ID: "a"}),
		"page without an id":       s.AddOrganization(sandbox.Organization{Name: "A"}),
		"page without a name":      s.AddOrganization(sandbox.Organization{ID: 1}),
		"page with lost followers": s.AddOrganization(sandbox.Organization{ID: 1, Name: "A", Followers: -1}),
		"page with unknown role":   s.AddOrganization(sandbox.Organization{ID: 1, Name: "A", Roles: []sandbox.RoleAssignment{{Person: "a", Role: "KING"}}}),
		"page with unknown member": s.AddOrganization(sandbox.Organization{ID: 1, Name: "A", Roles: []sandbox.RoleAssignment{{Person: "a", Role: "ANALYST"}}}),
		"token without a value":    s.AddToken(sandbox.Token{Person: "a"}),
		"token with a space":       s.AddToken(sandbox.Token{Value: "a b", Person: "a"}),
		"token of nobody":          s.AddToken(sandbox.Token{Value: "a", Person: "a"}),
	} {
		if err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if diff := cmp.Diff(sandbox.World{}, s.World()); diff != "" {
		t.Errorf("refused inhabitants are there:\n%s", diff)
	}
}
