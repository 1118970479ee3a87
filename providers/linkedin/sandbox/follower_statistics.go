package sandbox

import (
	"cmp"
	"maps"
	"slices"
)

// maxStatisticValues is how many values of each facet the statistics of followers tell
// of: the most frequent ones.
const maxStatisticValues = 8

// followerStatistics is the one element of organizationalEntityFollowerStatistics.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/follower-statistics
type followerStatistics struct {
	Entity            string           `json:"organizationalEntity"`
	ByAssociationType []map[string]any `json:"followerCountsByAssociationType"`
	ByFunction        []map[string]any `json:"followerCountsByFunction"`
	ByGeo             []map[string]any `json:"followerCountsByGeo"`
	ByGeoCountry      []map[string]any `json:"followerCountsByGeoCountry"`
	ByIndustry        []map[string]any `json:"followerCountsByIndustry"`
	BySeniority       []map[string]any `json:"followerCountsBySeniority"`
	ByStaffCountRange []map[string]any `json:"followerCountsByStaffCountRange"`
}

// findFollowerStatistics tells an administrator who follows a page, or, asked for
// intervals of time, how many followers it won in each.
func (s *Sandbox) findFollowerStatistics(c *call) (*reply, *problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, bad := s.statisticsPage(c, "organizationalEntity")
	if bad != nil {
		return nil, bad
	}
	if _, byTime := c.params[intervalsParam]; byTime {
		return s.answerFollowerGains(c, o)
	}
	return c.pageOf(1, func(int) (any, bool) { return o.followerStatistics(), true })
}

func (o Organization) followerStatistics() followerStatistics {
	counts := map[string]map[string]int{}
	countries, places := map[string]int{}, map[string]int{}
	for _, g := range o.audience() {
		for facet, values := range g.Facets {
			if counts[facet] == nil {
				counts[facet] = map[string]int{}
			}
			for _, v := range values {
				counts[facet][v] += g.Count
			}
		}
		if at := g.Facets[facetGeo]; len(at) > 0 {
			countries[at[0]] += g.Count
			places[at[max(0, len(at)-2)]] += g.Count // the smallest, before the continent
		}
	}
	return followerStatistics{
		Entity:            o.URN(),
		ByAssociationType: []map[string]any{},
		ByFunction:        topCounts("function", counts[facetFunctions]),
		ByGeo:             topCounts("geo", places),
		ByGeoCountry:      topCounts("geo", countries),
		ByIndustry:        topCounts("industry", counts["industries"]),
		BySeniority:       topCounts("seniority", counts["seniorities"]),
		ByStaffCountRange: topCounts("staffCountRange", counts[facetStaff]),
	}
}

// topCounts lists the most frequent values.
func topCounts(key string, counts map[string]int) []map[string]any {
	values := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	out := []map[string]any{}
	for _, v := range values[:min(len(values), maxStatisticValues)] {
		out = append(out, map[string]any{
			key:              v,
			"followerCounts": map[string]int{"organicFollowerCount": counts[v], "paidFollowerCount": 0},
		})
	}
	return out
}
