package bluesky_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

func TestAddComment(t *testing.T) {
	t.Parallel()
	w := newEngageWorld(t)
	alice, bob := w.alice(t), w.bob(t)
	post := w.posted(t, alice, "x")

	first := w.remark(t, bob, core.CommentDraft{PostID: post, Text: "Well said, @alice.test: https://example.com/a"})
	got := w.record(t, first.ID)
	if got.Reply.Root.URI != post || got.Reply.Parent.URI != post || got.Reply.Parent.CID == "" {
		t.Errorf("reply %+v", got.Reply)
	}
	if len(got.Facets) != 2 || got.Embed.External.URI != "https://example.com/a" || got.Embed.External.Title != "A page" {
		t.Errorf("facets %v, embed %+v", got.Facets, got.Embed)
	}
	want := core.Comment{
		ID: first.ID, PostID: post, Text: "Well said, @alice.test: https://example.com/a", Own: true, CreatedAt: w.clock.Now(),
		From: core.Commenter{ID: sandbox.BobDID, Name: sandbox.BobHandle, Username: sandbox.BobHandle},
	}
	if diff := cmp.Diff(want, first, cmpopts.IgnoreFields(core.Comment{}, "Extra")); diff != "" {
		t.Error(diff)
	}
	if first.Extra["cid"] == "" || !strings.HasPrefix(first.Extra["commentUrl"].(string), "https://bsky.app/profile/"+sandbox.BobDID+"/post/") {
		t.Errorf("extra %v", first.Extra)
	}

	// A reply to a comment whose post is not told finds it out.
	reply := w.remark(t, alice, core.CommentDraft{ParentID: first.ID, Text: "Thanks", Media: coretest.MediaRefs(picture)})
	got = w.record(t, reply.ID)
	if got.Reply.Root.URI != post || got.Reply.Parent.URI != first.ID || len(got.Embed.Images) != 1 || reply.PostID != post || reply.ParentID != first.ID {
		t.Errorf("reply to a comment: %+v, %+v", got, reply)
	}

	list, err := w.provider.Comments(t.Context(), alice, post)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 || list[0].ID != first.ID || list[0].Own || len(list[0].Replies) != 1 || list[0].Replies[0].ID != reply.ID || !list[0].Replies[0].Own {
		t.Errorf("listed: %+v", list)
	}
	if list[0].From.Username != sandbox.BobHandle || list[0].Text != want.Text {
		t.Errorf("listed: %+v", list[0])
	}
}

func TestCheckComment(t *testing.T) {
	t.Parallel()
	w := newEngageWorld(t)
	as := w.alice(t).Account
	const post = "at://" + sandbox.AliceDID + "/app.bsky.feed.post/3l3qo2vutsw2b"
	for _, tc := range []struct {
		name  string
		draft core.CommentDraft
		field string // of the problem; empty: none
		code  core.Code
	}{
		{"text", core.CommentDraft{PostID: post, Text: "x"}, "", 0},
		{"image alone", core.CommentDraft{PostID: post, Media: coretest.MediaRefs(picture)}, "", 0},
		{"300 characters", core.CommentDraft{PostID: post, Text: strings.Repeat("👍🏽", 300)}, "", 0},
		{"301 characters", core.CommentDraft{PostID: post, Text: strings.Repeat("x", 301)}, "comment", core.CodeTextTooLong},
		{"nothing", core.CommentDraft{PostID: post, Text: " \n"}, "comment", core.CodeParameters},
		{"an address on the site", core.CommentDraft{PostID: "https://bsky.app/profile/alice.test/post/3l3qo2vutsw2b", Text: "x"}, "", 0},
		{"no post", core.CommentDraft{PostID: "1", Text: "x"}, "id", core.CodeParameters},
		{"no comment", core.CommentDraft{PostID: post, ParentID: "1", Text: "x"}, "commentId", core.CodeParameters},
		{"five images", core.CommentDraft{PostID: post, Media: coretest.MediaRefs("https://m.example/1", "https://m.example/2", "https://m.example/3", "https://m.example/4", "https://m.example/5")}, "mediaUrls[4]", core.CodeParameters},
		{"a video", core.CommentDraft{PostID: post, Media: []core.MediaRef{{URL: "https://m.example/1", Video: true}}}, "mediaUrls[0]", core.CodeUnsupported},
		{"a mention of nobody", core.CommentDraft{PostID: post, Text: "{{1}}", Mentions: []core.MentionRef{{ID: "alice.test"}}}, "comment", core.CodeMention},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			err := w.provider.CheckComment(as, tc.draft)
			if tc.field == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if e := core.AsError(err); err == nil || e.Field != tc.field || e.Code != tc.code && e.Code != 0 {
				t.Errorf("field %q, code %d: %v", e.Field, e.Code, err)
			}
		})
	}
}

// Posts and comments are named by their addresses on the site as well.
func TestAddCommentByAddress(t *testing.T) {
	t.Parallel()
	w := newEngageWorld(t)
	alice, bob := w.alice(t), w.bob(t)
	post := w.posted(t, alice, "x")
	address := func(handle, uri string) string {
		return "https://bsky.app/profile/" + handle + "/post/" + uri[strings.LastIndexByte(uri, '/')+1:]
	}
	first := w.remark(t, bob, core.CommentDraft{PostID: address("alice.test", post), Text: "a"})
	second := w.remark(t, alice, core.CommentDraft{PostID: post, ParentID: address("bob.test", first.ID), Text: "b"})
	if first.PostID != post || w.record(t, first.ID).Reply.Parent.URI != post {
		t.Errorf("%+v", first)
	}
	if second.ParentID != first.ID || w.record(t, second.ID).Reply.Parent.URI != first.ID {
		t.Errorf("%+v", second)
	}
}

// What goes wrong before the one request says so, and names the fields of a comment.
func TestAddCommentErrors(t *testing.T) {
	t.Parallel()
	w := newEngageWorld(t)
	alice := w.alice(t)
	post := w.posted(t, alice, "x")
	gone := "at://" + sandbox.BobDID + "/app.bsky.feed.post/3l3qo2vutsw2b"

	_, err := w.provider.AddComment(t.Context(), alice, w.named(core.CommentDraft{PostID: gone, Text: "x"}))
	if e := core.AsError(err); e.Kind != core.KindInvalid || e.Field != "id" || !e.Unsent || strings.Contains(e.Message, "blueSkyOptions") {
		t.Errorf("to nothing: %+v", e)
	}
	w.Next(t, "POST /xrpc/com.atproto.repo.uploadBlob", sandbox.Fail(413, "PayloadTooLarge", "too large"))
	_, err = w.provider.AddComment(t.Context(), alice, w.named(core.CommentDraft{PostID: post, Media: coretest.MediaRefs(picture)}))
	if e := core.AsError(err); e.Kind != core.KindMedia || e.Field != "mediaUrls[0]" || !e.Unsent {
		t.Errorf("too large: %+v", e)
	}
	w.Next(t, "POST /xrpc/com.atproto.repo.putRecord", sandbox.Fail(400, "InvalidRequest", "Record/text must not be longer than 3 graphemes"))
	_, err = w.provider.AddComment(t.Context(), alice, w.named(core.CommentDraft{PostID: post, Text: "x"}))
	if e := core.AsError(err); e.Kind != core.KindInvalid || e.Field != "comment" || e.Unsent {
		t.Errorf("refused: %+v", e)
	}
	_, err = w.provider.AddComment(t.Context(), alice, core.CommentDraft{PostID: post, Text: "x"})
	if e := core.AsError(err); e.Kind != core.KindInternal || !e.Unsent {
		t.Errorf("without a name: %+v", e)
	}
	if n := len(w.Sandbox.Posts()); n != 1 {
		t.Errorf("%d posts", n)
	}
}

func TestDeleteComment(t *testing.T) {
	t.Parallel()
	w := newEngageWorld(t)
	alice, bob := w.alice(t), w.bob(t)
	post := w.posted(t, alice, "x")
	mine := w.remark(t, alice, core.CommentDraft{PostID: post, Text: "mine"})
	his := w.remark(t, bob, core.CommentDraft{PostID: post, Text: "his"})
	for range 2 { // one that is gone counts as deleted
		if err := w.provider.DeleteComment(t.Context(), alice, post, mine.ID); err != nil {
			t.Error(err)
		}
	}
	err := w.provider.DeleteComment(t.Context(), alice, post, his.ID)
	if e := core.AsError(err); e.Kind != core.KindForbidden || e.Field != "id" || !strings.Contains(e.Message, sandbox.BobDID) {
		t.Errorf("somebody else's: %+v", e)
	}
	if err := w.provider.DeleteComment(t.Context(), alice, post, "1"); core.KindOf(err) != core.KindInvalid {
		t.Errorf("no comment: %v", err)
	}
	var left []string
	for _, r := range w.Sandbox.Posts() {
		left = append(left, r.URI)
	}
	if diff := cmp.Diff([]string{post, his.ID}, left); diff != "" {
		t.Error(diff)
	}
}
