package linkedin_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/linkedin/linkedintest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
	"github.com/crier-social/crier/providers/providertest"
)

// lose publishes a draft and loses the answer to it as the fault says.
func (f *fixture) lose(as providertest.Author, d core.Draft, fault sandbox.Fault, files ...coretest.File) (core.Reconciler, *core.Session, time.Time) {
	f.t.Helper()
	pub, s := f.plan(as, d), f.session(as, files...)
	if err := f.prepare(pub, s); err != nil {
		f.t.Fatal(err)
	}
	since := f.clock.Now()
	f.Next(f.t, "POST /rest/posts", fault)
	if _, err := pub.Commit(f.t.Context(), s); core.KindOf(err) != core.KindTemporary {
		f.t.Fatalf("Commit: %v", err)
	}
	return pub.(core.Reconciler), s, since
}

func TestReconcile(t *testing.T) {
	t.Parallel()
	const never = -1
	for _, tc := range []struct {
		name  string
		as    providertest.Author
		fault sandbox.Fault
		wait  time.Duration
		arm   func(*fixture)
		found bool
		kind  core.Kind
		posts int // shown on the network afterwards
		sends int // creates that arrived, the first one included

		inferred bool
		again    time.Duration // RetryAfter
	}{
		{name: "a page reads it back", as: pageDemo(), fault: sandbox.CutAfter(), found: true, posts: 1, sends: 1},
		{name: "a page, of which a sign-in page said that it was published", as: pageDemo(), fault: sandbox.Respond(200, "<html>login</html>"), wait: time.Minute, posts: 0, sends: 1},
		{name: "a member's, of which the answer named nothing", as: jane(), fault: sandbox.Respond(201, ""), found: true, posts: 1, sends: 2},
		{name: "a page, hours later", as: pageDemo(), fault: sandbox.CutAfter(), wait: 5 * time.Hour, found: true, posts: 1, sends: 1},
		{name: "a page proves its absence", as: pageDemo(), fault: sandbox.CutBefore(), wait: time.Minute, posts: 0, sends: 1},
		{name: "a page, too soon to tell", as: pageDemo(), fault: sandbox.CutBefore(), wait: 59 * time.Second, kind: core.KindUncertain, posts: 0, sends: 1, again: time.Second},
		{
			name: "a page, read before the post had to be shown, and answered after that", as: pageDemo(), fault: sandbox.CutBefore(),
			wait: 30 * time.Second, kind: core.KindUncertain, posts: 0, sends: 1, again: 30 * time.Second,
			arm: func(f *fixture) { f.Next(f.t, "GET /rest/posts", sandbox.Delay(40*time.Second)) },
		},
		{
			name: "the page's posts cannot be read now", as: pageDemo(), fault: sandbox.CutAfter(), wait: time.Hour, kind: core.KindUncertain, posts: 1, sends: 1,
			arm: func(f *fixture) {
				f.Next(f.t, "GET /rest/posts", sandbox.Fault{Action: sandbox.ActionRespond, Status: 502, Times: never})
			},
		},
		{
			name: "the token died meanwhile", as: pageDemo(), fault: sandbox.CutAfter(), wait: time.Hour, kind: core.KindUncertain, posts: 1, sends: 1,
			arm: func(f *fixture) { f.Next(f.t, "GET /rest/posts", sandbox.ExpireToken()) },
		},
		{name: "a member's is named as a duplicate", as: jane(), fault: sandbox.CutAfter(), wait: 7 * time.Minute, found: true, posts: 1, sends: 2, inferred: true},
		{name: "a member's is sent again", as: jane(), fault: sandbox.CutBefore(), wait: time.Minute, found: true, posts: 1, sends: 2},
		{
			name: "a member's, of an app without the resource", as: jane(), fault: sandbox.CutAfter(), found: true, posts: 1, sends: 2, inferred: true,
			arm: func(f *fixture) { f.Next(f.t, "GET /rest/posts", sandbox.Respond(404, `{"status":404}`)) },
		},
		{
			name: "a member's, refused for its image", as: jane(), fault: sandbox.CutBefore(), kind: core.KindMedia, posts: 0, sends: 2,
			arm: func(f *fixture) { f.Next(f.t, "POST /rest/posts", sandbox.Respond(400, silent)) },
		},
		{name: "a member's, too late to send again", as: jane(), fault: sandbox.CutAfter(), wait: 9 * time.Minute, kind: core.KindUncertain, posts: 1, sends: 1},
		{
			name: "a member's is lost again", as: jane(), fault: sandbox.CutBefore(), kind: core.KindUncertain, posts: 1, sends: 2,
			arm: func(f *fixture) { f.Next(f.t, "POST /rest/posts", sandbox.CutAfter()) },
		},
		{
			name: "a member's, throttled", as: jane(), fault: sandbox.CutAfter(), kind: core.KindUncertain, posts: 1, sends: 2,
			arm: func(f *fixture) { f.Next(f.t, "POST /rest/posts", sandbox.RateLimit()) },
		},
		{
			name: "a member's, forbidden meanwhile", as: jane(), fault: sandbox.CutAfter(), kind: core.KindUncertain, posts: 1, sends: 2,
			arm: func(f *fixture) { f.Next(f.t, "POST /rest/posts", sandbox.Respond(403, `{"status":403}`)) },
		},
		{
			name: "a member's, refused for what it is", as: jane(), fault: sandbox.CutBefore(), kind: core.KindInvalid, posts: 0, sends: 2,
			arm: func(f *fixture) {
				f.Next(f.t, "POST /rest/posts", sandbox.Respond(400, `{"status":400,"code":"INVALID_URL"}`))
			},
		},
		{
			name: "a member's, answered by a sign-in page again", as: jane(), fault: sandbox.CutBefore(), kind: core.KindUncertain, posts: 0, sends: 2,
			arm: func(f *fixture) { f.Next(f.t, "POST /rest/posts", sandbox.Respond(200, "<html>login</html>")) },
		},
		{
			name: "a duplicate in words alone", as: jane(), fault: sandbox.CutAfter(), kind: core.KindUncertain, posts: 1, sends: 2,
			arm: func(f *fixture) {
				f.Next(f.t, "POST /rest/posts", sandbox.Respond(422, `{"message":"Duplicate post is detected"}`))
			},
		},
		{
			name: "a duplicate that names nothing", as: jane(), fault: sandbox.CutAfter(), kind: core.KindUncertain, posts: 1, sends: 2,
			arm: func(f *fixture) { f.Next(f.t, "POST /rest/posts", sandbox.Respond(422, `{"code":"DUPLICATE_POST"}`)) },
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			pub, s, since := f.lose(tc.as, core.Draft{Text: everyReserved}, tc.fault)
			f.clock.Advance(tc.wait)
			if tc.arm != nil {
				tc.arm(f)
			}
			receipt, found, err := pub.Reconcile(t.Context(), s, since)
			if core.KindOf(err) != tc.kind || found != tc.found {
				t.Fatalf("found %v, %v", found, err)
			}
			posts := f.Sandbox.Posts()
			if len(posts) != tc.posts {
				t.Errorf("%d posts, want %d", len(posts), tc.posts)
			}
			if err != nil && tc.again > 0 && core.AsError(err).RetryAfter != tc.again {
				t.Errorf("to be asked again after %s, want %s", core.AsError(err).RetryAfter, tc.again)
			}
			if found && (receipt.RemoteID != posts[0].URN || receipt.URL == "" || receipt.Inferred != tc.inferred) {
				t.Errorf("receipt %+v, post %s", receipt, posts[0].URN)
			}
			if n := f.count("POST", "/rest/posts"); n != tc.sends {
				t.Errorf("%d creates, want %d", n, tc.sends)
			}
		})
	}
}

// Two posts with the same words and different pictures are two posts.
func TestReconcileTellsPicturesApart(t *testing.T) {
	t.Parallel()
	f := newFixture(t, linkedintest.WithOptions(func(o *sandbox.Options) { o.DuplicateWindow = -1 }))
	one, two := coretest.Picture("https://m.example/1.png", 3, 4), coretest.Picture("https://m.example/2.png", 5, 6)
	s := f.session(pageDemo(), one)
	other := f.plan(pageDemo(), core.Draft{Text: "x", Media: coretest.MediaRefs(one.URL)})
	if err := f.prepare(other, s); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Commit(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	pub, session, since := f.lose(pageDemo(), core.Draft{Text: "x", Media: coretest.MediaRefs(two.URL)}, sandbox.CutBefore(), two)
	f.clock.Advance(2 * time.Minute)
	if receipt, found, err := pub.Reconcile(t.Context(), session, since); err != nil || found {
		t.Errorf("%+v, %v, %v", receipt, found, err)
	}
}

// An older post with the same content is another one.
func TestReconcileTakesNoOlderPost(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	if _, err := f.plan(pageDemo(), core.Draft{Text: "x"}).Commit(t.Context(), f.session(pageDemo())); err != nil {
		t.Fatal(err)
	}
	f.clock.Advance(time.Hour)
	pub, s, since := f.lose(pageDemo(), core.Draft{Text: "x"}, sandbox.CutBefore())
	f.clock.Advance(2 * time.Minute)
	if receipt, found, err := pub.Reconcile(t.Context(), s, since); err != nil || found {
		t.Errorf("%+v, %v, %v", receipt, found, err)
	}
}

// The post is found behind many newer ones, over pages from which items are left
// out.
func TestReconcileReadsPages(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	pub, s, since := f.lose(pageDemo(), core.Draft{Text: "the one"}, sandbox.CutAfter())
	want := f.Sandbox.Posts()[0].URN
	for i := range 120 {
		f.clock.Advance(time.Second)
		d := core.Draft{Text: "another " + time.Duration(i).String()}
		if _, err := f.plan(pageDemo(), d).Commit(t.Context(), f.session(pageDemo())); err != nil {
			t.Fatal(err)
		}
	}
	receipt, found, err := pub.Reconcile(t.Context(), s, since)
	if err != nil || !found || receipt.RemoteID != want {
		t.Errorf("%+v, %v, %v", receipt, found, err)
	}
	if n := f.count("GET", "/rest/posts"); n != 3 {
		t.Errorf("%d pages read, want 3", n)
	}
}

// That the post is not among the newest is no proof: there may be more than are read.
func TestReconcileReadsNoMoreThanItMust(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	pub, s, since := f.lose(pageDemo(), core.Draft{Text: "x"}, sandbox.CutAfter())
	f.clock.Advance(time.Hour)
	f.Next(t, "GET /rest/posts", endless())
	_, found, err := pub.Reconcile(t.Context(), s, since)
	if e := core.AsError(err); found || e.Kind != core.KindUncertain || !strings.Contains(e.Message, "more than 500 newer posts") {
		t.Errorf("found %v, %+v", found, e)
	}
	if n := f.count("GET", "/rest/posts"); n != 10 {
		t.Errorf("%d pages read, want 10", n)
	}
}

// A post counts as there unless readers never see it.
func TestReconcileLooksAtTheLifecycle(t *testing.T) {
	t.Parallel()
	for state, found := range map[string]bool{
		"PUBLISHED": true, "PUBLISH_REQUESTED": true, "A_STATE_TO_COME": true, "": true,
		"DRAFT": false, "PUBLISH_FAILED": false,
	} {
		t.Run(cmp.Or(state, "none"), func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			pub, s, since := f.lose(pageDemo(), core.Draft{Text: "x"}, sandbox.CutBefore())
			f.clock.Advance(2 * time.Minute)
			f.Next(t, "GET /rest/posts", sandbox.Respond(200, fmt.Sprintf(
				`{"elements":[{"id":"urn:li:share:7","author":%q,"commentary":"x","lifecycleState":%q,"createdAt":%d}],
				"paging":{"start":0,"count":50}}`, sandbox.PageURN, state, since.UnixMilli())))
			receipt, got, err := pub.Reconcile(t.Context(), s, since)
			if err != nil || got != found || got && receipt.RemoteID != "urn:li:share:7" {
				t.Errorf("found %v, want %v: %+v, %v", got, found, receipt, err)
			}
		})
	}
}

// A post of another author, or from before the create, is not the one; that clocks
// differ a little does not matter.
func TestReconcileComparesAuthorAndTime(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, author string
		created      time.Duration // after the create began
		found        bool
	}{
		{"the author's", sandbox.PageURN, 0, true},
		{"an author who is not told", "", 0, true},
		{"another author's", sandbox.JaneURN, 0, false},
		{"by a slow clock", sandbox.PageURN, -59 * time.Second, true},
		{"from before", sandbox.PageURN, -61 * time.Second, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			pub, s, since := f.lose(pageDemo(), core.Draft{Text: "x"}, sandbox.CutBefore())
			f.clock.Advance(2 * time.Minute)
			f.Next(t, "GET /rest/posts", sandbox.Respond(200, fmt.Sprintf(
				`{"elements":[{"id":"urn:li:share:7","author":%q,"commentary":"x","createdAt":%d}]}`, tc.author, since.Add(tc.created).UnixMilli())))
			if receipt, found, err := pub.Reconcile(t.Context(), s, since); err != nil || found != tc.found {
				t.Errorf("found %v, want %v: %+v, %v", found, tc.found, receipt, err)
			}
		})
	}
}

// A post that LinkedIn shows without a usable id is there all the same: it is not
// sent again.
func TestReconcileFindsAPostWithoutAnID(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"", "17"} {
		t.Run(cmp.Or(id, "none"), func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			pub, s, since := f.lose(pageDemo(), core.Draft{Text: "x"}, sandbox.CutBefore())
			var warnings []core.Warning
			s.OnWarning = func(w core.Warning) { warnings = append(warnings, w) }
			f.clock.Advance(2 * time.Minute)
			f.Next(t, "GET /rest/posts", sandbox.Respond(200, fmt.Sprintf(
				`{"elements":[{"id":%q,"commentary":"x","lifecycleState":"PUBLISHED","createdAt":%d}]}`, id, since.UnixMilli())))
			receipt, found, err := pub.Reconcile(t.Context(), s, since)
			if err != nil || !found || receipt.RemoteID != "" || receipt.URL != "" || len(warnings) != 1 {
				t.Errorf("found %v: %+v, %v, warnings %v", found, receipt, err, warnings)
			}
		})
	}
}

func TestReconcileWhileTheTokenCannotBeRead(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	pub, s, since := f.lose(jane(), core.Draft{Text: "x"}, sandbox.CutAfter())
	s.Token = func(context.Context) (core.Secret, error) { return "", errors.New("the disk is gone") }
	_, _, err := pub.Reconcile(t.Context(), s, since)
	if e := core.AsError(err); e.Kind != core.KindUncertain || !strings.Contains(e.Message, "token could not be read") {
		t.Errorf("%+v", e)
	}
}

func TestReconcileWithoutAToken(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	pub, s, since := f.lose(jane(), core.Draft{Text: "x"}, sandbox.CutAfter())
	s.Token = func(context.Context) (core.Secret, error) {
		return "", &core.Error{Kind: core.KindAuth, Message: "link the account again"}
	}
	if _, _, err := pub.Reconcile(t.Context(), s, since); core.KindOf(err) != core.KindUncertain {
		t.Error(err)
	}
}
