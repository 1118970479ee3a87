package api

import (
	"cmp"
	"context"

	"github.com/crier-social/crier/core"
)

// edgeFollowers is what versions since 202305 call followers; they refuse the older
// CompanyFollowedByMember.
const edgeFollowers = "COMPANY_FOLLOWED_BY_MEMBER"

// CountFollowers reads how many followers an organization has, paid ones included.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/organization-lookup-api
func (c *Client) CountFollowers(ctx context.Context, token core.Secret, organization string) (int64, error) {
	var out struct {
		FirstDegreeSize int64 `json:"firstDegreeSize"`
	}
	query := Query(Param{"edgeType", String(edgeFollowers)})
	err := c.get(ctx, "countFollowers", "networkSizes/"+Escape(organization)+"?"+query, "", token, &out)
	return out.FirstDegreeSize, err
}

// Interval is a time in milliseconds since 1970; its end does not belong to it.
type Interval struct {
	Start int64 `json:"start"`
	End   int64 `json:"end"`
}

// daily is the parameter that cuts the interval into days.
func (i Interval) daily() Param {
	return Param{"timeIntervals", Record{
		{"timeRange", Record{{"start", Int(i.Start)}, {"end", Int(i.End)}}},
		{"timeGranularityType", String("DAY")},
	}}
}

// FollowerCounts counts the followers that have something in common. LinkedIn counts
// paid followers among the organic ones.
type FollowerCounts struct {
	Organic int64 `json:"organicFollowerCount"`
	Paid    int64 `json:"paidFollowerCount"`
}

// FollowerGroup is how many followers have one value of a criterion; one of the others
// is set.
type FollowerGroup struct {
	Counts          FollowerCounts `json:"followerCounts"`
	AssociationType string         `json:"associationType"`
	Function        string         `json:"function"`
	Geo             string         `json:"geo"`
	Industry        string         `json:"industry"`
	Seniority       string         `json:"seniority"`
	StaffCountRange string         `json:"staffCountRange"`
}

// Value is what the followers of the group have in common.
func (g FollowerGroup) Value() string {
	return cmp.Or(g.Seniority, g.Industry, g.Function, g.StaffCountRange, g.Geo, g.AssociationType)
}

// FollowerGains is how many followers an organization won, and lost, in a time.
type FollowerGains struct {
	Organic int64 `json:"organicFollowerGain"`
	Paid    int64 `json:"paidFollowerGain"`
}

// FollowerStatistics tells who follows an organization, or, by time, how many more.
// Its lists hold the most frequent values only, so that no sum of them is a total.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/follower-statistics
type FollowerStatistics struct {
	ByAssociationType []FollowerGroup `json:"followerCountsByAssociationType"`
	ByFunction        []FollowerGroup `json:"followerCountsByFunction"`
	ByGeo             []FollowerGroup `json:"followerCountsByGeo"`
	ByGeoCountry      []FollowerGroup `json:"followerCountsByGeoCountry"`
	ByIndustry        []FollowerGroup `json:"followerCountsByIndustry"`
	BySeniority       []FollowerGroup `json:"followerCountsBySeniority"`
	ByStaffCountRange []FollowerGroup `json:"followerCountsByStaffCountRange"`

	Gains     *FollowerGains `json:"followerGains"`
	TimeRange *Interval      `json:"timeRange"`
}

// GetFollowerStatistics reads who follows an organization: one element, or none.
func (c *Client) GetFollowerStatistics(ctx context.Context, token core.Secret, organization string) ([]FollowerStatistics, error) {
	return c.followerStatistics(ctx, token, organization)
}

// GetFollowerGains reads how many followers an organization won on each day. The interval
// may begin twelve months ago and has to end two days ago.
func (c *Client) GetFollowerGains(ctx context.Context, token core.Secret, organization string, in Interval) ([]FollowerStatistics, error) {
	return c.followerStatistics(ctx, token, organization, in.daily())
}

func (c *Client) followerStatistics(ctx context.Context, token core.Secret, organization string, more ...Param) ([]FollowerStatistics, error) {
	query := append([]Param{
		{"q", String("organizationalEntity")}, {"organizationalEntity", String(organization)},
	}, more...)
	return findAll[FollowerStatistics](ctx, c, "followerStatistics", "organizationalEntityFollowerStatistics", token, query)
}
