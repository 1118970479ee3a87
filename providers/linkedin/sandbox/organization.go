package sandbox

import (
	"cmp"
	"slices"
	"strings"
)

type localized struct {
	Localized       map[string]string `json:"localized"`
	PreferredLocale map[string]string `json:"preferredLocale"`
}

type organizationView struct {
	ID            int64     `json:"id"`
	URN           string    `json:"$URN,omitempty"`
	Name          localized `json:"name"`
	LocalizedName string    `json:"localizedName"`
	Vanity        string    `json:"vanityName,omitempty"`
	PrimaryType   string    `json:"primaryOrganizationType"`
	Website       string    `json:"localizedWebsite,omitempty"`
	Locations     []any     `json:"locations"`
	// What only administrators see.
	OrganizationType string `json:"organizationType,omitempty"`
	StaffCountRange  string `json:"staffCountRange,omitempty"`
	VersionTag       string `json:"versionTag,omitempty"`
}

func viewOrganization(o Organization, admin bool) organizationView {
	v := organizationView{
		ID: o.ID, LocalizedName: o.Name, Vanity: o.Vanity, Website: o.Website, PrimaryType: "NONE", Locations: []any{},
		Name: localized{
			Localized:       map[string]string{"en_US": o.Name},
			PreferredLocale: map[string]string{"language": "en", "country": "US"},
		},
	}
	if admin {
		v.URN = o.URN()
		v.OrganizationType, v.StaffCountRange, v.VersionTag = "PRIVATELY_HELD", "SIZE_2_TO_10", "1"
	}
	return v
}

// organization returns a page by its numeric id, which is no URN here.
func (s *Sandbox) organization(id string) (Organization, *problem) {
	if !numericID.MatchString(id) {
		return Organization{}, illegalArgument("The key of an organization is a number, not %q", limitString(id, 60))
	}
	o, known := s.organizations[id]
	if !known {
		return Organization{}, notFound("Could not find entity %s", id)
	}
	return o, nil
}

// organizationParam returns the page that the parameter organization names by its URN. The
// caller holds the lock.
func (s *Sandbox) organizationParam(c *call) (Organization, *problem) {
	id, bad := c.text("organization")
	if bad != nil {
		return Organization{}, bad
	}
	u, bad := checkURN("organization", id, "organization")
	if bad != nil {
		return Organization{}, bad
	}
	return s.organization(u.ID)
}

func (s *Sandbox) getOrganization(c *call) (*reply, *problem) {
	if !c.token.has(organizationScopes()...) {
		return nil, notPermitted("organizations", methodGet)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o, bad := s.organization(c.key)
	if bad != nil {
		return nil, bad
	}
	return ok(viewOrganization(o, o.hasRole(c.token.Person, roleAdministrator))), nil
}

// batchGetOrganizations is for administrators; everybody else uses
// organizationsLookup.
func (s *Sandbox) batchGetOrganizations(c *call) (*reply, *problem) {
	if !c.token.has(adminScopes()...) {
		return nil, notPermitted("organizations", methodBatchGet)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return c.batch(func(id string) (any, *problem) {
		o, bad := s.organization(id)
		if bad == nil && !o.hasRole(c.token.Person, roleAdministrator) {
			bad = accessDenied("The member is not an administrator of this organization")
		}
		if bad != nil {
			return nil, bad
		}
		return viewOrganization(o, true), nil
	})
}

func (s *Sandbox) lookupOrganizations(c *call) (*reply, *problem) {
	if !c.token.has(organizationScopes()...) {
		return nil, notPermitted("organizationsLookup", methodBatchGet)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return c.batch(func(id string) (any, *problem) {
		o, bad := s.organization(id)
		if bad != nil {
			return nil, bad
		}
		return viewOrganization(o, false), nil
	})
}

func (s *Sandbox) findOrganizationsByVanity(c *call) (*reply, *problem) {
	if !c.token.has(adminScopes()...) {
		return nil, notPermitted("organizations", methodFinder)
	}
	vanity, bad := c.text("vanityName")
	if bad != nil {
		return nil, bad
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []Organization
	for _, o := range s.organizations {
		if o.Vanity != "" && strings.EqualFold(o.Vanity, vanity) {
			found = append(found, o)
		}
	}
	slices.SortFunc(found, func(a, b Organization) int { return cmp.Compare(a.ID, b.ID) })
	return c.pageOf(len(found), func(i int) (any, bool) {
		return viewOrganization(found[i], found[i].hasRole(c.token.Person, roleAdministrator)), true
	})
}

// getNetworkSize serves the number of followers of a page.
func (s *Sandbox) getNetworkSize(c *call) (*reply, *problem) {
	if !c.token.has(adminScopes()...) {
		return nil, notPermitted("networkSizes", methodGet)
	}
	if edge, bad := c.text("edgeType"); bad != nil || edge != "COMPANY_FOLLOWED_BY_MEMBER" {
		return nil, invalidParam("edgeType", "Invalid value for param; wrong type or other syntax error")
	}
	u, bad := checkURN("id", c.key, "organization")
	if bad != nil {
		return nil, bad
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o, bad := s.organization(u.ID)
	if bad != nil {
		return nil, bad
	}
	return ok(map[string]int{"firstDegreeSize": o.Followers}), nil
}
