package publish

import (
	"context"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// waitPoll is how often Wait looks at the store: another process may end the post.
const waitPoll = 250 * time.Millisecond

// Get returns a post of the profile; store.ErrNotFound for any other.
func (p *Publisher) Get(ctx context.Context, profileID, postID string) (Outcome, error) {
	post, err := p.store.GetPost(ctx, profileID, postID)
	if err != nil {
		return Outcome{}, err
	}
	outcomes, err := p.outcomes(ctx, []core.Post{post})
	if err != nil {
		return Outcome{}, err
	}
	return outcomes[0], nil
}

// List returns posts with their deliveries.
func (p *Publisher) List(ctx context.Context, q store.PostQuery) ([]Outcome, error) {
	posts, err := p.store.ListPosts(ctx, q)
	if err != nil || len(posts) == 0 {
		return nil, err
	}
	return p.outcomes(ctx, posts)
}

// followUpWait bounds how long Wait stays for what follows a publication.
const followUpWait = 5 * time.Second

// Wait returns the post once it is final and what follows at once has had its first
// turn, or as it is after d, or as soon as nothing more can come of it by then: whatever of it
// has not ended is put off to a later time. From when it returns a post that is not final,
// the outcome is told by a notice.
func (p *Publisher) Wait(ctx context.Context, profileID, postID string, d time.Duration) (Outcome, error) {
	changed, unwatch := p.waiters.watch(postID)
	defer unwatch()
	timeout, end := p.clock.After(d), p.clock.Now().Add(d)
	for {
		o, err := p.Get(ctx, profileID, postID)
		if err != nil {
			return p.leave(ctx, o, profileID, postID), err
		}
		if o.Final() && !p.followsAtOnce(o) {
			return o, nil
		}
		if o.PutOff(end) && !p.followsAtOnce(o) {
			return p.leave(ctx, o, profileID, postID), nil
		}
		select {
		case <-changed:
		case <-p.clock.After(waitPoll):
		case <-timeout:
			return p.leave(ctx, o, profileID, postID), nil
		case <-ctx.Done():
			return p.leave(ctx, o, profileID, postID), ctx.Err()
		}
	}
}

// PutOff tells whether something of the post is still to be sent, and none of that will be
// tried before the given time.
func (o Outcome) PutOff(until time.Time) bool {
	open := false
	for _, d := range o.Deliveries {
		switch {
		case d.Idle():
		case d.State == core.DeliveryPreparing && d.PutOffUntil.After(until):
			open = true
		default:
			return false
		}
	}
	return open
}

// followsAtOnce tells whether a follow-up is about to be done for the first time.
func (p *Publisher) followsAtOnce(o Outcome) bool {
	now := p.clock.Now()
	for _, d := range o.Deliveries {
		if d.State != core.DeliveryPublished || now.Sub(d.PublishedAt) > followUpWait {
			continue
		}
		if i := nextFollowUp(d); i >= 0 && d.FollowUps[i].Error == nil && !d.FollowUps[i].DueAt.After(now) {
			return true
		}
	}
	return false
}

// outcomes adds to each post what is known of it.
func (p *Publisher) outcomes(ctx context.Context, posts []core.Post) ([]Outcome, error) {
	ids := make([]string, len(posts))
	for i, post := range posts {
		ids[i] = post.ID
	}
	posts = p.decided(ctx, posts)
	deliveries, err := p.store.ListDeliveries(ctx, ids...)
	if err != nil {
		return nil, err
	}
	byPost := make(map[string][]core.Delivery, len(posts))
	for _, d := range deliveries {
		byPost[d.PostID] = append(byPost[d.PostID], d)
	}
	out, waits := make([]Outcome, len(posts)), p.newWaits()
	for i, post := range posts {
		out[i] = Outcome{Post: p.upToDate(ctx, post, byPost[post.ID]), Deliveries: byPost[post.ID]}
		if err := out[i].addProgress(ctx, p.activity, waits); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// addProgress adds how far the work on each delivery is, or what it waits for.
func (o *Outcome) addProgress(ctx context.Context, a *activities, w *waits) error {
	for _, d := range o.Deliveries {
		if v, ok := a.get(d.ID); ok {
			if o.Activity == nil {
				o.Activity = map[string]core.Activity{}
			}
			o.Activity[d.ID] = v
			continue
		}
		wait, err := w.of(ctx, d)
		if err != nil {
			return err
		}
		if wait.For != "" {
			if o.Waits == nil {
				o.Waits = map[string]Wait{}
			}
			o.Waits[d.ID] = wait
		}
	}
	return nil
}

// upToDate returns the post with the status that follows from its deliveries. A worker
// that dies between the end of its delivery and that of the post leaves the post open, or,
// when the answer to a call arrived after the search for it was given up, in error; whoever
// looks need not wait until another takes up its job.
func (p *Publisher) upToDate(ctx context.Context, post core.Post, deliveries []core.Delivery) core.Post {
	status := summary(deliveries)
	if post.Status != core.PostOpen && post.Status != core.PostError ||
		len(deliveries) == 0 || status == core.PostOpen || status == post.Status {
		return post
	}
	if err := p.settle(ctx, post.ID); err != nil {
		p.logOf(ctx).WarnContext(ctx, "an ended post could not be settled; its job will", "post", post.ID, "error", err)
	}
	post.Status = status
	return post
}
