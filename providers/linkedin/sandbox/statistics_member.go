package sandbox

import (
	"slices"
)

// memberMetric is something that members may learn of their posts.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/members/post-statistics
type memberMetric struct {
	name  string
	since string // version of the API; empty: as long as there is any
	count func(Figures) int64
	// noDays tells that the metric is not there by day; noPostDays, that it is not for a
	// single post.
	noDays, noPostDays bool
}

// Versions of the API that changed the statistics of members.
const (
	memberAnalyticsSince = "202506"
	moreMetricsSince     = "202604"
	plainMetricTypeSince = "202605"
)

func memberMetrics() []memberMetric {
	return []memberMetric{
		{name: "IMPRESSION", count: func(f Figures) int64 { return f.Impressions }, noPostDays: true},
		{name: "MEMBERS_REACHED", count: func(f Figures) int64 { return f.UniqueImpressions }, noDays: true},
		{name: "RESHARE", count: func(f Figures) int64 { return f.Shares }},
		{name: "REACTION", count: func(f Figures) int64 { return f.Likes }},
		{name: "COMMENT", count: func(f Figures) int64 { return f.Comments }},
		{name: "POST_SAVE", since: moreMetricsSince, count: func(f Figures) int64 { return f.Saves }},
		{name: "POST_SEND", since: moreMetricsSince, count: func(f Figures) int64 { return f.Sends }},
		{name: "LINK_CLICKS", since: moreMetricsSince, count: func(f Figures) int64 { return f.LinkClicks }, noDays: true},
		{name: "PREMIUM_CTA_CLICKS", since: moreMetricsSince, count: func(f Figures) int64 { return f.PremiumCTAClicks }},
		{name: "FOLLOWER_GAINED_FROM_CONTENT", since: moreMetricsSince, count: func(f Figures) int64 { return f.FollowersGained }, noDays: true},
		{name: "PROFILE_VIEW_FROM_CONTENT", since: moreMetricsSince, count: func(f Figures) int64 { return f.ProfileViews }, noDays: true},
	}
}

// memberStatistics is one element of memberCreatorPostAnalytics. The type of the metric
// is a string, and was an object before.
type memberStatistics struct {
	Count  int64             `json:"count"`
	Metric any               `json:"metricType"`
	Target map[string]string `json:"targetEntity,omitempty"`
	Range  *dateRange        `json:"dateRange,omitempty"`
}

// memberQuery is a question about the posts of the member.
type memberQuery struct {
	metric memberMetric
	daily  bool
	in     span
}

// memberQuery reads and checks what the finders of memberCreatorPostAnalytics have in
// common. Apps of the development tier are told that there is no such resource.
func (c *call) memberQuery(onePost bool) (memberQuery, *problem) {
	if bad := c.memberResource(scopeMemberPostFigures); bad != nil {
		return memberQuery{}, bad
	}
	name, bad := c.text("queryType")
	if bad != nil {
		return memberQuery{}, bad
	}
	metrics := memberMetrics()
	i := slices.IndexFunc(metrics, func(m memberMetric) bool { return m.name == name && m.since <= c.version() })
	if i < 0 {
		return memberQuery{}, invalidParam("queryType", "Invalid value for param; wrong type or other syntax error")
	}
	aggregation, bad := c.oneOf("aggregation", "TOTAL", "DAILY")
	if bad != nil {
		return memberQuery{}, bad
	}
	q := memberQuery{metric: metrics[i], daily: aggregation == "DAILY"}
	if q.daily && (q.metric.noDays || (onePost && q.metric.noPostDays)) {
		return memberQuery{}, invalidParam("aggregation", "Aggregation DAILY is not supported for %s", name)
	}
	q.in, bad = c.dates()
	return q, bad
}

// memberResource checks whether the app and the version have the statistics of members,
// and whether the token may read them.
func (c *call) memberResource(scope string) *problem {
	if c.token.DevelopmentTier || c.version() < memberAnalyticsSince {
		return unknownResource(c.http.URL.EscapedPath())
	}
	if !c.token.has(scope) {
		return notPermitted(c.resource, methodFinder)
	}
	return nil
}

// findMemberPostAnalytics serves the figures of one post of the member, which is named
// by a record: (share:urn) or (ugc:urn).
func (s *Sandbox) findMemberPostAnalytics(c *call) (*reply, *problem) {
	q, bad := c.memberQuery(true)
	if bad != nil {
		return nil, bad
	}
	field, id, bad := c.memberEntity()
	if bad != nil {
		return nil, bad
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, bad := s.livePost(id)
	if bad != nil {
		return nil, bad
	}
	if p.author != c.token.personURN() {
		return nil, accessDenied("The member is not the author of " + id)
	}
	reposts := s.reposts()
	return c.memberAnswer(q, map[string]string{field: id}, func(in span) Figures { return s.figuresOf(p, in, reposts) })
}

// memberEntity reads (share:urn) or (ugc:urn).
func (c *call) memberEntity() (field, id string, bad *problem) {
	v := c.params[entityParam]
	for field, kind := range map[string]string{"share": "share", "ugc": "ugcPost"} {
		if one, there := v.record[field]; there && len(v.record) == 1 && one.kind == kindString {
			_, bad := checkURN(entityParam, one.str, kind)
			return field, one.str, bad
		}
	}
	return "", "", invalidParam(entityParam, "Parameter entity must be (share:urn) or (ugc:urn), its structure raw and the URN encoded")
}

// findMemberAnalytics serves the figures of all posts of the member.
func (s *Sandbox) findMemberAnalytics(c *call) (*reply, *problem) {
	q, bad := c.memberQuery(false)
	if bad != nil {
		return nil, bad
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	reposts, me := s.reposts(), c.token.personURN()
	return c.memberAnswer(q, nil, func(in span) Figures { return s.figuresOfAuthor(me, in, reposts) })
}

// memberAnswer counts by day or in total. What is 0 is left out.
func (c *call) memberAnswer(q memberQuery, target map[string]string, figures func(span) Figures) (*reply, *problem) {
	spans := []span{q.in}
	if q.daily {
		if q.in.to.IsZero() {
			return nil, invalidParam(dateRangeParam, "Aggregation DAILY needs a dateRange")
		}
		spans = q.in.eachDay()
	}
	elements := []any{}
	for _, in := range spans {
		if n := q.metric.count(figures(in)); n != 0 {
			elements = append(elements, memberStatistics{Count: n, Metric: c.metricType(q.metric), Target: target, Range: in.shownDates()})
		}
	}
	return c.statistics(elements)
}

func (c *call) metricType(m memberMetric) any {
	if c.version() >= plainMetricTypeSince {
		return m.name
	}
	return map[string]string{"com.linkedin.adsexternalapi.memberanalytics.v1.CreatorPostAnalyticsMetricTypeV1": m.name}
}

// memberFollowers is one element of memberFollowersCount.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/members/follower-statistics
type memberFollowers struct {
	Count int64      `json:"memberFollowersCount"`
	Range *dateRange `json:"dateRange,omitempty"`
}

func (s *Sandbox) findMemberFollowers(c *call) (*reply, *problem) {
	if bad := c.memberResource(scopeMemberProfileFigures); bad != nil {
		return nil, bad
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return c.statistics([]any{memberFollowers{Count: int64(s.people[c.token.Person].Followers)}})
}

// findMemberFollowersByDay serves the followers that the member gained on each day.
func (s *Sandbox) findMemberFollowersByDay(c *call) (*reply, *problem) {
	if bad := c.memberResource(scopeMemberProfileFigures); bad != nil {
		return nil, bad
	}
	in, bad := c.dates()
	if bad != nil {
		return nil, bad
	}
	if in.to.IsZero() {
		return nil, invalidParam(dateRangeParam, "Parameter %s is required", dateRangeParam)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	elements := []any{}
	for _, day := range in.eachDay() {
		f := s.figuresOfAuthor(c.token.personURN(), day, nil)
		elements = append(elements, memberFollowers{Count: f.FollowersGained, Range: day.shownDates()})
	}
	return c.statistics(elements)
}
