package linkedin

import (
	"context"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
)

const (
	aclPageSize = 100
	maxACLPages = 10

	helpWithRole = "Have an administrator of the page give the member one of these roles, or link the page by a member who has one."
)

// pageRoles is what a member was found to be on a page.
type pageRoles struct {
	held   []string // up to the first that is enough
	enough bool
	cut    bool // there are more than were read
}

func (r pageRoles) list() string { return strings.Join(r.held, ", ") }

// rolesOn reads the member's roles on a page until one is enough. What was found out about
// them before is forgotten: one answer shall not name two states of them.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/organization-access-control-by-role
func (p *Provider) rolesOn(ctx context.Context, token core.Secret, urn string, enough func(role string) bool) (pageRoles, error) {
	p.diagnoses.Delete(diagnosisKey(token, urn))
	var roles pageRoles
	for page := range maxACLPages {
		acls, err := p.api.OrganizationACLs(ctx, token, page*aclPageSize, aclPageSize)
		if err != nil {
			return pageRoles{}, err
		}
		for _, acl := range acls.Elements {
			if acl.Target() != urn || (acl.State != "" && acl.State != api.RoleApproved) {
				continue
			}
			if !slices.Contains(roles.held, acl.Role) {
				roles.held = append(roles.held, acl.Role)
			}
			if enough(acl.Role) {
				roles.enough = true
				return roles, nil
			}
		}
		if !acls.More() {
			return roles, nil
		}
	}
	roles.cut = true
	return roles, nil
}

// speakers are the roles that allow posts. One of them has two spellings.
func speakers() []string {
	return []string{api.RoleAdministrator, api.RoleContentAdmin, api.RoleContentAdministrator, api.RoleSponsoredPoster}
}

func maySpeak(role string) bool { return slices.Contains(speakers(), role) }
func postingRoles() string      { return anyRole(speakers()) }

// filmers are the roles that allow videos beyond doubt. Of the others that allow posts,
// LinkedIn's older pages say that they do not, and newer ones that they do.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/videos-api
func filmers() []string { return []string{api.RoleAdministrator, api.RoleSponsoredPoster} }

func mayShowVideo(role string) bool { return slices.Contains(filmers(), role) }
func videoRoles() string            { return anyRole(filmers()) }

// engagers are the roles that allow comments in the name of a page.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/comments-api
func engagers() []string {
	return []string{api.RoleAdministrator, api.RoleSponsoredPoster, api.RoleRecruitingPoster}
}

func mayEngage(role string) bool { return slices.Contains(engagers(), role) }
func engagingRoles() string      { return anyRole(engagers()) }

// anyRole lists roles of which one is enough, without the second spelling of one.
func anyRole(roles []string) string {
	return oneOf(slices.DeleteFunc(slices.Clone(roles), func(role string) bool { return role == api.RoleContentAdministrator }))
}
