package linkedin

import (
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
)

// The products of LinkedIn's developer portal that grant what the adapter uses.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/community-management-overview
const (
	productShare     = "Share on LinkedIn"
	productSignIn    = "Sign In with LinkedIn using OpenID Connect"
	productCommunity = "Community Management API"

	portalURL = "https://www.linkedin.com/developers/apps"
)

// The scopes besides those that posting takes.
// https://learn.microsoft.com/en-us/linkedin/marketing/increasing-access
const (
	scopeReadMember       = "r_member_social"
	scopeReadOrganization = "r_organization_social"
	scopeMemberFeed       = "w_member_social_feed"
	scopeOrganizationFeed = "w_organization_social_feed"
	scopeMemberFigures    = "r_member_postAnalytics"
	scopeMemberFollowers  = "r_member_profileAnalytics"
	scopeAdmin            = "rw_organization_admin"
	scopeReadAdmin        = "r_organization_admin"
	scopeFollowers        = "r_organization_followers"
	scopeReadMemberFeed   = "r_member_social_feed"
	scopeReadCompanyFeed  = "r_organization_social_feed"
	scopeOpenID           = "openid"
	scopeProfile          = "profile"
	recruitingPoster      = "RECRUITING_POSTER"
)

// requirement is what LinkedIn asks for before it lets a call through.
type requirement struct {
	doing   string   // what the call is for: "posting"
	scopes  []string // of which one is enough
	roles   []string // of the member on the page, of which one is enough; none: any
	product string   // that grants the scopes
}

func (r requirement) anyScope() string { return strings.Join(r.scopes, " or ") }

// anyRole names the roles; the second spelling of one is left out.
func (r requirement) anyRole() string {
	return oneOf(slices.DeleteFunc(slices.Clone(r.roles), func(role string) bool { return role == api.RoleContentAdministrator }))
}

// hasScope tells whether one of the scopes is enough.
func (r requirement) hasScope(granted []string) bool {
	return slices.ContainsFunc(r.scopes, func(s string) bool { return slices.Contains(granted, s) })
}

// hasRole tells whether one of the roles is enough.
func (r requirement) hasRole(held []string) bool {
	return len(r.roles) == 0 || slices.ContainsFunc(held, func(role string) bool { return slices.Contains(r.roles, role) })
}

// oneOf lists alternatives: "A, B or C".
func oneOf(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " or " + list[len(list)-1]
}

// requirementOf returns what an operation takes of an author. Everything that is not
// known to be something else is part of posting.
func requirementOf(op string, kind core.AccountKind) requirement {
	page := kind == core.AccountOrganization
	switch op {
	case "postsByAuthor", "getPost", "batchGetPosts", "getImage", "getDocument", "videoAnalytics":
		return choose(page, requirement{"reading posts", []string{scopeReadMember}, nil, productCommunity},
			requirement{"reading posts", []string{scopeReadOrganization}, speakers(), productCommunity})
	case "memberAnalytics":
		return requirement{"reading the figures of posts", []string{scopeMemberFigures}, nil, productCommunity}
	case "memberFollowers":
		return requirement{"counting followers", []string{scopeMemberFollowers}, nil, productCommunity}
	case "shareStatistics", "pageStatistics", "followerStatistics":
		return requirement{"reading the figures of the page", []string{scopeAdmin}, []string{api.RoleAdministrator}, productCommunity}
	case "countFollowers":
		return requirement{"counting followers", []string{scopeAdmin, scopeReadAdmin}, []string{api.RoleAdministrator}, productCommunity}
	case "organizationAcls", "findOrganizations":
		return requirement{"looking up pages", []string{scopeAdmin, scopeReadAdmin}, nil, productCommunity}
	case "peopleTypeahead", "vanityUrl":
		return requirement{"looking up people", []string{scopeFollowers}, []string{api.RoleAdministrator, api.RoleSponsoredPoster}, productCommunity}
	case "userInfo":
		return requirement{"reading whom the token belongs to", []string{scopeOpenID, scopeProfile}, nil, productSignIn}
	}
	if r, ok := discussionRequirement(op, page); ok {
		return r
	}
	return choose(page, requirement{"posting", []string{scopeMember}, nil, productShare},
		requirement{"posting", []string{scopeOrganization}, speakers(), productCommunity})
}

// discussionRequirement is that of comments, reactions and what surrounds them.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/comments-api
func discussionRequirement(op string, page bool) (requirement, bool) {
	low := strings.ToLower(op)
	if !strings.Contains(low, "comment") && !strings.Contains(low, "socialmetadata") && !strings.Contains(low, "reaction") {
		return requirement{}, false
	}
	roles := []string{api.RoleAdministrator, api.RoleSponsoredPoster, recruitingPoster}
	for _, reads := range []string{"get", "batchget", "list", "find"} {
		if strings.HasPrefix(low, reads) {
			return choose(page, requirement{"reading comments", []string{scopeReadMemberFeed}, nil, productCommunity},
				requirement{"reading comments", []string{scopeReadCompanyFeed}, roles, productCommunity}), true
		}
	}
	return choose(page, requirement{"commenting", []string{scopeMemberFeed}, nil, productCommunity},
		requirement{"commenting", []string{scopeOrganizationFeed}, roles, productCommunity}), true
}

func choose(page bool, person, organization requirement) requirement {
	if page {
		return organization
	}
	return person
}

// speakers are the roles that allow posts.
func speakers() []string {
	return []string{api.RoleAdministrator, api.RoleContentAdmin, api.RoleContentAdministrator, api.RoleSponsoredPoster}
}
