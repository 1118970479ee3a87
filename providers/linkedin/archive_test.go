package linkedin_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
	"github.com/crier-social/crier/providers/providertest"
)

func (f *fixture) archive(a providertest.Author, q core.ArchiveQuery) core.ArchivePage {
	f.t.Helper()
	page, err := f.provider.Posts(f.t.Context(), f.session(a), q)
	if err != nil {
		f.t.Fatal(err)
	}
	return page
}

func TestArchiveShowsPostsAsClientsKnowThem(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	urn := f.minuteLater(pageDemo(), "Prices (net) of #Go_lang @[Crier Demo](urn:li:organization:5515715)")
	f.figures(sandbox.Figures{Post: urn, Impressions: 10, UniqueImpressions: 8, Clicks: 2, Likes: 1, Shares: 2})
	f.commentAs(sandbox.PageURN, urn, "Yes", sandbox.PageToken)
	at := f.clock.Now().Format("2006-01-02T15:04:05.000Z")
	want := core.ArchivePage{Posts: []map[string]any{{
		"id": urn, "post": "Prices (net) of #Go_lang Crier Demo", "postUrl": "https://www.linkedin.com/feed/update/" + urn + "/",
		"status": "PUBLISHED", "visibility": "PUBLIC", "created": at, "publishedAt": at, "lastModified": at,
		"impressionCount": int64(10), "uniqueImpressionsCount": int64(8), "clickCount": int64(2), "likeCount": int64(1),
		"commentCount": int64(1), "shareCount": int64(2), "engagement": 0.6,
	}}}
	if diff := cmp.Diff(want, f.archive(pageDemo(), core.ArchiveQuery{Limit: 5})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	bare := f.archive(pageDemo(), core.ArchiveQuery{SkipAnalytics: true})
	if _, there := bare.Posts[0]["impressionCount"]; there || len(bare.Posts) != 1 {
		t.Errorf("%v, want no figures", bare.Posts)
	}
	if n := f.count(http.MethodGet, "/rest/organizationalEntityShareStatistics"); n != 1 {
		t.Errorf("%d reads of statistics, want those of the first page alone", n)
	}
}

// Deleted posts leave gaps: a page may hold fewer posts than there are places, or none,
// and more follow all the same.
func TestArchivePagesHaveGaps(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var kept []string
	for i := range 30 {
		urn := f.minuteLater(pageDemo(), fmt.Sprint("Post ", i))
		if i%5 == 0 {
			kept = append(kept, urn)
			continue
		}
		if err := f.provider.Delete(t.Context(), f.session(pageDemo()), urn); err != nil {
			t.Fatal(err)
		}
	}
	slices.Reverse(kept) // newest first
	for _, limit := range []int{1, 2, 3, 4, 100} {
		var got []string
		q := core.ArchiveQuery{Limit: limit, SkipAnalytics: true}
		for pages := 0; ; pages++ {
			page := f.archive(pageDemo(), q)
			if len(page.Posts) > limit || pages > 30 {
				t.Fatalf("%d posts on page %d, want at most %d", len(page.Posts), pages, limit)
			}
			for _, post := range page.Posts {
				got = append(got, post["id"].(string))
			}
			if page.Next == "" {
				break
			}
			q.Next = page.Next
		}
		if diff := cmp.Diff(kept, got); diff != "" {
			t.Errorf("%d at a time (-want +got):\n%s", limit, diff)
		}
	}
}

// The calls for one page are bounded, whatever LinkedIn leaves out.
func TestArchiveIsBounded(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.Next(t, "GET /rest/posts", sandbox.Fault{
		Action: sandbox.ActionRespond, Status: http.StatusOK, Times: 10,
		Body: `{"elements":[{"id":"nonsense"}],"paging":{"start":0,"count":10,"links":[{"rel":"next","href":"/rest/posts?start=7"}]}}`,
	})
	if page := f.archive(pageDemo(), core.ArchiveQuery{}); len(page.Posts) != 0 || page.Next != "" {
		t.Errorf("%+v; a link that leads back ends the list", page)
	}
	if n := f.count(http.MethodGet, "/rest/posts"); n != 2 {
		t.Errorf("%d reads, want 2", n)
	}
	f = newFixture(t)
	for i := range 12 {
		f.Next(t, "GET /rest/posts", sandbox.Respond(http.StatusOK, fmt.Sprintf(
			`{"elements":[],"paging":{"links":[{"rel":"next","href":"/rest/posts?start=%d"}]}}`, 10*(i+1))))
	}
	if page := f.archive(pageDemo(), core.ArchiveQuery{}); page.Next != "100" || f.count(http.MethodGet, "/rest/posts") != 10 {
		t.Errorf("%+v after %d reads, want 10 and the place to go on at", page, f.count(http.MethodGet, "/rest/posts"))
	}
}

func TestArchiveAsksForAsManyAsItMay(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.archive(pageDemo(), core.ArchiveQuery{Limit: 500})
	requests := f.Sandbox.Requests()
	if len(requests) != 1 || requests[0].Path != "/rest/posts" || !strings.Contains(requests[0].Query, "start=0&count=100&sortBy=CREATED") {
		t.Errorf("requests %+v, want one for 100 posts", requests)
	}
}

func TestArchiveWithoutFigures(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.minuteLater(pageDemo(), "x")
	f.minuteLater(pageDemo(), "y")
	page := f.archive(f.granted(sandbox.PageURN, false, "r_organization_social"), core.ArchiveQuery{})
	if len(page.Posts) != 2 || !slices.Equal(fields(page.Warnings), []string{"impressionCount"}) || !strings.Contains(page.Warnings[0].Message, "rw_organization_admin") {
		t.Errorf("%+v, want two posts and one warning", page)
	}
}

func TestArchiveOfAPerson(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	urn := f.minuteLater(janeManaged(), "Mine")
	f.react(sandbox.JaneURN, urn, "EMPATHY", sandbox.PageToken)
	reader := f.granted(sandbox.JaneURN, false, "r_member_social")
	page := f.archive(reader, core.ArchiveQuery{})
	if len(page.Posts) != 1 || page.Posts[0]["likeCount"] != int64(1) || page.Posts[0]["post"] != "Mine" || len(page.Warnings) != 0 {
		t.Errorf("%+v", page)
	}
	f.Next(t, "GET /rest/socialMetadata*", respond(http.StatusServiceUnavailable, -1))
	if page := f.archive(reader, core.ArchiveQuery{}); len(page.Posts) != 1 || !slices.Equal(fields(page.Warnings), []string{"reactions"}) {
		t.Errorf("%+v, want the post and a warning about its reactions", page)
	}
	for name, as := range map[string]providertest.Author{"self-serve": jane(), "Community Management": janeManaged()} {
		_, err := f.provider.Posts(t.Context(), f.session(as), core.ArchiveQuery{})
		e := core.AsError(err)
		if e.Kind != core.KindForbidden || !strings.Contains(e.Message, "r_member_social, which is closed") || !strings.Contains(e.Help, "GET /history") {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

func TestArchiveFails(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, tt := range []struct {
		name string
		as   providertest.Author
		next string
		kind core.Kind
	}{
		{"a next of somebody else", pageDemo(), "abc", core.KindInvalid},
		{"a next below zero", pageDemo(), "-1", core.KindInvalid},
		{"a page, self-serve", author(sandbox.PageURN, sandbox.MemberToken), "", core.KindForbidden},
		{"revoked", author(sandbox.PageURN, sandbox.RevokedToken), "", core.KindAuth},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := f.provider.Posts(t.Context(), f.session(tt.as), core.ArchiveQuery{Next: tt.next}); core.KindOf(err) != tt.kind {
				t.Errorf("%v, want %s", err, tt.kind)
			}
		})
	}
}

// What LinkedIn does not say is empty, not 1970.
func TestArchiveOfPostsWithoutTimes(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.Next(t, "GET /rest/posts", sandbox.Respond(http.StatusOK, fmt.Sprintf(
		`{"elements":[{"id":"urn:li:share:1","commentary":"a \\(b\\) {hashtag|\\#|c}","createdAt":%d}]}`, time.UnixMilli(1).UnixMilli())))
	page := f.archive(pageDemo(), core.ArchiveQuery{SkipAnalytics: true})
	want := []map[string]any{{
		"id": "urn:li:share:1", "post": "a (b) #c", "postUrl": "https://www.linkedin.com/feed/update/urn:li:share:1/", "status": "", "visibility": "",
		"created": "1970-01-01T00:00:00.001Z", "publishedAt": "", "lastModified": "",
	}}
	if diff := cmp.Diff(want, page.Posts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
