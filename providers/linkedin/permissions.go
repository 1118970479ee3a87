package linkedin

import (
	"net/http"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
)

// permissionError recognises a call that the token may not make; nil for anything
// else.
func (a refusal) permissionError() *core.Error {
	switch {
	case strings.Contains(a.low, "organization permissions must be used"):
		return &core.Error{
			Kind: core.KindForbidden, Message: "The account's token cannot post as an organization.",
			Help: "Grant w_organization_social by a member with a posting role on the page, then link the page again.",
		}
	case strings.Contains(a.low, "member permissions must be used"):
		return &core.Error{
			Kind: core.KindForbidden, Message: "The account's token cannot act for a person.",
			Help: "Grant w_member_social, then link the account again.",
		}
	case a.status != http.StatusForbidden:
		return nil
	case strings.Contains(a.low, "/author"), strings.Contains(a.low, "[/actor]"):
		return &core.Error{
			Kind: core.KindForbidden, Message: "The author does not belong to the account's token: ids of people differ between LinkedIn apps" + a.quote(),
			Help: "Link the account again with a token of the app that posts.",
		}
	}
	missing := missingPermission(a.op)
	e := &core.Error{
		Kind: core.KindForbidden, Message: "LinkedIn refused: " + missing + " is missing" + a.quote(),
		Help: "Grant " + missing + ", then link the account again.",
	}
	e.Err = deniedResource(a.resource())
	if a.body.ServiceErrorCode != codeNoScope {
		e.Err = unexplained(a.text)
	}
	return e
}

// deniedResource is the part of the API that the app may not use, as LinkedIn names it
// ("posts.CREATE"); empty when it does not.
type deniedResource string

func (d deniedResource) Error() string { return "no permission for " + string(d) }

// resource is what LinkedIn says that the app may not use.
func (a refusal) resource() string {
	_, resource, _ := strings.Cut(a.text, "Not enough permissions to access: ")
	resource, _, _ = strings.Cut(resource, " ")
	return resource
}

// unexplained marks a refusal that does not say what is missing. It holds LinkedIn's
// own words, for whoever knows more of the call and can tell.
type unexplained string

func (unexplained) Error() string { return "the answer names no permission" }

// missingPermission names what a call needs.
func missingPermission(op string) string {
	switch op {
	case "userInfo":
		return "the scope openid or profile"
	case "me":
		return "the scope r_basicprofile"
	case "peopleTypeahead", "vanityUrl":
		return "the scope r_organization_followers, or the member's role ADMINISTRATOR or DIRECT_SPONSORED_CONTENT_POSTER on the page"
	case "organizationAcls", "getOrganization", "lookUpOrganization", "findOrganizations":
		return "the scope r_organization_admin or rw_organization_admin"
	case "postsByAuthor", "getImage", "getDocument":
		return "the scope r_organization_social (pages) or r_member_social (people)"
	case "getPost", "batchGetPosts", "videoAnalytics":
		return "the scope r_organization_social, or the member's role on the page"
	case "shareStatistics", "pageStatistics", "followerStatistics", "countFollowers":
		return "the scope rw_organization_admin, or the role " + api.RoleAdministrator + " on the page"
	case "audienceCounts", api.StandardDegrees, api.StandardFieldsOfStudy, "industryTaxonomyVersions", "geoTypeahead":
		return "an approved Marketing API product of the app"
	case "createComment", "deleteComment", "updateSocialMetadata":
		return "the scope w_member_social_feed (people) or w_organization_social_feed (pages), which the Community Management API has, or a role on the page that allows comments (" + engagingRoles() + ")"
	case "getComment", "getComments", "getSocialMetadata", "batchGetSocialMetadata":
		return "the scope r_organization_social_feed (pages) or r_member_social_feed (people)"
	case "memberAnalytics":
		return "the scope r_member_postAnalytics"
	case "memberFollowers":
		return "the scope r_member_profileAnalytics"
	}
	return "the scope w_member_social (people) or w_organization_social (pages), or the member's role on the page"
}
