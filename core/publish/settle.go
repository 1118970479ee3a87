package publish

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/crier-social/crier/core"
)

// settle brings a post's status up to date with its deliveries when all of them
// have ended, frees its files and tells who waits for it. It may be repeated.
func (p *Publisher) settle(ctx context.Context, postID string) error {
	ctx, cancel := detached(ctx, bookkeepingTimeout)
	defer cancel()
	deliveries, err := p.store.ListDeliveries(ctx, postID)
	if err != nil {
		return err
	}
	if summary(deliveries) == core.PostOpen {
		p.waiters.tell(postID) // the rest may be put off
		return nil
	}
	return p.restate(ctx, postID, deliveries)
}

// restate writes the status that follows from the deliveries. A post that was
// deleted stays so, unless something of it is on a network or on its way there.
func (p *Publisher) restate(ctx context.Context, postID string, deliveries []core.Delivery) error {
	status := summary(deliveries)
	wanted := p.outcomesWanted(ctx, deliveries)
	var settled core.Post
	post, err := p.store.UpdatePost(ctx, postID, func(post *core.Post) error {
		was := post.Status
		if was != core.PostDeleted || slices.ContainsFunc(deliveries, core.Delivery.Alive) {
			post.Status = standing(status, *post, deliveries)
		}
		if told := p.noteOutcome(post, was, deliveries, wanted); !told && post.Status == was {
			settled = *post
			return errMoved // there is nothing to write
		}
		return nil
	})
	if errors.Is(err, errMoved) {
		post, err = settled, nil
	}
	if err != nil || status == core.PostOpen {
		return err
	}
	p.decided(ctx, []core.Post{post})
	p.media.Release(postID)
	p.waiters.tell(postID)
	if err := p.emptyOutbox(ctx, post); err != nil {
		p.log.WarnContext(ctx, "a notice could not be handed over yet; the next sweep does it", "post", postID, "error", err)
	}
	return nil
}

// standing is the status of a post whose deliveries sum up to one: an open post may be held.
func standing(status core.PostStatus, post core.Post, deliveries []core.Delivery) core.PostStatus {
	held := slices.ContainsFunc(deliveries, func(d core.Delivery) bool { return d.Held && d.Unsent() })
	switch {
	case status != core.PostOpen || !held:
		return status
	case post.Status == core.PostPaused || !post.AwaitsApproval():
		return core.PostPaused
	}
	return core.PostAwaitingApproval
}

// summary sums up the deliveries of a post.
func summary(deliveries []core.Delivery) core.PostStatus {
	published, gone := 0, 0
	for _, d := range deliveries {
		switch {
		case !d.Final():
			return core.PostOpen
		case d.State == core.DeliveryCancelled || !d.DeletedAt.IsZero():
			gone++
		case d.State == core.DeliveryPublished:
			published++
		}
	}
	switch {
	case gone == len(deliveries):
		return core.PostDeleted
	case published+gone == len(deliveries):
		return core.PostSuccess
	}
	return core.PostError
}

// waiters wakes those who wait for a post's end, when it ends or is put off.
type waiters struct {
	mu     sync.Mutex
	byPost map[string]map[chan struct{}]struct{}
}

func newWaiters() *waiters {
	return &waiters{byPost: map[string]map[chan struct{}]struct{}{}}
}

// watch returns a channel that receives when the post has ended or is put off, and a function
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

// watched tells whether anybody in this process waits for the post's end.
func (w *waiters) watched(postID string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.byPost[postID]) > 0
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

// begin opens the record of a delivery; what is reported before it or after clear
// is not kept.
func (a *activities) begin(deliveryID string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.byDelivery[deliveryID] = core.Activity{}
}

func (a *activities) set(deliveryID string, v core.Activity) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, open := a.byDelivery[deliveryID]; open {
		a.byDelivery[deliveryID] = v
	}
}

func (a *activities) clear(deliveryID string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.byDelivery, deliveryID)
}

// begun tells whether this process is at work on the delivery.
func (a *activities) begun(deliveryID string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, open := a.byDelivery[deliveryID]
	return open
}

func (a *activities) get(deliveryID string) (core.Activity, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	v := a.byDelivery[deliveryID]
	return v, v.Stage != ""
}

// calls is the deliveries whose irreversible call is under way in this process.
type calls struct {
	mu  sync.Mutex
	ids map[string]struct{}
}

func newCalls() *calls { return &calls{ids: map[string]struct{}{}} }

func (c *calls) begin(deliveryID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ids[deliveryID] = struct{}{}
}

func (c *calls) end(deliveryID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.ids, deliveryID)
}

func (c *calls) idle(deliveryID string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, busy := c.ids[deliveryID]
	return !busy
}
