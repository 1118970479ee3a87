package linkedin_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// One entity of several can be refused by itself.
func TestPostAnalyticsOfAPostThatIsRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	first, second := f.minuteLater(pageDemo(), "One"), f.minuteLater(pageDemo(), "Two")
	f.Next(t, "GET /rest/socialMetadata", sandbox.Respond(http.StatusOK, fmt.Sprintf(
		`{"results":{%q:{"reactionSummaries":{"LIKE":{"count":2},"MAYBE":{"count":1}},"commentSummary":{"count":4}}},"statuses":{%q:403},
		"errors":{%q:{"status":403,"serviceErrorCode":100,"message":"Not enough permissions to access: x"}}}`, strings.ReplaceAll(first, ":", "%3A"), second, second)))
	got, err := f.postAnalytics(pageDemo(), first, second)
	if err != nil {
		t.Fatal(err)
	}
	want := reactions(map[string]int64{"like": 2})
	want["maybe"] = int64(1)
	if diff := cmp.Diff(map[string]any{"reactions": want, "likeCount": int64(3), "commentCount": int64(4)}, pick(got[first].Values, "reactions", "likeCount", "commentCount")); diff != "" {
		t.Errorf("the first post (-want +got):\n%s", diff)
	}
	w := got[second].Warnings
	if !slices.Equal(fields(w), []string{"reactions"}) || !strings.Contains(w[0].Message, "r_organization_social_feed") || got[second].Values["likeCount"] != int64(0) {
		t.Errorf("the second post: %+v", got[second])
	}
}

// Many posts are asked for in parts.
func TestPostAnalyticsOfManyPosts(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var urns []string
	for i := range 101 {
		urns = append(urns, f.minuteLater(pageDemo(), fmt.Sprint("Post ", i)))
	}
	f.figures(sandbox.Figures{Post: urns[100], Impressions: 3})
	f.Next(t, "GET /rest/socialMetadata", sandbox.Respond(http.StatusOK, `{"results":{}}`), respond(http.StatusBadRequest, 1))
	got, err := f.postAnalytics(pageDemo(), urns...)
	if err != nil || len(got) != 101 || got[urns[100]].Values["impressionCount"] != int64(3) {
		t.Fatalf("%d posts, %v: %+v", len(got), err, got[urns[100]])
	}
	for _, path := range []string{"/rest/organizationalEntityShareStatistics", "/rest/posts"} {
		if n := f.count(http.MethodGet, path); n != 3 {
			t.Errorf("%d reads of %s, want 3 of at most 50 posts", n, path)
		}
	}
	if first, last := got[urns[0]].Warnings, got[urns[100]].Warnings; len(first) != 0 || !slices.Equal(fields(last), []string{"reactions"}) {
		t.Errorf("%+v, %+v; want a warning where the read failed", first, last)
	}
}

// Each video takes three calls: so many are asked for, and the others say so.
func TestPostAnalyticsOfManyVideos(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var urns, results []string
	for i := range 12 {
		urn := fmt.Sprint("urn:li:ugcPost:", i+1)
		urns = append(urns, urn)
		results = append(results, fmt.Sprintf(`%q:{"id":%q,"author":%q,"content":{"media":{"id":"urn:li:video:a"}}}`, urn, urn, sandbox.PageURN))
	}
	f.Next(t, "GET /rest/posts", sandbox.Respond(http.StatusOK, `{"results":{`+strings.Join(results, ",")+`}}`))
	f.Next(t, "GET /rest/videoAnalytics", sandbox.Fault{Action: sandbox.ActionRespond, Status: http.StatusOK, Times: -1, Body: `{"elements":[{"value":"12"},{"statisticsType":"OTHER","value":1}]}`})
	got, err := f.postAnalytics(pageDemo(), urns...)
	if err != nil || len(got) != 12 {
		t.Fatalf("%d posts, %v", len(got), err)
	}
	if n := f.count(http.MethodGet, "/rest/videoAnalytics"); n != 30 || got[urns[0]].Values["videoWatchTimeMs"] != int64(12) {
		t.Errorf("%d calls, %+v", n, got[urns[0]])
	}
	if w := got[urns[11]].Warnings; len(w) != 1 || w[0].Field != "videoViews" {
		t.Errorf("the last video: %+v", w)
	}
}

// A limit that is used up ends the calls that would meet it again.
func TestAnalyticsStopsAtALimit(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	urn := f.minuteLater(janeManaged(), "x")
	f.Next(t, "GET /rest/memberCreatorPostAnalytics", sandbox.Fault{Action: sandbox.ActionRateLimit, Times: -1})
	got := f.analyticsOf(janeManaged(), urn)
	if len(got.Warnings) != 1 || got.Values["likeCount"] != int64(0) {
		t.Errorf("%+v, want one warning, and what reactions tell", got)
	}
	if n := f.count(http.MethodGet, "/rest/memberCreatorPostAnalytics"); n > 3 {
		t.Errorf("%d calls at a limit", n)
	}
}

// A defect in a read must not end the process.
func TestAnalyticsSurvivesAPanic(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	urn := f.minuteLater(pageDemo(), "x")
	f.deps.HTTP = &http.Client{Transport: panicking{}}
	p := newProvider(t, linkedin.Config{APIURL: f.URL}, f.deps)
	_, err := p.PostAnalytics(t.Context(), f.session(pageDemo()), []string{urn})
	if e := core.AsError(err); e.Kind != core.KindInternal || e.Message != "an internal error occurred" {
		t.Errorf("%+v", err)
	}
}

type panicking struct{}

func (panicking) RoundTrip(*http.Request) (*http.Response, error) { panic("defect") }
