package sandbox

import (
	"slices"
	"strings"
	"time"
)

// statisticsResources is what tells how posts, pages and members fare.
func statisticsResources() map[string]resource {
	finder := func(name string, serve func(*Sandbox, *call) (*reply, *problem), params ...string) resource {
		return resource{finders: map[string]endpoint{name: {params, serve}}}
	}
	return map[string]resource{
		"organizationalEntityShareStatistics": finder("organizationalEntity", (*Sandbox).findShareStatistics,
			"organizationalEntity", "shares", "ugcPosts", intervalsParam),
		"organizationPageStatistics": finder("organization", (*Sandbox).findPageStatistics, "organization", intervalsParam),
		"videoAnalytics": finder("entity", (*Sandbox).findVideoAnalytics,
			entityParam, "type", "aggregation", "timeRange"),
		"memberCreatorPostAnalytics": {finders: map[string]endpoint{
			entityParam: {[]string{entityParam, "queryType", "aggregation", dateRangeParam}, (*Sandbox).findMemberPostAnalytics},
			"me":        {[]string{"queryType", "aggregation", dateRangeParam}, (*Sandbox).findMemberAnalytics},
		}},
		"memberFollowersCount": {finders: map[string]endpoint{
			"me":           {nil, (*Sandbox).findMemberFollowers},
			dateRangeParam: {[]string{dateRangeParam}, (*Sandbox).findMemberFollowersByDay},
		}},
	}
}

const (
	entityParam      = "entity"
	statisticsMonths = 12  // for which statistics reach back
	maxStatisticIDs  = 100 // posts in one query
)

// statisticsPage checks that the token may read the statistics of the page that a
// parameter names, and returns it. The caller holds the lock.
func (s *Sandbox) statisticsPage(c *call, param string) (Organization, *problem) {
	if !c.token.has(adminScopes()...) {
		return Organization{}, notPermitted(c.resource, methodFinder)
	}
	id, bad := c.text(param)
	if bad != nil {
		return Organization{}, bad
	}
	u, bad := checkURN(param, id, "organization")
	if bad != nil {
		return Organization{}, bad
	}
	o, known := s.organizations[u.ID]
	if !known || !o.hasRole(c.token.Person, roleAdministrator) {
		return Organization{}, accessDenied("Viewer is not an administrator of " + id)
	}
	return o, nil
}

// shareStatistics is one element of organizationalEntityShareStatistics.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/share-statistics
type shareStatistics struct {
	Entity  string      `json:"organizationalEntity"`
	Share   string      `json:"share,omitempty"`
	UGCPost string      `json:"ugcPost,omitempty"`
	Range   *timeRange  `json:"timeRange,omitempty"`
	Total   shareCounts `json:"totalShareStatistics"`
}

type shareCounts struct {
	Impressions       int64   `json:"impressionCount"`
	UniqueImpressions int64   `json:"uniqueImpressionsCount"`
	Clicks            int64   `json:"clickCount"`
	Likes             int64   `json:"likeCount"`
	Comments          int64   `json:"commentCount"`
	Shares            int64   `json:"shareCount"`
	Engagement        float64 `json:"engagement"`
}

// shareCounts computes what LinkedIn tells of the figures.
func (f Figures) shareCounts() shareCounts {
	out := shareCounts{
		Impressions: f.Impressions, UniqueImpressions: f.UniqueImpressions, Clicks: f.Clicks,
		Likes: f.Likes, Comments: f.Comments, Shares: f.Shares,
	}
	if f.Impressions > 0 {
		out.Engagement = float64(f.Clicks+f.Likes+f.Comments+f.Shares) / float64(f.Impressions)
	}
	return out
}

// findShareStatistics serves the statistics of a page's posts: of single ones, of
// all since the page began, or of all by intervals of time. A post without activity
// is left out.
func (s *Sandbox) findShareStatistics(c *call) (*reply, *problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, bad := s.statisticsPage(c, "organizationalEntity")
	if bad != nil {
		return nil, bad
	}
	_, shares := c.params["shares"]
	_, ugcPosts := c.params["ugcPosts"]
	_, intervals := c.params[intervalsParam]
	switch {
	case shares && ugcPosts, intervals && (shares || ugcPosts):
		return nil, illegalArgument("shares, ugcPosts and timeIntervals cannot be combined")
	case shares:
		return s.answerPostStatistics(c, o, "shares", "share")
	case ugcPosts:
		return s.answerPostStatistics(c, o, "ugcPosts", "ugcPost")
	}
	spans, bad := c.intervals()
	if bad != nil {
		return nil, bad
	}
	reposts := s.reposts()
	elements := make([]any, len(spans))
	for i, in := range spans {
		elements[i] = shareStatistics{
			Entity: o.URN(), Range: in.shown(),
			Total: s.figuresOfAuthor(o.URN(), in, reposts).shareCounts(),
		}
	}
	return c.statistics(elements)
}

func (s *Sandbox) answerPostStatistics(c *call, o Organization, param, kind string) (*reply, *problem) {
	ids, bad := c.urnList(param, kind)
	if bad != nil {
		return nil, bad
	}
	reposts, life := s.reposts(), lifetime(c.now)
	elements := []any{}
	for _, id := range ids {
		p, known := s.postsByURN[id]
		if !known || !p.deleted.IsZero() || p.author != o.URN() {
			continue
		}
		figures := s.figuresOf(p, life, reposts)
		if figures == (Figures{Post: id}) {
			continue
		}
		one := shareStatistics{Entity: o.URN(), Total: figures.shareCounts()}
		if kind == "share" {
			one.Share = id
		} else {
			one.UGCPost = id
		}
		elements = append(elements, one)
	}
	return c.statistics(elements)
}

// urnList returns a parameter that is a list of URNs of one kind.
func (c *call) urnList(name, kind string) ([]string, *problem) {
	v := c.params[name]
	if v.kind != kindList || len(v.list) == 0 || len(v.list) > maxStatisticIDs {
		return nil, invalidParam(name, "Parameter %s must be List(...) of 1 to %d URNs, its structure raw and each URN encoded", name, maxStatisticIDs)
	}
	out := make([]string, len(v.list))
	for i, item := range v.list {
		if item.kind != kindString {
			return nil, invalidParam(name, "Each of %s must be a URN", name)
		}
		if _, bad := checkURN(name, item.str, kind); bad != nil {
			return nil, bad
		}
		out[i] = item.str
	}
	return out, nil
}

// statistics answers with all elements at once: these finders have no pages.
func (c *call) statistics(elements []any) (*reply, *problem) {
	return ok(page{Elements: elements, Paging: paging{Count: max(defaultPageSize, len(elements)), Links: []link{}}}), nil
}

// reposts lists when each post was reposted, by the URN of the post. The caller
// holds the lock.
func (s *Sandbox) reposts() map[string][]time.Time {
	out := map[string][]time.Time{}
	for _, p := range s.posts {
		if p.parent != "" && p.deleted.IsZero() {
			out[p.parent] = append(out[p.parent], p.created)
		}
	}
	return out
}

// figuresOf sums up what happened to a post within a span: what a test has set, and
// what the sandbox has seen. The caller holds the lock.
func (s *Sandbox) figuresOf(p *post, in span, reposts map[string][]time.Time) Figures {
	sum := Figures{Post: p.urn}
	for day, f := range p.figures {
		if in.holdsDay(day) {
			sum.add(f)
		}
	}
	for _, at := range reposts[p.urn] {
		sum.Shares += in.count(at)
	}
	for _, c := range p.thread.comments {
		if c.deleted.IsZero() {
			sum.Comments += in.count(c.created)
		}
	}
	for _, r := range (subject{post: p}).reactions() {
		sum.Likes += in.count(r.created)
	}
	return sum
}

// figuresOfAuthor sums up what happened to all posts of an author.
func (s *Sandbox) figuresOfAuthor(author string, in span, reposts map[string][]time.Time) Figures {
	var sum Figures
	for _, p := range s.posts {
		if p.author == author && p.deleted.IsZero() {
			sum.add(s.figuresOf(p, in, reposts))
		}
	}
	return sum
}

// videoStatistics is one element of videoAnalytics. Its value is a number or a string
// of digits.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/video-analytics
type videoStatistics struct {
	Entity string     `json:"entity"`
	Type   string     `json:"statisticsType"`
	Range  *timeRange `json:"timeRange,omitempty"`
	Value  any        `json:"value"`
}

// findVideoAnalytics serves the figures of a video, which belongs to a page and is
// named by its ugcPost.
func (s *Sandbox) findVideoAnalytics(c *call) (*reply, *problem) {
	if !c.token.has(scopePageRead) {
		return nil, notPermitted(c.resource, methodFinder)
	}
	id, bad := c.text(entityParam)
	if bad != nil {
		return nil, bad
	}
	if _, bad := checkURN(entityParam, id, "ugcPost"); bad != nil {
		return nil, bad
	}
	kind, bad := c.oneOf("type", "", "VIDEO_VIEW", "VIEWER", "TIME_WATCHED", "TIME_WATCHED_FOR_VIDEO_VIEWS")
	if bad != nil {
		return nil, bad
	}
	if kind == "" {
		return nil, invalidParam("type", "Parameter type is required")
	}
	if _, bad := c.oneOf("aggregation", "ALL"); bad != nil {
		return nil, bad
	}
	in := lifetime(c.now)
	if v, there := c.params["timeRange"]; there {
		if in, bad = readRange("timeRange", v); bad != nil {
			return nil, bad
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, bad := s.livePost(id)
	if bad != nil {
		return nil, bad
	}
	if bad := s.mayRead(c.token, p.author, methodFinder); bad != nil {
		return nil, bad
	}
	if !slices.ContainsFunc(p.media, func(m postMedia) bool { return m.kind == kindVideo }) {
		return nil, invalidParam(entityParam, "Entity %s is not a video", id)
	}
	return c.statistics([]any{videoStatistics{Entity: id, Type: kind, Range: in.shown(), Value: s.figuresOf(p, in, nil).video(kind)}})
}

func (f Figures) video(kind string) any {
	switch {
	case kind == "VIDEO_VIEW":
		return f.VideoViews
	case kind == "VIEWER":
		return f.VideoViewers
	case strings.HasPrefix(kind, "TIME_WATCHED"):
		return jsonDigits(f.VideoWatchTime)
	}
	return nil
}
