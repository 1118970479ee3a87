package publish

import (
	"context"
	"sync"

	"github.com/crier-social/crier/core"
)

// settle brings a post's status up to date with its deliveries and, when all of
// them have ended, frees its files and tells who waits for it. It may be
// repeated.
func (p *Publisher) settle(ctx context.Context, profileID, postID string) error {
	ctx, cancel := detached(ctx, bookkeepingTimeout)
	defer cancel()
	deliveries, err := p.store.ListDeliveries(ctx, postID)
	if err != nil {
		return err
	}
	status := statusOf(deliveries)
	if status == core.PostOpen {
		return nil
	}
	_, err = p.store.UpdatePost(ctx, postID, func(post *core.Post) error {
		if post.Status != core.PostDeleted {
			post.Status = status
		}
		return nil
	})
	if err != nil {
		return err
	}
	p.media.Release(postID)
	p.waiters.tell(postID)
	return nil
}

// statusOf sums up the deliveries of a post.
func statusOf(deliveries []core.Delivery) core.PostStatus {
	published, cancelled := 0, 0
	for _, d := range deliveries {
		switch {
		case !d.Final():
			return core.PostOpen
		case d.State == core.DeliveryPublished:
			published++
		case d.State == core.DeliveryCancelled:
			cancelled++
		}
	}
	switch {
	case cancelled == len(deliveries):
		return core.PostDeleted
	case published+cancelled == len(deliveries):
		return core.PostSuccess
	}
	return core.PostError
}

// waiters wakes those who wait for a post's end.
type waiters struct {
	mu     sync.Mutex
	byPost map[string]map[chan struct{}]struct{}
}

func newWaiters() *waiters {
	return &waiters{byPost: map[string]map[chan struct{}]struct{}{}}
}

// watch returns a channel that receives when the post has ended, and a function
// that ends the watch.
func (w *waiters) watch(postID string) (<-chan struct{}, func()) {
	ch := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.byPost[postID] == nil {
		w.byPost[postID] = map[chan struct{}]struct{}{}
	}
	w.byPost[postID][ch] = struct{}{}
	return ch, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.byPost[postID], ch)
		if len(w.byPost[postID]) == 0 {
			delete(w.byPost, postID)
		}
	}
}

func (w *waiters) tell(postID string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for ch := range w.byPost[postID] {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

// activities is what the deliveries in this process are doing right now.
type activities struct {
	mu         sync.Mutex
	byDelivery map[string]core.Activity
}

func newActivities() *activities {
	return &activities{byDelivery: map[string]core.Activity{}}
}

func (a *activities) set(deliveryID string, v core.Activity) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.byDelivery[deliveryID] = v
}

func (a *activities) clear(deliveryID string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.byDelivery, deliveryID)
}

func (a *activities) get(deliveryID string) (core.Activity, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	v, ok := a.byDelivery[deliveryID]
	return v, ok
}
