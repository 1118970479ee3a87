package sandbox

import "slices"

// The scopes of tokens that open something here. A token may have any other beside them.
// https://learn.microsoft.com/en-us/linkedin/marketing/increasing-access
const (
	scopeOpenID       = "openid"
	scopeProfile      = "profile"
	scopeEmail        = "email"
	scopeBasicProfile = "r_basicprofile"

	scopeMemberPost           = "w_member_social"
	scopeMemberRead           = "r_member_social"
	scopeMemberEngage         = "w_member_social_feed"
	scopeMemberFollow         = "r_member_social_feed"
	scopeMemberPostFigures    = "r_member_postAnalytics"
	scopeMemberProfileFigures = "r_member_profileAnalytics"

	scopePagePost      = "w_organization_social"
	scopePageRead      = "r_organization_social"
	scopePageEngage    = "w_organization_social_feed"
	scopePageFollow    = "r_organization_social_feed"
	scopePageAdmin     = "rw_organization_admin"
	scopePageAdminRead = "r_organization_admin"
	scopePageFollowers = "r_organization_followers"
)

// postScopes let a token create and delete posts, of one kind of author at least.
func postScopes() []string { return []string{scopeMemberPost, scopePagePost} }

// readScopes let a token read posts, of one kind of author at least.
func readScopes() []string { return []string{scopeMemberRead, scopePageRead} }

// organizationScopes open organization data to an app.
func organizationScopes() []string {
	return []string{scopePageRead, scopePagePost, scopePageAdmin, scopePageAdminRead}
}

// adminScopes open what the administrators of a page see.
func adminScopes() []string { return []string{scopePageAdmin, scopePageAdminRead} }

// has tells whether a token has one of the scopes.
func (t Token) has(scopes ...string) bool {
	return slices.ContainsFunc(scopes, func(s string) bool { return slices.Contains(t.Scopes, s) })
}

// Roles on a page.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/organization-access-control-by-role
const (
	roleAdministrator  = "ADMINISTRATOR"
	roleContentAdmin   = "CONTENT_ADMIN"
	roleContentAdmin2  = "CONTENT_ADMINISTRATOR" // the same role under its other name
	roleSponsorContent = "DIRECT_SPONSORED_CONTENT_POSTER"
	roleRecruiting     = "RECRUITING_POSTER"
)

func allRoles() []string {
	return []string{
		roleAdministrator, "ANALYST", roleContentAdmin, roleContentAdmin2, "CURATOR", roleSponsorContent,
		"LEAD_CAPTURE_ADMINISTRATOR", "LEAD_GEN_FORMS_MANAGER", roleRecruiting,
	}
}

// postingRoles may post and upload as the page.
func postingRoles() []string {
	return []string{roleAdministrator, roleContentAdmin, roleContentAdmin2, roleSponsorContent}
}

// engagingRoles may comment and react as a page, and read what others did.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/comments-api
func engagingRoles() []string {
	return []string{roleAdministrator, roleSponsorContent, roleRecruiting}
}

// hasRole tells whether the person has one of the roles.
func (o Organization) hasRole(person string, roles ...string) bool {
	return slices.ContainsFunc(o.Roles, func(a RoleAssignment) bool {
		return a.Person == person && slices.Contains(roles, a.Role)
	})
}
