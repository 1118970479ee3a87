package publish_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/queue"
)

// drowsy is a store whose process stands still once: after a write, or when it looks whether
// the profile is alive.
type drowsy struct {
	publish.Store
	written func(core.Delivery) bool // nil: it is the look
	done    atomic.Bool
	sleep   func()
}

func (s *drowsy) UpdateDelivery(ctx context.Context, id string, fn func(*core.Delivery) error) (core.Delivery, error) {
	d, err := s.Store.UpdateDelivery(ctx, id, fn)
	if err == nil && s.written != nil && s.written(d) && s.done.CompareAndSwap(false, true) {
		s.sleep()
	}
	return d, err
}

func (s *drowsy) GetProfile(ctx context.Context, id string) (core.Profile, error) {
	p, err := s.Store.GetProfile(ctx, id)
	if s.written == nil && s.done.CompareAndSwap(false, true) {
		s.sleep()
	}
	return p, err
}

// goOn lets another process do what there is to do, and time pass, until it is enough.
func (w *world) goOn(other *publish.Publisher, enough func() bool) {
	w.t.Helper()
	for range 20 {
		if enough() {
			return
		}
		if j, ok := w.claim(); ok {
			w.finish(j, other.Attempt(w.t.Context(), j))
			continue
		}
		next, err := w.store.NextRunAt(w.t.Context(), w.kinds(), queue.Everything)
		if err != nil {
			w.t.Fatal(err)
		}
		if next.IsZero() {
			return
		}
		w.clock.Set(next)
	}
}

// TestNothingIsSentAfterStandingStill: a machine is suspended after it has noted that it sends a
// post, or sends it again. Another process proves meanwhile that the post is not there, and its
// author deletes it. The machine wakes up and sends nothing.
func TestNothingIsSentAfterStandingStill(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		repetition bool
		written    func(core.Delivery) bool
	}{
		"first call, after its note":            {written: func(d core.Delivery) bool { return d.State == core.DeliveryCommitting }},
		"first call, after a look at the store": {},
		"repetition, after its note":            {repetition: true, written: func(d core.Delivery) bool { return !d.RepeatedAt.IsZero() }},
		"repetition, after a look at the store": {repetition: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, repeatable)
			post := w.accept(coretest.PostRequest("Once"))
			if tc.repetition {
				w.network.Next(coretest.OpCommit, coretest.LoseRequest)
				w.work()
				w.clock.Set(w.delivery(post.Post.ID).ReconcileAt)
			}
			other := w.publisher
			s := &drowsy{Store: w.store, written: tc.written}
			s.sleep = func() {
				w.clock.Advance(3 * time.Minute)
				w.goOn(other, func() bool { return w.delivery(post.Post.ID).Unsent() })
				if err := other.Delete(t.Context(), w.profile.ID, post.Post.ID, false).Err; err != nil {
					t.Errorf("deleting it: %v", err)
				}
			}
			j, ok := w.claim()
			if !ok {
				t.Fatal("there is nothing to do")
			}
			calls := w.commits()
			w.finish(j, w.newPublisher(func(c *publish.Config) { c.Store = s }).Attempt(t.Context(), j))
			if !s.done.Load() {
				t.Fatal("the process did not stand still")
			}
			if d := w.delivery(post.Post.ID); d.State != core.DeliveryCancelled || w.commits() != calls {
				t.Errorf("%s, %d calls more; want it cancelled, and none", d.State, w.commits()-calls)
			}
		})
	}
}

// TestAFollowUpIsNotWrittenAfterStandingStill: as for the post, and another process has written
// the comment meanwhile.
func TestAFollowUpIsNotWrittenAfterStandingStill(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	post := w.accept(commented("Once", "First!"))
	other := w.publisher
	s := &drowsy{Store: w.store, written: func(d core.Delivery) bool {
		return len(d.FollowUps) > 0 && d.FollowUps[0].State == core.FollowUpSending
	}}
	s.sleep = func() {
		w.clock.Advance(3 * time.Minute)
		w.goOn(other, func() bool { return w.delivery(post.Post.ID).FollowUps[0].State == core.FollowUpDone })
	}
	w.publisher = w.newPublisher(func(c *publish.Config) { c.Store = s })
	w.drain()
	shown := w.network.Timeline()
	if len(shown) != 1 || len(shown[0].Comments) != 1 || !s.done.Load() {
		t.Errorf("posts %+v, stood still %v; want one with one comment", shown, s.done.Load())
	}
	if d := w.delivery(post.Post.ID); d.FollowUps[0].State != core.FollowUpDone {
		t.Errorf("the follow-up is %+v", d.FollowUps[0])
	}
}

// TestStandingStillIsNoFault: when nobody else has taken over, the post goes out, and its
// comment, once.
func TestStandingStillIsNoFault(t *testing.T) {
	t.Parallel()
	for name, written := range map[string]func(core.Delivery) bool{
		"before the post": func(d core.Delivery) bool { return d.State == core.DeliveryCommitting },
		"before the comment": func(d core.Delivery) bool {
			return len(d.FollowUps) > 0 && d.FollowUps[0].State == core.FollowUpSending
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			post := w.accept(commented("Once", "First!"))
			s := &drowsy{Store: w.store, written: written, sleep: func() { w.clock.Advance(3 * time.Minute) }}
			w.publisher = w.newPublisher(func(c *publish.Config) { c.Store = s })
			w.drain()
			d, shown := w.delivery(post.Post.ID), w.network.Timeline()
			if d.State != core.DeliveryPublished || d.FollowUps[0].State != core.FollowUpDone || len(shown) != 1 || len(shown[0].Comments) != 1 || w.commits() != 1 {
				t.Errorf("%s, %+v, %+v after %d calls", d.State, d.FollowUps, shown, w.commits())
			}
		})
	}
}

// deadlines is a publication that tells how long its Commit has got.
type deadlines struct {
	core.Publication
	left *time.Duration
}

func (p deadlines) Commit(ctx context.Context, s *core.Session) (core.Receipt, error) {
	if until, limited := ctx.Deadline(); limited {
		*p.left = time.Until(until)
	}
	return p.Publication.Commit(ctx, s)
}

// TestTimeThatStoodStillIsPartOfTheCall: what a suspended machine does not count of the time
// limit is taken off it.
func TestTimeThatStoodStillIsPartOfTheCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	post := w.accept(coretest.PostRequest("Once"))
	s := &drowsy{
		Store:   w.store,
		written: func(d core.Delivery) bool { return d.State == core.DeliveryCommitting },
		sleep:   func() { w.clock.Advance(commitTimeout - 10*time.Second) },
	}
	var left time.Duration
	w.publisher = w.newPublisher(
		w.altering(func(p core.Publication) core.Publication { return deadlines{p, &left} }),
		func(c *publish.Config) { c.Store = s },
	)
	w.drain()
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryPublished || left <= 0 || left > 10*time.Second {
		t.Errorf("%s, the call had %v; want at most 10s", d.State, left)
	}
}
