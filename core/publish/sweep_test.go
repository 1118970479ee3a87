package publish_test

import (
	"context"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/store"
)

// halfStore is a store whose process dies whenever it has accepted a post and written
// nothing that belongs to it.
type halfStore struct {
	store.Store
	clock *coretest.Clock
	begun []store.NewPost
	at    time.Time // of the last
}

func (h *halfStore) InsertPost(_ context.Context, n store.NewPost) error {
	h.begun, h.at = append(h.begun, n), h.clock.Now()
	return nil
}

func (h *halfStore) CompletePosts(ctx context.Context, before time.Time, limit int) (int, error) {
	if !h.at.Before(before) {
		return 0, nil
	}
	some := h.begun[:min(limit, len(h.begun))]
	h.begun = h.begun[len(some):]
	for _, n := range some {
		if err := h.Store.InsertPost(ctx, n); err != nil {
			return 0, err
		}
	}
	return len(some), nil
}

func TestCompletePosts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	half := &halfStore{Store: w.store, clock: w.clock}
	w.publisher = w.newPublisher(func(c *publish.Config) { c.Store = half })
	post := w.accept(coretest.PostRequest("Half written"))
	complete := func(want int) {
		t.Helper()
		if n, err := w.publisher.CompletePosts(t.Context()); n != want || err != nil {
			t.Fatalf("completed %d, %v; want %d", n, err, want)
		}
	}
	complete(0) // it may be on its way
	w.clock.Advance(time.Minute + time.Second)
	complete(1)
	w.drain()
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryPublished {
		t.Errorf("state %s, want published", d.State)
	}
	complete(0)
}
