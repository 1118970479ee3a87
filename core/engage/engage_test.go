package engage_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/engage"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/storetest/dbtest"
)

// fixture is a service on a real store, in front of a forum.
type fixture struct {
	*engage.Service
	t        *testing.T
	store    store.Store
	forum    *coretest.Forum
	clock    *coretest.Clock
	account  core.Account
	lost     []string // ids of accounts whose authorization was lost
	renewals int      // of refused tokens that succeed
	open     int      // sessions
	mu       sync.Mutex
}

func (f *fixture) OpenSession(a core.Account) (*core.Session, func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open++
	return coretest.NewSession(f.t, a), func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.open--
	}
}

func (f *fixture) Refused(_ context.Context, accountID string, refused core.Secret, _ string) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if refused != coretest.MemberToken {
		return false, errors.New("a token that was not given out")
	}
	if f.renewals > 0 {
		f.renewals--
		return true, nil
	}
	f.lost = append(f.lost, accountID)
	return false, nil
}

func newFixture(t *testing.T, change ...func(*engage.Config)) *fixture {
	t.Helper()
	return newFixtureOf(t, coretest.Config{}, change...)
}

// newFixtureOf is newFixture in front of a forum of a certain kind.
func newFixtureOf(t *testing.T, network coretest.Config, change ...func(*engage.Config)) *fixture {
	t.Helper()
	f := &fixture{t: t, clock: coretest.NewClock(coretest.Epoch())}
	f.store = dbtest.Open(t, f.clock)
	t.Cleanup(func() {
		if f.open != 0 {
			t.Errorf("%d sessions were not ended", f.open)
		}
	})
	network.Clock = f.clock
	f.forum = coretest.NewForum(network)
	f.account = coretest.Account()
	if err := f.store.CreateAccount(t.Context(), f.account, []byte("sealed")); err != nil {
		t.Fatal(err)
	}
	registry, err := core.NewRegistry(f.forum)
	if err != nil {
		t.Fatal(err)
	}
	c := engage.Config{Store: f.store, Registry: registry, Sessions: f, Pending: f.pending(registry), Tokens: f, Clock: f.clock}
	for _, fn := range change {
		fn(&c)
	}
	if f.Service, err = engage.New(c); err != nil {
		t.Fatal(err)
	}
	return f
}

// pending is what changes posts that have not gone out.
func (f *fixture) pending(registry *core.Registry) engage.Pending {
	f.t.Helper()
	p, err := publish.New(publish.Config{
		Store: f.store, Registry: registry, Media: coretest.NewAssets(), Tokens: coretest.NewTokens(), Clock: f.clock,
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return p
}

func (f *fixture) native(id string) engage.PostRef {
	return engage.PostRef{ID: id, Native: true, Platforms: []string{f.account.Platform}}
}

// comments lists the texts of the comments of a post.
func (f *fixture) comments(id string) ([]string, error) {
	f.t.Helper()
	results, err := f.Comments(f.t.Context(), f.account.ProfileID, f.native(id))
	if err != nil {
		f.t.Fatal(err)
	}
	var texts []string
	for _, c := range results[0].Value {
		texts = append(texts, c.Text)
	}
	return texts, results[0].Err
}

func TestNewNeedsItsParts(t *testing.T) {
	t.Parallel()
	if _, err := engage.New(engage.Config{}); err == nil {
		t.Error("a service of nothing was made")
	}
}

// Equal questions that come together are one call.
func TestEqualQuestionsAreAskedOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	post := f.forum.Publish(f.account.RemoteID, "Hello")
	gate := coretest.NewGate()
	f.forum.Always(coretest.OpAnalytics, gate.Before)
	f.forum.Always(coretest.OpComments, gate.Before)
	var asking sync.WaitGroup
	for range 8 {
		asking.Go(func() {
			results, err := f.PostAnalytics(t.Context(), f.account.ProfileID, f.native(post))
			if err != nil || results[0].Err != nil || results[0].Value.Values["commentCount"] != 0 {
				t.Errorf("got %+v, %v", results, err)
			}
		})
	}
	gate.Await(t)
	gate.Open()
	asking.Wait()
	if n := len(f.forum.Calls(coretest.OpAnalytics)); n != 1 {
		t.Errorf("%d calls, want 1", n)
	}
}

// What was read before a change is not kept after it.
func TestAChangeEndsWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	post := f.forum.Publish(f.account.RemoteID, "Hello")
	gate := coretest.NewGate()
	f.forum.Next(coretest.OpComments, gate.After)
	read := make(chan []string)
	go func() {
		texts, err := f.comments(post)
		if err != nil {
			t.Error(err)
		}
		read <- texts
	}()
	gate.Await(t)
	written, err := f.AddComment(t.Context(), f.account.ProfileID, engage.NewComment{
		Post: f.native(post), CommentText: engage.CommentText{Text: "New"},
	})
	if err != nil || written.Results[0].Err != nil {
		t.Fatalf("%+v, %v", written, err)
	}
	gate.Open()
	if old := <-read; len(old) != 0 {
		t.Errorf("what was under way had %q", old)
	}
	now, err := f.comments(post)
	if diff := cmp.Diff([]string{"New"}, now); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// The memory is bounded: what was used least is asked for again.
func TestTheCacheIsBounded(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *engage.Config) { c.CacheEntries = 2 })
	var posts []string
	for _, text := range []string{"a", "b", "c"} {
		posts = append(posts, f.forum.Publish(f.account.RemoteID, text))
	}
	for _, i := range []int{0, 1, 0, 2, 0, 1} { // b goes when c comes, and is asked for again
		if _, err := f.comments(posts[i]); err != nil {
			t.Fatal(err)
		}
	}
	var asked []string
	for _, c := range f.forum.Calls(coretest.OpComments) {
		asked = append(asked, c.Item)
	}
	if diff := cmp.Diff([]string{posts[0], posts[1], posts[2], posts[1]}, asked); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
}

func TestFailuresOfTheNetwork(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		behaviour coretest.Behaviour
		kind      core.Kind
		lost      bool
	}{
		"panic":              {coretest.Panic("broken"), core.KindInternal, false},
		"authorization lost": {coretest.Answer(401, 0), core.KindAuth, true},
		"forbidden":          {coretest.Answer(403, 0), core.KindForbidden, false},
		"slow":               {coretest.NewGate().Before, core.KindTemporary, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			coretest.LongEnough(t, 50*time.Millisecond, func(limit time.Duration) error {
				f := newFixture(t, func(c *engage.Config) { c.Timeout = limit })
				post := f.forum.Publish(f.account.RemoteID, "Hello")
				f.forum.Next(coretest.OpComments, tt.behaviour)
				_, err := f.comments(post)
				if got := core.AsErrors(err)[0]; got.Kind != tt.kind || got.Platform != f.account.Platform {
					return fmt.Errorf("got %w of kind %s, want %s", err, got.Kind, tt.kind)
				}
				if slices.Contains(f.lost, f.account.ID) != tt.lost {
					return fmt.Errorf("accounts whose authorization is lost: %q", f.lost)
				}
				_, err = f.comments(post) // failures are not kept
				return err
			})
		})
	}
}

// What the network refused for its token is done once more with a renewed one.
func TestRenewedToken(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		refusals, renewals int
		written            int
		lost               bool
	}{
		"renewed":              {1, 1, 1, false},
		"refused again":        {2, 1, 0, true},
		"again, and once more": {3, 5, 0, false},
		"cannot be renewed":    {1, 0, 0, true},
		"there was no refusal": {0, 1, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.renewals = tc.renewals
			post := f.forum.Publish(f.account.RemoteID, "Hello")
			for range tc.refusals {
				f.forum.Next(coretest.OpComment, coretest.Answer(401, 0))
			}
			written, err := f.AddComment(t.Context(), f.account.ProfileID, engage.NewComment{Post: f.native(post), CommentText: engage.CommentText{Text: "a"}})
			if err != nil {
				t.Fatal(err)
			}
			if ok := written.Results[0].Err == nil; ok != (tc.written > 0) || len(f.forum.Written()) != tc.written {
				t.Errorf("%v, written %d, want %d", written.Results[0].Err, len(f.forum.Written()), tc.written)
			}
			if n := len(f.forum.Calls(coretest.OpComment)); n > 2 {
				t.Errorf("%d calls", n)
			}
			if lost := slices.Contains(f.lost, f.account.ID); lost != tc.lost {
				t.Errorf("lost: %v, want %v", lost, tc.lost)
			}
		})
	}
}

// Who hangs up does not end what others wait for.
func TestHangingUp(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	post := f.forum.Publish(f.account.RemoteID, "Hello")
	gate := coretest.NewGate()
	f.forum.Next(coretest.OpComments, gate.Before)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		results, err := f.Comments(ctx, f.account.ProfileID, f.native(post))
		ended <- errors.Join(err, results[0].Err)
	}()
	gate.Await(t)
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	gate.Open()
	if _, err := f.comments(post); err != nil {
		t.Error(err)
	}
	if n := len(f.forum.Calls(coretest.OpComments)); n != 1 {
		t.Errorf("%d calls, want 1", n)
	}
}

// Where the comments cannot be read, those that were written here are deleted.
func TestDeletingWithoutReading(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ref := f.published(core.Receipt{RemoteID: f.forum.Publish(f.account.RemoteID, "Hello")})
	if _, err := f.AddComment(t.Context(), f.account.ProfileID, engage.NewComment{Post: ref, CommentText: engage.CommentText{Text: "a"}}); err != nil {
		t.Fatal(err)
	}
	f.forum.Always(coretest.OpComments, coretest.Answer(403, 0))
	results, err := f.DeleteComments(t.Context(), f.account.ProfileID, ref)
	if err != nil || results[0].Err != nil || len(results[0].Value.CommentIDs) != 1 || len(results[0].Value.Warnings) != 1 {
		t.Errorf("got %+v, %v", results, err)
	}
	if left := f.forum.Written(); len(left) != 0 {
		t.Errorf("left: %+v", left)
	}
}

// published is a post of this server's with that receipt.
func (f *fixture) published(r core.Receipt) engage.PostRef {
	f.t.Helper()
	d := core.Delivery{
		ID: "d1", PostID: "p1", ProfileID: f.account.ProfileID, AccountID: f.account.ID, Platform: f.account.Platform,
		State: core.DeliveryPublished, Receipt: r, CreatedAt: f.clock.Now(),
	}
	p := core.Post{ID: "p1", ProfileID: f.account.ProfileID, Status: core.PostSuccess, CreatedAt: f.clock.Now()}
	if err := f.store.InsertPost(f.t.Context(), store.NewPost{Post: p, Deliveries: []core.Delivery{d}}); err != nil {
		f.t.Fatal(err)
	}
	return engage.PostRef{ID: "p1"}
}

// The posts in which a thread goes on are listed for what they are, under the id of either side,
// and stay when the comments are deleted.
func TestPartsOfAThreadAreNoComments(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	post, s := f.forum.Publish(f.account.RemoteID, "one"), coretest.NewSession(t, f.account)
	write := func(text, parent string) string {
		c, err := f.forum.AddComment(t.Context(), s, core.CommentDraft{PostID: post, ParentID: parent, Text: text})
		if err != nil {
			t.Fatal(err)
		}
		return c.ID
	}
	two := write("two", "")
	three := write("three", two)
	below, beside := write("a comment", two), write("another", "")
	ref := f.published(core.Receipt{RemoteID: post, Parts: []string{two, three}})
	for _, ref := range []engage.PostRef{ref, f.native(post)} {
		results, err := f.Comments(t.Context(), f.account.ProfileID, ref)
		if err != nil || results[0].Err != nil {
			t.Fatal(results, err)
		}
		got := map[string]bool{}
		for _, c := range results[0].Value {
			got[c.ID] = c.Part
			for _, r := range c.Replies {
				got[r.ID] = r.Part
			}
		}
		if diff := cmp.Diff(map[string]bool{two: true, three: true, below: false, beside: false}, got); diff != "" {
			t.Errorf("%+v: %s", ref, diff)
		}
	}
	results, err := f.DeleteComments(t.Context(), f.account.ProfileID, ref)
	if err != nil || results[0].Err != nil {
		t.Fatal(results, err)
	}
	if diff := cmp.Diff([]string{below, beside}, results[0].Value.CommentIDs); diff != "" {
		t.Error(diff)
	}
	var left []string
	for _, c := range f.forum.Written() {
		left = append(left, c.ID)
	}
	if diff := cmp.Diff([]string{two, three}, left); diff != "" {
		t.Error(diff)
	}
}

// Before anything is sent, the caller is told, and can end it.
func TestNothingIsSentUnannounced(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	post := f.forum.Publish(f.account.RemoteID, "Hello")
	stop := errors.New("stop")
	_, err := f.AddComment(t.Context(), f.account.ProfileID, engage.NewComment{
		Post: f.native(post), CommentText: engage.CommentText{Text: "a"}, Attempt: engage.Attempt{Sending: func(context.Context) error { return stop }},
	})
	if !errors.Is(err, stop) || len(f.forum.Calls(coretest.OpComment)) != 0 {
		t.Errorf("got %v after %v", err, f.forum.Calls(coretest.OpComment))
	}
}

// A reply is written by the account that is chosen, also to a comment that another account
// of the profile wrote here; without a choice, by that account.
func TestWhoReplies(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	page := coretest.Page(1)
	if err := f.store.CreateAccount(t.Context(), page, []byte("sealed")); err != nil {
		t.Fatal(err)
	}
	post := f.forum.Publish(f.account.RemoteID, "Hello")
	chosen := engage.PostRef{ID: post, Native: true, AccountIDs: []string{page.ID}}
	written, err := f.AddComment(t.Context(), page.ProfileID, engage.NewComment{Post: chosen, CommentText: engage.CommentText{Text: "By the page"}})
	if err != nil || written.Results[0].Err != nil {
		t.Fatalf("%+v, %v", written, err)
	}
	ref := engage.CommentRef{ID: written.Results[0].Value.ID, Native: true, RemotePostID: post}
	for _, tc := range []struct {
		platforms, accountIDs []string
		want                  string
	}{
		{platforms: []string{f.account.Platform}, want: page.RemoteID},
		{accountIDs: []string{page.ID}, want: page.RemoteID},
		{accountIDs: []string{f.account.ID}, want: f.account.RemoteID},
	} {
		ref.Platforms, ref.AccountIDs = tc.platforms, tc.accountIDs
		reply, err := f.Reply(t.Context(), page.ProfileID, engage.NewReply{Comment: ref, CommentText: engage.CommentText{Text: "Reply"}})
		if err != nil || reply.Results[0].Err != nil || reply.Results[0].Value.From.ID != tc.want {
			t.Errorf("chosen %v: %+v, %v; want it from %s", tc.accountIDs, reply, err, tc.want)
		}
	}
}
