package bluesky_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

// refers is a draft that names a post in an option.
func refers(option, uri string) core.Draft {
	d := core.Draft{Text: "x", Options: json.RawMessage(`{"` + option + `":"` + uri + `"}`)}
	if option == "repost" {
		d.Text = ""
	}
	return d
}

// write writes a record as if its owner had done so elsewhere.
func (f *fixture) write(did, collection, rkey, record string) {
	f.t.Helper()
	if _, err := f.Sandbox.CreateRecord(did, collection, rkey, json.RawMessage(record)); err != nil {
		f.t.Fatal(err)
	}
}

// What a scheduled post refers to is looked at again when it is due.
func TestTargetsAreReadAgainWhenDue(t *testing.T) {
	t.Parallel()
	for _, option := range []string{"replyTo", "quote", "repost"} {
		t.Run(option, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			_, post := f.publish(f.bob, core.Draft{Text: "first"}, nil)
			pub, s := f.plan(f.alice, refers(option, post.URI)), f.session(f.alice)
			s.DueAt = f.clock.Now().Add(10 * time.Minute)
			if err := f.prepare(pub, s); err != nil {
				t.Fatal(err)
			}
			f.Sandbox.DeleteRecord(post.URI)
			f.clock.Advance(10 * time.Minute)
			err := f.prepare(f.plan(f.alice, refers(option, post.URI)), s)
			e := core.AsError(err)
			if e.Kind != core.KindInvalid || e.Field != "blueSkyOptions."+option || !strings.HasSuffix(e.Message, "is not there: it was deleted, or never was.") {
				t.Errorf("%+v", e)
			}
		})
	}
}

// That nobody tells when the post is due is no reason to lose it; and what may have been sent
// is not looked at again.
func TestTargetsThatNobodyTellsOf(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, post := f.publish(f.bob, core.Draft{Text: "first"}, nil)
	pub, s := f.plan(f.alice, refers("quote", post.URI)), f.session(f.alice)
	s.DueAt = f.clock.Now().Add(10 * time.Minute)
	if err := f.prepare(pub, s); err != nil {
		t.Fatal(err)
	}
	f.clock.Advance(10 * time.Minute)
	away := sandbox.Respond(http.StatusServiceUnavailable, "")
	f.Next(t, "GET /xrpc/com.atproto.repo.getRecord", away, away, away)
	if err := f.prepare(pub, s); err != nil {
		t.Fatal(err)
	}
	f.Sandbox.DeleteRecord(post.URI)
	f.Next(t, putRecord, sandbox.CutBefore())
	if _, err := pub.Commit(t.Context(), s); err == nil {
		t.Fatal("no error of a request that was lost")
	}
	before := f.count("com.atproto.repo.getRecord")
	if err := f.prepare(f.plan(f.alice, refers("quote", post.URI)), s); err != nil || f.count("com.atproto.repo.getRecord") != before {
		t.Errorf("%v, %d calls more", err, f.count("com.atproto.repo.getRecord")-before)
	}
}

// Who may answer and quote is decided by others; what nobody would be shown is not sent.
func TestGatesOfOthers(t *testing.T) {
	t.Parallel()
	rule := func(name string) string { return `{"$type":"app.bsky.feed.threadgate#` + name + `"}` }
	list := `{"$type":"app.bsky.feed.threadgate#listRule","list":"at://` + sandbox.BobDID + `/app.bsky.graph.list/3kabcdefghi22"}`
	for _, tc := range []struct {
		name, option, text, allow, postgate string
		refused, warned                     string
	}{
		{name: "open", option: "replyTo"},
		{name: "no rule", option: "replyTo", allow: "none"},
		{name: "nobody", option: "replyTo", allow: "[]", refused: "does not let this account reply"},
		{name: "mentioned", option: "replyTo", text: "with @alice.test", allow: "[" + rule("followerRule") + "," + rule("mentionRule") + "]"},
		{name: "not mentioned", option: "replyTo", allow: "[" + rule("mentionRule") + "]", refused: "does not let this account reply"},
		{
			name: "depends", option: "replyTo", allow: "[" + rule("mentionRule") + "," + rule("followingRule") + "," + list + "," + list + "]",
			warned: "only some reply to it: the members of a list and those whom the author follows. ",
		},
		{name: "quote of a closed thread", option: "quote", allow: "[]"},
		{name: "no quotes", option: "quote", postgate: "app.bsky.feed.postgate#disableRule", refused: "lets nobody quote"},
		{name: "reply to what nobody may quote", option: "replyTo", postgate: "app.bsky.feed.postgate#disableRule"},
		{name: "repost of what is closed", option: "repost", allow: "[]", postgate: "app.bsky.feed.postgate#disableRule"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			_, post := f.publish(f.bob, core.Draft{Text: "first " + tc.text}, nil)
			gate := `{"post":"` + post.URI + `","createdAt":"2026-01-01T00:00:00Z"`
			switch tc.allow {
			case "":
			case "none":
				f.write(sandbox.BobDID, "app.bsky.feed.threadgate", post.RKey, gate+`}`)
			default:
				f.write(sandbox.BobDID, "app.bsky.feed.threadgate", post.RKey, gate+`,"allow":`+tc.allow+`}`)
			}
			if tc.postgate != "" {
				f.write(sandbox.BobDID, "app.bsky.feed.postgate", post.RKey, gate+`,"embeddingRules":[{"$type":"`+tc.postgate+`"}]}`)
			}
			field := "blueSkyOptions." + tc.option
			for step, do := range map[string]func(core.Publication, *core.Session) error{
				"Preflight": func(p core.Publication, s *core.Session) error {
					return p.(core.Preflighter).Preflight(t.Context(), s)
				},
				"Prepare": f.prepare,
			} {
				f.warnings = nil
				err := do(f.plan(f.alice, refers(tc.option, post.URI)), f.session(f.alice))
				if e := core.AsError(err); tc.refused != "" && (err == nil || e.Field != field || !strings.Contains(e.Message, tc.refused) || e.Help == "") || tc.refused == "" && err != nil {
					t.Errorf("%s: %v", step, err)
				}
				if said := f.said(); tc.warned == "" && said != "" || !strings.Contains(said, tc.warned) {
					t.Errorf("%s warns: %s", step, said)
				}
			}
			if err := f.prepare(f.plan(f.bob, refers(tc.option, post.URI)), f.session(f.bob)); err != nil {
				t.Errorf("the author: %v", err)
			}
		})
	}
}

// A comment is held against the gate of the thread's first post, wherever in the thread it is.
func TestCommentsInClosedThreads(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, first := f.publish(f.bob, core.Draft{Text: "first"}, nil)
	_, second := f.publish(f.alice, refers("replyTo", first.URI), nil)
	f.write(sandbox.BobDID, "app.bsky.feed.threadgate", first.RKey, `{"post":"`+first.URI+`","createdAt":"2026-01-01T00:00:00Z","allow":[]}`)
	_, err := f.provider.AddComment(t.Context(), f.session(f.alice), core.CommentDraft{PostID: second.URI, Text: "y", At: f.clock.Now(), Key: "k"})
	e := core.AsError(err)
	if e.Kind != core.KindInvalid || e.Field != "id" || !e.Unsent || !strings.HasPrefix(e.Message, "id names a post in a thread") {
		t.Errorf("%+v", e)
	}
	f.Sandbox.DeleteRecord(first.URI)
	_, err = f.provider.AddComment(t.Context(), f.session(f.alice), core.CommentDraft{PostID: first.URI, ParentID: first.URI, Text: "y", At: f.clock.Now(), Key: "k"})
	if e := core.AsError(err); e.Field != "commentId" || !strings.Contains(e.Help, "searchPlatformId") || strings.Contains(e.Help, "bsky.app ") {
		t.Errorf("%+v", e)
	}
}

// A gate that nobody tells of keeps no post back.
func TestGatesThatNobodyTellsOf(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, first := f.publish(f.bob, core.Draft{Text: "first"}, nil)
	_, second := f.publish(f.alice, refers("replyTo", first.URI), nil)
	f.clock.Advance(time.Hour) // whose server it is on is forgotten
	away := sandbox.Respond(http.StatusServiceUnavailable, "")
	f.Next(t, "GET /plc/"+sandbox.BobDID, away, away, away, away)
	if err := f.prepare(f.plan(f.alice, refers("replyTo", second.URI)), f.session(f.alice)); err != nil {
		t.Fatal(err)
	}
	if said := f.said(); !strings.HasPrefix(said, "blueSkyOptions.replyTo: It could not be found out whether the account may reply in the thread: ") {
		t.Error(said)
	}
}

// Who is to reply can be said with lists that are there.
func TestListsThatAreNotThere(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const list = "at://" + sandbox.AliceDID + "/app.bsky.graph.list/3kabcdefghi22"
	d := core.Draft{Text: "x", Options: json.RawMessage(`{"replies":["` + list + `"]}`)}
	err := f.plan(f.alice, d).(core.Preflighter).Preflight(t.Context(), f.session(f.alice))
	if e := core.AsError(err); e.Kind != core.KindInvalid || e.Field != "blueSkyOptions.replies" || !strings.Contains(e.Message, list) {
		t.Errorf("%+v", e)
	}
	f.write(sandbox.AliceDID, "app.bsky.graph.list", "3kabcdefghi22", `{"name":"Friends","purpose":"app.bsky.graph.defs#curatelist","createdAt":"2026-01-01T00:00:00Z"}`)
	if err := f.plan(f.alice, d).(core.Preflighter).Preflight(t.Context(), f.session(f.alice)); err != nil {
		t.Error(err)
	}
}

// A list of somebody whom nobody can be is refused by its form, one of somebody who is not
// there when it is looked for; and of one that nobody tells of, the author is warned.
func TestListsOfOthers(t *testing.T) {
	t.Parallel()
	options := func(did string) json.RawMessage {
		return json.RawMessage(`{"replies":["at://` + did + `/app.bsky.graph.list/3kabcdefghi22"]}`)
	}
	for _, did := range []string{"did:plc:visvks4grdo72puawy7ekaf", "did:plc:x", "did:plc:SANDBOXBOB22222222222222", "did:foo:bar", "bob.test"} {
		t.Run(did, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			_, err := f.provider.Plan(t.Context(), f.alice.Account, core.Draft{Text: "x", Options: options(did)})
			if e := core.AsError(err); e.Kind != core.KindInvalid || e.Field != "blueSkyOptions.replies[0]" || !strings.Contains(e.Message, did) {
				t.Errorf("%+v", e)
			}
		})
	}
	t.Run("nobody", func(t *testing.T) {
		t.Parallel()
		const did = "did:plc:sandboxnobody22222222222"
		f := newFixture(t)
		err := f.plan(f.alice, core.Draft{Text: "x", Options: options(did)}).(core.Preflighter).Preflight(t.Context(), f.session(f.alice))
		if e := core.AsError(err); e.Kind != core.KindInvalid || e.Field != "blueSkyOptions.replies" || !strings.Contains(e.Message, "There is no account "+strconv.Quote(did)) {
			t.Errorf("%+v", e)
		}
	})
	t.Run("nobody tells", func(t *testing.T) {
		t.Parallel()
		f := newFixture(t)
		away := sandbox.Respond(http.StatusServiceUnavailable, "")
		f.Next(t, "GET /xrpc/com.atproto.repo.getRecord", away, away, away)
		err := f.plan(f.alice, core.Draft{Text: "x", Options: options(sandbox.BobDID)}).(core.Preflighter).Preflight(t.Context(), f.session(f.alice))
		if said := f.said(); err != nil || !strings.Contains(said, "It could not be found out whether the list at://"+sandbox.BobDID) {
			t.Errorf("%v, %q", err, said)
		}
	})
}

// A post is reposted once, however it is named, until the repost is deleted.
func TestRepostOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, post := f.publish(f.bob, core.Draft{Text: "first"}, nil)
	receipt, _ := f.publish(f.alice, refers("repost", post.URI), nil)
	again := f.plan(f.alice, refers("repost", "https://bsky.app/profile/bob.test/post/"+post.RKey))
	for step, err := range map[string]error{
		"Preflight": again.(core.Preflighter).Preflight(t.Context(), f.session(f.alice)),
		"Prepare":   f.prepare(again, f.session(f.alice)),
	} {
		if e := core.AsError(err); e.Kind != core.KindDuplicate || e.Field != "blueSkyOptions.repost" || !strings.Contains(e.Message, receipt.RemoteID) {
			t.Errorf("%s: %v", step, err)
		}
	}
	for ours, help := range map[bool]string{true: "delete that one with DELETE /post", false: "undo it in Bluesky's app"} {
		s := f.session(f.alice)
		s.Taken = func(_ context.Context, remoteID string) (bool, error) {
			return ours && remoteID == receipt.RemoteID, nil
		}
		if e := core.AsError(again.(core.Preflighter).Preflight(t.Context(), s)); !strings.Contains(e.Help, help) {
			t.Errorf("made by this server: %t; %q", ours, e.Help)
		}
	}
	f.publish(f.bob, refers("repost", post.URI), nil) // somebody else
	if err := f.provider.Delete(t.Context(), f.session(f.alice), receipt.RemoteID); err != nil {
		t.Fatal(err)
	}
	f.publish(f.alice, refers("repost", post.URI), nil)
}

// The repost that has just been written is not taken for an earlier one.
func TestRepostWhoseAnswerIsLost(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, post := f.publish(f.bob, core.Draft{Text: "first"}, nil)
	pub, s := f.plan(f.alice, refers("repost", post.URI)), f.session(f.alice)
	if err := f.prepare(pub, s); err != nil {
		t.Fatal(err)
	}
	f.Next(t, putRecord, sandbox.CutAfter())
	if _, err := pub.Commit(t.Context(), s); err == nil {
		t.Fatal("no error of an answer that was lost")
	}
	again := f.plan(f.alice, refers("repost", post.URI))
	if err := f.prepare(again, s); err != nil {
		t.Fatal(err)
	}
	if _, err := again.Commit(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if n := len(f.Sandbox.Records("app.bsky.feed.repost")); n != 1 {
		t.Errorf("%d reposts", n)
	}
}
