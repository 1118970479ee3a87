package publish_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/queue"
)

// errPostGone is what a store answers that fails to write posts.
var errPostGone = errors.New("the store failed")

// noPosts is a store that cannot write posts any more.
type noPosts struct{ publish.Store }

func (noPosts) UpdatePost(context.Context, string, func(*core.Post) error) (core.Post, error) {
	return core.Post{}, errPostGone
}

// TestAnswerAfterTheSearchWasGivenUp: a worker stands still while it holds the answer, and
// nobody could find out what became of the post. It is told to be uncertain, and then to
// be published, wherever that worker ends.
func TestAnswerAfterTheSearchWasGivenUp(t *testing.T) {
	t.Parallel()
	for name, dies := range map[string]bool{"it lives": false, "it dies once the receipt is recorded": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(c *coretest.Config) { c.Unreadable = true })
			gate := coretest.NewGate()
			w.network.Next(coretest.OpCommit, gate.After)
			post := w.accept(coretest.PostRequest("Out after all"))
			other := w.publisher
			if dies {
				w.publisher = w.newPublisher(func(c *publish.Config) { c.Store = noPosts{c.Store} })
			}
			_, done := w.attemptUpTo(gate)
			w.publisher = other
			w.clock.Advance(time.Hour)
			second := w.newPublisher()
			for range 20 {
				j, ok := w.claim()
				if !ok {
					next, err := w.store.NextRunAt(t.Context(), []string{publish.JobKind}, queue.Everything)
					if err != nil {
						t.Fatal(err)
					}
					if next.IsZero() {
						break
					}
					w.clock.Set(next)
					continue
				}
				w.finish(j, second.Attempt(t.Context(), j))
			}
			if d := w.delivery(post.Post.ID); d.State != core.DeliveryUncertain || !d.Settled {
				t.Fatalf("state %s, settled %v; want that the search was given up", d.State, d.Settled)
			}
			gate.Open()
			if err := <-done; (err != nil && errors.Is(err, errPostGone)) != dies {
				t.Errorf("the first worker ended with %v", err)
			}
			o := w.outcome(post.Post.ID)
			if o.Post.Status != core.PostSuccess || o.Deliveries[0].State != core.DeliveryPublished {
				t.Errorf("status %s, delivery %s; want that it is out", o.Post.Status, o.Deliveries[0].State)
			}
			next, err := w.store.NextRunAt(t.Context(), []string{publish.JobKind}, queue.Everything)
			if err != nil || next.IsZero() {
				t.Errorf("next job %v, %v; want one for what follows the publication", next, err)
			}
		})
	}
}
