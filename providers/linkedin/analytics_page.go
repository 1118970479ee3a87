package linkedin

import (
	"context"
	"maps"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
	"github.com/crier-social/crier/providers/linkedin/audience"
)

// pageParts are the figures of an organization.
func (a accountInquiry) pageParts() []part {
	return []part{
		{figureImpressions, "how the page's posts fared", a.pageCounts},
		{figureFollowers, "the number of followers", a.pageFollowers},
		{figureViews, "how often the page was looked at", a.pageViews},
	}
}

// pageCounts reads how all posts fared together.
func (a accountInquiry) pageCounts(ctx context.Context) (partAnswer, error) {
	var out partAnswer
	elements, err := a.shareStatistics(ctx)
	if err != nil {
		return out, err
	}
	var sum api.ShareCounts
	for _, e := range elements {
		sum = sumOf(sum, e.Total)
		if e.TimeRange != nil {
			out.addDay(time.UnixMilli(e.TimeRange.Start), countValues(e.Total))
		}
	}
	out.values = countValues(sum)
	if a.limited() {
		delete(out.values, figureUnique) // who comes on two days would be counted twice
		if sum.Impressions > 0 {
			out.values[figureEngagement] = float64(sum.Clicks+sum.Likes+sum.Comments+sum.Shares) / float64(sum.Impressions)
		}
	}
	return out, nil
}

func (a accountInquiry) shareStatistics(ctx context.Context) ([]api.ShareStatistics, error) {
	if a.limited() {
		return a.provider.api.GetDailyShareStatistics(ctx, a.token, a.author, a.interval())
	}
	return a.provider.api.GetShareStatistics(ctx, a.token, a.author)
}

// sumOf adds counts. Engagement is a ratio and cannot be added: that of the second is
// kept.
func sumOf(a, b api.ShareCounts) api.ShareCounts {
	return api.ShareCounts{
		Impressions: a.Impressions + b.Impressions, UniqueImpressions: a.Unique() + b.Unique(),
		Clicks: a.Clicks + b.Clicks, Likes: a.Likes + b.Likes, Comments: a.Comments + b.Comments,
		Shares: a.Shares + b.Shares, Engagement: b.Engagement,
	}
}

func countValues(c api.ShareCounts) map[string]any {
	values := map[string]any{}
	addCounts(values, c, true)
	return values
}

// pageFollowers reads how many followers the page has and who they are, or, of some
// days, how many it won. The total comes from another place than the rest: LinkedIn tells
// it nowhere else, and its lists are not complete.
func (a accountInquiry) pageFollowers(ctx context.Context) (partAnswer, error) {
	var out partAnswer
	followers := map[string]any{}
	total, noTotal := a.provider.api.CountFollowers(ctx, a.token, a.author)
	if noTotal == nil {
		followers["totalFollowerCount"] = total
	}
	out.values = map[string]any{figureFollowers: followers}
	rest := a.demographics
	if a.limited() {
		rest = a.followerGains
	}
	noRest := rest(ctx, &out, followers)
	switch {
	case noTotal != nil && noRest != nil:
		return partAnswer{}, noTotal
	case noTotal != nil:
		out.warnings = append(out.warnings, missing(figureFollowers+".totalFollowerCount", "the number of followers", noTotal))
	case noRest != nil:
		out.warnings = append(out.warnings, missing(figureFollowers, "more of the followers than their number", noRest))
	}
	return out, nil
}

// followerGains adds the followers that were won on the days in question.
func (a accountInquiry) followerGains(ctx context.Context, out *partAnswer, followers map[string]any) error {
	elements, err := a.provider.api.GetFollowerGains(ctx, a.token, a.author, a.interval())
	if err != nil {
		return err
	}
	var sum api.FollowerGains
	for _, e := range elements {
		if e.Gains == nil {
			continue
		}
		sum.Organic += e.Gains.Organic
		sum.Paid += e.Gains.Paid
		if e.TimeRange != nil {
			out.addDay(time.UnixMilli(e.TimeRange.Start), map[string]any{figureFollowers: gainValues(*e.Gains)})
		}
	}
	maps.Copy(followers, gainValues(sum))
	return nil
}

func gainValues(g api.FollowerGains) map[string]any {
	return map[string]any{"organicFollowerGain": g.Organic, "paidFollowerGain": g.Paid}
}

// demographics adds who follows the page. LinkedIn counts paid followers as organic ones
// too, and lists the most frequent values only: what they show of paid followers is the
// least that there can be.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/follower-statistics
func (a accountInquiry) demographics(ctx context.Context, out *partAnswer, followers map[string]any) error {
	elements, err := a.provider.api.GetFollowerStatistics(ctx, a.token, a.author)
	if err != nil {
		return err
	}
	var s api.FollowerStatistics
	if len(elements) > 0 {
		s = elements[0]
	}
	facets := map[string]any{}
	var paid int64
	for facet, groups := range map[audience.Facet][]api.FollowerGroup{
		audience.Seniorities: s.BySeniority, audience.Industries: s.ByIndustry, audience.JobFunctions: s.ByFunction,
		audience.StaffCountRanges: s.ByStaffCountRange, audience.GeoLocations: s.ByGeo, audience.Countries: s.ByGeoCountry,
		"associationTypes": s.ByAssociationType,
	} {
		list, ofThem := a.groups(facet, groups)
		facets[string(facet)] = list
		paid = max(paid, ofThem)
	}
	out.values["demographics"] = facets
	if total, known := followers["totalFollowerCount"].(int64); known {
		paid = min(paid, total)
		followers["organicFollowerCount"], followers["paidFollowerCount"] = total-paid, paid
	}
	return nil
}

// groups lists the followers by what they have in common, under its name where that is
// known, and how many of them are paid.
func (a accountInquiry) groups(facet audience.Facet, groups []api.FollowerGroup) (list []map[string]any, paid int64) {
	names := a.provider.tables().List(facet)
	list = make([]map[string]any, len(groups))
	for i, g := range groups {
		id := g.Value()
		list[i] = map[string]any{"id": id, "name": id, "followerCount": g.Counts.Organic}
		if names != nil {
			list[i]["name"] = names.Name(id)
		}
		paid += g.Counts.Paid
	}
	return list, paid
}

// pageViews reads how often the sections of the page were looked at.
func (a accountInquiry) pageViews(ctx context.Context) (partAnswer, error) {
	var out partAnswer
	elements, err := a.pageStatistics(ctx)
	if err != nil {
		return out, err
	}
	sum := map[string]any{}
	days := 0
	for _, e := range elements {
		views := map[string]any{}
		for name, n := range e.Total.Views {
			before, _ := sum[name].(int64)
			sum[name], views[name] = before+int64(n), int64(n)
		}
		if e.TimeRange != nil {
			days++
			out.addDay(time.UnixMilli(e.TimeRange.Start), map[string]any{figureViews: views})
		}
	}
	out.values = map[string]any{figureViews: sum}
	if a.daily && days < 2 {
		out.days = nil
		out.warnings = append(out.warnings, core.Warning{
			Code: core.CodeAnalytics, Field: figureViews, Message: "LinkedIn did not tell the views of the page by day.",
		})
	}
	return out, nil
}

func (a accountInquiry) pageStatistics(ctx context.Context) ([]api.PageStatistics, error) {
	if a.limited() {
		return a.provider.api.GetDailyPageStatistics(ctx, a.token, a.author, a.interval())
	}
	return a.provider.api.GetPageStatistics(ctx, a.token, a.author)
}
