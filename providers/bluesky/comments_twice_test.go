package bluesky_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

const getRecord = "GET /xrpc/com.atproto.repo.getRecord"

// below counts the posts of the network but for one.
func (w *engageWorld) below(post string) (comments []string) {
	for _, r := range w.Sandbox.Posts() {
		if r.URI != post {
			comments = append(comments, r.URI)
		}
	}
	return comments
}

// A comment whose answer was lost is looked for under its key, and sent again under it.
func TestLostComment(t *testing.T) {
	t.Parallel()
	const late = 20 * time.Second
	for name, tc := range map[string]struct {
		fault sandbox.Fault
		there bool
	}{
		"written":         {sandbox.CutAfter(), true},
		"not written":     {sandbox.CutBefore(), false},
		"cut in between":  {sandbox.CutDuring(40), false},
		"arrives later":   {sandbox.ApplyLate(late), false},
		"a gateway fails": {sandbox.Fail(502, "UpstreamFailure", ""), false},
		"timed out":       {sandbox.Respond(408, ""), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newEngageWorld(t)
			alice, bob := w.alice(t), w.bob(t)
			post := w.posted(t, alice, "x")
			draft := w.named(core.CommentDraft{PostID: post, Text: "lost @alice.test", Media: coretest.MediaRefs(picture)})
			w.Next(t, putRecord, tc.fault)
			if _, err := w.provider.AddComment(t.Context(), bob, draft); core.KindOf(err) != core.KindTemporary || core.AsError(err).Refused() {
				t.Fatal(err)
			}
			found, there, err := w.provider.FindComment(t.Context(), bob, draft, draft.At)
			if err != nil || there != tc.there {
				t.Fatalf("found: %v, %v", there, err)
			}
			w.clock.Advance(time.Second)
			again, err := w.provider.AddComment(t.Context(), w.bob(t), draft) // as another process would
			if err != nil {
				t.Fatal(err)
			}
			w.clock.Advance(late)
			last, there, err := w.provider.FindComment(t.Context(), bob, draft, draft.At)
			if diff := cmp.Diff(again, last); diff != "" || !there || err != nil {
				t.Errorf("%v, %v: %s", there, err, diff)
			}
			if diff := cmp.Diff(again, found); diff != "" && tc.there {
				t.Error(diff)
			}
			if diff := cmp.Diff([]string{again.ID}, w.below(post)); diff != "" {
				t.Errorf("comments: %s", diff)
			}
		})
	}
}

// The record has the time at which the comment was begun, and a key of that millisecond, which
// the account, what is answered and the name decide.
func TestCommentKey(t *testing.T) {
	t.Parallel()
	w := newEngageWorld(t)
	alice, bob := w.alice(t), w.bob(t)
	post, other := w.posted(t, alice, "x"), w.posted(t, alice, "y")
	at := w.clock.Now().Add(1234567 * time.Microsecond)
	w.clock.Advance(time.Hour)
	first := core.CommentDraft{PostID: post, Text: "x", At: at, Key: "one"}
	keys := map[string]bool{}
	for _, tc := range []struct {
		as    *core.Session
		draft core.CommentDraft
	}{
		{alice, first},
		{bob, first},
		{alice, core.CommentDraft{PostID: other, Text: "x", At: at, Key: "one"}},
		{alice, core.CommentDraft{PostID: post, Text: "x", At: at, Key: "two"}},
		{alice, core.CommentDraft{PostID: post, Text: "x", At: at.Add(time.Millisecond), Key: "one"}},
	} {
		c, err := w.provider.AddComment(t.Context(), tc.as, tc.draft)
		if err != nil {
			t.Fatal(err)
		}
		want := tc.draft.At.Truncate(time.Millisecond)
		rkey := c.ID[strings.LastIndex(c.ID, "/")+1:]
		tid, err := syntax.ParseTID(rkey)
		if err != nil || !tid.Time().Truncate(time.Millisecond).Equal(want) || !c.CreatedAt.Equal(want) {
			t.Errorf("key %s of %v, created %v, want %v: %v", rkey, tid.Time(), c.CreatedAt, want, err)
		}
		keys[rkey] = true
	}
	if len(keys) != 5 {
		t.Errorf("keys %v, want 5", keys)
	}
}

// What is there under the key is the comment, in whatever words, unless somebody else put it
// there.
func TestAnotherRecordUnderTheKeyOfAComment(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		created func(core.CommentDraft) time.Time
		parent  string // key of what it answers; empty: as the comment
		own     bool
	}{
		"other words":   {func(d core.CommentDraft) time.Time { return d.At }, "", true},
		"another time":  {func(d core.CommentDraft) time.Time { return d.At.Add(-time.Hour) }, "", false},
		"another reply": {func(d core.CommentDraft) time.Time { return d.At }, "3kabcdefghi22", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newEngageWorld(t)
			s := w.alice(t)
			post := w.posted(t, s, "x")
			draft := w.named(core.CommentDraft{PostID: post, Text: "mine"})
			made, err := w.provider.AddComment(t.Context(), s, draft)
			if err != nil {
				t.Fatal(err)
			}
			w.Sandbox.DeleteRecord(made.ID)
			parent := post
			if tc.parent != "" {
				parent = post[:strings.LastIndex(post, "/")+1] + tc.parent
			}
			raw, err := json.Marshal(map[string]any{
				"text": "other", "createdAt": tc.created(draft).UTC().Format("2006-01-02T15:04:05.000Z"),
				"reply": map[string]any{"root": map[string]any{"uri": parent, "cid": made.Extra["cid"]}, "parent": map[string]any{"uri": parent, "cid": made.Extra["cid"]}},
			})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Sandbox.CreateRecord(sandbox.AliceDID, "app.bsky.feed.post", made.ID[strings.LastIndex(made.ID, "/")+1:], raw); err != nil {
				t.Fatal(err)
			}
			c, err := w.provider.AddComment(t.Context(), s, draft)
			found, there, findErr := w.provider.FindComment(t.Context(), s, draft, draft.At)
			if tc.own {
				if err != nil || findErr != nil || !there || c.ID != made.ID || found.ID != made.ID || c.Text != "other" {
					t.Errorf("%+v, %v; found %+v, %v", c, err, found, findErr)
				}
			} else {
				for _, err := range []error{err, findErr} {
					if e := core.AsError(err); err == nil || e.Kind != core.KindInvalid || !strings.Contains(e.Message, "under the key") {
						t.Errorf("%v", err)
					}
				}
			}
			if got := w.record(t, made.ID).Text; got != "other" {
				t.Errorf("it was overwritten: %s", got)
			}
		})
	}
}

// Only the account's own server proves that a comment is not there; one that was sent before
// comments had names cannot be looked for.
func TestFindCommentDoesNotGuess(t *testing.T) {
	t.Parallel()
	w := newEngageWorld(t)
	s := w.alice(t)
	draft := w.named(core.CommentDraft{PostID: w.posted(t, s, "x"), Text: "x"})
	for name, fault := range map[string]sandbox.Fault{
		"a proxy's page": sandbox.Respond(404, "404 page not found"),
		"no account":     sandbox.Fail(400, "InvalidRequest", "Could not find repo"),
		"unavailable":    sandbox.Fail(503, "NotEnoughResources", ""),
	} {
		w.Next(t, getRecord, fault, fault, fault)
		if _, found, err := w.provider.FindComment(t.Context(), s, draft, draft.At); found || core.KindOf(err) != core.KindUncertain {
			t.Errorf("%s: %v, %v", name, found, err)
		}
		w.Sandbox.ClearFaults()
	}
	draft.Key = ""
	if _, found, err := w.provider.FindComment(t.Context(), s, draft, draft.At); found || core.KindOf(err) != core.KindUncertain {
		t.Errorf("without a name: %v, %v", found, err)
	}
}

// That what was written under the key is gone again when it is read proves nothing.
func TestCommentThatIsGoneWhenItIsRead(t *testing.T) {
	t.Parallel()
	w := newEngageWorld(t)
	s := w.alice(t)
	draft := w.named(core.CommentDraft{PostID: w.posted(t, s, "x"), Text: "x"})
	w.Next(t, putRecord, sandbox.Fail(400, "InvalidSwap", "Record was at bafy"))
	if _, err := w.provider.AddComment(t.Context(), s, draft); err == nil || core.AsError(err).Refused() {
		t.Error(err)
	}
}
