package bluesky_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/bluesky/blueskytest"
	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

const (
	putRecord   = "POST /xrpc/com.atproto.repo.putRecord"
	applyWrites = "POST /xrpc/com.atproto.repo.applyWrites"
)

// A post that is sent again, for whatever reason, is the same record under the same key.
func TestCommitTwiceIsOnePost(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	pub, s := f.plan(f.alice, core.Draft{Text: "once"}), f.session(f.alice)
	if err := f.prepare(pub, s); err != nil {
		t.Fatal(err)
	}
	first, err := pub.Commit(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	f.clock.Advance(time.Hour)
	again, err := f.plan(f.alice, core.Draft{Text: "once"}).Commit(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if posts := f.Sandbox.Posts(); len(posts) != 1 || first.RemoteID != again.RemoteID || first.Extra["cid"] != again.Extra["cid"] {
		t.Errorf("%d posts: %v and %v", len(posts), first, again)
	}
}

// A lost answer is looked up under the key: that there is nothing proves that nothing happened.
func TestReconcileLooksUnderTheKey(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		options, call string
		fault         sandbox.Fault
		found         bool
	}{
		"written":               {`{}`, putRecord, sandbox.CutAfter(), true},
		"not written":           {`{}`, putRecord, sandbox.CutBefore(), false},
		"written with a gate":   {`{"replies":"nobody"}`, applyWrites, sandbox.CutAfter(), true},
		"not written, no gate":  {`{"replies":"nobody"}`, applyWrites, sandbox.CutBefore(), false},
		"an error that is lost": {`{}`, putRecord, sandbox.Fail(http.StatusBadGateway, "UpstreamFailure", ""), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			pub, s := f.plan(f.alice, core.Draft{Text: "once", Options: json.RawMessage(tc.options)}), f.session(f.alice)
			if err := f.prepare(pub, s); err != nil {
				t.Fatal(err)
			}
			f.Next(t, tc.call, tc.fault)
			if _, err := pub.Commit(t.Context(), s); core.AsError(err).Refused() {
				t.Fatalf("Commit: %v", err)
			}
			receipt, found, err := pub.(core.Reconciler).Reconcile(t.Context(), s, f.clock.Now())
			if err != nil || found != tc.found {
				t.Fatalf("found %v, %v", found, err)
			}
			if found && (receipt.RemoteID != f.Sandbox.Posts()[0].URI || receipt.Extra["cid"] != f.Sandbox.Posts()[0].CID) {
				t.Errorf("receipt %v", receipt)
			}
			if !found {
				if _, err := pub.Commit(t.Context(), s); err != nil {
					t.Errorf("Commit after a proof: %v", err)
				}
			}
			if n := len(f.Sandbox.Posts()); n != 1 {
				t.Errorf("%d posts", n)
			}
		})
	}
}

// Only the account's own server proves that there is no post, in its own words.
func TestReconcileDoesNotGuess(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]sandbox.Fault{
		"no such account": sandbox.Fail(http.StatusBadRequest, "InvalidRequest", "Could not find repo: did:plc:x"),
		"not found":       sandbox.Respond(http.StatusNotFound, ""),
		"a proxy's page":  sandbox.Respond(http.StatusNotFound, "404 page not found"),
		"no repository":   sandbox.Fail(http.StatusBadRequest, "RepoNotFound", "Could not find repo"),
		"deactivated":     sandbox.Fail(http.StatusBadRequest, "AccountDeactivated", ""),
		"unavailable":     sandbox.Fail(http.StatusServiceUnavailable, "NotEnoughResources", ""),
		"somebody else's": sandbox.Respond(http.StatusOK, `{"uri":"at://x/app.bsky.feed.post/3kabcdefghi22"}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			pub, s := f.plan(f.alice, core.Draft{Text: "once"}), f.session(f.alice)
			if err := f.prepare(pub, s); err != nil {
				t.Fatal(err)
			}
			f.Next(t, putRecord, sandbox.CutAfter())
			if _, err := pub.Commit(t.Context(), s); err == nil {
				t.Fatal("no error of an answer that was lost")
			}
			f.Next(t, "GET /xrpc/com.atproto.repo.getRecord", fault, fault, fault)
			if _, found, err := pub.(core.Reconciler).Reconcile(t.Context(), s, f.clock.Now()); found || core.KindOf(err) != core.KindUncertain || !passes(err) {
				t.Errorf("found %v, %v", found, err)
			}
		})
	}
}

// passes tells whether an error says that the question can be put again, so that it is for a day.
func passes(err error) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		if e, ok := err.(*core.Error); ok && e.Kind == core.KindTemporary { //nolint:errorlint // every link of the chain is looked at
			return true
		}
	}
	return false
}

// Another record under the key of a post is not replaced, and taken for the post only if it has
// its time: then it is from a try that was written after all, before its files were sent anew.
func TestAnotherRecordUnderTheKey(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		options string
		own     bool
	}{
		"somebody else's":              {`{}`, false},
		"somebody else's, with a gate": {`{"replies":"nobody"}`, false},
		"an earlier try":               {`{}`, true},
		"an earlier try, with a gate":  {`{"replies":"nobody"}`, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			pub, s := f.plan(f.alice, core.Draft{Text: "mine", Options: json.RawMessage(tc.options)}), f.session(f.alice)
			if err := f.prepare(pub, s); err != nil {
				t.Fatal(err)
			}
			var state struct {
				RKey      string `json:"rkey"`
				CreatedAt string `json:"createdAt"`
			}
			if _, err := s.Checkpoint.Load(&state); err != nil {
				t.Fatal(err)
			}
			if !tc.own {
				state.CreatedAt = "2020-01-01T00:00:00Z"
			}
			other := json.RawMessage(`{"text":"other","createdAt":"` + state.CreatedAt + `"}`)
			there, err := f.Sandbox.CreateRecord(sandbox.AliceDID, "app.bsky.feed.post", state.RKey, other)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := pub.Commit(t.Context(), s); err == nil || core.AsError(err).Refused() {
				t.Errorf("Commit: %v", err)
			}
			receipt, found, err := pub.(core.Reconciler).Reconcile(t.Context(), s, f.clock.Now())
			switch e := core.AsErrors(err); {
			case found != tc.own, tc.own && (err != nil || receipt.RemoteID != there):
				t.Errorf("Reconcile: %v, %v, %v", receipt, found, err)
			case !tc.own && (e[0].Kind != core.KindInvalid || !strings.Contains(e[0].Message, "under the key") || e[0].Help == ""):
				t.Errorf("Reconcile: %v", err)
			}
			if posts := f.Sandbox.Posts(); len(posts) != 1 || posts[0].Text() != "other" {
				t.Errorf("posts: %v", posts)
			}
		})
	}
}

// The key, by which readers' apps order posts, is that of the time at which the post is due,
// although its files were there before.
func TestKeyIsChosenWhenThePostIsDue(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	picture := coretest.Picture("https://m.example/1.png", 3, 4)
	draft := core.Draft{Text: "later", Media: coretest.MediaRefs(picture.URL)}
	pub, s := f.plan(f.alice, draft), f.session(f.alice, picture)
	s.DueAt = f.clock.Now().Add(10 * time.Minute)
	if err := f.prepare(pub, s); err != nil {
		t.Fatal(err)
	}
	if _, err := pub.Commit(t.Context(), s); core.KindOf(err) != core.KindInternal || !core.AsError(err).Unsent {
		t.Errorf("Commit before the key is there: %v", err)
	}
	if _, found, err := pub.(core.Reconciler).Reconcile(t.Context(), s, f.clock.Now()); found || err != nil {
		t.Errorf("Reconcile: %v, %v", found, err)
	}
	f.clock.Advance(10 * time.Minute)
	again := f.plan(f.alice, draft)
	if err := f.prepare(again, s); err != nil {
		t.Fatal(err)
	}
	if _, err := again.Commit(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	want := s.DueAt.UTC().Format("2006-01-02T15:04:05.000Z")
	if posts := f.Sandbox.Posts(); len(posts) != 1 || value(t, posts[0])["createdAt"] != want {
		t.Errorf("posts %v, want one of %s", posts, want)
	}
	if n := f.count("com.atproto.repo.uploadBlob"); n != 1 {
		t.Errorf("%d uploads, want the one before", n)
	}
}

// A post that is put off at the moment at which it is due shows its new time.
func TestKeyIsChosenAnewWhenThePostIsPutOff(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	pub, s := f.plan(f.alice, core.Draft{Text: "later"}), f.session(f.alice)
	prepare := func() {
		if err := f.prepare(pub, s); err != nil {
			t.Fatal(err)
		}
	}
	prepare() // due at once
	s.DueAt = f.clock.Now().Add(10 * time.Minute)
	prepare() // ahead
	f.clock.Advance(15 * time.Minute)
	prepare()
	want := f.clock.Now()
	f.clock.Advance(time.Minute)
	prepare() // which changes nothing any more
	if _, err := pub.Commit(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	text := want.UTC().Format("2006-01-02T15:04:05.000Z")
	if posts := f.Sandbox.Posts(); len(posts) != 1 || value(t, posts[0])["createdAt"] != text {
		t.Errorf("posts %v, want one of %s", posts, text)
	}
}

// A server does not keep files that no post names: one that is old is sent again, and one that
// turns out to be gone as well.
func TestFilesThatAServerDropped(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		option  func(*sandbox.Options)
		refused bool
	}{
		"old":  {nil, false},
		"gone": {func(o *sandbox.Options) { o.BlobTTL = time.Minute }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var options []blueskytest.Option
			if tc.option != nil {
				options = append(options, blueskytest.WithOptions(tc.option))
			}
			f := newFixture(t, options...)
			picture := coretest.Picture("https://m.example/1.png", 3, 4)
			pub, s := f.plan(f.alice, core.Draft{Media: coretest.MediaRefs(picture.URL)}), f.session(f.alice, picture)
			if err := f.prepare(pub, s); err != nil {
				t.Fatal(err)
			}
			if tc.refused {
				f.clock.Advance(5 * time.Minute)
				_, err := pub.Commit(t.Context(), s)
				if e := core.AsError(err); e.Kind != core.KindTemporary || !e.Refused() || e.RetryAfter <= 0 {
					t.Fatalf("Commit: %+v", err)
				}
			} else {
				f.clock.Advance(31 * time.Minute)
			}
			if err := f.prepare(pub, s); err != nil {
				t.Fatal(err)
			}
			if n := f.count("com.atproto.repo.uploadBlob"); n != 2 {
				t.Errorf("%d uploads, want 2", n)
			}
			if _, err := pub.Commit(t.Context(), s); err != nil {
				t.Error(err)
			}
		})
	}
}

// A file that cannot be had any more is named as it was sent, although that was a while ago: the
// server may have it still, and says so if it does not.
func TestOldFileWhoseSourceIsGone(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	picture := coretest.Picture("https://m.example/1.png", 3, 4)
	pub, s := f.plan(f.alice, core.Draft{Media: coretest.MediaRefs(picture.URL)}), f.session(f.alice, picture)
	if err := f.prepare(pub, s); err != nil {
		t.Fatal(err)
	}
	f.clock.Advance(31 * time.Minute)
	gone := &core.Error{Kind: core.KindMedia, Code: core.CodeMediaURL, Field: "mediaUrls[0]", Message: "the address answers with status 403"}
	s.Fetch = func(context.Context, core.Need) (*core.Asset, error) { return nil, gone }
	if err := f.prepare(pub, s); err != nil {
		t.Fatal(err)
	}
	f.Next(t, putRecord, sandbox.Fail(http.StatusBadRequest, "BlobNotFound", "it is not here"))
	if _, err := pub.Commit(t.Context(), s); core.KindOf(err) != core.KindTemporary {
		t.Errorf("Commit: %v", err)
	}
	if err := f.prepare(pub, s); core.KindOf(err) != core.KindMedia { // now it is known to be gone
		t.Errorf("Prepare: %v", err)
	}
}

// What is known here may come from a backup, which does not know that the post went out: a post
// that is put off keeps its key then, and is the one that is there.
func TestKeyThatWasUsedIsKept(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	pub, s := f.plan(f.alice, core.Draft{Text: "once"}), f.session(f.alice)
	s.DueAt = f.clock.Now()
	if err := f.prepare(pub, s); err != nil {
		t.Fatal(err)
	}
	first, err := pub.Commit(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	f.clock.Advance(time.Hour)
	s.DueAt = f.clock.Now()
	if err := f.prepare(pub, s); err != nil {
		t.Fatal(err)
	}
	again, err := pub.Commit(t.Context(), s)
	if err != nil || again.RemoteID != first.RemoteID || len(f.Sandbox.Posts()) != 1 {
		t.Errorf("%+v after %+v, %v; %d posts", again, first, err, len(f.Sandbox.Posts()))
	}
}

// That nobody can be asked whether the earlier key was used puts the post off, and fails it not.
func TestKeyThatCannotBeLookedFor(t *testing.T) {
	t.Parallel()
	const getRecord = "GET /xrpc/com.atproto.repo.getRecord"
	for name, tc := range map[string]struct {
		trouble func(*fixture, *core.Session)
		kind    core.Kind
	}{
		"the server fails": {func(f *fixture, _ *core.Session) {
			for range 3 { // tries of one call
				f.Next(t, getRecord, sandbox.Fail(http.StatusServiceUnavailable, "NotEnoughResources", "busy"))
			}
		}, core.KindTemporary},
		"the server refuses": {func(f *fixture, _ *core.Session) {
			f.Next(t, getRecord, sandbox.Fail(http.StatusBadRequest, "InvalidRequest", "no"))
		}, core.KindTemporary},
		"too many questions": {func(f *fixture, _ *core.Session) {
			f.Next(t, getRecord, sandbox.Fail(http.StatusTooManyRequests, "RateLimitExceeded", "wait"))
		}, core.KindRateLimited},
		"no session": {func(_ *fixture, s *core.Session) {
			unbound(s, &core.Error{Kind: core.KindTemporary, Message: "it is being renewed"})
		}, core.KindTemporary},
		"the session is ended": {func(_ *fixture, s *core.Session) {
			unbound(s, &core.Error{Kind: core.KindAuth, Message: "it has ended"})
		}, core.KindAuth},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			pub, s := f.plan(f.alice, core.Draft{Text: "once"}), f.session(f.alice)
			if err := f.prepare(pub, s); err != nil {
				t.Fatal(err)
			}
			f.clock.Advance(time.Hour)
			s.DueAt = f.clock.Now()
			bound := s.Bound
			tc.trouble(f, s)
			if err := f.prepare(pub, s); core.KindOf(err) != tc.kind {
				t.Fatalf("%v, want it to be %s", err, tc.kind)
			}
			s.Bound = bound
			f.clock.Advance(time.Minute) // the limit is over
			if err := f.prepare(pub, s); err != nil {
				t.Fatal(err)
			}
			if _, err := pub.Commit(t.Context(), s); err != nil || len(f.Sandbox.Posts()) != 1 {
				t.Errorf("%v, %d posts", err, len(f.Sandbox.Posts()))
			}
		})
	}
}
