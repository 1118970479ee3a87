package publish

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// maxRetries is how often a post may be retried by hand.
const maxRetries = 1

// RetryAvailable tells whether Retry would take the post.
func (o Outcome) RetryAvailable() bool {
	return o.Post.Status == core.PostError && o.Post.Retries < maxRetries && slices.ContainsFunc(o.Deliveries, func(d core.Delivery) bool { return retryable(o.Post.Request, d) })
}

// Retry sends the failed deliveries of a post again; those that were published
// or are uncertain are left alone.
func (p *Publisher) Retry(ctx context.Context, profileID, postID string) (Outcome, error) {
	o, err := p.Get(ctx, profileID, postID)
	if errors.Is(err, store.ErrNotFound) {
		return Outcome{}, unknownPost()
	}
	if err != nil {
		return Outcome{}, err
	}
	switch {
	case o.RetryAvailable():
		if err := p.refuseRepeated(ctx, o); err != nil {
			return o, err
		}
	case !o.beingRetried():
		return o, notRetryable(o)
	}
	// The deliveries first: when the server dies in between, they still go out
	// and bring the post's status with them.
	for _, d := range o.Deliveries {
		if retryable(o.Post.Request, d) {
			if err := p.restart(ctx, o.Post, d.ID); err != nil {
				return o, err
			}
		}
	}
	_, err = p.store.UpdatePost(ctx, postID, func(post *core.Post) error {
		if post.Status == core.PostDeleted || post.Retries > o.Post.Retries {
			return errMoved // its deliveries cancel themselves; or another request has opened it
		}
		post.AwaitedUntil = time.Time{}
		if post.Status == core.PostError { // otherwise it is out by now, and that is told
			post.Status, post.Told = core.PostOpen, ""
		}
		post.Retries = o.Post.Retries + 1
		post.ReleasedAt = p.clock.Now()
		return nil
	})
	if err != nil && !errors.Is(err, errMoved) {
		return o, err
	}
	p.logOf(ctx).InfoContext(ctx, "post retried", "post", postID)
	p.wake()
	// A delivery may have ended before the post was opened again.
	if err := p.settle(ctx, postID); err != nil {
		return o, err
	}
	return p.Get(ctx, profileID, postID)
}

// beingRetried tells whether another request has started deliveries of a failed post again,
// and the post does not say so yet. To open it is then all that is left, and is done here
// too: the other request may have died.
func (o Outcome) beingRetried() bool {
	if o.Post.Status != core.PostError || o.Post.Retries >= maxRetries {
		return false
	}
	lost := func(d core.Delivery) bool { return d.State == core.DeliveryUncertain }
	switch summary(o.Deliveries) {
	case core.PostOpen, core.PostSuccess:
		return !slices.ContainsFunc(o.Deliveries, lost)
	case core.PostError, core.PostDeleted, core.PostPaused, core.PostAwaitingApproval:
	}
	return false
}

// restart puts a failed delivery back to its beginning and into the queue.
func (p *Publisher) restart(ctx context.Context, post core.Post, id string) error {
	now := p.clock.Now()
	restarted, err := p.store.UpdateDelivery(ctx, id, func(d *core.Delivery) error {
		if !retryable(post.Request, *d) {
			return errMoved
		}
		d.State = core.DeliveryAccepted
		d.Settled = false
		d.Revision, d.Held = post.Revision, false
		d.DueAt = now
		d.Checkpoint = nil
		d.FollowUps = nil
		d.Failures = 0
		d.Error, d.OtherErrors = nil, nil
		d.UpdatedAt = now
		return nil
	})
	if errors.Is(err, errMoved) {
		return nil // another request was faster
	}
	if err != nil {
		return err
	}
	// The attempt that ended it may not have finished its job yet, which the new one replaces.
	return p.store.Replace(ctx, jobAt(post, restarted, now))
}

// notRetryable tells why a post cannot be retried. Whatever else is so, what may be
// published must not be sent again unseen.
func notRetryable(o Outcome) *core.Error {
	e := &core.Error{Kind: core.KindInvalid, Code: core.CodeNotRetryable, Field: "id"}
	i := slices.IndexFunc(o.Deliveries, func(d core.Delivery) bool {
		return d.State == core.DeliveryUncertain && d.DeletedAt.IsZero()
	})
	const copied = "POST /post/copy creates it anew, with what is to be different."
	switch {
	case i >= 0 && !o.Deliveries[i].Settled:
		e.Message = "the answer of " + o.Deliveries[i].Platform + " was lost; a post that may have gone out is not sent again"
		e.Help = findingOut(o.Deliveries[i].ReconcileAt)
	case i >= 0:
		e.Message = "nobody knows whether the post went out to " + o.Deliveries[i].Platform + ", so it is not sent again"
		e.Help = "Look at the account on " + o.Deliveries[i].Platform + "; if the post is not there, create a new one."
	case o.Post.Status == core.PostSuccess:
		e.Message = "the post is published; only one that failed can be retried"
	case o.Post.Status != core.PostError:
		e.Message = "only a post that failed can be retried"
	case o.Post.Retries >= maxRetries:
		e.Message = "the post was retried before and is not sent again"
		e.Help = copied
	default:
		e.Message = "sending the post again unchanged cannot help"
		e.Help = copied
	}
	return e
}
