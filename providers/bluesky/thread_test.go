package bluesky_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/bluesky/api"
	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

// three is a text of three paragraphs.
const three = "Grüße 👩‍👩‍👧‍👦 to @bob.test\n\nSee https://example.com/a\n \n#end"

func threadOf(text, options string) core.Draft {
	return core.Draft{Text: text, Options: json.RawMessage(`{"thread":true` + options + `}`)}
}

// posts returns the posts of the sandbox, in the order of their keys.
func (f *fixture) posts() []sandbox.Record {
	return slices.SortedFunc(slices.Values(f.Sandbox.Posts()), func(a, b sandbox.Record) int { return strings.Compare(a.RKey, b.RKey) })
}

// checkChain looks whether each post answers the version of the one before that is there, and the
// first of all.
func checkChain(t *testing.T, posts []sandbox.Record) {
	t.Helper()
	for i, p := range posts {
		var record api.Post
		if err := json.Unmarshal(p.Value, &record); err != nil {
			t.Fatal(err)
		}
		switch {
		case i == 0:
			if record.Reply != nil {
				t.Errorf("the first post answers %v", record.Reply)
			}
			continue
		case record.Reply == nil:
			t.Fatalf("post %d answers nothing", i+1)
		}
		ref := func(r sandbox.Record) api.Ref { return api.Ref{URI: r.URI, CID: r.CID} }
		if diff := cmp.Diff(api.Reply{Root: ref(posts[0]), Parent: ref(posts[i-1])}, *record.Reply); diff != "" {
			t.Errorf("post %d: %s", i+1, diff)
		}
	}
}

// A thread is several posts that are written at once, each with what is its own.
func TestThread(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	picture := coretest.Picture("https://m.example/1.png", 3, 4)
	draft := threadOf(three, `,"threadNumber":true,"languages":["de"],"tags":["x"],"labels":["nudity"],"replies":"nobody","allowQuotes":false`)
	draft.Media = coretest.MediaRefs(picture.URL)
	receipt, first := f.publish(f.alice, draft, nil, picture)
	if n := f.count("com.atproto.repo.applyWrites"); n != 1 || f.count("com.atproto.repo.putRecord") != 0 {
		t.Errorf("%d calls of applyWrites", n)
	}
	posts := f.posts()
	if len(posts) != 3 || posts[0].URI != first.URI {
		t.Fatalf("posts %v", posts)
	}
	checkChain(t, posts)
	times := f.clock.Now().UTC()
	for i, want := range []string{
		`{"text":"Grüße 👩‍👩‍👧‍👦 to @bob.test 1/3","facets":[{"index":{"byteStart":37,"byteEnd":46},"features":[{"$type":"app.bsky.richtext.facet#mention","did":"` + sandbox.BobDID + `"}]}],
			"labels":{"$type":"com.atproto.label.defs#selfLabels","values":[{"val":"nudity"}]},
			"embed":{"$type":"app.bsky.embed.images","images":[{"alt":"","aspectRatio":{"width":3,"height":4},"image":` + blob("image/png", len(picture.Data)) + `}]}}`,
		`{"text":"See https://example.com/a 2/3","facets":[{"index":{"byteStart":4,"byteEnd":25},"features":[{"$type":"app.bsky.richtext.facet#link","uri":"https://example.com/a"}]}]}`,
		`{"text":"#end 3/3","facets":[{"index":{"byteStart":0,"byteEnd":4},"features":[{"$type":"app.bsky.richtext.facet#tag","tag":"end"}]}]}`,
	} {
		wanted := object(t, want)
		wanted["$type"], wanted["langs"], wanted["tags"] = "app.bsky.feed.post", []any{"de"}, []any{"x"}
		wanted["createdAt"] = times.Add(time.Duration(i) * time.Millisecond).Format("2006-01-02T15:04:05.000Z")
		got := value(t, posts[i])
		delete(got, "reply")
		if diff := cmp.Diff(wanted, got); diff != "" {
			t.Errorf("post %d: %s", i+1, diff)
		}
		if f.gate(posts[i], "app.bsky.feed.postgate") == nil || (f.gate(posts[i], "app.bsky.feed.threadgate") != nil) != (i == 0) {
			t.Errorf("the gates of post %d", i+1)
		}
	}
	told := func(r sandbox.Record) map[string]any {
		return map[string]any{"id": r.URI, "cid": r.CID, "postUrl": "https://bsky.app/profile/" + sandbox.AliceDID + "/post/" + r.RKey}
	}
	extra := map[string]any{"cid": first.CID, "thread": []any{told(posts[1]), told(posts[2])}}
	if diff := cmp.Diff(core.Receipt{RemoteID: first.URI, URL: told(first)["postUrl"].(string), Parts: []string{posts[1].URI, posts[2].URI}, Extra: extra}, receipt); diff != "" {
		t.Error(diff)
	}
	if f.warnings != nil {
		t.Errorf("warnings: %s", f.said())
	}
}

// A text without blank lines that fits is a post like any other; so is one of files alone.
func TestThreadOfOne(t *testing.T) {
	t.Parallel()
	picture := coretest.Picture("https://m.example/1.png", 3, 4)
	for name, draft := range map[string]core.Draft{
		"text":  threadOf("\n\nNothing follows.\n\n\n", `,"threadNumber":true`),
		"files": {Media: coretest.MediaRefs(picture.URL), Options: json.RawMessage(`{"thread":true,"threadNumber":true}`)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			receipt, post := f.publish(f.alice, draft, nil, picture)
			if _, more := receipt.Extra["thread"]; more || f.count("com.atproto.repo.putRecord") != 1 || post.Text() != strings.TrimSpace(draft.Text) {
				t.Errorf("%q: %v", post.Text(), receipt)
			}
		})
	}
}

// A thread that answers a post belongs to the thread of that.
func TestThreadAsAReply(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, root := f.publish(f.bob, core.Draft{Text: "root"}, nil)
	f.clock.Advance(time.Second)
	_, parent := f.publish(f.bob, core.Draft{Text: "parent", Options: json.RawMessage(`{"replyTo":"` + root.URI + `"}`)}, nil)
	f.clock.Advance(time.Second)
	f.publish(f.alice, threadOf("a\n\nb", `,"replyTo":"`+parent.URI+`"`), nil)
	posts := f.posts()
	var got []any
	for _, p := range posts[2:] {
		got = append(got, value(t, p)["reply"])
	}
	ref := func(r sandbox.Record) map[string]any { return map[string]any{"uri": r.URI, "cid": "CID"} }
	want := []any{
		map[string]any{"root": ref(root), "parent": ref(parent)},
		map[string]any{"root": ref(root), "parent": ref(posts[2])},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What is split within a paragraph is warned of; a text that is too long without thread names it
// as a way out.
func TestThreadOfALongParagraph(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	long := strings.TrimSpace(strings.Repeat("And so it goes on. ", 40))
	f.publish(f.alice, threadOf("First.\n\n"+long, ""), nil)
	posts := f.posts()
	if len(posts) != 4 || len(f.warnings) != 1 || f.warnings[0].Code != core.CodeTextTooLong || !strings.Contains(f.said(), "thread of 4 posts, 2 of which go on") {
		t.Errorf("%d posts, %s", len(posts), f.said())
	}
	var texts []string
	for _, p := range posts[1:] {
		texts = append(texts, p.Text())
	}
	if diff := cmp.Diff(long, strings.Join(texts, " ")); diff != "" {
		t.Error(diff)
	}
	_, err := f.provider.Plan(t.Context(), f.alice.Account, core.Draft{Text: long})
	if e := core.AsError(err); e.Code != core.CodeTextTooLong || !strings.Contains(e.Help, "blueSkyOptions.thread: true") {
		t.Errorf("without thread: %+v", e)
	}
}

// As many posts as may be in a thread are written at once, with all that goes with each.
func TestLongestThread(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var paragraphs []string
	for i := range 50 {
		paragraphs = append(paragraphs, fmt.Sprintf("paragraph %d", i+1))
	}
	f.publish(f.alice, threadOf(strings.Join(paragraphs, "\n\n"), `,"threadNumber":true,"allowQuotes":false,"replies":["mentioned"]`), nil)
	posts := f.posts()
	checkChain(t, posts)
	for i, p := range posts {
		if want := fmt.Sprintf("paragraph %d %d/50", i+1, i+1); p.Text() != want {
			t.Errorf("post %d is %q", i+1, p.Text())
		}
	}
	if len(posts) != 50 {
		t.Errorf("%d posts", len(posts))
	}
}

// A thread whose answer is lost is there or is not, as a whole; written again, it is the same.
func TestThreadIsWrittenOnce(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault sandbox.Fault
		found bool
	}{
		"written":       {sandbox.CutAfter(), true},
		"not written":   {sandbox.CutBefore(), false},
		"a lost answer": {sandbox.Fail(http.StatusBadGateway, "UpstreamFailure", ""), false},
		"no answer":     {sandbox.Respond(http.StatusOK, `{"results":[{"uri":"at://x/app.bsky.feed.post/3kabcdefghi22","cid":"x"}]}`), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			draft := threadOf(three, "")
			pub, s := f.plan(f.alice, draft), f.session(f.alice)
			if err := f.prepare(pub, s); err != nil {
				t.Fatal(err)
			}
			f.Next(t, applyWrites, tc.fault)
			if _, err := pub.Commit(t.Context(), s); err == nil || core.AsError(err).Refused() {
				t.Fatalf("Commit: %v", err)
			}
			again := f.plan(f.alice, draft) // by another process
			receipt, found, err := again.(core.Reconciler).Reconcile(t.Context(), s, f.clock.Now())
			if err != nil || found != tc.found {
				t.Fatalf("found %v, %v", found, err)
			}
			if !found {
				if receipt, err = again.Commit(t.Context(), s); err != nil {
					t.Fatalf("Commit after a proof: %v", err)
				}
			}
			if _, err := again.Commit(t.Context(), s); core.KindOf(err) != core.KindTemporary || core.AsError(err).Refused() {
				t.Errorf("Commit once more: %v", err)
			}
			posts := f.posts()
			checkChain(t, posts)
			if len(posts) != 3 || receipt.RemoteID != posts[0].URI || len(receipt.Extra["thread"].([]any)) != 2 || len(f.warnings) != 0 {
				t.Errorf("%d posts, %v, %s", len(posts), receipt, f.said())
			}
		})
	}
}

// threadState is what the checkpoint of a thread has.
type threadState struct {
	RKey      string `json:"rkey"`
	CreatedAt string `json:"createdAt"`
	Thread    []struct {
		RKey      string `json:"rkey"`
		CreatedAt string `json:"createdAt"`
	} `json:"thread"`
}

// A server that gives the posts other versions than were computed has torn the thread apart: the
// posts stand, and their author is told.
func TestThreadOfOtherVersions(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	pub, s := f.plan(f.alice, threadOf("a\n\nb", "")), f.session(f.alice)
	if err := f.prepare(pub, s); err != nil {
		t.Fatal(err)
	}
	var state threadState
	if _, err := s.Checkpoint.Load(&state); err != nil {
		t.Fatal(err)
	}
	uri := func(rkey string) string { return api.URI(sandbox.AliceDID, api.CollectionPost, rkey) }
	const other = "bafyreihch7gnszmmhd42xua2df25ygxw7gedl4es6tztejgt2cdd76nttu"
	f.Next(t, applyWrites, sandbox.Respond(http.StatusOK, fmt.Sprintf(`{"results":[{"uri":%q,"cid":%q},{"uri":%q,"cid":%q}]}`, uri(state.RKey), other, uri(state.Thread[0].RKey), other)))
	receipt, err := pub.Commit(t.Context(), s)
	if err != nil || receipt.RemoteID != uri(state.RKey) || receipt.Extra["cid"] != other {
		t.Fatalf("Commit: %v, %v", receipt, err)
	}
	if len(f.warnings) != 1 || f.warnings[0].Code != core.CodeNotShown || f.warnings[0].Field != "blueSkyOptions.thread" {
		t.Errorf("warnings: %s", f.said())
	}
}

// What an earlier try has written is found with its own versions; whether it hangs together shows
// in what is there.
func TestThreadOfAnEarlierTry(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		follows  bool // there is a second post
		answers  bool // it names the first as it is
		warnings int
	}{
		"whole": {true, true, 0},
		"torn":  {true, false, 1},
		"cut":   {false, false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			pub, s := f.plan(f.alice, threadOf("a\n\nb", "")), f.session(f.alice)
			if err := f.prepare(pub, s); err != nil {
				t.Fatal(err)
			}
			var state threadState
			if _, err := s.Checkpoint.Load(&state); err != nil {
				t.Fatal(err)
			}
			first := f.create(state.RKey, `{"text":"a, before","createdAt":"`+state.CreatedAt+`"}`)
			parent := api.Ref{URI: first.URI, CID: first.CID}
			if !tc.answers {
				parent.CID = "bafyreihch7gnszmmhd42xua2df25ygxw7gedl4es6tztejgt2cdd76nttu"
			}
			if tc.follows {
				reply, err := json.Marshal(api.Reply{Root: parent, Parent: parent})
				if err != nil {
					t.Fatal(err)
				}
				f.create(state.Thread[0].RKey, `{"text":"b","reply":`+string(reply)+`,"createdAt":"`+state.Thread[0].CreatedAt+`"}`)
			}
			receipt, found, err := pub.(core.Reconciler).Reconcile(t.Context(), s, f.clock.Now())
			if err != nil || !found || receipt.Extra["cid"] != first.CID {
				t.Fatalf("Reconcile: %v, %v, %v", receipt, found, err)
			}
			if _, told := receipt.Extra["thread"]; told != tc.follows || len(f.warnings) != tc.warnings {
				t.Errorf("%v, %s", receipt.Extra, f.said())
			}
		})
	}
}

// create writes a post of alice in the sandbox, behind the adapter's back.
func (f *fixture) create(rkey, record string) sandbox.Record {
	f.t.Helper()
	uri, err := f.Sandbox.CreateRecord(sandbox.AliceDID, "app.bsky.feed.post", rkey, json.RawMessage(record))
	if err != nil {
		f.t.Fatal(err)
	}
	made, _ := f.Sandbox.Record(uri)
	return made
}

// The first comment stands at the end of a thread, and a deletion takes all of it along.
func TestThreadWithACommentIsDeleted(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	draft := threadOf(three, `,"allowQuotes":false,"replies":"nobody"`)
	draft.FirstComment = &core.FirstComment{Text: "The link"}
	pub, s := f.plan(f.alice, draft), f.session(f.alice)
	if err := f.prepare(pub, s); err != nil {
		t.Fatal(err)
	}
	receipt, err := pub.Commit(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pub.(core.Finisher).FollowUp(t.Context(), s, core.FollowUpComment, receipt); err != nil {
		t.Fatal(err)
	}
	posts := f.posts()
	if len(posts) != 4 || posts[3].Text() != "The link" {
		t.Fatalf("posts %v", posts)
	}
	if want := f.clock.Now().UTC().Add(3 * time.Millisecond).Format("2006-01-02T15:04:05.000Z"); value(t, posts[3])["createdAt"] != want {
		t.Errorf("the comment is of %v, want %s: behind the thread", value(t, posts[3])["createdAt"], want)
	}
	checkChain(t, posts)

	away := sandbox.Fail(http.StatusServiceUnavailable, "NotEnoughResources", "")
	f.Next(t, "POST /xrpc/com.atproto.repo.deleteRecord", sandbox.Delay(time.Millisecond), sandbox.Delay(time.Millisecond), away, away, away, away)
	if err := f.provider.Delete(t.Context(), s, receipt.RemoteID); core.KindOf(err) != core.KindTemporary {
		t.Fatalf("Delete: %v", err)
	}
	if left := f.posts(); len(left) != 2 || left[0].URI != posts[0].URI || left[1].URI != posts[1].URI {
		t.Errorf("left of a deletion that was cut off: %v", left)
	}
	for range 2 { // it may be repeated
		if err := f.provider.Delete(t.Context(), s, receipt.RemoteID); err != nil {
			t.Fatal(err)
		}
	}
	if left := f.posts(); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	for _, p := range posts[:3] {
		if f.gate(p, "app.bsky.feed.postgate") != nil || f.gate(p, "app.bsky.feed.threadgate") != nil {
			t.Errorf("a gate of %s stays", p.URI)
		}
	}
}

// The deletion of a long thread asks no more than that of a single post what else goes with it.
func TestThreadWithoutGatesIsDeleted(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	pub, s := f.plan(f.alice, threadOf(strings.Repeat("x\n\n", 50), "")), f.session(f.alice)
	if err := f.prepare(pub, s); err != nil {
		t.Fatal(err)
	}
	receipt, err := pub.Commit(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	read := f.count("com.atproto.repo.getRecord")
	if err := f.provider.Delete(t.Context(), s, receipt.RemoteID); err != nil {
		t.Fatal(err)
	}
	if n := f.count("com.atproto.repo.getRecord") - read; n != 2 {
		t.Errorf("%d records were read, want the gates of the first post", n)
	}
	if deleted, left := f.count("com.atproto.repo.deleteRecord"), f.posts(); deleted != 50 || len(left) != 0 {
		t.Errorf("%d deletions left %d posts", deleted, len(left))
	}
}

// A thread that is put off shows new times in all its posts; one that was prepared is split the same
// way afterwards.
func TestThreadThatIsPutOff(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	pub, s := f.plan(f.alice, threadOf("a\n\nb", "")), f.session(f.alice)
	if err := f.prepare(pub, s); err != nil {
		t.Fatal(err)
	}
	f.clock.Advance(time.Hour)
	s.DueAt = f.clock.Now()
	if err := f.prepare(pub, s); err != nil {
		t.Fatal(err)
	}
	if _, err := pub.Commit(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	posts := f.posts()
	checkChain(t, posts)
	for i, p := range posts {
		want := s.DueAt.UTC().Add(time.Duration(i) * time.Millisecond).Format("2006-01-02T15:04:05.000Z")
		if value(t, p)["createdAt"] != want {
			t.Errorf("post %d is of %v, want %s", i+1, value(t, p)["createdAt"], want)
		}
	}
}

// What is not refused beforehand is not too long for a server either, with all that is found out
// later; and a mention that is found out may be what makes it too long.
func TestThreadAsLongAsARequest(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var pictures []coretest.File
	for i := range 4 {
		pictures = append(pictures, coretest.Picture(fmt.Sprintf("https://m.example/%d.png", i), 3, 4))
	}
	draftOf := func(length int) core.Draft {
		address := "@bob.test https://example.com/" + strings.Repeat("a", length)
		draft := threadOf(strings.TrimSpace(strings.Repeat(address+"\n\n", 50)), `,"shortenLinks":true,"threadNumber":true,"allowQuotes":false,"replies":"nobody","tags":["a"]`)
		for _, p := range pictures {
			draft.Media = append(draft.Media, core.MediaRef{URL: p.URL})
		}
		return draft
	}
	refused := func(length int) *core.Error {
		pub, err := f.provider.Plan(t.Context(), f.alice.Account, draftOf(length))
		if err == nil {
			err = pub.(core.Preflighter).Preflight(t.Context(), f.session(f.alice, pictures...))
		}
		if err == nil {
			return nil
		}
		return core.AsError(err)
	}
	longest := sort.Search(5000, func(n int) bool { return refused(n) != nil }) - 1
	if e := refused(longest + 1); e.Code != core.CodeTextTooLong || e.Field != "post" || longest < 1000 {
		t.Fatalf("an address of %d: %v", longest+1, e)
	}
	f.publish(f.alice, draftOf(longest), nil, pictures...)
	if n := len(f.posts()); n != 50 {
		t.Errorf("%d posts", n)
	}
	pub, s := f.plan(f.alice, draftOf(longest+20)), f.session(f.alice, pictures...) // nobody has looked up a mention
	if err := f.prepare(pub, s); core.CodeOf(core.AsError(err)) != core.CodeTextTooLong {
		t.Errorf("Prepare: %v", err)
	}
}
