package linkedin_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
	"github.com/crier-social/crier/providers/providertest"
)

func (f *fixture) accountAnalytics(a providertest.Author, q core.AnalyticsQuery) core.Analytics {
	f.t.Helper()
	got, err := f.provider.AccountAnalytics(f.t.Context(), f.session(a), q)
	if err != nil {
		f.t.Fatal(err)
	}
	return got
}

func (f *fixture) pageViews(views ...sandbox.PageViews) {
	f.t.Helper()
	for _, v := range views {
		if err := f.Sandbox.AddPageViews(v); err != nil {
			f.t.Fatal(err)
		}
	}
}

// pick returns some members of an object.
func pick(values any, names ...string) map[string]any {
	out := map[string]any{}
	object, _ := values.(map[string]any)
	for _, name := range names {
		out[name] = object[name]
	}
	return out
}

func TestAccountAnalyticsOfAPage(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	first, second := f.minuteLater(pageDemo(), "One"), f.minuteLater(pageDemo(), "Two")
	f.figures(
		sandbox.Figures{Post: first, Impressions: 60, UniqueImpressions: 50, Clicks: 3, Likes: 2},
		sandbox.Figures{Post: second, Impressions: 40, UniqueImpressions: 30, Comments: 1, Shares: 2},
	)
	f.pageViews(sandbox.PageViews{Page: sandbox.PageURN, Desktop: map[string]int64{"overview": 4, "lifeAt": 1}, Mobile: map[string]int64{"overview": 2}})
	got := f.accountAnalytics(pageDemo(), core.AnalyticsQuery{})
	want := map[string]any{
		"impressionCount": int64(100), "uniqueImpressionsCount": int64(80), "clickCount": int64(3), "likeCount": int64(2),
		"commentCount": int64(1), "shareCount": int64(2), "engagement": 0.08,
		"followers": map[string]any{"totalFollowerCount": int64(5000), "organicFollowerCount": int64(5000), "paidFollowerCount": int64(0)},
	}
	values := map[string]any{}
	for name := range want {
		values[name] = got.Values[name]
	}
	if diff := cmp.Diff(want, values); diff != "" || len(got.Warnings) != 0 {
		t.Errorf("%+v (-want +got):\n%s", got.Warnings, diff)
	}
	if diff := cmp.Diff([]string{
		"clickCount", "commentCount", "demographics", "engagement", "followers", "impressionCount", "likeCount", "shareCount",
		"uniqueImpressionsCount", "views",
	}, keys(got.Values)); diff != "" {
		t.Errorf("figures (-want +got):\n%s", diff)
	}
	views := pick(got.Values["views"], "allPageViews", "allDesktopPageViews", "overviewPageViews", "mobileOverviewPageViews", "desktopLifeAtPageViews", "jobsPageViews")
	if diff := cmp.Diff(map[string]any{
		"allPageViews": int64(7), "allDesktopPageViews": int64(5), "overviewPageViews": int64(6), "mobileOverviewPageViews": int64(2),
		"desktopLifeAtPageViews": int64(1), "jobsPageViews": int64(0),
	}, views); diff != "" {
		t.Errorf("views (-want +got):\n%s", diff)
	}
}

// Every name of a page's views that clients know is there.
func TestAccountAnalyticsNamesEveryView(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	views, _ := f.accountAnalytics(pageDemo(), core.AnalyticsQuery{}).Values["views"].(map[string]any)
	want := []string{"allDesktopPageViews", "allMobilePageViews", "allPageViews"}
	for _, section := range []string{"About", "Careers", "Insights", "Jobs", "LifeAt", "Overview", "People", "Products"} {
		want = append(want, strings.ToLower(section[:1])+section[1:]+"PageViews", "desktop"+section+"PageViews", "mobile"+section+"PageViews")
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, keys(views)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAccountAnalyticsShowsWhoFollows(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.Next(t, "GET /rest/organizationalEntityFollowerStatistics", sandbox.Respond(http.StatusOK, `{"elements":[{
		"followerCountsBySeniority":[{"seniority":"urn:li:seniority:4","followerCounts":{"organicFollowerCount":30,"paidFollowerCount":1}},
			{"seniority":"urn:li:seniority:999","followerCounts":{"organicFollowerCount":20,"paidFollowerCount":2}}],
		"followerCountsByStaffCountRange":[{"staffCountRange":"SIZE_51_TO_200","followerCounts":{"organicFollowerCount":9,"paidFollowerCount":0}}],
		"followerCountsByAssociationType":[{"associationType":"EMPLOYEE","followerCounts":{"organicFollowerCount":7,"paidFollowerCount":0}}]}]}`))
	values := f.accountAnalytics(pageDemo(), core.AnalyticsQuery{}).Values
	want := map[string]any{"totalFollowerCount": int64(5000), "organicFollowerCount": int64(4997), "paidFollowerCount": int64(3)}
	if diff := cmp.Diff(any(want), values["followers"]); diff != "" {
		t.Errorf("followers (-want +got):\n%s", diff)
	}
	type list = []map[string]any
	facets := map[string]any{
		"seniorities": list{
			{"id": "urn:li:seniority:4", "name": "Senior", "followerCount": int64(30)},
			{"id": "urn:li:seniority:999", "name": "urn:li:seniority:999", "followerCount": int64(20)},
		},
		"staffCountRanges": list{{"id": "SIZE_51_TO_200", "name": "51-200 employees", "followerCount": int64(9)}},
		"associationTypes": list{{"id": "EMPLOYEE", "name": "EMPLOYEE", "followerCount": int64(7)}},
		"industries":       list{}, "jobFunctions": list{}, "geoLocations": list{}, "countries": list{},
	}
	if diff := cmp.Diff(any(facets), values["demographics"]); diff != "" {
		t.Errorf("demographics (-want +got):\n%s", diff)
	}
}

func TestAccountAnalyticsByTime(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	urn := f.minuteLater(pageDemo(), "x")
	f.figures(
		sandbox.Figures{Post: urn, Day: f.daysAgo(3), Impressions: 10, UniqueImpressions: 9, Clicks: 1, FollowersGained: 4},
		sandbox.Figures{Post: urn, Day: f.daysAgo(60), Impressions: 30, UniqueImpressions: 9, Likes: 3, FollowersGained: 2},
		sandbox.Figures{Post: urn, Day: f.daysAgo(120), Impressions: 500},
		sandbox.Figures{Post: urn, Day: f.daysAgo(0), Impressions: 7000}, // too new
	)
	f.pageViews(
		sandbox.PageViews{Page: sandbox.PageURN, Day: f.daysAgo(3), Mobile: map[string]int64{"jobs": 2}},
		sandbox.PageViews{Page: sandbox.PageURN, Day: f.daysAgo(200), Mobile: map[string]int64{"jobs": 90}},
	)
	followers := map[string]any{"totalFollowerCount": int64(5000), "organicFollowerGain": int64(6), "paidFollowerGain": int64(0)}
	for _, tt := range []struct {
		name        string
		q           core.AnalyticsQuery
		days        int
		impressions int64
		engagement  float64
		jobs        int64
		start       string
	}{
		{"a quarter", core.AnalyticsQuery{Quarters: 1}, 0, 40, 0.1, 2, "2026-08-21"},
		{"a quarter by day", core.AnalyticsQuery{Quarters: 1, Daily: true}, 89, 40, 0.1, 2, "2026-08-21"},
		{"days of no quarter", core.AnalyticsQuery{Daily: true}, 89, 40, 0.1, 2, "2026-08-21"},
		{"two quarters", core.AnalyticsQuery{Quarters: 2}, 0, 540, 4.0 / 540, 2, "2026-05-21"},
		{"a year by day", core.AnalyticsQuery{Quarters: 4, Daily: true}, 362, 540, 4.0 / 540, 92, "2025-11-21"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := f.accountAnalytics(pageDemo(), tt.q)
			values := got.Values
			want := map[string]any{
				"impressionCount": tt.impressions, "uniqueImpressionsCount": nil, "engagement": tt.engagement, "demographics": nil,
				"followers": followers, "timeRange": map[string]any{"start": tt.start, "end": "2026-11-18"},
			}
			if diff := cmp.Diff(want, pick(values, keys(want)...)); diff != "" || len(got.Warnings) != 0 {
				t.Errorf("%+v (-want +got):\n%s", got.Warnings, diff)
			}
			if jobs := pick(values["views"], "mobileJobsPageViews")["mobileJobsPageViews"]; jobs != tt.jobs {
				t.Errorf("%v views of jobs, want %d", jobs, tt.jobs)
			}
			daily, _ := values["daily"].([]map[string]any)
			if len(daily) != tt.days {
				t.Fatalf("%d days, want %d", len(daily), tt.days)
			}
			if tt.days == 0 {
				return
			}
			last := daily[len(daily)-1]
			wantDay := map[string]any{
				"date": "2026-11-17", "impressionCount": int64(10), "uniqueImpressionsCount": int64(9), "clickCount": int64(1), "engagement": 0.1,
				"followers": map[string]any{"organicFollowerGain": int64(4), "paidFollowerGain": int64(0)},
			}
			if diff := cmp.Diff(wantDay, pick(last, keys(wantDay)...)); diff != "" {
				t.Errorf("last day (-want +got):\n%s", diff)
			}
			if first := daily[0]["date"]; first != tt.start {
				t.Errorf("first day %v, want %s", first, tt.start)
			}
		})
	}
}

// LinkedIn does not always keep the days of a page's views apart.
func TestAccountAnalyticsWithoutDaysOfViews(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.Next(t, "GET /rest/organizationPageStatistics", sandbox.Respond(http.StatusOK,
		`{"elements":[{"totalPageStatistics":{"views":{"allPageViews":12,"jobsPageViews":{"pageViews":5,"uniquePageViews":4}}}}]}`))
	got := f.accountAnalytics(pageDemo(), core.AnalyticsQuery{Daily: true})
	if diff := cmp.Diff(any(map[string]any{"allPageViews": int64(12), "jobsPageViews": int64(5)}), got.Values["views"]); diff != "" {
		t.Errorf("views (-want +got):\n%s", diff)
	}
	if !slices.Equal(fields(got.Warnings), []string{"views"}) || !strings.Contains(got.Warnings[0].Message, "by day") {
		t.Errorf("%+v", got.Warnings)
	}
}

func TestAccountAnalyticsFollowsPages(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const element = `{"elements":[{"totalShareStatistics":{"impressionCount":7}}],"paging":{"links":[`
	f.Next(t, "GET /rest/organizationalEntityShareStatistics",
		sandbox.Respond(http.StatusOK, element+`{"rel":"next","href":"/rest/x?start=10&count=10"}]}}`),
		sandbox.Respond(http.StatusOK, element+`]}}`))
	if n := f.accountAnalytics(pageDemo(), core.AnalyticsQuery{}).Values["impressionCount"]; n != int64(14) {
		t.Errorf("%v impressions, want those of both pages", n)
	}
}

func TestAccountAnalyticsDegrades(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		faults   []string
		lost     []string // figures
		warnings []string
	}{
		{"no statistics of posts", []string{"organizationalEntityShareStatistics"}, []string{"impressionCount", "engagement"}, []string{"impressionCount"}},
		{"no views", []string{"organizationPageStatistics"}, []string{"views"}, []string{"views"}},
		{"no number of followers", []string{"networkSizes"}, []string{"followers.organicFollowerCount"}, []string{"followers.totalFollowerCount"}},
		{"no statistics of followers", []string{"organizationalEntityFollowerStatistics"}, []string{"demographics"}, []string{"followers"}},
		{"nothing of followers", []string{"networkSizes", "organizationalEntityFollowerStatistics"}, []string{"followers", "demographics"}, []string{"followers"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			for _, resource := range tt.faults {
				f.Next(t, "GET /rest/"+resource+"*", respond(http.StatusServiceUnavailable, -1))
			}
			got := f.accountAnalytics(pageDemo(), core.AnalyticsQuery{})
			for _, figure := range tt.lost {
				if _, there := got.Values[figure]; there {
					t.Errorf("%s is there", figure)
				}
			}
			if diff := cmp.Diff(tt.warnings, fields(got.Warnings)); diff != "" || len(got.Values) == 0 {
				t.Errorf("%v (-want +got):\n%s", got.Values, diff)
			}
		})
	}
}

// Who has no role on a page learns the number of its followers, and what is missing for
// the rest.
func TestAccountAnalyticsWithoutARole(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	got := f.accountAnalytics(author(sandbox.PageURN, sandbox.OtherToken), core.AnalyticsQuery{})
	want := map[string]any{"followers": map[string]any{"totalFollowerCount": int64(5000)}}
	if diff := cmp.Diff(want, got.Values) + cmp.Diff([]string{"impressionCount", "followers", "views"}, fields(got.Warnings)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, w := range got.Warnings {
		if !strings.Contains(w.Message, "ADMINISTRATOR") {
			t.Errorf("warning %+v does not name the role", w)
		}
	}
}

func TestAccountAnalyticsFails(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	development := f.granted(sandbox.JaneURN, true, "r_member_postAnalytics", "r_member_profileAnalytics")
	for _, tt := range []struct {
		name           string
		as             providertest.Author
		q              core.AnalyticsQuery
		kind           core.Kind
		code           core.Code
		message, field string
	}{
		{"self-serve", author(sandbox.PageURN, sandbox.MemberToken), core.AnalyticsQuery{}, core.KindForbidden, core.CodeAnalytics, "rw_organization_admin", ""},
		{"a person, self-serve", jane(), core.AnalyticsQuery{Daily: true}, core.KindForbidden, core.CodeAnalytics, "r_member_postAnalytics", ""},
		{"a person, development tier", development, core.AnalyticsQuery{}, core.KindForbidden, core.CodeAnalytics, "does not offer", ""},
		{"revoked", author(sandbox.PageURN, sandbox.RevokedToken), core.AnalyticsQuery{}, core.KindAuth, core.CodeAccountRelink, "revoked", ""},
		{"five quarters", pageDemo(), core.AnalyticsQuery{Quarters: 5}, core.KindInvalid, core.CodeParameters, "4 quarters", "quarters"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := f.provider.AccountAnalytics(t.Context(), f.session(tt.as), tt.q)
			e := core.AsError(err)
			if e.Kind != tt.kind || core.CodeOf(e) != tt.code || !strings.Contains(e.Message, tt.message) || e.Field != tt.field {
				t.Errorf("%+v; want %s %d with %q", e, tt.kind, tt.code, tt.message)
			}
		})
	}
}

func TestAccountAnalyticsOfAPerson(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	urn := f.minuteLater(janeManaged(), "x")
	f.figures(
		sandbox.Figures{Post: urn, Day: f.daysAgo(5), Impressions: 9, UniqueImpressions: 8, Likes: 2, LinkClicks: 3, FollowersGained: 1},
		sandbox.Figures{Post: urn, Day: f.daysAgo(4), Impressions: 1, Saves: 2},
		sandbox.Figures{Post: urn, Day: f.daysAgo(200), Impressions: 100},
	)
	got := f.accountAnalytics(janeManaged(), core.AnalyticsQuery{})
	want := map[string]any{
		"impressionCount": int64(110), "uniqueImpressionsCount": int64(8), "likeCount": int64(2), "commentCount": int64(0), "shareCount": int64(0),
		"saveCount": int64(2), "sendCount": int64(0), "linkClickCount": int64(3), "premiumCtaClickCount": int64(0),
		"followersGainedCount": int64(1), "profileViewCount": int64(0),
		"followers": map[string]any{"totalFollowerCount": int64(480)},
	}
	if diff := cmp.Diff(core.Analytics{Values: want}, got); diff != "" {
		t.Errorf("all there is (-want +got):\n%s", diff)
	}
	got = f.accountAnalytics(janeManaged(), core.AnalyticsQuery{Quarters: 1, Daily: true})
	daily, _ := got.Values["daily"].([]map[string]any)
	byDate := map[string]map[string]any{}
	for _, day := range daily {
		byDate[day["date"].(string)] = day
	}
	wantDays := map[string]map[string]any{
		f.daysAgo(5): {"date": f.daysAgo(5), "impressionCount": int64(9), "likeCount": int64(2), "followers": map[string]any{"memberFollowersCount": int64(1)}},
		f.daysAgo(4): {"date": f.daysAgo(4), "impressionCount": int64(1), "saveCount": int64(2), "followers": map[string]any{"memberFollowersCount": int64(0)}},
	}
	for date, day := range wantDays {
		if diff := cmp.Diff(day, byDate[date]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", date, diff)
		}
	}
	if n := got.Values["impressionCount"]; n != int64(10) || got.Values["linkClickCount"] != int64(3) || len(got.Warnings) != 0 || len(daily) != 89 {
		t.Errorf("%v impressions, %v link clicks on %d days: %+v", n, got.Values["linkClickCount"], len(daily), got.Warnings)
	}
}

func TestAccountAnalyticsOfAPersonDegrades(t *testing.T) {
	t.Parallel()
	t.Run("no followers", func(t *testing.T) {
		t.Parallel()
		f := newFixture(t)
		got := f.accountAnalytics(f.granted(sandbox.JaneURN, false, "r_member_postAnalytics"), core.AnalyticsQuery{})
		if _, there := got.Values["followers"]; there || !slices.Equal(fields(got.Warnings), []string{"followers"}) || !strings.Contains(got.Warnings[0].Message, "r_member_profileAnalytics") {
			t.Errorf("%+v", got)
		}
	})
	t.Run("followers alone", func(t *testing.T) {
		t.Parallel()
		f := newFixture(t)
		got := f.accountAnalytics(f.granted(sandbox.JaneURN, false, "r_member_profileAnalytics"), core.AnalyticsQuery{})
		if diff := cmp.Diff([]string{"followers"}, keys(got.Values)); diff != "" || len(got.Warnings) != 1 {
			t.Errorf("%s%+v", diff, got.Warnings)
		}
		if n := f.count(http.MethodGet, "/rest/memberCreatorPostAnalytics"); n != 1 {
			t.Errorf("%d calls, want one: the scope is missing for every metric", n)
		}
	})
	t.Run("no followers by day, and one metric that is not there", func(t *testing.T) {
		t.Parallel()
		f := newFixture(t)
		f.Next(t, "GET /rest/memberFollowersCount?*q=dateRange*", respond(http.StatusBadRequest, -1))
		f.Next(t, "GET /rest/memberCreatorPostAnalytics?*queryType=COMMENT*", respond(http.StatusBadRequest, -1))
		got := f.accountAnalytics(janeManaged(), core.AnalyticsQuery{Daily: true})
		if diff := cmp.Diff([]string{"commentCount", "followers"}, fields(got.Warnings)); diff != "" {
			t.Errorf("warnings (-want +got):\n%s", diff)
		}
	})
	t.Run("an old version", func(t *testing.T) {
		t.Parallel()
		f := newFixture(t)
		p := newProvider(t, linkedin.Config{APIURL: f.URL, Version: "202505"}, f.deps)
		_, err := p.AccountAnalytics(t.Context(), f.session(janeManaged()), core.AnalyticsQuery{})
		if e := core.AsError(err); e.Kind != core.KindUnsupported || !strings.Contains(e.Help, "202506") {
			t.Errorf("%+v", e)
		}
	})
}
