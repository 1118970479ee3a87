package linkedin

import (
	"slices"
	"strings"

	"github.com/crier-social/crier/providers/linkedin/api"
)

// roleTitle is the name of a role as administrators of a page read it on LinkedIn; of one
// that is not known, that of the API.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/organization-access-control-by-role
func roleTitle(role string) string {
	switch role {
	case api.RoleAdministrator:
		return "Super admin"
	case api.RoleContentAdmin, api.RoleContentAdministrator:
		return "Content admin"
	case api.RoleSponsoredPoster:
		return "Sponsored content poster"
	case api.RoleRecruitingPoster:
		return "Recruiting poster"
	case "ANALYST":
		return "Analyst"
	case "CURATOR":
		return "Curator"
	case "LEAD_GEN_FORMS_MANAGER":
		return "Lead gen forms manager"
	}
	return role
}

// titlesOf lists roles as people call them, each once.
func titlesOf(roles []string) []string {
	var titles []string
	for _, role := range roles {
		if title := roleTitle(role); !slices.Contains(titles, title) {
			titles = append(titles, title)
		}
	}
	return titles
}

func roleTitles(roles []string) string { return strings.Join(titlesOf(roles), ", ") }
func postingRoleTitles() string        { return oneOf(titlesOf(speakers())) }
