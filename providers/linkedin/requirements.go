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
	scopeBasicProfile     = "r_basicprofile"
)

// requirement is what LinkedIn asks for before it lets a call through.
type requirement struct {
	doing   string   // what the call is for: "posting"
	scopes  []string // of which one is enough
	roles   []string // of the member on the page, of which one is enough; none: any
	product string   // that grants the scopes
	closed  bool     // LinkedIn grants the scope to no more apps
}

func (r requirement) anyScope() string { return strings.Join(r.scopes, " or ") }

func (r requirement) anyRole() string { return anyRole(r.roles) }

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
		return choose(page, requirement{doing: "reading posts", scopes: []string{scopeReadMember}, product: productCommunity, closed: true},
			requirement{doing: "reading posts", scopes: []string{scopeReadOrganization}, roles: speakers(), product: productCommunity})
	case "memberAnalytics":
		return requirement{doing: "reading the figures of posts", scopes: []string{scopeMemberFigures}, product: productCommunity}
	case "memberFollowers":
		return requirement{doing: "counting followers", scopes: []string{scopeMemberFollowers}, product: productCommunity}
	case "shareStatistics", "pageStatistics", "followerStatistics":
		return requirement{doing: "reading the figures of the page", scopes: []string{scopeAdmin}, roles: []string{api.RoleAdministrator}, product: productCommunity}
	case "countFollowers":
		return requirement{doing: "counting followers", scopes: []string{scopeAdmin, scopeReadAdmin}, roles: []string{api.RoleAdministrator}, product: productCommunity}
	case "organizationAcls", "findOrganizations":
		return requirement{doing: "looking up pages", scopes: []string{scopeAdmin, scopeReadAdmin}, product: productCommunity}
	case "peopleTypeahead", "vanityUrl":
		return requirement{doing: "looking up people", scopes: []string{scopeFollowers}, roles: []string{api.RoleAdministrator, api.RoleSponsoredPoster}, product: productCommunity}
	case "userInfo":
		return requirement{doing: "reading whom the token belongs to", scopes: []string{scopeOpenID, scopeProfile}, product: productSignIn}
	case "me":
		return requirement{doing: "reading whom the token belongs to", scopes: []string{scopeBasicProfile}, product: productCommunity}
	}
	if r, ok := discussionRequirement(op, page); ok {
		return r
	}
	return choose(page, requirement{doing: "posting", scopes: []string{scopeMember}, product: productShare},
		requirement{doing: "posting", scopes: []string{scopeOrganization}, roles: speakers(), product: productCommunity})
}

// discussionRequirement is that of comments, reactions and what surrounds them.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/comments-api
func discussionRequirement(op string, page bool) (requirement, bool) {
	low := strings.ToLower(op)
	if !strings.Contains(low, "comment") && !strings.Contains(low, "socialmetadata") && !strings.Contains(low, "reaction") {
		return requirement{}, false
	}
	for _, reads := range []string{"get", "batchget", "list", "find"} {
		if strings.HasPrefix(low, reads) {
			return choose(page, requirement{doing: "reading comments", scopes: []string{scopeReadMemberFeed}, product: productCommunity},
				requirement{doing: "reading comments", scopes: []string{scopeReadCompanyFeed}, roles: engagers(), product: productCommunity}), true
		}
	}
	return choose(page, requirement{doing: "commenting", scopes: []string{scopeMemberFeed}, product: productCommunity},
		requirement{doing: "commenting", scopes: []string{scopeOrganizationFeed}, roles: engagers(), product: productCommunity}), true
}

func choose(page bool, person, organization requirement) requirement {
	if page {
		return organization
	}
	return person
}
