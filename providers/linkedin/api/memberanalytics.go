package api

import (
	"context"
	"time"

	"github.com/crier-social/crier/core"
)

// MemberMetric is something that LinkedIn counts of a person's posts.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/members/post-statistics
type MemberMetric string

// The metrics. Those after MemberComments are there since version 202604.
const (
	MemberImpressions      MemberMetric = "IMPRESSION"
	MemberReached          MemberMetric = "MEMBERS_REACHED"
	MemberReshares         MemberMetric = "RESHARE"
	MemberReactions        MemberMetric = "REACTION"
	MemberComments         MemberMetric = "COMMENT"
	MemberSaves            MemberMetric = "POST_SAVE"
	MemberSends            MemberMetric = "POST_SEND"
	MemberLinkClicks       MemberMetric = "LINK_CLICKS"
	MemberPremiumCTAClicks MemberMetric = "PREMIUM_CTA_CLICKS"
	MemberFollowersGained  MemberMetric = "FOLLOWER_GAINED_FROM_CONTENT"
	MemberProfileViews     MemberMetric = "PROFILE_VIEW_FROM_CONTENT"
)

// date is a day.
type date struct {
	Year  int `json:"year"`
	Month int `json:"month"`
	Day   int `json:"day"`
}

func (d date) time() time.Time {
	return time.Date(d.Year, time.Month(d.Month), d.Day, 0, 0, 0, 0, time.UTC)
}

func dayOf(t time.Time) Record {
	t = t.UTC()
	return Record{{"year", Int(t.Year())}, {"month", Int(t.Month())}, {"day", Int(t.Day())}}
}

// Days is a number of whole days in UTC; the day of To does not belong to them. The zero
// value is all the time there is.
type Days struct{ From, To time.Time }

func (d Days) params() []Param {
	if d == (Days{}) {
		return nil
	}
	return []Param{{"dateRange", Record{{"start", dayOf(d.From)}, {"end", dayOf(d.To)}}}}
}

// DayCount is a count of one day, or of a time that began on it; the day is zero when
// LinkedIn does not say.
type DayCount struct {
	Day   time.Time
	Count int64
}

// dated is an element that may be of a day.
type dated struct {
	Range *struct {
		Start date `json:"start"`
	} `json:"dateRange"`
}

func (d dated) day() time.Time {
	if d.Range == nil || d.Range.Start.Year == 0 {
		return time.Time{}
	}
	return d.Range.Start.time()
}

type memberCount struct {
	dated

	Count int64 `json:"count"`
}

// GetMemberPostAnalytics reads one metric of a post of the member. No element is 0.
func (c *Client) GetMemberPostAnalytics(ctx context.Context, token core.Secret, post string, metric MemberMetric) (int64, error) {
	kind := "share"
	if IsUGCPost(post) {
		kind = "ugc"
	}
	counts, err := c.memberAnalytics(ctx, token, "TOTAL", metric,
		Param{"q", String("entity")}, Param{"entity", Record{{kind, String(post)}}})
	var sum int64
	for _, n := range counts {
		sum += n.Count
	}
	return sum, err
}

// GetMemberAnalytics reads one metric of all posts of the member together.
func (c *Client) GetMemberAnalytics(ctx context.Context, token core.Secret, metric MemberMetric, in Days) (int64, error) {
	counts, err := c.memberAnalytics(ctx, token, "TOTAL", metric, append([]Param{{"q", String("me")}}, in.params()...)...)
	var sum int64
	for _, n := range counts {
		sum += n.Count
	}
	return sum, err
}

// GetDailyMemberAnalytics is the same by day. Days on which nothing was counted are
// left out.
func (c *Client) GetDailyMemberAnalytics(ctx context.Context, token core.Secret, metric MemberMetric, in Days) ([]DayCount, error) {
	return c.memberAnalytics(ctx, token, "DAILY", metric, append([]Param{{"q", String("me")}}, in.params()...)...)
}

func (c *Client) memberAnalytics(ctx context.Context, token core.Secret, aggregation string, metric MemberMetric, query ...Param) ([]DayCount, error) {
	query = append(query, Param{"queryType", String(metric)}, Param{"aggregation", String(aggregation)})
	elements, err := findAll[memberCount](ctx, c, "memberAnalytics", "memberCreatorPostAnalytics", token, query)
	counts := make([]DayCount, len(elements))
	for i, e := range elements {
		counts[i] = DayCount{e.day(), e.Count}
	}
	return counts, err
}

type memberFollowers struct {
	dated

	Count int64 `json:"memberFollowersCount"`
}

// CountMemberFollowers reads how many followers the member has.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/members/follower-statistics
func (c *Client) CountMemberFollowers(ctx context.Context, token core.Secret) (int64, error) {
	counts, err := c.memberFollowers(ctx, token, Param{"q", String("me")})
	var most int64
	for _, n := range counts {
		most = max(most, n.Count)
	}
	return most, err
}

// GetDailyMemberFollowers reads what LinkedIn counts of followers on each day.
func (c *Client) GetDailyMemberFollowers(ctx context.Context, token core.Secret, in Days) ([]DayCount, error) {
	return c.memberFollowers(ctx, token, append([]Param{{"q", String("dateRange")}}, in.params()...)...)
}

func (c *Client) memberFollowers(ctx context.Context, token core.Secret, query ...Param) ([]DayCount, error) {
	elements, err := findAll[memberFollowers](ctx, c, "memberFollowers", "memberFollowersCount", token, query)
	counts := make([]DayCount, len(elements))
	for i, e := range elements {
		counts[i] = DayCount{e.day(), e.Count}
	}
	return counts, err
}
