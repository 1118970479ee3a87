package publish_test

import (
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/queue"
)

// TestADeathAfterALookCostsNone: a worker dies between the record of a look that did not
// answer and the end of its job. Whoever takes the job over must wait for the time of the
// next look: what is asked too early cannot be answered yet, and after the last look the
// delivery would be given up as uncertain.
func TestADeathAfterALookCostsNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.network.Next(coretest.OpCommit, coretest.LoseRequest)
	unknown := coretest.Fail(&core.Error{Kind: core.KindUncertain, Message: "it may still appear"})
	w.network.Next(coretest.OpReconcile, unknown)
	post := w.accept(coretest.PostRequest("Once"))
	if !w.work() {
		t.Fatal("nothing was sent")
	}
	w.clock.Set(w.delivery(post.Post.ID).ReconcileAt)
	j, ok := w.claim()
	if !ok {
		t.Fatal("no look was planned")
	}
	if err := w.publisher.Attempt(t.Context(), j); err == nil {
		t.Fatal("the first look found an answer")
	}
	// The process dies here: its job is left as it is.
	looked := w.delivery(post.Post.ID)
	w.clock.Advance(lease + time.Second)
	if !w.work() {
		t.Fatal("nobody takes the job over")
	}
	if d := w.delivery(post.Post.ID); d.Reconciliations != looked.Reconciliations || !d.ReconcileAt.Equal(looked.ReconcileAt) {
		t.Errorf("%d looks, the next at %v; want %d, and %v", d.Reconciliations, d.ReconcileAt, looked.Reconciliations, looked.ReconcileAt)
	}
	if next, err := w.store.NextRunAt(t.Context(), []string{"deliver"}, queue.Everything); err != nil || !next.Equal(looked.ReconcileAt) {
		t.Errorf("the next look is planned for %v, %v; want %v", next, err, looked.ReconcileAt)
	}
	w.drain()
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryPublished || len(w.network.Timeline()) != 1 {
		t.Errorf("state %s, %v, %d posts; want it published, once", d.State, d.Error, len(w.network.Timeline()))
	}
}
