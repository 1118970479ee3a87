package api

import (
	"cmp"
	"context"
	"net/http"
	"strconv"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/rest"
)

// UserInfo is the member who granted the token.
// https://learn.microsoft.com/en-us/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2
type UserInfo struct {
	Sub        string `json:"sub"` // the id of the person's URN, valid for this app alone
	Name       string `json:"name"`
	GivenName  string `json:"given_name"`
	FamilyName string `json:"family_name"`
	Picture    string `json:"picture"`
}

// GetUserInfo reads whom the token belongs to. It needs the scopes openid and profile.
func (c *Client) GetUserInfo(ctx context.Context, token core.Secret) (UserInfo, error) {
	var out UserInfo
	_, err := c.rest.JSON(ctx, rest.Request{
		Op: "linkedin.userInfo", Method: http.MethodGet, URL: c.base + "/v2/userinfo", Token: token,
		Header: http.Header{"Accept": {"application/json"}}, Repeatable: true,
	}, nil, &out)
	return out, err
}

// Me is the member who granted the token, as apps without OpenID Connect may know him.
// https://learn.microsoft.com/en-us/linkedin/shared/integrations/people/profile-api
type Me struct {
	ID        string `json:"id"` // as UserInfo.Sub
	FirstName string `json:"localizedFirstName"`
	LastName  string `json:"localizedLastName"`
	Vanity    string `json:"vanityName"`
}

// GetMe reads whom the token belongs to. It needs the scope r_basicprofile.
func (c *Client) GetMe(ctx context.Context, token core.Secret) (Me, error) {
	var out Me
	_, err := c.rest.JSON(ctx, rest.Request{
		Op: "linkedin.me", Method: http.MethodGet, URL: c.base + "/v2/me", Token: token,
		Header:     http.Header{"Accept": {"application/json"}, "X-Restli-Protocol-Version": {protocolVersion}},
		Repeatable: true,
	}, nil, &out)
	return out, err
}

// The roles that may publish as an organization. The third is a second spelling
// of the second.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/organization-access-control-by-role
const (
	RoleAdministrator        = "ADMINISTRATOR"
	RoleContentAdmin         = "CONTENT_ADMIN"
	RoleContentAdministrator = "CONTENT_ADMINISTRATOR"
	RoleSponsoredPoster      = "DIRECT_SPONSORED_CONTENT_POSTER"
)

// RoleRecruitingPoster may comment as an organization, as the first and the last of the
// roles above may.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/comments-api
const RoleRecruitingPoster = "RECRUITING_POSTER"

// RoleApproved is the state of a role that is in force.
const RoleApproved = "APPROVED"

// OrganizationACL is a role that the member has for an organization. The field
// that names the organization differs between answers.
type OrganizationACL struct {
	Role                 string `json:"role"`
	State                string `json:"state"`
	RoleAssignee         string `json:"roleAssignee"`
	Organization         string `json:"organization"`
	OrganizationTarget   string `json:"organizationTarget"`
	OrganizationalTarget string `json:"organizationalTarget"`
}

// Target returns the organization's URN.
func (a OrganizationACL) Target() string {
	return cmp.Or(a.OrganizationTarget, a.Organization, a.OrganizationalTarget)
}

// OrganizationACLs reads the member's roles.
func (c *Client) OrganizationACLs(ctx context.Context, token core.Secret, start, count int) (Page[OrganizationACL], error) {
	var page Page[OrganizationACL]
	query := Query(
		Param{"q", String("roleAssignee")}, Param{"state", String(RoleApproved)},
		Param{"start", Int(start)}, Param{"count", Int(count)},
	)
	err := c.get(ctx, "organizationAcls", "organizationAcls?"+query, methodFinder, token, &page)
	return page, err
}

// Organization is a company page.
type Organization struct {
	ID            int64  `json:"id"`
	LocalizedName string `json:"localizedName"`
	VanityName    string `json:"vanityName"`
	Website       string `json:"localizedWebsite"`
}

// GetOrganization reads a page as its administrators see it.
func (c *Client) GetOrganization(ctx context.Context, token core.Secret, id int64) (Organization, error) {
	var out Organization
	err := c.get(ctx, "getOrganization", "organizations/"+strconv.FormatInt(id, 10), "", token, &out)
	return out, err
}

// LookUpOrganizations reads what everybody may know of several pages, by id. LinkedIn
// leaves out those that it does not know; apps of the development tier are refused.
func (c *Client) LookUpOrganizations(ctx context.Context, token core.Secret, ids []int64) (map[int64]Organization, error) {
	list := make(List, len(ids))
	for i, id := range ids {
		list[i] = Int(id)
	}
	var out Batch[Organization]
	if err := c.get(ctx, "lookUpOrganization", "organizationsLookup?"+Query(Param{"ids", list}), methodBatchGet, token, &out); err != nil {
		return nil, err
	}
	found := make(map[int64]Organization, len(out.Results))
	for key, org := range out.Results {
		if id, err := strconv.ParseInt(key, 10, 64); err == nil {
			org.ID = id
			found[id] = org
		}
	}
	return found, nil
}

// LookUpOrganization reads what everybody may know of a page.
func (c *Client) LookUpOrganization(ctx context.Context, token core.Secret, id int64) (Organization, bool, error) {
	var out struct {
		Results map[string]Organization `json:"results"`
	}
	query := Query(Param{"ids", List{Int(id)}})
	err := c.get(ctx, "lookUpOrganization", "organizationsLookup?"+query, methodBatchGet, token, &out)
	org, ok := out.Results[strconv.FormatInt(id, 10)]
	return org, ok, err
}
