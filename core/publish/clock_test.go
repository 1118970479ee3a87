package publish_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/queue"
)

// sinceSpy notes how old the call is said to be when its outcome is looked up.
type sinceSpy struct {
	core.Publication
	since *[]time.Time
}

func (s sinceSpy) Reconcile(ctx context.Context, session *core.Session, since time.Time) (core.Receipt, bool, error) {
	*s.since = append(*s.since, since)
	return s.Publication.(core.Reconciler).Reconcile(ctx, session, since)
}

// checkClock looks at the clock as a running server does.
func (w *world) checkClock() {
	w.t.Helper()
	if err := w.publisher.CheckClock(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// After a set-back nobody knows how old a call is: it counts as so old that no network is
// asked by sending again, and the post is found all the same.
func TestClockSetBackBeforeALookUp(t *testing.T) {
	t.Parallel()
	const back = time.Hour
	for name, notice := range map[string]func(*world){
		"noticed at once":           (*world).checkClock,
		"noticed by the next start": func(w *world) { w.publisher = w.newPublisher(); w.checkClock() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			var since []time.Time
			w.use(func(p core.Publication) core.Publication { return sinceSpy{p, &since} })
			w.checkClock()
			w.network.Next(coretest.OpCommit, coretest.LoseAnswer)
			post := w.accept(coretest.PostRequest("Lost before the clock was set back"))
			w.work()
			w.clock.Advance(20 * time.Second)
			committed := w.delivery(post.Post.ID).CommittedAt
			w.clock.Set(w.clock.Now().Add(-back))
			corrected := w.clock.Now()
			notice(w)
			if name == "noticed by the next start" {
				w.use(func(p core.Publication) core.Publication { return sinceSpy{p, &since} })
			}
			w.drain()
			d := w.delivery(post.Post.ID)
			if d.State != core.DeliveryPublished || w.commits() != 1 || len(w.network.Timeline()) != 1 {
				t.Fatalf("state %s after %d commits, %d posts", d.State, w.commits(), len(w.network.Timeline()))
			}
			if len(since) == 0 || since[0].After(committed.Add(20*time.Second-back-24*time.Hour)) {
				t.Errorf("looked up as of %v; the call was at %v by a clock that was an hour ahead", since, committed)
			}
			if took := w.clock.Now().Sub(corrected); took > 10*time.Minute {
				t.Errorf("it took %s to find the post", took)
			}
			if len(w.observer.setBack) == 0 || w.observer.setBack[0] < back-20*time.Second || w.observer.setBack[0] > back {
				t.Errorf("observed set-backs %v, want one of about an hour", w.observer.setBack)
			}
		})
	}
}

// An attempt that is under way when the clock is set back notices it before it asks the
// network anything.
func TestClockSetBackDuringALookUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var since []time.Time
	w.use(func(p core.Publication) core.Publication { return sinceSpy{p, &since} })
	w.checkClock()
	w.network.Next(coretest.OpCommit, coretest.LoseAnswer)
	post := w.accept(coretest.PostRequest("Lost before the clock was set back"))
	w.work()
	w.clock.Advance(30 * time.Second)
	job, ok := w.claim()
	if !ok {
		t.Fatal("no job")
	}
	w.clock.Set(w.clock.Now().Add(-time.Hour))
	w.finish(job, w.publisher.Attempt(t.Context(), job))
	if len(since) > 0 {
		t.Fatal("the network was asked while nobody knew how old the call was")
	}
	w.drain()
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryPublished || len(w.network.Timeline()) != 1 || w.commits() != 1 {
		t.Errorf("state %s, %d posts after %d commits", d.State, len(w.network.Timeline()), w.commits())
	}
	if len(since) != 1 || w.clock.Now().Sub(since[0]) < 24*time.Hour {
		t.Errorf("looked up as of %v", since)
	}
}

// What the network did not take goes out once, and what is there is not taken for absent.
func TestClockSetBackAndAPostThatIsNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.checkClock()
	w.network.Next(coretest.OpCommit, coretest.LoseRequest)
	w.clock.Advance(900 * time.Millisecond) // which the store does not know yet
	post := w.accept(coretest.PostRequest("Lost on its way"))
	w.work()
	w.clock.Set(w.clock.Now().Add(-time.Hour))
	w.checkClock()
	w.drain()
	d := w.delivery(post.Post.ID)
	if d.State != core.DeliveryPublished || len(w.network.Timeline()) != 1 || d.AgeDoubt != 0 {
		t.Errorf("state %s, %d posts, doubt %s; the second call's age is known", d.State, len(w.network.Timeline()), d.AgeDoubt)
	}
}

// Immediate posts do not wait for a time that only the wrong clock had; scheduled ones
// wait for theirs; and what a dead worker held is free again soon.
func TestClockSetBackAndWhatWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.checkClock()
	scheduled := coretest.PostRequest("At half past")
	scheduled.ScheduleAt = w.clock.Now().Add(-30 * time.Minute).Add(time.Hour)
	dead := w.accept(coretest.PostRequest("Held by a worker that died"))
	if _, ok := w.claim(); !ok {
		t.Fatal("no job")
	}
	immediate := w.accept(coretest.PostRequest("At once"))
	at := w.accept(scheduled)
	w.clock.Set(w.clock.Now().Add(-time.Hour))
	w.checkClock()
	began := w.clock.Now()
	w.drain()
	for name, tc := range map[string]struct {
		id            string
		after, before time.Duration
	}{
		"immediate": {immediate.Post.ID, 0, lease + time.Minute},
		"held":      {dead.Post.ID, 0, lease + time.Minute},
		"scheduled": {at.Post.ID, 90 * time.Minute, 91 * time.Minute},
	} {
		d := w.delivery(tc.id)
		if out := d.CommittedAt.Sub(began); d.State != core.DeliveryPublished || out < tc.after || out > tc.before {
			t.Errorf("%s: state %s, out %s after the clock was corrected; want between %s and %s", name, d.State, out, tc.after, tc.before)
		}
	}
	if len(w.network.Timeline()) != 3 {
		t.Errorf("%d posts, want 3", len(w.network.Timeline()))
	}
}

// A call that is still to be made by the clock, which nobody noticed to have been set,
// gets its time all the same and is not sent again.
func TestAbandonedCallInTheFuture(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	post := w.accept(coretest.PostRequest("Once"))
	gate := coretest.NewGate()
	w.network.Next(coretest.OpCommit, then(gate.After, coretest.LoseAnswer))
	job, done := w.attemptUpTo(gate)
	w.clock.Set(w.clock.Now().Add(-time.Hour))
	other := w.newPublisher()
	began := w.clock.Now()
	// The lease has ended, by a clock that is another one.
	err := other.Attempt(t.Context(), job)
	d := w.delivery(post.Post.ID)
	if got := queue.Conclude(err, job, began, queue.Backoff{}); got.Outcome != queue.Snoozed || got.RunAt.Sub(began) < commitTimeout {
		t.Errorf("an attempt beside the call: %v, %+v", err, got)
	}
	if d.State != core.DeliveryCommitting || d.CommittedAt.After(began) || d.AgeDoubt < 25*time.Hour {
		t.Errorf("state %s, called at %v with a doubt of %s", d.State, d.CommittedAt, d.AgeDoubt)
	}
	gate.Open()
	w.finish(job, <-done)
	w.drain()
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryPublished || len(w.network.Timeline()) != 1 {
		t.Errorf("state %s, %d posts", d.State, len(w.network.Timeline()))
	}
}

// A clock that runs on, however far, is no set-back, and neither is a small correction.
func TestClockThatIsNotSetBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	j := w.keepJournal()
	for _, step := range []time.Duration{time.Second, 8 * time.Hour, -10 * time.Second, time.Minute} {
		w.clock.Set(w.clock.Now().Add(step))
		w.checkClock()
	}
	if len(w.observer.setBack) > 0 || slices.Contains(j.events(t), "clock.set_back") {
		t.Errorf("set-backs %v, events %v", w.observer.setBack, j.events(t))
	}
	w.clock.Set(w.clock.Now().Add(-time.Hour))
	w.checkClock()
	w.checkClock()
	if diff := cmp.Diff([]string{"clock.set_back"}, j.events(t)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}
