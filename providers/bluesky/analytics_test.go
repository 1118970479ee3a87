package bluesky_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky"
	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

func TestPostAnalytics(t *testing.T) {
	t.Parallel()
	w := newEngageWorld(t)
	s := w.alice(t)
	var ids []string
	for range 26 { // more than are read at once
		ids = append(ids, w.posted(t, s, "x"))
	}
	w.remark(t, w.bob(t), core.CommentDraft{PostID: ids[25], Text: "y"})
	if err := w.Sandbox.SetFigures(ids[25], sandbox.Figures{Likes: 5, Reposts: 2, Quotes: 1}); err != nil {
		t.Fatal(err)
	}
	const gone = "at://" + sandbox.AliceDID + "/app.bsky.feed.post/3l3qo2vutsw2b"
	const repost = "at://" + sandbox.AliceDID + "/app.bsky.feed.repost/3l3qo2vutsw2b"
	got, err := w.provider.PostAnalytics(t.Context(), s, append(ids, ids[0], gone, repost, "urn:li:share:1"))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(ids) {
		t.Errorf("%d posts", len(got))
	}
	want := core.Analytics{Values: map[string]any{"likeCount": int64(5), "repostCount": int64(2), "replyCount": int64(1), "quoteCount": int64(1), "bookmarkCount": int64(0)}}
	have := got[ids[25]]
	if _, told := have.Values["bookmarkCount"]; !told {
		delete(want.Values, "bookmarkCount")
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Error(diff)
	}
	_, err = w.provider.PostAnalytics(t.Context(), s, []string{repost})
	if e := core.AsError(err); err == nil || e.Kind != core.KindUnsupported || e.Code != core.CodeAnalytics || e.Help != "Name the post that it reposts." {
		t.Errorf("of a repost: %v", err)
	}
	if some, err := w.provider.PostAnalytics(t.Context(), s, []string{repost, ids[0]}); err != nil || len(some) != 1 {
		t.Errorf("of a repost and a post: %v, %v", some, err)
	}
}

func TestAccountAnalytics(t *testing.T) {
	t.Parallel()
	w := newEngageWorld(t)
	s := w.alice(t)
	w.posted(t, s, "x")
	if _, err := w.Sandbox.CreateRecord(sandbox.BobHandle, "app.bsky.graph.follow", "", []byte(`{"subject":"`+sandbox.AliceDID+`","createdAt":"2026-11-20T09:00:00Z"}`)); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"followersCount": int64(1), "followsCount": int64(0), "postsCount": int64(1)}
	for name, q := range map[string]core.AnalyticsQuery{"": {}, "quarters": {Quarters: 2}, "daily": {Daily: true}} {
		got, err := w.provider.AccountAnalytics(t.Context(), s, q)
		if diff := cmp.Diff(want, got.Values); diff != "" || err != nil {
			t.Errorf("%s: %s, %v", name, diff, err)
		}
		if warned := len(got.Warnings) == 1; warned != (name != "") {
			t.Errorf("%s: warnings %v", name, got.Warnings)
		} else if warned && got.Warnings[0].Field != name {
			t.Errorf("%s: the warning is about %s", name, got.Warnings[0].Field)
		}
	}
}

func TestAnalyticsErrors(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		status  int
		body    string
		want    core.Kind
		message string
	}{
		{"unknown", 400, `{"error":"InvalidRequest","message":"Profile not found"}`, core.KindNotFound, "does not know the account"},
		{"no AppView", 404, `<html>`, core.KindUnsupported, "no AppView"},
		{"in trouble", 502, `{"error":"UpstreamFailure"}`, core.KindTemporary, "did not answer"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s, p := newScript(t)
			s.says("app.bsky.actor.getProfile", tc.status, tc.body)
			_, err := p.AccountAnalytics(t.Context(), s.session(t, nil), core.AnalyticsQuery{})
			e := core.AsError(err)
			if e.Kind != tc.want || !strings.Contains(e.Message, tc.message) || (e.Code == core.CodeAnalytics) != (tc.want != core.KindTemporary) || !strings.Contains(e.Help, "APPVIEW_URL") {
				t.Errorf("%+v", e)
			}
		})
	}
	closed, q := newScript(t)
	closed.says("app.bsky.actor.getProfile", 401, `{"error":"AuthMissing"}`)
	if _, err := q.AccountAnalytics(t.Context(), closed.session(t, nil), core.AnalyticsQuery{}); core.AsError(err).Code != core.CodeForbidden {
		t.Errorf("an AppView that answers nobody: %+v", err) // as comments and the directory say it
	}
	s, p := newScript(t)
	if _, err := p.PostAnalytics(t.Context(), s.session(t, nil), []string{alicePost}); core.KindOf(err) != core.KindUnsupported || core.AsError(err).Code != core.CodeAnalytics {
		t.Error(err)
	}
}

func TestPosts(t *testing.T) {
	t.Parallel()
	w := newEngageWorld(t)
	s := w.alice(t)
	first := w.posted(t, s, "first")
	w.clock.Advance(1e9)
	his := w.posted(t, w.bob(t), "his")
	w.clock.Advance(1e9)
	_, shown := w.publish(t, s, core.Draft{Text: "picture", Media: []core.MediaRef{{URL: picture}}, Options: []byte(`{"languages":["en"]}`)})
	w.clock.Advance(1e9)
	w.publish(t, s, core.Draft{Options: []byte(`{"repost":"` + his + `"}`)})
	answer := w.remark(t, s, core.CommentDraft{PostID: his, Text: "answer"})

	page, err := w.provider.Posts(t.Context(), s, core.ArchiveQuery{Limit: 2})
	if err != nil || page.Next == "" || len(page.Posts) != 2 {
		t.Fatalf("%+v, %v", page, err)
	}
	next, err := w.provider.Posts(t.Context(), s, core.ArchiveQuery{Limit: 2, Next: page.Next, SkipAnalytics: true})
	if err != nil || len(next.Posts) != 1 {
		t.Fatalf("%+v, %v", next, err)
	}
	posts := append(page.Posts, next.Posts...)
	files, _ := posts[1]["mediaUrls"].([]string)
	if len(files) != 1 || !strings.HasPrefix(files[0], "http") {
		t.Errorf("files %v", files)
	}
	for _, p := range posts {
		if p["cid"] == "" || !strings.HasPrefix(p["postUrl"].(string), "https://bsky.app/profile/"+sandbox.AliceDID) {
			t.Errorf("%v", p)
		}
		delete(p, "cid")
		delete(p, "postUrl")
		delete(p, "mediaUrls")
		delete(p, "bookmarkCount")
	}
	want := []map[string]any{
		{"id": answer.ID, "post": "answer", "created": "2026-11-20T09:00:04.000Z", "replyTo": his, "likeCount": int64(0), "repostCount": int64(0), "replyCount": int64(0), "quoteCount": int64(0)},
		{"id": shown.RemoteID, "post": "picture", "created": "2026-11-20T09:00:02.000Z", "languages": []string{"en"}, "likeCount": int64(0), "repostCount": int64(0), "replyCount": int64(0), "quoteCount": int64(0)},
		{"id": first, "post": "first", "created": "2026-11-20T09:00:00.000Z"},
	}
	if diff := cmp.Diff(want, posts); diff != "" {
		t.Error(diff)
	}
	if _, err := w.provider.Posts(t.Context(), s, core.ArchiveQuery{Next: "7"}); core.KindOf(err) != core.KindInvalid {
		t.Error(err)
	}
}

// Without an AppView the posts are those of the account's own records, page by page.
func TestPostsWithoutAppView(t *testing.T) {
	t.Parallel()
	nobody, _ := newScript(t)
	w := newEngageWorld(t, func(c *bluesky.Config) { c.AppViewURL = nobody.URL })
	s := w.alice(t)
	var want []any
	for _, text := range []string{"a", "b", "c"} {
		want = append([]any{w.posted(t, s, text)}, want...)
		w.clock.Advance(1e9)
	}
	var got []any
	q := core.ArchiveQuery{Limit: 2}
	for i := range 3 {
		page, err := w.provider.Posts(t.Context(), s, q)
		if err != nil {
			t.Fatal(err)
		}
		if (len(page.Warnings) == 1) != (i == 0) {
			t.Errorf("page %d: warnings %v", i, page.Warnings)
		}
		for _, p := range page.Posts {
			got = append(got, p["id"])
			if _, told := p["likeCount"]; told {
				t.Errorf("figures from nowhere: %v", p)
			}
		}
		if q.Next = page.Next; q.Next == "" {
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
