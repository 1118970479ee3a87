package linkedin_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin"
	"github.com/crier-social/crier/providers/linkedin/linkedintest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
	"github.com/crier-social/crier/providers/providertest"
)

// janeManaged is Jane with the token of a Community Management app.
func janeManaged() providertest.Author { return author(sandbox.JaneURN, sandbox.PageToken) }

// minuteLater publishes a text and returns its URN. Each is published a minute after the one
// before.
func (f *fixture) minuteLater(a providertest.Author, text string) string {
	f.t.Helper()
	f.clock.Advance(time.Minute)
	return f.publish(f.plan(a, core.Draft{Text: text}), f.session(a)).URN
}

// filmed publishes a video.
func (f *fixture) filmed(a providertest.Author) string {
	f.t.Helper()
	return f.publish(f.plan(a, filmDraft("")), f.session(a, film(75_000))).URN
}

func (f *fixture) figures(figures ...sandbox.Figures) {
	f.t.Helper()
	for _, one := range figures {
		if err := f.Sandbox.AddFigures(one); err != nil {
			f.t.Fatal(err)
		}
	}
}

// daysAgo is a day of figures.
func (f *fixture) daysAgo(n int) string { return f.clock.Now().AddDate(0, 0, -n).Format(time.DateOnly) }

// react reacts to a post as somebody.
func (f *fixture) react(as, post, kind string, token core.Secret) {
	f.t.Helper()
	f.write("/rest/reactions?actor="+url.QueryEscape(as), fmt.Sprintf(`{"root":%q,"reactionType":%q}`, post, kind), token)
}

func (f *fixture) commentAs(as, post, text string, token core.Secret) {
	f.t.Helper()
	f.write("/rest/socialActions/"+url.QueryEscape(post)+"/comments",
		fmt.Sprintf(`{"actor":%q,"object":%q,"message":{"text":%q}}`, as, post, text), token)
}

// write makes a call that creates something, past the adapter.
func (f *fixture) write(path, body string, token core.Secret) {
	f.t.Helper()
	r, err := http.NewRequestWithContext(f.t.Context(), http.MethodPost, f.URL+path, strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	for name, value := range map[string]string{
		"Authorization": "Bearer " + string(token), "LinkedIn-Version": linkedin.DefaultVersion,
		"X-Restli-Protocol-Version": "2.0.0", "Content-Type": "application/json",
	} {
		r.Header.Set(name, value)
	}
	resp, err := f.deps.HTTP.Do(r)
	if err != nil {
		f.t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusCreated {
		f.t.Fatalf("POST %s: %s (%v)", path, resp.Status, err)
	}
}

// granted is Jane with a token of some scopes.
func (f *fixture) granted(urn string, developmentTier bool, scopes ...string) providertest.Author {
	f.t.Helper()
	token := sandbox.Token{Value: "GRANTED", Person: sandbox.JaneID, Scopes: scopes, DevelopmentTier: developmentTier}
	if err := f.Sandbox.AddToken(token); err != nil {
		f.t.Fatal(err)
	}
	return author(urn, core.Secret(token.Value))
}

func (f *fixture) postAnalytics(a providertest.Author, urns ...string) (map[string]core.Analytics, error) {
	return f.provider.PostAnalytics(f.t.Context(), f.session(a), urns)
}

// analyticsOf wants the figures of one post.
func (f *fixture) analyticsOf(a providertest.Author, urn string) core.Analytics {
	f.t.Helper()
	got, err := f.postAnalytics(a, urn)
	if err != nil {
		f.t.Fatal(err)
	}
	one, there := got[urn]
	if !there || len(got) != 1 {
		f.t.Fatalf("figures %v, want those of %s", got, urn)
	}
	return one
}

// fields lists what warnings are about.
func fields(warnings []core.Warning) []string {
	var out []string
	for _, w := range warnings {
		out = append(out, w.Field)
	}
	return out
}

func reactions(given map[string]int64) map[string]any {
	out := map[string]any{}
	for _, kind := range []string{"like", "praise", "empathy", "interest", "appreciation", "entertainment"} {
		out[kind] = given[kind]
	}
	return out
}

func TestPostAnalyticsOfAPage(t *testing.T) {
	t.Parallel()
	f := newVideoFixture(t)
	share, quiet, movie := f.minuteLater(pageDemo(), "Loud"), f.minuteLater(pageDemo(), "Quiet"), f.filmed(pageDemo())
	f.figures(
		sandbox.Figures{Post: share, Impressions: 200, UniqueImpressions: 150, Clicks: 4, Likes: 3, Shares: 2},
		sandbox.Figures{Post: movie, Impressions: 50, VideoViews: 31, VideoViewers: 20, VideoWatchTime: 1_234_567},
	)
	f.react(sandbox.PageURN, share, "PRAISE", sandbox.PageToken)
	f.commentAs(sandbox.PageURN, share, "First", sandbox.PageToken)

	got, err := f.postAnalytics(pageDemo(), share, quiet, movie, share, "urn:li:share:1", "nonsense")
	if err != nil {
		t.Fatal(err)
	}
	none := reactions(nil)
	want := map[string]core.Analytics{
		share: {Values: map[string]any{
			"impressionCount": int64(200), "uniqueImpressionsCount": int64(150), "clickCount": int64(4), "likeCount": int64(4),
			"commentCount": int64(1), "shareCount": int64(2), "engagement": 0.055, "reactions": reactions(map[string]int64{"praise": 1}),
		}},
		quiet: {Values: map[string]any{
			"impressionCount": int64(0), "uniqueImpressionsCount": int64(0), "clickCount": int64(0), "likeCount": int64(0),
			"commentCount": int64(0), "shareCount": int64(0), "engagement": 0.0, "reactions": none,
		}},
		movie: {Values: map[string]any{
			"impressionCount": int64(50), "uniqueImpressionsCount": int64(0), "clickCount": int64(0), "likeCount": int64(0),
			"commentCount": int64(0), "shareCount": int64(0), "engagement": 0.0, "reactions": none,
			"videoViews": int64(31), "videoViewers": int64(20), "videoWatchTimeMs": int64(1_234_567),
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for path, n := range map[string]int{
		"/rest/organizationalEntityShareStatistics": 2, // shares and ugcPosts go by themselves
		"/rest/socialMetadata":                      1,
		"/rest/posts":                               1,
		"/rest/videoAnalytics":                      3,
	} {
		if got := f.count(http.MethodGet, path); got != n {
			t.Errorf("%d reads of %s, want %d", got, path, n)
		}
	}
}

// LinkedIn leaves out posts without any activity, and counts a day late: what comments
// and reactions tell is there all the same.
func TestPostAnalyticsOfAnOmittedPost(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	urn := f.minuteLater(pageDemo(), "New")
	f.react(sandbox.PageURN, urn, "LIKE", sandbox.PageToken)
	f.Next(t, "GET /rest/organizationalEntityShareStatistics", sandbox.Respond(http.StatusOK, `{"elements":[]}`))
	values := f.analyticsOf(pageDemo(), urn).Values
	if values["impressionCount"] != int64(0) || values["likeCount"] != int64(1) {
		t.Errorf("%v, want no impressions and one like", values)
	}
}

func TestPostAnalyticsReadsBothSpellings(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	urn := f.minuteLater(pageDemo(), "x")
	for name, n := range map[string]int64{"uniqueImpressionsCount": 5, "uniqueImpressionsCounts": 6} {
		f.Next(t, "GET /rest/organizationalEntityShareStatistics", sandbox.Respond(http.StatusOK, fmt.Sprintf(
			`{"elements":[{"share":%q,"totalShareStatistics":{"impressionCount":9,%q:%d,"likeCount":-1,"engagement":1.5e-2}}]}`, urn, name, n)))
		values := f.analyticsOf(pageDemo(), urn).Values
		if values["uniqueImpressionsCount"] != n || values["likeCount"] != int64(-1) || values["engagement"] != 0.015 {
			t.Errorf("%s: %v", name, values)
		}
	}
}

// Apps of the development tier may not read several things at once.
func TestPostAnalyticsWithoutBatches(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	as := f.granted(sandbox.PageURN, true, "rw_organization_admin", "r_organization_social", "r_organization_social_feed")
	var urns []string
	for i := range 22 {
		urns = append(urns, f.minuteLater(pageDemo(), fmt.Sprint("Post ", i)))
	}
	f.react(sandbox.PageURN, urns[1], "LIKE", sandbox.PageToken)
	got, err := f.postAnalytics(as, append(urns, "urn:li:share:1")...)
	if err != nil || len(got) != 23 {
		t.Fatalf("%d posts (%v), want 23: the last is one of those that nobody asked for", len(got), err)
	}
	if got[urns[1]].Values["likeCount"] != int64(1) || len(got[urns[1]].Warnings) != 0 {
		t.Errorf("%+v", got[urns[1]])
	}
	if w := got[urns[21]].Warnings; !slices.Equal(fields(w), []string{"reactions"}) || !strings.Contains(w[0].Message, "several posts at once") {
		t.Errorf("%+v", w)
	}
	if n := f.count(http.MethodGet, "/rest/socialMetadata"); n != 21 {
		t.Errorf("%d reads of metadata, want one of all and 20 of one", n)
	}
	if got, err := f.postAnalytics(as, urns[0], "urn:li:share:1"); err != nil || len(got) != 1 {
		t.Errorf("%v, %v; want the first post alone", got, err)
	}
}

func TestPostAnalyticsDegrades(t *testing.T) {
	t.Parallel()
	activity := func(f *fixture, urn string) string {
		post, _ := f.Sandbox.Post(urn)
		return post.Activity
	}
	for _, tt := range []struct {
		name     string
		scopes   []string
		film     bool
		activity bool
		fault    string // a path that is answered with 503
		figures  []string
		warnings []string
		message  string
	}{
		{
			name: "no statistics", scopes: []string{"r_organization_social"},
			figures: []string{"commentCount", "likeCount", "reactions"}, warnings: []string{"impressionCount"}, message: "rw_organization_admin",
		},
		{
			name: "no reactions", scopes: []string{"rw_organization_admin"},
			figures:  []string{"clickCount", "commentCount", "engagement", "impressionCount", "likeCount", "shareCount", "uniqueImpressionsCount"},
			warnings: []string{"reactions"}, message: "r_organization_social_feed",
		},
		{
			name: "no figures of a video", scopes: []string{"rw_organization_admin", "r_organization_social"}, film: true, fault: "/rest/videoAnalytics",
			figures:  []string{"clickCount", "commentCount", "engagement", "impressionCount", "likeCount", "reactions", "shareCount", "uniqueImpressionsCount"},
			warnings: []string{"videoViews"}, message: "who watched the video",
		},
		{
			name: "no telling whether it is a video", scopes: []string{"rw_organization_admin", "r_organization_social_feed"}, film: true,
			figures: []string{"clickCount", "commentCount", "engagement", "impressionCount", "likeCount", "reactions", "shareCount", "uniqueImpressionsCount"},
		},
		{
			name: "an activity", scopes: []string{"rw_organization_admin", "r_organization_social"}, activity: true,
			figures: []string{"commentCount", "likeCount", "reactions"}, warnings: []string{""}, message: "names an activity",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newVideoFixture(t)
			urn := f.minuteLater(pageDemo(), "x")
			if tt.film {
				urn = f.filmed(pageDemo())
			}
			if tt.activity {
				urn = activity(f, urn)
			}
			if tt.fault != "" {
				f.Next(t, "GET "+tt.fault, respond(http.StatusServiceUnavailable, -1))
			}
			got := f.analyticsOf(f.granted(sandbox.PageURN, false, tt.scopes...), urn)
			if diff := cmp.Diff(tt.figures, keys(got.Values)) + cmp.Diff(tt.warnings, fields(got.Warnings)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, w := range got.Warnings {
				if w.Code != core.CodeAnalytics || !strings.Contains(w.Message, tt.message) {
					t.Errorf("warning %+v, want %q", w, tt.message)
				}
			}
		})
	}
}

func keys(values map[string]any) []string {
	var out []string
	for name := range values {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

func TestPostAnalyticsFails(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	urn := f.minuteLater(pageDemo(), "x")
	other := author(sandbox.PageURN, sandbox.OtherToken)
	for _, tt := range []struct {
		name     string
		as       providertest.Author
		kind     core.Kind
		code     core.Code
		contains string
	}{
		{"no role", other, core.KindForbidden, core.CodeAnalytics, "ADMINISTRATOR"},
		{"self-serve", author(sandbox.PageURN, sandbox.MemberToken), core.KindForbidden, core.CodeAnalytics, "rw_organization_admin"},
		{"revoked", author(sandbox.PageURN, sandbox.RevokedToken), core.KindAuth, core.CodeAccountRelink, "revoked"},
		{"a person, self-serve", jane(), core.KindForbidden, core.CodeAnalytics, "r_member_postAnalytics"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := f.postAnalytics(tt.as, urn)
			e := core.AsError(err)
			if e.Kind != tt.kind || core.CodeOf(e) != tt.code || !strings.Contains(e.Message, tt.contains) || got != nil {
				t.Errorf("%v, %+v; want %s %d with %q", got, e, tt.kind, tt.code, tt.contains)
			}
		})
	}
}

// What belongs to another page, or is gone, is left out.
func TestPostAnalyticsLeavesOutStrangers(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	small := author(sandbox.SmallPageURN, sandbox.PageToken)
	foreign, gone := f.minuteLater(small, "x"), f.minuteLater(pageDemo(), "y")
	if err := f.provider.Delete(t.Context(), f.session(pageDemo()), gone); err != nil {
		t.Fatal(err)
	}
	for _, urns := range [][]string{{foreign, gone, "urn:li:ugcPost:1", "urn:li:comment:1"}, {gone}, {foreign}, {"x"}, nil} {
		got, err := f.postAnalytics(pageDemo(), urns...)
		if err != nil || got == nil || len(got) != 0 {
			t.Errorf("%v: %v, %v; want none", urns, got, err)
		}
	}
}

func TestPostAnalyticsOfAPerson(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	share, quiet := f.minuteLater(janeManaged(), "Loud"), f.minuteLater(janeManaged(), "Quiet")
	f.figures(sandbox.Figures{
		Post: share, Impressions: 70, UniqueImpressions: 60, Likes: 2, Shares: 3,
		Saves: 4, Sends: 5, LinkClicks: 6, PremiumCTAClicks: 7, FollowersGained: 8, ProfileViews: 9,
	})
	f.react(sandbox.JaneURN, share, "INTEREST", sandbox.PageToken)
	got, err := f.postAnalytics(janeManaged(), share, quiet, "urn:li:share:1")
	if err != nil {
		t.Fatal(err)
	}
	zero := map[string]any{
		"impressionCount": int64(0), "uniqueImpressionsCount": int64(0), "likeCount": int64(0), "commentCount": int64(0), "shareCount": int64(0),
		"saveCount": int64(0), "sendCount": int64(0), "linkClickCount": int64(0), "premiumCtaClickCount": int64(0),
		"followersGainedCount": int64(0), "profileViewCount": int64(0), "reactions": reactions(nil),
	}
	want := map[string]core.Analytics{
		share: {Values: map[string]any{
			"impressionCount": int64(70), "uniqueImpressionsCount": int64(60), "likeCount": int64(3), "commentCount": int64(0), "shareCount": int64(3),
			"saveCount": int64(4), "sendCount": int64(5), "linkClickCount": int64(6), "premiumCtaClickCount": int64(7),
			"followersGainedCount": int64(8), "profileViewCount": int64(9), "reactions": reactions(map[string]int64{"interest": 1}),
		}},
		quiet: {Values: zero},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What a person's account published as an organization has the figures of a page's post.
func TestPostAnalyticsAsOrganization(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	draft := core.Draft{Text: "Ours", Options: json.RawMessage(fmt.Sprintf(`{"asOrganization":%d}`, sandbox.PageID))}
	ours := f.publish(f.plan(janeManaged(), draft), f.session(janeManaged())).URN
	mine := f.minuteLater(janeManaged(), "Mine")
	f.figures(sandbox.Figures{Post: ours, Impressions: 10, Clicks: 2}, sandbox.Figures{Post: mine, Impressions: 3, Saves: 1})
	want := map[string]any{
		"impressionCount": int64(10), "uniqueImpressionsCount": int64(0), "clickCount": int64(2), "likeCount": int64(0),
		"commentCount": int64(0), "shareCount": int64(0), "engagement": 0.2, "reactions": reactions(nil),
	}
	got, err := f.postAnalytics(janeManaged(), ours, mine)
	if diff := cmp.Diff(core.Analytics{Values: want}, got[ours]); diff != "" || err != nil {
		t.Errorf("as the organization: %v (-want +got):\n%s", err, diff)
	}
	if diff := cmp.Diff(map[string]any{"impressionCount": int64(3), "saveCount": int64(1)}, pick(got[mine].Values, "impressionCount", "saveCount")); diff != "" {
		t.Errorf("as the person (-want +got):\n%s", diff)
	}
	// An app without the figures of people has those of the page all the same.
	page := f.granted(sandbox.JaneURN, false, "rw_organization_admin", "r_organization_social")
	if diff := cmp.Diff(core.Analytics{Values: want}, f.analyticsOf(page, ours)); diff != "" {
		t.Errorf("without figures of people (-want +got):\n%s", diff)
	}
	f.Next(t, "GET /rest/organizationalEntityShareStatistics*", respond(http.StatusServiceUnavailable, -1))
	f.Next(t, "GET /rest/socialMetadata*", respond(http.StatusServiceUnavailable, -1))
	got, err = f.postAnalytics(janeManaged(), ours, mine)
	if w := got[ours].Warnings; err != nil || len(w) != 1 || !strings.Contains(w[0].Message, "the figures of a post of "+sandbox.PageURN) {
		t.Errorf("%v, %+v; want why there are no figures of the page's post", err, w)
	}
}

func TestPostAnalyticsOfAPersonDegrades(t *testing.T) {
	t.Parallel()
	t.Run("development tier", func(t *testing.T) {
		t.Parallel()
		f := newFixture(t)
		urn := f.minuteLater(janeManaged(), "x")
		f.react(sandbox.JaneURN, urn, "LIKE", sandbox.PageToken)
		got := f.analyticsOf(f.granted(sandbox.JaneURN, true, "r_member_postAnalytics", "r_member_social_feed"), urn)
		if got.Values["likeCount"] != int64(1) || len(got.Warnings) != 1 || !strings.Contains(got.Warnings[0].Message, "standard tier") {
			t.Errorf("%+v, want the likes and one warning about the tier", got)
		}
		if n := f.count(http.MethodGet, "/rest/memberCreatorPostAnalytics"); n > 3 {
			t.Errorf("%d calls in vain", n)
		}
	})
	t.Run("nothing at all", func(t *testing.T) {
		t.Parallel()
		f := newFixture(t)
		urn := f.minuteLater(janeManaged(), "x")
		_, err := f.postAnalytics(f.granted(sandbox.JaneURN, true, "r_member_postAnalytics"), urn)
		e := core.AsError(err)
		if e.Kind != core.KindForbidden || core.CodeOf(e) != core.CodeAnalytics || !strings.Contains(e.Help, "standard tier") {
			t.Errorf("%+v", e)
		}
	})
	t.Run("one metric", func(t *testing.T) {
		t.Parallel()
		f := newFixture(t)
		urn := f.minuteLater(janeManaged(), "x")
		f.Next(t, "GET /rest/memberCreatorPostAnalytics?*queryType=RESHARE*", sandbox.Respond(http.StatusBadRequest, `{"status":400,"message":"no"}`))
		got := f.analyticsOf(janeManaged(), urn)
		_, there := got.Values["shareCount"]
		if there || len(got.Values) != 11 || !slices.Equal(fields(got.Warnings), []string{"shareCount"}) {
			t.Errorf("%+v, want all but the shares", got)
		}
	})
	t.Run("no scope for reactions", func(t *testing.T) {
		t.Parallel()
		f := newFixture(t)
		urn := f.minuteLater(janeManaged(), "x")
		got := f.analyticsOf(f.granted(sandbox.JaneURN, false, "r_member_postAnalytics"), urn)
		if len(got.Values) != 11 || !slices.Equal(fields(got.Warnings), []string{"reactions"}) || !strings.Contains(got.Warnings[0].Message, "r_member_social_feed") {
			t.Errorf("%+v", got)
		}
	})
	t.Run("an activity", func(t *testing.T) {
		t.Parallel()
		f := newFixture(t)
		post, _ := f.Sandbox.Post(f.minuteLater(janeManaged(), "x"))
		got := f.analyticsOf(janeManaged(), post.Activity)
		if diff := cmp.Diff([]string{"commentCount", "likeCount", "reactions"}, keys(got.Values)); diff != "" || len(got.Warnings) != 1 {
			t.Errorf("%s%+v", diff, got.Warnings)
		}
	})
	t.Run("many posts", func(t *testing.T) {
		t.Parallel()
		f := newFixture(t)
		var urns []string
		for i := range 14 {
			urns = append(urns, f.minuteLater(janeManaged(), fmt.Sprint("Post ", i)))
		}
		got, err := f.postAnalytics(janeManaged(), urns...)
		if err != nil || len(got) != 14 {
			t.Fatalf("%d posts, %v", len(got), err)
		}
		if n := f.count(http.MethodGet, "/rest/memberCreatorPostAnalytics"); n != 60 {
			t.Errorf("%d calls, want 60: five metrics of twelve posts", n)
		}
		if w := got[urns[13]].Warnings; len(w) != 1 || !strings.Contains(w[0].Message, "fewer posts") {
			t.Errorf("%+v", w)
		}
	})
}

// Older versions of the API have fewer metrics, or none.
func TestPostAnalyticsByVersion(t *testing.T) {
	t.Parallel()
	for version, n := range map[string]int{"202605": 11, "202604": 11, "202603": 5, "202505": 0} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			urn := f.minuteLater(janeManaged(), "x")
			p := newProvider(t, linkedin.Config{APIURL: f.URL, Version: version}, f.deps)
			got, err := p.PostAnalytics(t.Context(), f.session(janeManaged()), []string{urn})
			if err != nil {
				t.Fatal(err)
			}
			if calls := f.count(http.MethodGet, "/rest/memberCreatorPostAnalytics"); calls != n {
				t.Errorf("%d calls, want %d", calls, n)
			}
			if warned := len(got[urn].Warnings) > 0; warned != (n == 0) {
				t.Errorf("warnings %+v", got[urn].Warnings)
			}
		})
	}
}

func TestAnalyticsEndsWithItsContext(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	urn := f.minuteLater(pageDemo(), "x")
	ctx, cancel := context.WithCancel(t.Context())
	s := f.session(pageDemo())
	s.Token = func(context.Context) (core.Secret, error) { cancel(); return sandbox.PageToken, nil }
	if got, err := f.provider.PostAnalytics(ctx, s, []string{urn}); err == nil {
		t.Errorf("posts: %v without an error", got)
	}
	if got, err := f.provider.AccountAnalytics(ctx, s, core.AnalyticsQuery{}); err == nil {
		t.Errorf("account: %v without an error", got)
	}
	if got, err := f.provider.Posts(ctx, s, core.ArchiveQuery{}); err == nil {
		t.Errorf("archive: %v without an error", got)
	}
}

// Figures are encoded as JSON in the end.
func TestAnalyticsAreJSON(t *testing.T) {
	t.Parallel()
	f := newFixture(t, linkedintest.WithOptions(func(o *sandbox.Options) { o.DuplicateWindow = -1 }))
	f.minuteLater(pageDemo(), "x")
	got, err := f.provider.AccountAnalytics(t.Context(), f.session(pageDemo()), core.AnalyticsQuery{Quarters: 1, Daily: true})
	if err != nil {
		t.Fatal(err)
	}
	if raw, err := json.Marshal(got.Values); err != nil || !strings.Contains(string(raw), `"daily":[{"clickCount":0`) {
		t.Errorf("%s (%v)", raw, err)
	}
}
