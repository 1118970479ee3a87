package publish_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/store"
)

// fullDisk is a store that can take no receipts for a while.
type fullDisk struct {
	publish.Store
	mu   sync.Mutex
	left int // updates that will fail; negative: all
}

func (s *fullDisk) full() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left > 0 {
		s.left--
		return true
	}
	return s.left < 0
}

func (s *fullDisk) UpdateDelivery(ctx context.Context, id string, fn func(*core.Delivery) error) (core.Delivery, error) {
	return s.Store.UpdateDelivery(ctx, id, func(d *core.Delivery) error {
		before := d.State
		if err := fn(d); err != nil {
			return err
		}
		if before == core.DeliveryCommitting && s.full() {
			return store.ErrFull
		}
		return nil
	})
}

// The receipt of a published post outlasts a disk that is full for hours.
func TestReceiptIsHeldWhileTheDiskIsFull(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	disk := &fullDisk{Store: w.store, left: 5000} // some two hours and a half at 2 s each
	j := w.keepJournal(func(c *publish.Config) { c.Store = disk })
	post := w.accept(coretest.PostRequest("Out before there was room"))
	job, ok := w.claim()
	if !ok {
		t.Fatal("no job")
	}
	w.clock.SkipWaits()
	began := w.clock.Now()
	w.finish(job, w.publisher.Attempt(t.Context(), job))
	if waited := w.clock.Now().Sub(began); waited < time.Hour {
		t.Fatalf("the disk was full for %s only", waited)
	}
	d := w.delivery(post.Post.ID)
	if d.State != core.DeliveryPublished || d.Receipt.RemoteID != w.network.Timeline()[0].RemoteID || w.commits() != 1 {
		t.Errorf("state %s, receipt %+v after %d commits", d.State, d.Receipt, w.commits())
	}
	if diff := cmp.Diff([]string{"delivery.receipt_held", "delivery.published"}, j.events(t)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// A process that stops meanwhile gives the receipt to its log, and the next one finds
// the post again.
func TestReceiptThatCannotBeWrittenIsFoundAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	disk := &fullDisk{Store: w.store, left: -1}
	j := w.keepJournal(func(c *publish.Config) { c.Store = disk })
	post := w.accept(coretest.PostRequest("Out before there was room"))
	job, ok := w.claim()
	if !ok {
		t.Fatal("no job")
	}
	turn, stop := context.WithCancel(t.Context())
	held, pauses := make(chan error, 1), w.clock.Follow(nil)
	go func() { held <- w.publisher.Attempt(turn, job) }()
	pauses.Next(t) // until the next try
	stop()
	pauses.Next(t) // until the last call
	w.clock.Advance(10 * time.Second)
	if err := coretest.Receive(t, "the end of the attempt", held); err == nil {
		t.Fatal("a receipt that was not written counts as written")
	}
	if diff := cmp.Diff([]string{"delivery.receipt_held", "delivery.receipt_lost"}, j.events(t)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	w.publisher = w.newPublisher()
	w.drain()
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryPublished || len(w.network.Timeline()) != 1 {
		t.Errorf("state %s, %d posts", d.State, len(w.network.Timeline()))
	}
}
