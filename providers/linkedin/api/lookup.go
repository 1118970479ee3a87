package api

import (
	"context"

	"github.com/crier-social/crier/core"
)

// FindOrganizations finds company pages by the name that they have in their address.
// It can answer with several, of which not all have exactly this name.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/organization-lookup-api
func (c *Client) FindOrganizations(ctx context.Context, token core.Secret, vanityName string) (Page[Organization], error) {
	var page Page[Organization]
	query := Query(Param{"q", String("vanityName")}, Param{"vanityName", String(vanityName)})
	err := c.get(ctx, "findOrganizations", "organizations?"+query, methodFinder, token, &page)
	return page, err
}

// Follower is a person who follows a page. The URN is valid for this app alone.
type Follower struct {
	Member    string `json:"member"`
	FirstName string `json:"firstName"`
	LastName  string `json:"lastName"`
	Headline  string `json:"headline"`
	Photo     string `json:"photo"`
}

// FindFollowers finds followers of a page, by URN, whose names begin with the keywords;
// LinkedIn answers with ten at most.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-atmention-search-api
func (c *Client) FindFollowers(ctx context.Context, token core.Secret, page, keywords string) (Page[Follower], error) {
	var found Page[Follower]
	query := Query(
		Param{"q", String("organizationFollowers")}, Param{"keywords", String(keywords)}, Param{"organization", String(page)},
	)
	err := c.get(ctx, "peopleTypeahead", "peopleTypeahead?"+query, methodFinder, token, &found)
	return found, err
}

// ProfileOwner is the person that a profile's address belongs to, valid for this app
// alone.
type ProfileOwner struct {
	Member string `json:"member"`
}

// FindProfile finds the person behind the address of a profile, on behalf of a page. It
// does not tell the name.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-atmention-search-api
func (c *Client) FindProfile(ctx context.Context, token core.Secret, page, address string) (Page[ProfileOwner], error) {
	var found Page[ProfileOwner]
	query := Query(
		Param{"q", String("vanityUrlAsOrganization")}, Param{"vanityUrl", String(address)}, Param{"organization", String(page)},
	)
	err := c.get(ctx, "vanityUrl", "vanityUrl?"+query, methodFinder, token, &found)
	return found, err
}
