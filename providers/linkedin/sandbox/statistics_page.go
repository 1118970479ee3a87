package sandbox

import (
	"strconv"
	"strings"
)

// pageStatistics is one element of organizationPageStatistics.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/page-statistics
type pageStatistics struct {
	Organization   string     `json:"organization"`
	Range          *timeRange `json:"timeRange,omitempty"`
	Total          pageTotals `json:"totalPageStatistics"`
	*pageBreakdown            // of the lifetime only
}

type pageTotals struct {
	Views  map[string]viewCount `json:"views"`
	Clicks map[string]any       `json:"clicks"`
}

type viewCount struct {
	PageViews int64 `json:"pageViews"`
}

// pageBreakdown is who looked at a page, which this sandbox does not know.
type pageBreakdown struct {
	BySeniority       []any `json:"pageStatisticsBySeniority"`
	ByIndustry        []any `json:"pageStatisticsByIndustryV2"`
	ByStaffCountRange []any `json:"pageStatisticsByStaffCountRange"`
	ByFunction        []any `json:"pageStatisticsByFunction"`
	ByGeo             []any `json:"pageStatisticsByGeo"`
	ByGeoCountry      []any `json:"pageStatisticsByGeoCountry"`
}

// findPageStatistics serves how often a page was looked at.
func (s *Sandbox) findPageStatistics(c *call) (*reply, *problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, bad := s.statisticsPage(c, "organization")
	if bad != nil {
		return nil, bad
	}
	spans, bad := c.intervals()
	if bad != nil {
		return nil, bad
	}
	elements := make([]any, len(spans))
	for i, in := range spans {
		one := pageStatistics{
			Organization: o.URN(), Range: in.shown(),
			Total: pageTotals{Views: s.viewsOf(o, in), Clicks: map[string]any{}},
		}
		if one.Range == nil {
			one.pageBreakdown = &pageBreakdown{[]any{}, []any{}, []any{}, []any{}, []any{}, []any{}}
		}
		elements[i] = one
	}
	return c.statistics(elements)
}

// followerGains is how many followers a page won in a time: those that a test has set for
// its posts.
type followerGains struct {
	Entity string     `json:"organizationalEntity"`
	Range  *timeRange `json:"timeRange"`
	Gains  gainCounts `json:"followerGains"`
}

type gainCounts struct {
	Organic int64 `json:"organicFollowerGain"`
	Paid    int64 `json:"paidFollowerGain"`
}

func (s *Sandbox) answerFollowerGains(c *call, o Organization) (*reply, *problem) {
	spans, bad := c.intervals()
	if bad != nil {
		return nil, bad
	}
	elements := make([]any, len(spans))
	for i, in := range spans {
		gained := s.figuresOfAuthor(o.URN(), in, nil).FollowersGained
		elements[i] = followerGains{Entity: o.URN(), Range: in.shown(), Gains: gainCounts{Organic: gained}}
	}
	return c.statistics(elements)
}

// viewsOf sums up the views of a page's sections, by device and together.
func (s *Sandbox) viewsOf(o Organization, in span) map[string]viewCount {
	out := map[string]viewCount{}
	add := func(name string, n int64) { out[name+"PageViews"] = viewCount{out[name+"PageViews"].PageViews + n} }
	for _, section := range pageSections() {
		title := strings.ToUpper(section[:1]) + section[1:]
		for device, all := range map[string]string{"desktop": "allDesktop", "mobile": "allMobile"} {
			n := s.pageViewsOf(o, in, viewCounter{device, section})
			for _, name := range []string{section, device + title, all, "all"} {
				add(name, n)
			}
		}
	}
	return out
}

func (s *Sandbox) pageViewsOf(o Organization, in span, at viewCounter) int64 {
	var sum int64
	for day, views := range s.pageViews[strconv.FormatInt(o.ID, 10)] {
		if in.holdsDay(day) {
			sum += views[at]
		}
	}
	return sum
}
