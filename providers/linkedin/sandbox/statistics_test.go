package sandbox_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// figures adds what readers did with a post.
func (b *box) figures(f sandbox.Figures) {
	b.t.Helper()
	if err := b.AddFigures(f); err != nil {
		b.t.Fatal(err)
	}
}

// elements is the answer of a finder.
func (b *box) elements(target string, edits ...edit) []any {
	b.t.Helper()
	var page struct{ Elements []any }
	b.want(http.StatusOK, "GET", target, "", edits...).decode(b.t, &page)
	return page.Elements
}

const (
	shareStatistics = "/rest/organizationalEntityShareStatistics?q=organizationalEntity&organizationalEntity="
	pageStatistics  = "/rest/organizationPageStatistics?q=organization&organization="
)

// interval is a parameter of days before the Epoch.
func interval(from, to int, granularity string) string {
	today := coretest.Epoch().Truncate(24 * time.Hour)
	return fmt.Sprintf("&timeIntervals=(timeRange:(start:%d,end:%d),timeGranularityType:%s)",
		today.AddDate(0, 0, -from).UnixMilli(), today.AddDate(0, 0, -to).UnixMilli(), granularity)
}

func day(before int) string { return coretest.Epoch().AddDate(0, 0, -before).Format(time.DateOnly) }

func TestStatisticsRules(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *sandbox.Options) { o.EveryVersion = true })
	share, foreign := b.post(nil), b.post(m{"author": sandbox.JaneURN, "commentary": "mine"})
	page, small := enc(sandbox.PageURN), enc(sandbox.SmallPageURN)
	for _, token := range []sandbox.Token{
		{Value: "DEV", Person: sandbox.JaneID, DevelopmentTier: true, Scopes: []string{"r_member_postAnalytics", "r_member_profileAnalytics"}},
	} {
		if err := b.AddToken(token); err != nil {
			t.Fatal(err)
		}
	}
	member, other, dev := token(sandbox.MemberToken), token(sandbox.OtherToken), token("DEV")
	older := func(version string) edit { return with("LinkedIn-Version", version) }
	mine := "/rest/memberCreatorPostAnalytics?q=me&aggregation=TOTAL&queryType="
	one := "/rest/memberCreatorPostAnalytics?q=entity&queryType=IMPRESSION&entity="
	followers := "/rest/memberFollowersCount?q="
	video := "/rest/videoAnalytics?q=entity&type=VIDEO_VIEW&aggregation=ALL&entity="
	const days = "(start:(year:2026,month:11,day:1),end:(year:2026,month:11,day:3))"
	for _, tt := range []struct {
		name, target string
		edits        []edit
		status       int
		contains     string
	}{
		{"a post without activity", shareStatistics + page + "&shares=List(" + enc(share) + ")", nil, 200, `"elements":[]`},
		{"a post of somebody else", shareStatistics + page + "&shares=List(" + enc(foreign) + ")", nil, 200, `"elements":[]`},
		{"all posts", shareStatistics + page, nil, 200, `"impressionCount":0`},
		{"shares as ugcPosts", shareStatistics + page + "&ugcPosts=List(" + enc(share) + ")", nil, 400, "INVALID_URN_TYPE"},
		{"an encoded list", shareStatistics + page + "&shares=" + enc("List("+share+")"), nil, 400, "List(...)"},
		{"a list of URNs that are not encoded", shareStatistics + page + "&shares=List(" + share + ")", nil, 400, "PARAM_INVALID"},
		{"an indexed list", shareStatistics + page + "&shares[0]=" + enc(share), nil, 400, "QUERY_PARAM_NOT_ALLOWED"},
		{"an empty list", shareStatistics + page + "&shares=List()", nil, 400, "1 to 100"},
		{"a list of lists", shareStatistics + page + "&shares=List(List())", nil, 400, "must be a URN"},
		{"both kinds", shareStatistics + page + "&shares=List(" + enc(share) + ")&ugcPosts=List(" + enc("urn:li:ugcPost:1") + ")", nil, 400, "cannot be combined"},
		{"posts by time", shareStatistics + page + "&shares=List(" + enc(share) + ")" + interval(9, 2, "DAY"), nil, 400, "cannot be combined"},
		{"no page", "/rest/organizationalEntityShareStatistics?q=organizationalEntity", nil, 400, "organizationalEntity"},
		{"a person", shareStatistics + enc(sandbox.JaneURN), nil, 400, "INVALID_URN_TYPE"},
		{"no role", shareStatistics + page, []edit{other}, 403, "not an administrator"},
		{"self-serve", shareStatistics + page, []edit{member}, 403, "organizationalEntityShareStatistics.FINDER"},
		{"unknown page", shareStatistics + enc("urn:li:organization:1"), nil, 403, "not an administrator of urn:li:organization:1\""},
		{"a year and a day", shareStatistics + page + interval(367, 2, "DAY"), nil, 400, "12 months"},
		{"until yesterday", shareStatistics + page + interval(9, 1, "DAY"), nil, 400, "two days ago"},
		{"by the hour", shareStatistics + page + interval(9, 2, "HOUR"), nil, 400, "timeGranularityType"},
		{"backwards", shareStatistics + page + interval(2, 9, "DAY"), nil, 400, "the start before the end"},
		{"no record", shareStatistics + page + "&timeIntervals=DAY", nil, 400, "structure raw"},
		{"a range without an end", shareStatistics + page + "&timeIntervals=(timeRange:(start:1),timeGranularityType:DAY)", nil, 400, "the start before the end"},
		{"a range of words", shareStatistics + page + "&timeIntervals=(timeRange:(start:a,end:b),timeGranularityType:DAY)", nil, 400, "milliseconds"},
		{"views", pageStatistics + page, nil, 200, `"pageStatisticsBySeniority":[]`},
		{"views of the other page", pageStatistics + small, nil, 200, `"allPageViews":{"pageViews":0}`},
		{"views without a role", pageStatistics + page, []edit{other}, 403, "not an administrator"},
		{"views, self-serve", pageStatistics + page, []edit{member}, 403, "organizationPageStatistics.FINDER"},
		{"views until yesterday", pageStatistics + page + interval(9, 1, "DAY"), nil, 400, "two days ago"},
		{"a share as a video", video + enc(share), nil, 400, "INVALID_URN_TYPE"},
		{"an unknown video", video + enc("urn:li:ugcPost:1"), nil, 404, "NOT_FOUND"},
		{"a video, self-serve", video + enc("urn:li:ugcPost:1"), []edit{member}, 403, "videoAnalytics.FINDER"},
		{"a video without a metric", "/rest/videoAnalytics?q=entity&aggregation=ALL&entity=" + enc("urn:li:ugcPost:1"), nil, 400, "type is required"},
		{"a video in an unknown metric", "/rest/videoAnalytics?q=entity&type=LIKES&entity=" + enc("urn:li:ugcPost:1"), nil, 400, "PARAM_INVALID"},
		{"a video, aggregated somehow", video[:strings.Index(video, "&type")] + "&type=VIEWER&aggregation=HOUR&entity=" + enc("urn:li:ugcPost:1"), nil, 400, "PARAM_INVALID"},
		{"a video in a bad range", video + enc("urn:li:ugcPost:1") + "&timeRange=(start:2,end:1)", nil, 400, "milliseconds"},

		{"a member's post by a bare URN", one + enc(share), nil, 400, "(share:urn)"},
		{"a member's post as another kind", one + "(ugc:" + enc(share) + ")", nil, 400, "INVALID_URN_TYPE"},
		{"a member's post, encoded record", one + enc("(share:"+share+")"), nil, 400, "(share:urn)"},
		{"a member's post of a page", one + "(share:" + enc(share) + ")", nil, 403, "not the author"},
		{"a member's post", one + "(share:" + enc(foreign) + ")", nil, 200, `"elements":[]`},
		{"a member's post, unknown", one + "(share:" + enc("urn:li:share:1") + ")", nil, 404, "NOT_FOUND"},
		{"a member's post by day", one + "(share:" + enc(foreign) + ")&aggregation=DAILY", nil, 400, "not supported for IMPRESSION"},
		{"a member's posts by day", strings.Replace(mine, "TOTAL", "DAILY", 1) + "IMPRESSION", nil, 400, "needs a dateRange"},
		{"a member's reach by day", strings.Replace(mine, "TOTAL", "DAILY", 1) + "MEMBERS_REACHED", nil, 400, "not supported for MEMBERS_REACHED"},
		{"a member's posts, self-serve", mine + "IMPRESSION", []edit{member}, 403, "memberCreatorPostAnalytics.FINDER"},
		{"a member's posts, development tier", mine + "IMPRESSION", []edit{dev}, 404, "RESOURCE_NOT_FOUND"},
		{"a member's posts, old version", mine + "IMPRESSION", []edit{older("202505")}, 404, "RESOURCE_NOT_FOUND"},
		{"a new metric", mine + "POST_SAVE", []edit{older("202604")}, 200, `"elements":[]`},
		{"a new metric, old version", mine + "POST_SAVE", []edit{older("202603")}, 400, "PARAM_INVALID"},
		{"no metric", "/rest/memberCreatorPostAnalytics?q=me", nil, 400, "queryType"},
		{"no date", mine + "REACTION&dateRange=(start:(year:2026,month:2,day:30),end:(year:2026,month:11,day:3))", nil, 400, "dateRange must be"},
		{"dates backwards", mine + "REACTION&dateRange=(start:(year:2026,month:11,day:3),end:(year:2026,month:11,day:3))", nil, 400, "the start before the end"},
		{"dates that are no record", mine + "REACTION&dateRange=2026", nil, 400, "dateRange must be"},
		{"dates of words", mine + "REACTION&dateRange=(start:(year:a,month:b,day:c),end:(year:2026,month:11,day:3))", nil, 400, "dateRange must be"},
		{"followers", followers + "me", nil, 200, `{"memberFollowersCount":480}`},
		{"followers, self-serve", followers + "me", []edit{member}, 403, "memberFollowersCount.FINDER"},
		{"followers, development tier", followers + "me", []edit{dev}, 404, "RESOURCE_NOT_FOUND"},
		{"followers by day", followers + "dateRange&dateRange=" + days, nil, 200, `"dateRange":{"start":{"year":2026,"month":11,"day":2},"end":{"year":2026,"month":11,"day":3}}`},
		{"followers by day without days", followers + "dateRange", nil, 400, "dateRange is required"},
		{"followers by day, bad days", followers + "dateRange&dateRange=1", nil, 400, "dateRange must be"},
		{"followers by day, self-serve", followers + "dateRange&dateRange=" + days, []edit{member}, 403, "memberFollowersCount.FINDER"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := b.do("GET", tt.target, "", tt.edits...)
			if a.status != tt.status || !strings.Contains(a.body, tt.contains) {
				t.Errorf("status %d, body %s; want %d with %s", a.status, a.body, tt.status, tt.contains)
			}
		})
	}
}

func TestStatisticsAddUp(t *testing.T) {
	t.Parallel()
	b := start(t)
	share := b.post(nil)
	quiet := b.post(m{"commentary": "quiet"})
	b.figures(sandbox.Figures{Post: share, Day: day(5), Impressions: 60, UniqueImpressions: 40, Clicks: 2, Likes: 1})
	b.figures(sandbox.Figures{Post: share, Day: day(5), Impressions: 20})
	b.figures(sandbox.Figures{Post: share, Day: day(3), Impressions: 20, Comments: 1, Shares: 1})
	b.figures(sandbox.Figures{Post: share, Day: day(370), Impressions: 1_000_000}) // forgotten
	b.want(http.StatusCreated, "POST", "/rest/reactions?actor="+enc(sandbox.PageURN), `{"root":"`+share+`","reactionType":"PRAISE"}`)
	b.want(http.StatusCreated, "POST", "/rest/socialActions/"+enc(share)+"/comments", `{"actor":"`+sandbox.PageURN+`","object":"`+share+`","message":{"text":"Yes"}}`)
	b.post(m{"commentary": "look", "reshareContext": m{"parent": share}})

	total := m{
		"impressionCount": 100.0, "uniqueImpressionsCount": 40.0, "clickCount": 2.0, "likeCount": 2.0, "commentCount": 2.0,
		"shareCount": 2.0, "engagement": 0.08,
	}
	want := []any{m{"organizationalEntity": sandbox.PageURN, "share": share, "totalShareStatistics": total}}
	if diff := cmp.Diff(want, b.elements(shareStatistics+enc(sandbox.PageURN)+"&shares=List("+enc(share)+","+enc(quiet)+")")); diff != "" {
		t.Errorf("statistics of posts (-want +got):\n%s", diff)
	}
	want = []any{m{"organizationalEntity": sandbox.PageURN, "totalShareStatistics": total}}
	if diff := cmp.Diff(want, b.elements(shareStatistics+enc(sandbox.PageURN))); diff != "" {
		t.Errorf("statistics of the page (-want +got):\n%s", diff)
	}
	var impressions []float64
	for _, e := range b.elements(shareStatistics + enc(sandbox.PageURN) + interval(6, 2, "DAY")) {
		impressions = append(impressions, e.(m)["totalShareStatistics"].(m)["impressionCount"].(float64))
	}
	if diff := cmp.Diff([]float64{0, 80, 0, 20}, impressions); diff != "" {
		t.Errorf("impressions by day (-want +got):\n%s", diff)
	}
	if n := len(b.elements(shareStatistics + enc(sandbox.PageURN) + interval(300, 2, "MONTH"))); n != 10 {
		t.Errorf("%d months, want 10", n)
	}
	b.want(http.StatusNoContent, "DELETE", "/rest/posts/"+enc(share), "")
	if got := b.elements(shareStatistics + enc(sandbox.PageURN) + "&shares=List(" + enc(share) + ")"); len(got) != 0 {
		t.Errorf("a deleted post has %v", got)
	}
}

func TestStatisticsOfAPageAddUp(t *testing.T) {
	t.Parallel()
	b := start(t)
	for _, v := range []sandbox.PageViews{
		{Page: sandbox.PageURN, Day: day(4), Desktop: map[string]int64{"overview": 5, "lifeAt": 1}},
		{Page: sandbox.PageURN, Day: day(4), Desktop: map[string]int64{"overview": 1}, Mobile: map[string]int64{"overview": 2}},
		{Page: sandbox.PageURN, Day: day(3), Mobile: map[string]int64{"jobs": 7}},
		{Page: sandbox.SmallPageURN, Desktop: map[string]int64{"overview": 1000}},
	} {
		if err := b.AddPageViews(v); err != nil {
			t.Fatal(err)
		}
	}
	views := func(element any) map[string]float64 {
		out := map[string]float64{}
		for name, v := range element.(m)["totalPageStatistics"].(m)["views"].(m) {
			if n := v.(m)["pageViews"].(float64); n != 0 {
				out[name] = n
			}
		}
		return out
	}
	want := map[string]float64{
		"allPageViews": 16, "allDesktopPageViews": 7, "allMobilePageViews": 9, "overviewPageViews": 8, "desktopOverviewPageViews": 6,
		"mobileOverviewPageViews": 2, "lifeAtPageViews": 1, "desktopLifeAtPageViews": 1, "jobsPageViews": 7, "mobileJobsPageViews": 7,
	}
	if diff := cmp.Diff(want, views(b.elements(pageStatistics + enc(sandbox.PageURN))[0])); diff != "" {
		t.Errorf("views (-want +got):\n%s", diff)
	}
	days := b.elements(pageStatistics + enc(sandbox.PageURN) + interval(4, 2, "DAY"))
	if len(days) != 2 {
		t.Fatalf("%d days, want 2", len(days))
	}
	if diff := cmp.Diff(map[string]float64{"allPageViews": 7, "allMobilePageViews": 7, "jobsPageViews": 7, "mobileJobsPageViews": 7}, views(days[1])); diff != "" {
		t.Errorf("views of the second day (-want +got):\n%s", diff)
	}
}

func TestStatisticsOfAVideo(t *testing.T) {
	t.Parallel()
	b := start(t)
	film := b.post(m{"content": m{"media": m{"id": b.video(sandbox.PageURN, clipOf(80_000)), "title": "Film"}}})
	b.figures(sandbox.Figures{Post: film, VideoViews: 9, VideoViewers: 4, VideoWatchTime: 61_000})
	for metric, want := range map[string]any{
		"VIDEO_VIEW": 9.0, "VIEWER": 4.0, "TIME_WATCHED": "61000", "TIME_WATCHED_FOR_VIDEO_VIEWS": "61000",
	} {
		got := b.elements("/rest/videoAnalytics?q=entity&aggregation=ALL&type=" + metric + "&entity=" + enc(film))
		if diff := cmp.Diff([]any{m{"entity": film, "statisticsType": metric, "value": want}}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", metric, diff)
		}
	}
	b.want(http.StatusForbidden, "GET", "/rest/videoAnalytics?q=entity&type=VIEWER&entity="+enc(film), "", token(sandbox.OtherToken))
	pictures := b.post(m{"commentary": "two", "content": m{"multiImage": m{"images": []m{
		{"id": b.image(sandbox.PageURN, pngOf(t, 2, 2))}, {"id": b.image(sandbox.PageURN, pngOf(t, 3, 3))},
	}}}})
	a := b.want(http.StatusBadRequest, "GET", "/rest/videoAnalytics?q=entity&type=VIEWER&entity="+enc(pictures), "")
	if !strings.Contains(a.body, "not a video") {
		t.Errorf("pictures as a video: %s", a.body)
	}
}

func TestStatisticsOfAMember(t *testing.T) {
	t.Parallel()
	b := start(t)
	post := b.post(m{"author": sandbox.JaneURN})
	b.figures(sandbox.Figures{Post: post, Day: day(5), Impressions: 7, UniqueImpressions: 6, Saves: 2, FollowersGained: 1})
	b.figures(sandbox.Figures{Post: post, Day: day(4), Impressions: 3})
	const path = "/rest/memberCreatorPostAnalytics?aggregation="
	dates := func(from, to int) string {
		one := func(before int) string {
			t := coretest.Epoch().AddDate(0, 0, -before)
			return fmt.Sprintf("(year:%d,month:%d,day:%d)", t.Year(), t.Month(), t.Day())
		}
		return "&dateRange=(start:" + one(from) + ",end:" + one(to) + ")"
	}
	jsonDate := func(before int) m {
		t := coretest.Epoch().AddDate(0, 0, -before)
		return m{"year": float64(t.Year()), "month": float64(t.Month()), "day": float64(t.Day())}
	}
	for _, tt := range []struct {
		name, target string
		edits        []edit
		want         []any
	}{
		{"a post", path + "TOTAL&q=entity&queryType=IMPRESSION&entity=(share:" + enc(post) + ")", nil, []any{
			m{"count": 10.0, "metricType": "IMPRESSION", "targetEntity": m{"share": post}},
		}},
		{"a post, in an older version", path + "TOTAL&q=entity&queryType=MEMBERS_REACHED&entity=(share:" + enc(post) + ")", []edit{with("LinkedIn-Version", "202604")}, []any{
			m{"count": 6.0, "metricType": m{"com.linkedin.adsexternalapi.memberanalytics.v1.CreatorPostAnalyticsMetricTypeV1": "MEMBERS_REACHED"}, "targetEntity": m{"share": post}},
		}},
		{"all posts", path + "TOTAL&q=me&queryType=POST_SAVE", nil, []any{m{"count": 2.0, "metricType": "POST_SAVE"}}},
		{"all posts on some days", path + "TOTAL&q=me&queryType=IMPRESSION" + dates(4, 3), nil, []any{
			m{"count": 3.0, "metricType": "IMPRESSION", "dateRange": m{"start": jsonDate(4), "end": jsonDate(3)}},
		}},
		{"all posts by day", path + "DAILY&q=me&queryType=IMPRESSION" + dates(6, 2), nil, []any{
			m{"count": 7.0, "metricType": "IMPRESSION", "dateRange": m{"start": jsonDate(5), "end": jsonDate(4)}},
			m{"count": 3.0, "metricType": "IMPRESSION", "dateRange": m{"start": jsonDate(4), "end": jsonDate(3)}},
		}},
		{"followers by day", "/rest/memberFollowersCount?q=dateRange" + dates(5, 3), nil, []any{
			m{"memberFollowersCount": 1.0, "dateRange": m{"start": jsonDate(5), "end": jsonDate(4)}},
			m{"memberFollowersCount": 0.0, "dateRange": m{"start": jsonDate(4), "end": jsonDate(3)}},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, b.at(t).elements(tt.target, tt.edits...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
