package publish_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/store"
)

// outage is a store whose server goes away while it changes a delivery from one state to
// another.
type outage struct {
	publish.Store
	from, to core.DeliveryState
	stored   bool // the change is stored, and its answer lost

	mu   sync.Mutex
	left int // writes that fail from then on
	gone bool
}

func (s *outage) fails(from, to core.DeliveryState) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if from == s.from && to == s.to {
		s.gone = true
	}
	if !s.gone || s.left == 0 {
		return false
	}
	s.left--
	return true
}

func (s *outage) UpdateDelivery(ctx context.Context, id string, fn func(*core.Delivery) error) (core.Delivery, error) {
	failed := false
	d, err := s.Store.UpdateDelivery(ctx, id, func(d *core.Delivery) error {
		before := d.State
		if err := fn(d); err != nil {
			return err
		}
		if failed = s.fails(before, d.State); failed && !s.stored {
			return store.ErrUnreachable
		}
		return nil
	})
	if failed && err == nil {
		s.stored = false // once
		return core.Delivery{}, fmt.Errorf("update: %w", store.ErrUnreachable)
	}
	return d, err
}

// TestOutageOfTheStore: whatever the store's server takes or loses when it goes away, and
// however long it is gone, a post is sent once, and nothing that was sent, refused or never
// begun looks as if nobody knew what became of it.
func TestOutageOfTheStore(t *testing.T) {
	t.Parallel()
	refused := &core.Error{Kind: core.KindInvalid, Code: core.CodeParameters, Message: "no"}
	for name, tc := range map[string]struct {
		from, to core.DeliveryState
		stored   bool
		answer   *core.Error // of the network
		want     core.DeliveryState
		commits  int
	}{
		"before the call, not stored": {from: core.DeliveryPreparing, to: core.DeliveryCommitting, want: core.DeliveryPublished, commits: 1},
		"before the call, stored":     {from: core.DeliveryPreparing, to: core.DeliveryCommitting, stored: true, want: core.DeliveryPublished, commits: 1},
		"receipt, not stored":         {from: core.DeliveryCommitting, to: core.DeliveryPublished, want: core.DeliveryPublished, commits: 1},
		"receipt, stored":             {from: core.DeliveryCommitting, to: core.DeliveryPublished, stored: true, want: core.DeliveryPublished, commits: 1},
		"refusal, not stored":         {from: core.DeliveryCommitting, to: core.DeliveryFailed, answer: refused, want: core.DeliveryFailed, commits: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(c *coretest.Config) { c.Unreadable = true }) // nobody could find out
			if tc.answer != nil {
				w.network.Next(coretest.OpCommit, coretest.Fail(tc.answer))
			}
			s := &outage{Store: w.store, from: tc.from, to: tc.to, stored: tc.stored, left: 30} // about a minute
			j := w.keepJournal(func(c *publish.Config) { c.Store = s })
			post := w.accept(coretest.PostRequest("While the store was away"))
			job, ok := w.claim()
			if !ok {
				t.Fatal("no job")
			}
			w.clock.SkipWaits()
			began := w.clock.Now()
			err := w.publisher.Attempt(t.Context(), job)
			if waited := w.clock.Now().Sub(began); waited < 30*time.Second {
				t.Errorf("the store was away for %s only", waited)
			}
			if s.left > 0 {
				t.Fatalf("%d writes were to fail and did not", s.left)
			}
			w.finish(job, err)
			w.clock.Advance(time.Minute)
			w.drain()
			if d := w.delivery(post.Post.ID); d.State != tc.want || w.commits() != tc.commits {
				t.Errorf("state %s (%v) after %d commits; want %s after %d", d.State, d.Error, w.commits(), tc.want, tc.commits)
			}
			for _, event := range j.events(t) {
				if event == "delivery.answer_lost" {
					t.Error("what became of the post looked unknown")
				}
			}
			if diff := cmp.Diff(tc.want == core.DeliveryPublished, len(w.network.Timeline()) == 1); diff != "" {
				t.Errorf("is it out? (-want +got):\n%s", diff)
			}
		})
	}
}
