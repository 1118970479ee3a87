package publish_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
)

// dying is a store that calls hooks, and fails with their errors, ahead of its updates. It is
// of no use any more once the process has died.
type dying struct {
	publish.Store
	post, delivery func() error // nil: none
	dead           bool
}

// call runs a hook.
func (s *dying) call(hook func() error) error {
	if s.dead {
		return errDied
	}
	if hook == nil {
		return nil
	}
	err := hook()
	s.dead = errors.Is(err, errDied)
	return err
}

func (s *dying) UpdatePost(ctx context.Context, id string, fn func(*core.Post) error) (core.Post, error) {
	if err := s.call(s.post); err != nil {
		return core.Post{}, err
	}
	return s.Store.UpdatePost(ctx, id, fn)
}

func (s *dying) UpdateDelivery(ctx context.Context, id string, fn func(*core.Delivery) error) (core.Delivery, error) {
	if err := s.call(s.delivery); err != nil {
		return core.Delivery{}, err
	}
	return s.Store.UpdateDelivery(ctx, id, fn)
}

func died() error { return errDied }

// other returns a publisher on a store of its own making, as a process that dies has it.
func (w *world) other(s *dying) *publish.Publisher {
	w.t.Helper()
	s.Store = w.store
	return w.newPublisher(func(c *publish.Config) { c.Store = s })
}

// dieIn lets a process die in a request: nothing of the store works from the hook on.
func (w *world) dieIn(request func(*publish.Publisher) error, s *dying) {
	w.t.Helper()
	if err := request(w.other(s)); !errors.Is(err, errDied) {
		w.t.Fatalf("the request ended with %v, want it to die", err)
	}
}

// TestChangeOfADeadProcessIsCompleted: what a request has begun takes effect although nobody
// looks at the post, or repeats the request.
func TestChangeOfADeadProcessIsCompleted(t *testing.T) {
	t.Parallel()
	for name, when := range map[string]func(*dying){
		"before the deliveries are stopped": func(s *dying) { s.delivery = died },
		"before it is decided": func(s *dying) {
			s.delivery = func() error { s.post = died; return nil }
		},
		"before the deliveries are let go": func(s *dying) {
			s.delivery = func() error { s.delivery = died; return nil }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.schedule("earlier", 5*time.Hour)
			soon := w.clock.Now().Add(30 * time.Minute)
			s := &dying{}
			when(s)
			w.dieIn(func(p *publish.Publisher) error {
				_, err := p.Change(t.Context(), w.profile.ID, id, moveTo(soon))
				return err
			}, s)
			w.drain()
			d := w.delivery(id)
			if d.State != core.DeliveryPublished || !d.PublishedAt.Equal(soon) {
				t.Errorf("%s at %v, want it published at %v", d.State, d.PublishedAt, soon)
			}
		})
	}
}

// TestDeletionOfAHeldPostIsCompleted: its deliveries have no jobs that would find out.
func TestDeletionOfAHeldPostIsCompleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.schedule("paused", time.Hour)
	w.change(id, pause(true))
	w.dieIn(func(p *publish.Publisher) error { return p.Delete(t.Context(), w.profile.ID, id, false).Err }, &dying{delivery: died})
	w.drain()
	if d := w.delivery(id); d.State != core.DeliveryCancelled {
		t.Errorf("the delivery is %s, want it cancelled", d.State)
	}
}

// TestHeldPostLeavesItsLane: a post that is paused just as it is to be sent keeps no other of
// its account waiting.
func TestHeldPostLeavesItsLane(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.schedule("paused", time.Hour)
	w.clock.Advance(59 * time.Minute)
	w.work()
	w.clock.Advance(time.Minute)
	held, ok := w.claim()
	if !ok || held.Lane == "" {
		t.Fatalf("claimed %+v, want the post in its lane", held)
	}
	w.change(id, pause(true))
	w.accept(coretest.PostRequest("next"))
	for w.work() {
	}
	if diff := cmp.Diff([]string{"next"}, w.texts()); diff != "" {
		t.Errorf("published while the paused one's worker was still at it (-want +got):\n%s", diff)
	}
	w.finish(held, w.publisher.Attempt(t.Context(), held))
	w.drain()
	if diff := cmp.Diff([]string{"next"}, w.texts()); diff != "" {
		t.Errorf("published (-want +got):\n%s", diff)
	}
}

// TestNoChangeOnAnUndecidedOne: a change is not begun on top of one that is yet to be decided,
// of which the former state would be forgotten.
func TestNoChangeOnAnUndecidedOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gate := coretest.NewGate()
	w.network.Next(coretest.OpUpload, gate.Before)
	id := w.schedule("first", 16*time.Minute, w.picture("a.png"))
	w.clock.Advance(16 * time.Minute)
	job, answer := w.attemptUpTo(gate)
	w.dieIn(func(p *publish.Publisher) error {
		_, err := p.Change(t.Context(), w.profile.ID, id, rewrite("second"))
		return err
	}, &dying{delivery: died})

	// The next one cannot decide that one.
	s := &dying{delivery: func() error { return errors.New("the store is away") }}
	_, err := w.other(s).Change(t.Context(), w.profile.ID, id, pause(true))
	if code := core.CodeOf(core.AsError(err)); code != core.CodeProcessing {
		t.Errorf("change: %v, want code %d", err, core.CodeProcessing)
	}
	gate.Open()
	w.finish(job, <-answer)
	w.drain()
	o := w.outcome(id)
	if diff := cmp.Diff([]string{o.Post.Request.Text.Default}, w.texts()); diff != "" {
		t.Errorf("published (-as the post shows it +got):\n%s", diff)
	}
}

// TestChangeThatWasOvertaken: somebody else decides a change, and another is made on top, before
// the one who began it hears of that. It may not say that nothing was changed.
func TestChangeThatWasOvertaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.schedule("first", time.Hour)
	n := 0
	s := &dying{}
	s.delivery = func() error { // its first step after it began
		hook := s.delivery
		s.delivery = nil
		defer func() { s.delivery = hook }()
		n++
		w.change(id, rewrite(fmt.Sprintf("of another %d", n)))
		return nil
	}
	_, err := w.other(s).Change(t.Context(), w.profile.ID, id, rewrite("mine"))
	e := core.AsError(err)
	if core.CodeOf(e) != core.CodeProcessing || strings.Contains(e.Message, "nothing was changed") {
		t.Errorf("change: %v, want that it may have been changed again", err)
	}
	if n < 2 {
		t.Errorf("the other changed the post %d times", n)
	}
}

// TestDeletionBesideAPause: the worker that meets a delivery which was stopped, in a post that
// was deleted, cancels it.
func TestDeletionBesideAPause(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.schedule("text", time.Hour)
	deleter := &dying{}
	deleter.post = func() error { // between what it has read and its mark
		deleter.post = nil
		w.change(id, pause(true))
		deleter.delivery = died
		return nil
	}
	w.dieIn(func(p *publish.Publisher) error { return p.Delete(t.Context(), w.profile.ID, id, false).Err }, deleter)
	w.drain()
	if d := w.delivery(id); d.State != core.DeliveryCancelled {
		t.Errorf("the delivery is %s, want it cancelled", d.State)
	}
}
