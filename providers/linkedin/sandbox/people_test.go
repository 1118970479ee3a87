package sandbox_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

func TestPeopleSearch(t *testing.T) {
	t.Parallel()
	b := start(t)
	var ids []string
	for i := range 11 {
		p := sandbox.Person{ID: fmt.Sprintf("alex-%02d", i), FirstName: "Alex", LastName: fmt.Sprintf("Kim%02d", i)}
		ids = append(ids, p.ID)
		if err := b.AddPerson(p); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range []sandbox.Person{
		{ID: "m_n-1", FirstName: "María José", LastName: "Núñez", Headline: "Wine", Vanity: "maria-josé"},
		{ID: "far", FirstName: "Maria", LastName: "Away", Vanity: "maria-away"},
	} {
		if err := b.AddPerson(p); err != nil {
			t.Fatal(err)
		}
	}
	page := sandbox.Organization{ID: 77, Name: "Page", FollowerPeople: append(ids, "m_n-1"), Roles: []sandbox.RoleAssignment{{Person: sandbox.JaneID, Role: "DIRECT_SPONSORED_CONTENT_POSTER"}}}
	other := sandbox.Organization{ID: 78, Name: "Other", Roles: []sandbox.RoleAssignment{{Person: sandbox.JaneID, Role: "CONTENT_ADMIN"}}}
	for _, o := range []sandbox.Organization{page, other} {
		if err := b.AddOrganization(o); err != nil {
			t.Fatal(err)
		}
	}
	names := func(words, org string) string {
		return "/rest/peopleTypeahead?q=organizationFollowers&keywords=" + words + "&organization=" + enc(org)
	}
	profile := func(address, org string) string {
		return "/rest/vanityUrl?q=vanityUrlAsOrganization&vanityUrl=" + enc(address) + "&organization=" + enc(org)
	}
	const in = "https://www.linkedin.com/in/"
	for _, tt := range []struct {
		name, target string
		edits        []edit
		status       int
		contains     string
	}{
		{"by the beginning of a name", names("mar", page.URN()), nil, 200, `"elements":[{"member":"urn:li:person:m_n-1","firstName":"María José","lastName":"Núñez","headline":"Wine"}]`},
		{"by several", names("N%C3%BA%20jos%C3%A9", page.URN()), nil, 200, `urn:li:person:m_n-1`},
		{"by the middle of a name", names("lex", page.URN()), nil, 200, `"elements":[]`},
		{"no follower", names("away", page.URN()), nil, 200, `"elements":[]`},
		{"of the page in the default world", names("john", sandbox.PageURN), nil, 200, sandbox.JohnURN},
		{"no keywords", names("%20", page.URN()), nil, 400, "keywords"},
		{"without a page", "/rest/peopleTypeahead?q=organizationFollowers&keywords=a", nil, 400, "organization"},
		{"for a person", names("alex", sandbox.JaneURN), nil, 400, "organization"},
		{"for a page that is not there", names("alex", "urn:li:organization:1"), nil, 404, "NOT_FOUND"},
		{"without a role that suffices", names("alex", other.URN()), nil, 403, "ACCESS_DENIED"},
		{"without the scope", names("alex", page.URN()), []edit{token(sandbox.MemberToken)}, 403, "Not enough permissions to access: peopleTypeahead.FINDER"},
		{"by an address", profile(in+"maria-away/", page.URN()), nil, 200, `"elements":[{"member":"urn:li:person:far"}]`},
		{"by an address that is not ASCII", profile(in+"maria-jos%C3%A9", page.URN()), nil, 200, `urn:li:person:m_n-1`},
		{"by the address of nobody", profile(in+"nobody", page.URN()), nil, 404, "NOT_FOUND"},
		{"by the address of a page", profile("https://www.linkedin.com/company/crier-demo", page.URN()), nil, 400, "vanityUrl"},
		{"by an address elsewhere", profile("https://example.com/in/maria-away", page.URN()), nil, 400, "vanityUrl"},
		{"by an address, without a role", profile(in+"maria-away", other.URN()), nil, 403, "ACCESS_DENIED"},
		{"by an address, without the scope", profile(in+"maria-away", page.URN()), []edit{token(sandbox.MemberToken)}, 403, "Not enough permissions to access: vanityUrl.FINDER"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := b.do("GET", tt.target, "", tt.edits...)
			if a.status != tt.status || !strings.Contains(a.body, tt.contains) {
				t.Errorf("status %d, body %s; want %d with %s", a.status, a.body, tt.status, tt.contains)
			}
		})
	}
	if got := b.do("GET", names("alex", page.URN()), ""); strings.Count(got.body, `"member"`) != 10 {
		t.Errorf("body %s, want ten people", got.body)
	}
	lost := sandbox.Organization{ID: 79, Name: "Lost", FollowerPeople: []string{"nobody"}}
	if err := b.AddOrganization(lost); err == nil {
		t.Error("a page is followed by a person who does not exist")
	}
}
