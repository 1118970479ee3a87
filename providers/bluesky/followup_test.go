package bluesky_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

func TestFirstComment(t *testing.T) {
	t.Parallel()
	w := newEngageWorld(t)
	s := w.alice(t)
	thread := w.posted(t, w.bob(t), "the thread")
	pub, receipt := w.publish(t, s, core.Draft{
		Text: "x", Options: []byte(`{"replyTo":"` + thread + `"}`),
		FirstComment: &core.FirstComment{Text: "With @bob.test", Media: coretest.MediaRefs(picture)},
	})
	finisher := pub.(core.Finisher)
	if diff := cmp.Diff([]core.FollowUpName{core.FollowUpComment}, finisher.FollowUps()); diff != "" {
		t.Error(diff)
	}
	before := len(w.Sandbox.WriteCalls())
	result, err := finisher.FollowUp(t.Context(), s, core.FollowUpComment, receipt)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(w.Sandbox.WriteCalls()) - before; n != 1 {
		t.Errorf("%d writes", n)
	}
	uri := result["commentId"].(string)
	got := w.record(t, uri)
	if got.Text != "With @bob.test" || len(got.Facets) != 1 || len(got.Embed.Images) != 1 || got.Reply.Parent.URI != receipt.RemoteID || got.Reply.Root.URI != thread {
		t.Errorf("%+v", got)
	}
	if uri <= receipt.RemoteID {
		t.Errorf("the key of the comment, %s, is not behind that of the post, %s", uri, receipt.RemoteID)
	}
	// Written again, it is the same.
	again, err := finisher.FollowUp(t.Context(), s, core.FollowUpComment, receipt)
	if diff := cmp.Diff(result, again); diff != "" || err != nil {
		t.Error(diff, err)
	}
	found, ok, err := finisher.FindFollowUp(t.Context(), s, core.FollowUpComment, receipt, time.Time{})
	if diff := cmp.Diff(result, found); diff != "" || !ok || err != nil {
		t.Error(diff, ok, err)
	}
	if n := len(w.Sandbox.Posts()); n != 3 {
		t.Errorf("%d posts", n)
	}
}

// The first comment goes with its post, also when the post could not be deleted at once; what
// others, and the author later, have said below it stays.
func TestDeleteTakesTheFirstCommentAlong(t *testing.T) {
	t.Parallel()
	w := newEngageWorld(t)
	s := w.alice(t)
	pub, receipt := w.publish(t, s, core.Draft{Text: "x", FirstComment: &core.FirstComment{Text: "First!"}})
	result, err := pub.(core.Finisher).FollowUp(t.Context(), s, core.FollowUpComment, receipt)
	if err != nil {
		t.Fatal(err)
	}
	later := w.remark(t, s, core.CommentDraft{PostID: receipt.RemoteID, Text: "later"})
	other := w.posted(t, w.alice(t), "another")
	away := sandbox.Fail(503, "NotEnoughResources", "")
	w.Next(t, "POST /xrpc/com.atproto.repo.deleteRecord", away, away, away)
	if err := w.provider.Delete(t.Context(), s, receipt.RemoteID); core.KindOf(err) != core.KindTemporary {
		t.Errorf("the comment could not be deleted: %v", err)
	}
	for range 2 { // it may be repeated
		if err := w.provider.Delete(t.Context(), s, receipt.RemoteID); err != nil {
			t.Fatal(err)
		}
	}
	for uri, want := range map[string]bool{receipt.RemoteID: false, result["commentId"].(string): false, later.ID: true, other: true} {
		if _, there := w.Sandbox.Record(uri); there != want {
			t.Errorf("%s: %v, want %v", uri, there, want)
		}
	}
	if err := w.provider.Delete(t.Context(), s, other); err != nil { // with the progress of another post
		t.Error(err)
	}
}

// A comment whose answer was lost is found under its key, whatever else was written.
func TestLostFirstComment(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault sandbox.Fault
		found bool
	}{"applied": {sandbox.CutAfter(), true}, "not applied": {sandbox.CutBefore(), false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newEngageWorld(t)
			s := w.alice(t)
			pub, receipt := w.publish(t, s, core.Draft{Text: "x", FirstComment: &core.FirstComment{Text: "the same"}})
			w.remark(t, s, core.CommentDraft{PostID: receipt.RemoteID, Text: "the same"})
			w.Next(t, "POST /xrpc/com.atproto.repo.putRecord", tc.fault)
			finisher := pub.(core.Finisher)
			if _, err := finisher.FollowUp(t.Context(), s, core.FollowUpComment, receipt); core.KindOf(err) != core.KindTemporary || core.AsError(err).Unsent {
				t.Fatal(err)
			}
			result, found, err := finisher.FindFollowUp(t.Context(), s, core.FollowUpComment, receipt, w.clock.Now())
			if err != nil || found != tc.found || found != (result["commentId"] != nil) {
				t.Errorf("%v, %v, %v", result, found, err)
			}
		})
	}
}

func TestFirstCommentErrors(t *testing.T) {
	t.Parallel()
	w := newEngageWorld(t)
	s := w.alice(t)
	for field, d := range map[string]core.Draft{
		"firstComment.comment":      {Text: "x", FirstComment: &core.FirstComment{Text: strings.Repeat("x", 301)}},
		"firstComment.mediaUrls[0]": {Text: "x", FirstComment: &core.FirstComment{Media: []core.MediaRef{{URL: "https://m.example/1", Video: true}}}},
		"firstComment":              {Options: []byte(`{"repost":"` + alicePost + `"}`), FirstComment: &core.FirstComment{Text: "x"}},
		"mentions[0].id":            {Text: "{{0}}", Mentions: []core.MentionRef{{Field: "mentions[0]"}}, FirstComment: &core.FirstComment{Text: "{{0}}"}},
	} {
		_, err := w.provider.Plan(t.Context(), s.Account, d)
		if list := core.AsErrors(err); len(list) != 1 || list[0].Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	// The post was deleted meanwhile, or its files were.
	pub, receipt := w.publish(t, s, core.Draft{Text: "x", FirstComment: &core.FirstComment{Media: coretest.MediaRefs(picture)}})
	finisher := pub.(core.Finisher)
	w.Next(t, "POST /xrpc/com.atproto.repo.putRecord", sandbox.Fail(400, "BlobNotFound", "Could not find blob"))
	_, err := finisher.FollowUp(t.Context(), s, core.FollowUpComment, receipt)
	if e := core.AsError(err); e.Kind != core.KindMedia || e.Field != "firstComment.mediaUrls" || e.Help == "" {
		t.Errorf("files removed: %+v", e)
	}
	w.Sandbox.DeleteRecord(receipt.RemoteID)
	_, err = finisher.FollowUp(t.Context(), s, core.FollowUpComment, receipt)
	if e := core.AsError(err); e.Kind != core.KindNotFound || !e.Unsent {
		t.Errorf("post deleted: %+v", e)
	}
}

func TestFirstCommentPlan(t *testing.T) {
	t.Parallel()
	w := newEngageWorld(t)
	s := w.alice(t)
	plan := func(text, comment string) core.Publication {
		t.Helper()
		pub, err := w.provider.Plan(t.Context(), s.Account, core.Draft{
			Text: text, Media: coretest.MediaRefs(picture), Mentions: []core.MentionRef{{ID: sandbox.BobDID, Name: "Bob", Field: "mentions[0]"}},
			FirstComment: &core.FirstComment{Text: comment, Media: coretest.MediaRefs("https://media.example/2.png")},
		})
		if err != nil {
			t.Fatal(err)
		}
		return pub
	}
	pub := plan("x", "By {{0}}")
	var keys []string
	for _, n := range pub.Needs() {
		keys = append(keys, n.Key)
	}
	if diff := cmp.Diff([]string{"media[0]", "comment.media[0]"}, keys); diff != "" {
		t.Error(diff)
	}
	preview := pub.(core.Previewer).Preview()
	if diff := cmp.Diff(&core.CommentPreview{Text: "By Bob", Length: 6, Limit: 300}, preview.FirstComment); diff != "" {
		t.Error(diff)
	}
	// A mention that only one of them uses is used.
	for _, tc := range []struct {
		text, comment string
		warnings      int
	}{{"x", "By {{0}}", 0}, {"By {{0}}", "x", 0}, {"x", "y", 1}} {
		if got := plan(tc.text, tc.comment).(core.Previewer).Preview().Warnings; len(got) != tc.warnings {
			t.Errorf("%q and %q: %v", tc.text, tc.comment, got)
		}
	}
}
