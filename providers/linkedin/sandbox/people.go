package sandbox

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
)

// maxTypeahead is how many people one search answers with.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-atmention-search-api
const maxTypeahead = 10

// peopleResources are what pages look people up with.
func peopleResources() map[string]resource {
	return map[string]resource{
		"peopleTypeahead": {finders: map[string]endpoint{
			"organizationFollowers": {[]string{"keywords", "organization"}, (*Sandbox).findFollowersByName},
		}},
		"vanityUrl": {finders: map[string]endpoint{
			"vanityUrlAsOrganization": {[]string{"vanityUrl", "organization"}, (*Sandbox).findPersonByAddress},
		}},
	}
}

type followerView struct {
	Member    string `json:"member"`
	FirstName string `json:"firstName"`
	LastName  string `json:"lastName"`
	Headline  string `json:"headline,omitempty"`
}

type ownerView struct {
	Member string `json:"member"`
}

// searchingPage returns the page on whose behalf people are looked up, of which the member
// has to be an administrator or a sponsored content poster. The caller holds the lock.
func (s *Sandbox) searchingPage(c *call) (Organization, *problem) {
	if !c.token.has(scopePageFollowers) {
		return Organization{}, notPermitted(c.resource, methodFinder)
	}
	o, bad := s.organizationParam(c)
	if bad != nil {
		return Organization{}, bad
	}
	if !o.hasRole(c.token.Person, roleAdministrator, roleSponsorContent) {
		return Organization{}, accessDenied("The member has no role on this organization that may look up members")
	}
	return o, nil
}

// findFollowersByName serves ?q=organizationFollowers: the followers of a page of whom
// each keyword begins a name.
func (s *Sandbox) findFollowersByName(c *call) (*reply, *problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, bad := s.searchingPage(c)
	if bad != nil {
		return nil, bad
	}
	keywords, bad := c.text("keywords")
	if bad != nil {
		return nil, bad
	}
	words := wordsOf(keywords)
	if len(words) == 0 {
		return nil, invalidParam("keywords", "Parameter keywords is empty")
	}
	var found []Person
	for _, id := range o.FollowerPeople {
		if p, ok := s.people[id]; ok && beginWords(words, p.Name()) {
			found = append(found, p)
		}
	}
	slices.SortFunc(found, func(a, b Person) int { return cmp.Or(cmp.Compare(a.Name(), b.Name()), cmp.Compare(a.ID, b.ID)) })
	return c.pageOf(min(len(found), maxTypeahead), func(i int) (any, bool) {
		p := found[i]
		return followerView{Member: p.URN(), FirstName: p.FirstName, LastName: p.LastName, Headline: p.Headline}, true
	})
}

// findPersonByAddress serves ?q=vanityUrlAsOrganization: whose profile is at an address.
// The person need not follow the page.
func (s *Sandbox) findPersonByAddress(c *call) (*reply, *problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, bad := s.searchingPage(c); bad != nil {
		return nil, bad
	}
	address, bad := c.text("vanityUrl")
	if bad != nil {
		return nil, bad
	}
	vanity, bad := profileVanity(address)
	if bad != nil {
		return nil, bad
	}
	for _, p := range s.people {
		if p.Vanity != "" && strings.EqualFold(p.Vanity, vanity) {
			return c.pageOf(1, func(int) (any, bool) { return ownerView{Member: p.URN()}, true })
		}
	}
	return nil, notFound("Could not find a member with the vanity URL %s", limitString(address, 200))
}

// profileVanity reads https://www.linkedin.com/in/{vanity}.
func profileVanity(address string) (string, *problem) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host != "www.linkedin.com" || u.RawQuery != "" || u.Fragment != "" {
		return "", invalidParam("vanityUrl", "Parameter vanityUrl is not the address of a profile")
	}
	vanity, ok := strings.CutPrefix(strings.TrimSuffix(u.Path, "/"), "/in/")
	if !ok || vanity == "" || strings.Contains(vanity, "/") {
		return "", invalidParam("vanityUrl", "Parameter vanityUrl is not the address of a profile")
	}
	return vanity, nil
}
