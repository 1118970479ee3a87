package publish_test

import (
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
)

// TestRetryBeginsAnew: what an earlier attempt has uploaded may be what the network
// refused.
func TestRetryBeginsAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wakes := 0
	w.publisher = w.newPublisher(func(c *publish.Config) { c.Wake = func() { wakes++ } })
	w.network.Next(coretest.OpCommit, coretest.Answer(403, 0))
	post := w.accept(coretest.PostRequest("Again", w.picture("a.png")))
	w.drain()
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryFailed {
		t.Fatalf("state %s %v, want failed", d.State, d.Error)
	}
	wakes = 0
	o, err := w.publisher.Retry(t.Context(), w.profile.ID, post.Post.ID)
	if err != nil {
		t.Fatal(err)
	}
	if d := o.Deliveries[0]; o.Post.Status != core.PostOpen || d.State != core.DeliveryAccepted || d.Error != nil || wakes != 1 {
		t.Errorf("status %s, state %s %v, %d wakes; want it open, accepted and told to the runner", o.Post.Status, d.State, d.Error, wakes)
	}
	w.drain()
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryPublished {
		t.Errorf("state %s %v, want published", d.State, d.Error)
	}
	if got := len(w.network.Calls(coretest.OpUpload)); got != 2 {
		t.Errorf("%d uploads, want 2: one for each beginning", got)
	}
}
