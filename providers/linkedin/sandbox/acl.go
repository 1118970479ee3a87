package sandbox

import (
	"cmp"
	"slices"
	"strconv"
)

// aclView is one role of one member on one page. LinkedIn names the page in
// "organization", and in "organizationTarget" once the answer has several pages.
type aclView struct {
	Role         string `json:"role"`
	State        string `json:"state"`
	RoleAssignee string `json:"roleAssignee"`
	Organization string `json:"organization,omitempty"`
	Target       string `json:"organizationTarget,omitempty"`
}

type acl struct {
	organization int64
	RoleAssignment
}

func (a acl) view(paged bool) aclView {
	page := urn{"organization", strconv.FormatInt(a.organization, 10)}.String()
	v := aclView{Role: a.Role, State: "APPROVED", RoleAssignee: urn{"person", a.Person}.String()}
	if paged {
		v.Target = page
	} else {
		v.Organization = page
	}
	return v
}

// aclFilter reads role and state. Every role here is APPROVED.
func (c *call) aclFilter() (keep func(acl) bool, bad *problem) {
	role, bad := c.oneOf("role", append([]string{""}, allRoles()...)...)
	if bad != nil {
		return nil, bad
	}
	state, bad := c.oneOf("state", "APPROVED", "REJECTED", "REQUESTED", "REVOKED")
	if bad != nil {
		return nil, bad
	}
	return func(a acl) bool { return state == "APPROVED" && (role == "" || sameRole(a.Role, role)) }, nil
}

func sameRole(a, b string) bool {
	normal := func(r string) string {
		if r == roleContentAdmin2 {
			return roleContentAdmin
		}
		return r
	}
	return normal(a) == normal(b)
}

// roles lists the assignments that pass both filters, in a stable order.
func (s *Sandbox) roles(keep, filter func(acl) bool) []acl {
	var out []acl
	for _, o := range s.organizations {
		for _, a := range o.Roles {
			if one := (acl{o.ID, a}); keep(one) && filter(one) {
				out = append(out, one)
			}
		}
	}
	slices.SortFunc(out, func(a, b acl) int {
		return cmp.Or(cmp.Compare(a.organization, b.organization), cmp.Compare(a.Person, b.Person), cmp.Compare(a.Role, b.Role))
	})
	return out
}

func (s *Sandbox) answerRoles(c *call, keep func(acl) bool) (*reply, *problem) {
	filter, bad := c.aclFilter()
	if bad != nil {
		return nil, bad
	}
	start, count, bad := c.window()
	if bad != nil {
		return nil, bad
	}
	found := s.roles(keep, filter)
	paged := start > 0 || count < len(found)
	return c.pageOf(len(found), func(i int) (any, bool) { return found[i].view(paged), true })
}

// findACLsByAssignee serves ?q=roleAssignee: the pages on which the member has
// roles, one element for each role.
func (s *Sandbox) findACLsByAssignee(c *call) (*reply, *problem) {
	if !c.token.has(adminScopes()...) {
		return nil, notPermitted("organizationAcls", methodFinder)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.answerRoles(c, func(a acl) bool { return a.Person == c.token.Person })
}

// findACLsByOrganization serves ?q=organization, for the page's administrators.
func (s *Sandbox) findACLsByOrganization(c *call) (*reply, *problem) {
	if !c.token.has(adminScopes()...) {
		return nil, notPermitted("organizationAcls", methodFinder)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o, bad := s.organizationParam(c)
	if bad != nil {
		return nil, bad
	}
	if !o.hasRole(c.token.Person, roleAdministrator) {
		return nil, accessDenied("The member is not an administrator of this organization")
	}
	return s.answerRoles(c, func(a acl) bool { return a.organization == o.ID })
}
