package api

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/crier-social/crier/core"
)

// ShareCounts is how posts of an organization fared.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/share-statistics
type ShareCounts struct {
	Impressions int64   `json:"impressionCount"`
	Clicks      int64   `json:"clickCount"`
	Likes       int64   `json:"likeCount"` // reactions of every type
	Comments    int64   `json:"commentCount"`
	Shares      int64   `json:"shareCount"`
	Engagement  float64 `json:"engagement"` // actions for each impression
	// UniqueImpressions is under either of two names; see Unique.
	UniqueImpressions  int64 `json:"uniqueImpressionsCount"`
	UniqueImpressions2 int64 `json:"uniqueImpressionsCounts"`
}

// Unique is how many members saw the posts.
func (c ShareCounts) Unique() int64 { return max(c.UniqueImpressions, c.UniqueImpressions2) }

// ShareStatistics is how one post, or all posts of an organization together, fared:
// since it began, or in a time.
type ShareStatistics struct {
	Share     string      `json:"share"`
	UGCPost   string      `json:"ugcPost"`
	TimeRange *Interval   `json:"timeRange"`
	Total     ShareCounts `json:"totalShareStatistics"`
}

// Post is the URN of the post; empty for all posts together.
func (s ShareStatistics) Post() string {
	if s.Share != "" {
		return s.Share
	}
	return s.UGCPost
}

const ugcPostPrefix = "urn:li:ugcPost:"

// IsUGCPost tells whether a URN is that of a ugcPost, which some calls keep apart from
// shares.
func IsUGCPost(urn string) bool { return strings.HasPrefix(urn, ugcPostPrefix) }

// GetPostStatistics reads how posts of an organization fared in the last twelve months.
// They are all shares or all ugcPosts. Those without any activity are left out.
func (c *Client) GetPostStatistics(ctx context.Context, token core.Secret, organization string, posts []string) ([]ShareStatistics, error) {
	list := make(List, len(posts))
	for i, urn := range posts {
		list[i] = String(urn)
	}
	kind := "shares"
	if len(posts) > 0 && IsUGCPost(posts[0]) {
		kind = "ugcPosts"
	}
	return c.shareStatistics(ctx, token, organization, Param{kind, list})
}

// GetShareStatistics reads how all posts of an organization fared together.
func (c *Client) GetShareStatistics(ctx context.Context, token core.Secret, organization string) ([]ShareStatistics, error) {
	return c.shareStatistics(ctx, token, organization)
}

// GetDailyShareStatistics is the same for each day of an interval, which may begin twelve
// months ago.
func (c *Client) GetDailyShareStatistics(ctx context.Context, token core.Secret, organization string, in Interval) ([]ShareStatistics, error) {
	return c.shareStatistics(ctx, token, organization, in.daily())
}

func (c *Client) shareStatistics(ctx context.Context, token core.Secret, organization string, more ...Param) ([]ShareStatistics, error) {
	query := append([]Param{
		{"q", String("organizationalEntity")}, {"organizationalEntity", String(organization)},
	}, more...)
	return findAll[ShareStatistics](ctx, c, "shareStatistics", "organizationalEntityShareStatistics", token, query)
}

// PageStatistics is how often an organization's page was looked at: since it began, or
// in a time.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/page-statistics
type PageStatistics struct {
	TimeRange *Interval `json:"timeRange"`
	Total     struct {
		Views map[string]PageViews `json:"views"` // by section and device: "mobileJobsPageViews"
	} `json:"totalPageStatistics"`
}

// PageViews is a number of views.
type PageViews int64

// UnmarshalJSON reads a number, or an object around it.
func (v *PageViews) UnmarshalJSON(raw []byte) error {
	var object struct {
		PageViews int64 `json:"pageViews"`
	}
	if strings.HasPrefix(string(raw), "{") {
		err := json.Unmarshal(raw, &object)
		*v = PageViews(object.PageViews)
		return err
	}
	return json.Unmarshal(raw, (*int64)(v))
}

// GetPageStatistics reads how often a page was looked at.
func (c *Client) GetPageStatistics(ctx context.Context, token core.Secret, organization string) ([]PageStatistics, error) {
	return c.pageStatistics(ctx, token, organization)
}

// GetDailyPageStatistics is the same for each day of an interval.
func (c *Client) GetDailyPageStatistics(ctx context.Context, token core.Secret, organization string, in Interval) ([]PageStatistics, error) {
	return c.pageStatistics(ctx, token, organization, in.daily())
}

func (c *Client) pageStatistics(ctx context.Context, token core.Secret, organization string, more ...Param) ([]PageStatistics, error) {
	query := append([]Param{{"q", String("organization")}, {"organization", String(organization)}}, more...)
	return findAll[PageStatistics](ctx, c, "pageStatistics", "organizationPageStatistics", token, query)
}
