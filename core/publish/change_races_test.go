package publish_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/queue"
)

// stepped is a store that calls before ahead of each of its operations that matter between
// a change and a worker, with the operation's number. An error of before is the operation's.
type stepped struct {
	publish.Store
	mu     sync.Mutex
	n      int
	before func(n int) error
}

func (s *stepped) step() error {
	s.mu.Lock()
	s.n++
	n := s.n
	s.mu.Unlock()
	return s.before(n)
}

func (s *stepped) GetPost(ctx context.Context, profileID, id string) (core.Post, error) {
	if err := s.step(); err != nil {
		return core.Post{}, err
	}
	return s.Store.GetPost(ctx, profileID, id)
}

func (s *stepped) UpdatePost(ctx context.Context, id string, fn func(*core.Post) error) (core.Post, error) {
	if err := s.step(); err != nil {
		return core.Post{}, err
	}
	return s.Store.UpdatePost(ctx, id, fn)
}

func (s *stepped) ListDeliveries(ctx context.Context, postIDs ...string) ([]core.Delivery, error) {
	if err := s.step(); err != nil {
		return nil, err
	}
	return s.Store.ListDeliveries(ctx, postIDs...)
}

func (s *stepped) GetDelivery(ctx context.Context, id string) (core.Delivery, error) {
	if err := s.step(); err != nil {
		return core.Delivery{}, err
	}
	return s.Store.GetDelivery(ctx, id)
}

func (s *stepped) UpdateDelivery(ctx context.Context, id string, fn func(*core.Delivery) error) (core.Delivery, error) {
	if err := s.step(); err != nil {
		return core.Delivery{}, err
	}
	return s.Store.UpdateDelivery(ctx, id, fn)
}

func (s *stepped) Enqueue(ctx context.Context, jobs ...queue.Job) error {
	if err := s.step(); err != nil {
		return err
	}
	return s.Store.Enqueue(ctx, jobs...)
}

func (s *stepped) Replace(ctx context.Context, jobs ...queue.Job) error {
	if err := s.step(); err != nil {
		return err
	}
	return s.Store.Replace(ctx, jobs...)
}

func (s *stepped) Cancel(ctx context.Context, kind, key string) (bool, error) {
	if err := s.step(); err != nil {
		return false, err
	}
	return s.Store.Cancel(ctx, kind, key)
}

// errDied is what every operation of a process that was killed comes to.
var errDied = errors.New("the process has died")

// maxSteps is more than any of these has.
const maxSteps = 60

// racingChange is a change that a worker may be faster than.
type racingChange struct {
	accounts int
	request  func(*core.PostRequest)
	prepare  []core.PostChange // made to the post first
	change   core.PostChange
	finally  core.PostChange // lets the post go in the end
	now      bool            // the post goes out no later than now
	held     bool            // before the change
	early    bool            // it is made long before the post's time

	mark  string // ends the texts of the post
	calls int    // that the network had before it
}

func racingChanges() map[string]racingChange {
	due := coretest.Epoch().Add(time.Hour)
	release := core.PostChange{Paused: new(false)}
	return map[string]racingChange{
		"pause of two":              {accounts: 2, change: pause(true), finally: release},
		"move":                      {accounts: 1, change: moveTo(due.Add(5 * time.Hour))},
		"move ahead":                {accounts: 2, change: moveTo(due), early: true},
		"text of two":               {accounts: 2, change: rewrite("Second"), now: true},
		"resume":                    {accounts: 2, prepare: []core.PostChange{pause(true)}, change: pause(false), finally: release, now: true, held: true},
		"resume with another text":  {accounts: 1, prepare: []core.PostChange{pause(true)}, change: core.PostChange{Paused: new(false), Text: rewrite("Second").Text}, finally: release, now: true, held: true},
		"approval":                  {accounts: 1, request: needsApproval, change: approve(true), finally: approve(true), now: true, held: true},
		"withdrawal of an approval": {accounts: 2, request: needsApproval, prepare: []core.PostChange{approve(true)}, change: approve(false), finally: approve(true)},
	}
}

// of makes it the change of a post of its own among the others of a world.
func (c racingChange) of(w *world, post int) racingChange {
	c.mark = fmt.Sprintf(" (%d)", post)
	if c.change.Text != nil {
		c.change.Text = &core.PerPlatform[string]{Default: c.change.Text.Default + c.mark}
	}
	if c.change.ScheduleAt != nil {
		c.change.ScheduleAt = new(w.clock.Now().Add(6 * time.Hour))
		if c.early {
			c.change.ScheduleAt = new(w.clock.Now().Add(20 * time.Minute))
		}
	}
	c.calls = w.commits()
	return c
}

// timeline is what the network shows of the post.
func (c racingChange) timeline(w *world) []coretest.Post {
	return slices.DeleteFunc(w.network.Timeline(), func(p coretest.Post) bool { return !strings.HasSuffix(p.Text, c.mark) })
}

// start accepts the post, and moves the clock to its time.
func (c racingChange) start(w *world) string {
	w.t.Helper()
	r := w.later("First" + c.mark)
	if c.request != nil {
		c.request(&r)
	}
	if c.accounts == 2 {
		r.AccountIDs = []string{coretest.Page(1).ID}
	}
	id := w.accept(r).Post.ID
	for _, step := range c.prepare {
		w.change(id, step)
	}
	if !c.early {
		w.clock.Set(r.ScheduleAt)
	}
	return id
}

// honest fails the test unless the post is what its network shows: no held post that is out,
// no text that is another one, nothing half stored, nothing twice.
func (c racingChange) honest(w *world, id string) {
	w.t.Helper()
	o := w.outcome(id)
	if o.Post.Before != nil {
		w.t.Errorf("the change is still undecided: %+v", o.Post.Before)
	}
	timeline := c.timeline(w)
	if o.Post.Held() && len(timeline) > 0 {
		w.t.Errorf("the post is %s, and %d are published", o.Post.Status, len(timeline))
	}
	for _, p := range timeline {
		if p.Text != o.Post.Request.Text.Default {
			w.t.Errorf("published %q, and the post shows %q", p.Text, o.Post.Request.Text.Default)
		}
		if p.At.Before(o.Post.Request.ScheduleAt) {
			w.t.Errorf("published at %v, and the post shows %v", p.At, o.Post.Request.ScheduleAt)
		}
		if late := p.At.Sub(o.Post.DueAt()); late > 2*time.Minute {
			w.t.Errorf("published %v late", late)
		}
	}
	if len(timeline) > c.accounts {
		w.t.Errorf("%d are published on %d accounts", len(timeline), c.accounts)
	}
}

// settled lets everything go and come to its end.
func (c racingChange) settled(w *world, id string) {
	w.t.Helper()
	c.honest(w, id)
	w.drain()
	c.honest(w, id)
	if w.outcome(id).Post.Held() {
		w.change(id, c.finally)
		w.drain()
	}
	c.honest(w, id)
	if o := w.outcome(id); o.Post.Status != core.PostSuccess || len(c.timeline(w)) != c.accounts || w.commits()-c.calls != c.accounts {
		w.t.Errorf("status %s, %d published by %d calls; want %d", o.Post.Status, len(c.timeline(w)), w.commits()-c.calls, c.accounts)
	}
}

// answered fails the test unless the change did what its answer says.
func (c racingChange) answered(w *world, id string, before core.Post, err error) {
	w.t.Helper()
	o := w.outcome(id)
	if err == nil {
		if c.change.Paused != nil && *c.change.Paused && o.Post.Status != core.PostPaused {
			w.t.Errorf("paused without an error, and the post is %s", o.Post.Status)
		}
		if c.change.Text != nil && o.Post.Request.Text.Default != c.change.Text.Default {
			w.t.Errorf("rewritten without an error, and the post shows %q", o.Post.Request.Text.Default)
		}
		if c.change.ScheduleAt != nil && !o.Post.Request.ScheduleAt.Equal(*c.change.ScheduleAt) {
			w.t.Errorf("moved without an error, and the post shows %v", o.Post.Request.ScheduleAt)
		}
		return
	}
	switch code := core.CodeOf(core.AsError(err)); code {
	case core.CodeProcessing, core.CodeNotChangeable:
	default:
		w.t.Errorf("the change ended with %v, want that it came too late", err)
	}
	if o.Post.Request.Text.Default != before.Request.Text.Default || !o.Post.Request.ScheduleAt.Equal(before.Request.ScheduleAt) {
		w.t.Errorf("refused, and the post shows %q at %v", o.Post.Request.Text.Default, o.Post.Request.ScheduleAt)
	}
}

// A worker goes through everything that is due between any two steps of a change.
func TestAWorkerBetweenTwoStepsOfAChange(t *testing.T) {
	t.Parallel()
	eachStep(t, func(w *world, c racingChange, step int) (reached bool) {
		id := c.start(w)
		before := w.outcome(id).Post
		store := &stepped{Store: w.store}
		store.before = func(n int) error {
			if n == step {
				reached = true
				for range 3 {
					w.work()
				}
			}
			return nil
		}
		changing := w.newPublisher(unread, func(cfg *publish.Config) { cfg.Store = store })
		_, err := changing.Change(w.t.Context(), w.profile.ID, id, c.change)
		c.answered(w, id, before, err)
		c.settled(w, id)
		return reached
	})
}

// A change is made between any two steps of a worker.
func TestAChangeBetweenTwoStepsOfAWorker(t *testing.T) {
	t.Parallel()
	eachStep(t, func(w *world, c racingChange, step int) (reached bool) {
		id := c.start(w)
		before := w.outcome(id).Post
		store := &stepped{Store: w.store}
		store.before = func(n int) error {
			if n == step {
				reached = true
				_, err := w.publisher.Change(w.t.Context(), w.profile.ID, id, c.change)
				c.answered(w, id, before, err)
			}
			return nil
		}
		working := w.newPublisher(unread, func(cfg *publish.Config) { cfg.Store = store })
		for range 4 {
			if j, ok := w.claim(); ok {
				w.finish(j, working.Attempt(w.t.Context(), j))
			}
		}
		if !reached {
			return false
		}
		c.settled(w, id)
		return true
	})
}

// The process dies between any two steps of a change. Whoever meets the post next completes
// it: a worker, a reader, or the same request once more; which of them, the number of the step
// and the name of the change say.
func TestDeathBetweenTwoStepsOfAChange(t *testing.T) {
	t.Parallel()
	next := []func(w *world, c racingChange, id string){
		func(w *world, _ racingChange, _ string) { w.drain() },
		func(w *world, c racingChange, id string) { c.honest(w, id) },
		func(w *world, c racingChange, id string) {
			if _, err := w.publisher.Change(w.t.Context(), w.profile.ID, id, c.change); err != nil {
				w.t.Errorf("repeated: %v", err)
			}
			if p := w.outcome(id).Post; c.now && p.Held() {
				w.t.Errorf("repeated, and the post is %s", p.Status)
			}
		},
	}
	eachStep(t, func(w *world, c racingChange, step int) (reached bool) {
		id := c.start(w)
		store := &stepped{Store: w.store}
		store.before = func(n int) error {
			if n >= step {
				reached = true
				return errDied
			}
			return nil
		}
		dying := w.newPublisher(unread, func(cfg *publish.Config) { cfg.Store = store })
		if _, err := dying.Change(w.t.Context(), w.profile.ID, id, c.change); reached && !errors.Is(err, errDied) {
			w.t.Errorf("died with %v", err)
		}
		if c.early { // nobody works on the post before its former time
			c.honest(w, id)
		}
		next[(step+len(w.t.Name()))%len(next)](w, c, id)
		c.settled(w, id)
		return reached
	})
}

// unread is a publisher that reads no post back: that comes after what matters here.
func unread(c *publish.Config) { c.InspectAfter = -1 }

// eachStep runs a scenario for every change and every step, until there are no more steps.
func eachStep(t *testing.T, run func(w *world, c racingChange, step int) (reached bool)) {
	t.Helper()
	for name, c := range racingChanges() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.link(coretest.Page(1))
			w.publisher = w.newPublisher(unread)
			step := 1
			for reached := true; reached && !t.Failed(); step++ {
				if step > maxSteps {
					t.Fatal("there is no end of steps")
				}
				reached = run(w, c.of(w, step), step)
				w.drain()
				if t.Failed() {
					t.Logf("at step %d", step)
				}
			}
			if step < 6 && !c.held && !c.early {
				t.Errorf("only %d steps", step-2)
			}
		})
	}
}
