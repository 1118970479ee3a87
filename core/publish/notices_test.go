package publish_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/queue"
)

// mailbox is whom outcomes are told to.
type mailbox struct {
	mu       sync.Mutex
	deaf     bool  // wants nothing
	confused bool  // does not know what it wants
	fail     error // of Tell
	calls    int   // of Tell
	got      []core.Notice
}

func (m *mailbox) Wants(_ context.Context, _ string, action core.NoticeAction) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.confused {
		return false, errPostGone
	}
	return !m.deaf && action == core.NoticeScheduled, nil
}

func (m *mailbox) Tell(_ context.Context, _ string, notices ...core.Notice) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls++
	if m.fail != nil {
		return m.fail
	}
	for _, n := range notices {
		if !slices.ContainsFunc(m.got, func(g core.Notice) bool { return g.ID == n.ID }) {
			m.got = append(m.got, n)
		}
	}
	return nil
}

// about lists the sub-actions of the notices of a post.
func (m *mailbox) about(postID string) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []string
	for _, n := range m.got {
		if n.PostID == postID && n.Action == core.NoticeScheduled && n.ID != "" && !n.CreatedAt.IsZero() {
			list = append(list, n.SubAction)
		}
	}
	return list
}

// listen gives the world's publisher somebody to tell outcomes to.
func (w *world) listen() *mailbox {
	w.t.Helper()
	m := &mailbox{}
	w.publisher = w.newPublisher(hears(m))
	return m
}

func hears(m *mailbox) func(*publish.Config) {
	return func(c *publish.Config) { c.Notices = m }
}

func (w *world) acceptAwaited(r core.PostRequest, wait time.Duration) publish.Outcome {
	w.t.Helper()
	o, err := w.publisher.Accept(w.t.Context(), publish.Submission{ProfileID: w.profile.ID, Request: r, Awaited: wait})
	if err != nil {
		w.t.Fatal(err)
	}
	return o
}

func (w *world) untold() int {
	w.t.Helper()
	posts, err := w.store.UntoldPosts(w.t.Context(), 100)
	if err != nil {
		w.t.Fatal(err)
	}
	return len(posts)
}

func TestOutcomesAreTold(t *testing.T) {
	t.Parallel()
	first := []string{""}
	for name, tc := range map[string]struct {
		do   func(w *world) string // returns the post's id
		want []string
	}{
		"scheduled": {func(w *world) string { return w.accept(w.later("a")).Post.ID }, first},
		"scheduled, failed": {func(w *world) string {
			w.network.Next(coretest.OpCommit, coretest.Answer(400, 0))
			return w.accept(w.later("a")).Post.ID
		}, first},
		"scheduled, uncertain": {func(w *world) string {
			w.network.Next(coretest.OpCommit, coretest.LoseAnswer)
			w.network.Always(coretest.OpReconcile, coretest.Answer(403, 0))
			return w.accept(w.later("a")).Post.ID
		}, first},
		"a scheduled post does not become awaited": {func(w *world) string { return w.acceptAwaited(w.later("a"), 24*time.Hour).Post.ID }, first},
		"at once, and nobody waits":                {func(w *world) string { return w.accept(coretest.PostRequest("a")).Post.ID }, first},
		"at once, and awaited":                     {func(w *world) string { return w.acceptAwaited(coretest.PostRequest("a"), time.Minute).Post.ID }, nil},
		"at once, and awaited for too short": {func(w *world) string {
			w.network.Next(coretest.OpCommit, coretest.Answer(429, time.Hour))
			return w.acceptAwaited(coretest.PostRequest("a"), time.Minute).Post.ID
		}, first},
		"awaited, and then retried": {func(w *world) string {
			w.network.Next(coretest.OpCommit, coretest.Answer(401, 0))
			id := w.acceptAwaited(coretest.PostRequest("a"), 24*time.Hour).Post.ID
			w.drain()
			if _, err := w.publisher.Retry(w.t.Context(), w.profile.ID, id); err != nil {
				w.t.Fatal(err)
			}
			return id
		}, first},
		"failed, retried and failed": {func(w *world) string {
			w.network.Next(coretest.OpCommit, coretest.Answer(401, 0), coretest.Answer(401, 0))
			id := w.accept(coretest.PostRequest("a")).Post.ID
			w.drain()
			if _, err := w.publisher.Retry(w.t.Context(), w.profile.ID, id); err != nil {
				w.t.Fatal(err)
			}
			return id
		}, []string{"", ""}},
		"deleted before its time": {func(w *world) string {
			id := w.accept(w.later("a")).Post.ID
			if del := w.publisher.Delete(w.t.Context(), w.profile.ID, id, false); del.Err != nil {
				w.t.Fatal(del.Err)
			}
			return id
		}, nil},
		"deleted afterwards": {func(w *world) string {
			id := w.accept(w.later("a")).Post.ID
			w.drain()
			if del := w.publisher.Delete(w.t.Context(), w.profile.ID, id, false); del.Err != nil {
				w.t.Fatal(del.Err)
			}
			return id
		}, first},
		"its deletion is refused": {func(w *world) string {
			id := w.accept(w.later("a")).Post.ID
			w.drain()
			w.network.Next(coretest.OpDelete, coretest.Answer(403, 0))
			if del := w.publisher.Delete(w.t.Context(), w.profile.ID, id, false); del.Err == nil {
				w.t.Fatal("the post was deleted")
			}
			return id
		}, first},
		"refused at once": {func(w *world) string {
			o, err := w.publisher.Accept(w.t.Context(), publish.Submission{ProfileID: w.profile.ID, Request: coretest.PostRequest("")})
			if err == nil {
				w.t.Fatal("an empty post was accepted")
			}
			return o.Post.ID
		}, nil},
		"unlinked before its time": {func(w *world) string {
			id := w.accept(w.later("a")).Post.ID
			if err := w.store.DeleteAccount(w.t.Context(), w.account.ID); err != nil {
				w.t.Fatal(err)
			}
			return id
		}, first},
		"restored from a backup": {func(w *world) string {
			page := coretest.Page(1)
			w.link(page)
			r := coretest.PostRequest("a")
			r.AccountIDs = []string{page.ID}
			id := w.accept(r).Post.ID
			w.work()
			if _, err := w.publisher.HoldRestored(w.t.Context(), w.clock.Now()); err != nil {
				w.t.Fatal(err)
			}
			return id
		}, first},
		"paused, and let go": {func(w *world) string {
			id := w.accept(w.later("a")).Post.ID
			for _, paused := range []bool{true, false} {
				if _, err := w.publisher.Change(w.t.Context(), w.profile.ID, id, core.PostChange{Paused: &paused}); err != nil {
					w.t.Fatal(err)
				}
			}
			return id
		}, first},
		"approved": {func(w *world) string {
			r := coretest.PostRequest("a")
			r.RequiresApproval = true
			id := w.acceptAwaited(r, 24*time.Hour).Post.ID
			yes := true
			if _, err := w.publisher.Change(w.t.Context(), w.profile.ID, id, core.PostChange{Approved: &yes}); err != nil {
				w.t.Fatal(err)
			}
			return id
		}, first},
		"one of a list": {func(w *world) string {
			out, problems, err := w.publisher.AcceptAll(w.t.Context(), publish.Batch{
				ProfileID: w.profile.ID, ID: core.NewID(w.clock.Now()), At: w.clock.Now(), Names: []string{"row 1"}, Requests: []core.PostRequest{coretest.PostRequest("a")},
			})
			if err != nil || problems != nil {
				w.t.Fatal(problems, err)
			}
			return out[0].Post.ID
		}, first},
		"a repetition": {func(w *world) string {
			r := coretest.PostRequest("a")
			r.AutoRepost = &core.AutoRepost{Repeat: 1, Days: 2}
			o := w.acceptAwaited(r, time.Hour)
			w.drain()
			return publish.Repetitions(o.Post)[0].PostID
		}, first},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			told := w.listen()
			id := tc.do(w)
			w.drain()
			if err := w.publisher.Attempt(t.Context(), deliveryJob(w, id)); err != nil { // another worker settles it again
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, told.about(id)); diff != "" {
				t.Errorf("notices (-want +got):\n%s", diff)
			}
			if n := w.untold(); n != 0 {
				t.Errorf("%d posts are untold", n)
			}
		})
	}
}

// deliveryJob is a job at the first delivery of a post; of none, where it has none.
func deliveryJob(w *world, postID string) (j queue.Job) {
	w.t.Helper()
	j.Kind, j.Key = publish.JobKind, "none"
	if list := w.outcome(postID).Deliveries; len(list) > 0 {
		j.Key = list[0].ID
	}
	return j
}

func TestChangesOfAnOutcomeAreTold(t *testing.T) {
	t.Parallel()
	t.Run("not shown", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		told := &mailbox{}
		registry, err := core.NewRegistry(coretest.Readable{Provider: w.network})
		if err != nil {
			t.Fatal(err)
		}
		w.publisher = w.newPublisher(hears(told), func(c *publish.Config) { c.Registry = registry })
		w.network.Next(coretest.OpInspect, coretest.Stand(core.StandingRefused, "spam"))
		awaited := w.acceptAwaited(coretest.PostRequest("a"), 24*time.Hour).Post.ID
		w.drain()
		if diff := cmp.Diff([]string{core.SubActionNotShown}, told.about(awaited)); diff != "" {
			t.Errorf("notices (-want +got):\n%s", diff)
		}
	})
	t.Run("settled, beside one that has failed", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, func(c *coretest.Config) { c.Unreadable = true })
		told := w.listen()
		page := coretest.Page(1)
		w.link(page)
		r := w.later("a")
		r.AccountIDs = []string{page.ID}
		id := w.accept(r).Post.ID
		w.clock.Set(r.ScheduleAt)
		gate := coretest.NewGate()
		w.network.Next(coretest.OpCommit, coretest.Answer(400, 0), gate.After)
		for len(w.network.Calls(coretest.OpCommit)) == 0 {
			w.work()
		}
		_, done := w.attemptUpTo(gate)
		first := w.publisher
		w.publisher = w.newPublisher(hears(told))
		w.clock.Advance(time.Hour)
		w.drain()
		gate.Open()
		if err := <-done; err != nil {
			t.Errorf("the late answer ended with %v", err)
		}
		w.publisher = first
		w.drain()
		if o := w.outcome(id); o.Post.Status != core.PostError {
			t.Errorf("status %s", o.Post.Status)
		}
		if diff := cmp.Diff([]string{"", core.SubActionSettled}, told.about(id)); diff != "" {
			t.Errorf("notices (-want +got):\n%s", diff)
		}
	})
}

// TestToldOnceWhateverDies: what could not be handed over, or not be taken from the outbox, is
// handed over by the next sweep of any process, and has one id.
func TestToldOnceWhateverDies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	told := w.listen()
	told.fail = errPostGone
	id := w.accept(w.later("a")).Post.ID
	w.drain()
	if w.untold() != 1 || told.calls != 1 {
		t.Fatalf("%d posts are untold after %d tries", w.untold(), told.calls)
	}
	if _, err := w.publisher.Sweep(t.Context()); !errors.Is(err, errPostGone) {
		t.Errorf("the sweep ended with %v", err)
	}
	told.fail = nil
	halfway := w.newPublisher(hears(told), func(c *publish.Config) { c.Store = noPosts{c.Store} })
	if _, err := halfway.Sweep(t.Context()); !errors.Is(err, errPostGone) || w.untold() != 1 {
		t.Errorf("the sweep ended with %v, %d untold", err, w.untold())
	}
	restarted := w.newPublisher(hears(told))
	for range 2 {
		if _, err := restarted.Sweep(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff([]string{""}, told.about(id)); diff != "" || w.untold() != 0 || told.calls != 4 {
		t.Errorf("%d posts untold after %d tries, notices (-want +got):\n%s", w.untold(), told.calls, diff)
	}
}

// TestWhoLeavesIsTold: whoever gives up waiting has a notice instead of an answer, whether the
// post has ended by then or not.
func TestWhoLeavesIsTold(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		leave   func(w *world, id string) publish.Outcome
		outcome bool // whoever leaves has the outcome
		want    []string
	}{
		"in vain": {func(w *world, id string) publish.Outcome {
			return w.waited(w.t.Context(), id)
		}, false, []string{""}},
		"released": {func(w *world, id string) publish.Outcome {
			ctx, release := context.WithCancel(w.t.Context())
			release()
			return w.waited(ctx, id)
		}, false, []string{""}},
		"with the outcome": {func(w *world, id string) publish.Outcome {
			w.drain()
			return w.waited(w.t.Context(), id)
		}, true, nil},
		"hung up": {func(w *world, id string) publish.Outcome {
			ctx, hangUp := context.WithCancel(w.t.Context())
			hangUp()
			o := w.waited(ctx, id)
			w.unanswered(id)
			return o
		}, false, []string{""}},
		"hung up right after the end": {func(w *world, id string) publish.Outcome {
			w.drain()
			o := w.waited(w.t.Context(), id)
			w.unanswered(id)
			w.unanswered(id)
			return o
		}, true, []string{""}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			told := w.listen()
			id := w.acceptAwaited(coretest.PostRequest("a"), 365*24*time.Hour).Post.ID
			if o := tc.leave(w, id); (o.Post.ID == id && o.Final()) != tc.outcome {
				t.Errorf("left with %s %s", o.Post.ID, o.Post.Status)
			}
			w.drain()
			if diff := cmp.Diff(tc.want, told.about(id)); diff != "" {
				t.Errorf("notices (-want +got):\n%s", diff)
			}
		})
	}
}

// TestKilledWhileSomebodyWaits: the answer is lost with the server, and the next one tells the
// outcome, unless somebody waits there by then.
func TestKilledWhileSomebodyWaits(t *testing.T) {
	t.Parallel()
	for name, asks := range map[string]bool{"nobody asks again": false, "somebody asks again": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.listen()
			id := w.acceptAwaited(coretest.PostRequest("a"), 24*time.Hour).Post.ID
			w.clock.Advance(time.Second)
			told := w.listen() // another process
			var want []string
			if asks {
				answered := make(chan publish.Outcome, 1)
				pauses := w.clock.Follow(nil)
				go func() {
					o, _ := w.publisher.Wait(t.Context(), w.profile.ID, id, time.Hour)
					answered <- o
				}()
				for range 2 { // until it is given up, and until it is looked at again
					pauses.Next(t)
				}
				w.drain()
				if o := coretest.Receive(t, "the answer", answered); !o.Final() {
					t.Errorf("answered with %s", o.Post.Status)
				}
			} else {
				w.drain()
				want = []string{""}
			}
			if diff := cmp.Diff(want, told.about(id)); diff != "" {
				t.Errorf("notices (-want +got):\n%s", diff)
			}
		})
	}
}

// waited waits for no time at all.
func (w *world) waited(ctx context.Context, id string) publish.Outcome {
	w.t.Helper()
	o, err := w.publisher.Wait(ctx, w.profile.ID, id, 0)
	if err != nil && !errors.Is(err, context.Canceled) {
		w.t.Fatal(err)
	}
	return o
}

func (w *world) unanswered(id string) {
	w.t.Helper()
	if err := w.publisher.Unanswered(w.t.Context(), w.profile.ID, id); err != nil {
		w.t.Fatal(err)
	}
}

// lastMoment ends a post when its waiter has looked for the last time.
type lastMoment struct {
	publish.Store
	end func()
}

func (s *lastMoment) UpdatePost(ctx context.Context, id string, fn func(*core.Post) error) (core.Post, error) {
	if end := s.end; end != nil {
		s.end = nil
		end()
	}
	return s.Store.UpdatePost(ctx, id, fn)
}

// TestThePostEndsAtTheLastMoment: whoever gives up waiting while the post ends has its outcome.
func TestThePostEndsAtTheLastMoment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	told := w.listen()
	id := w.acceptAwaited(coretest.PostRequest("a"), time.Hour).Post.ID
	waiting := w.newPublisher(hears(told), func(c *publish.Config) { c.Store = &lastMoment{c.Store, w.drain} })
	o, err := waiting.Wait(t.Context(), w.profile.ID, id, 0)
	if err != nil || o.Post.Status != core.PostSuccess {
		t.Errorf("left with %s, %v; want success", o.Post.Status, err)
	}
	if got := told.about(id); got != nil {
		t.Errorf("told by notice as well: %q", got)
	}
}

// counted counts the writes of posts.
type counted struct {
	publish.Store
	writes int
}

func (s *counted) UpdatePost(ctx context.Context, id string, fn func(*core.Post) error) (core.Post, error) {
	post, err := s.Store.UpdatePost(ctx, id, fn)
	if err == nil {
		s.writes++
	}
	return post, err
}

// TestNobodyListensAndNothingIsWritten: a post is written once, when it ends, unless there
// is something to tell.
func TestNobodyListensAndNothingIsWritten(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		notices publish.Notices
		writes  int
	}{
		"nobody at all":   {nil, 1},
		"no webhook":      {&mailbox{deaf: true}, 1},
		"a webhook":       {&mailbox{}, 2},
		"nobody knows":    {&mailbox{confused: true}, 2},
		"out of the mail": {&mailbox{fail: errPostGone}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			count := &counted{Store: w.store}
			w.publisher = w.newPublisher(func(c *publish.Config) { c.Store, c.Notices = count, tc.notices })
			w.accept(w.later("a"))
			w.drain()
			if count.writes != tc.writes {
				t.Errorf("the post was written %d times, want %d", count.writes, tc.writes)
			}
		})
	}
}
