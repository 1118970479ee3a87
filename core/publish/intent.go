package publish

import (
	"context"
	"errors"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

// changeJobKind is the kind of the jobs that complete what a request has begun with a post
// and did not bring to its end. Their tenant is the profile, and their Order the post.
const changeJobKind = "change"

// intentPause is when what a request has begun is completed by a worker. It is longer than
// such a request may take.
const intentPause = time.Minute

// intend makes sure that a change of a post is completed, whatever becomes of this process.
// The returned function is called when it is.
func (p *Publisher) intend(ctx context.Context, post core.Post) (completed func(), err error) {
	now := p.clock.Now()
	intent := queue.Job{Kind: changeJobKind, Key: core.NewID(now), RunAt: now.Add(intentPause), Tenant: post.ProfileID, Order: post.ID}
	if err := p.store.Enqueue(ctx, intent); err != nil {
		return nil, err
	}
	return func() {
		if _, err := p.store.Cancel(ctx, intent.Kind, intent.Key); err != nil {
			p.logOf(ctx).WarnContext(ctx, "removing the job of a completed change failed; it finds nothing to do", "post", post.ID, "error", err)
		}
	}, nil
}

// complete is the queue's handler for changeJobKind.
func (p *Publisher) complete(ctx context.Context, j queue.Job) error {
	post, err := p.store.GetPost(ctx, j.Tenant, j.Order)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return err
	case post.Status == core.PostDeleted:
		return p.cancelUnsent(ctx, post)
	case post.Before != nil:
		if _, err = p.finish(ctx, post, nil); errors.Is(err, errMoved) {
			return nil
		}
		return err
	}
	return p.align(ctx, post, nil)
}

// cancelUnsent cancels what has not gone out of a post that was deleted.
func (p *Publisher) cancelUnsent(ctx context.Context, post core.Post) error {
	deliveries, err := p.store.ListDeliveries(ctx, post.ID)
	if err != nil {
		return err
	}
	for i, d := range deliveries {
		if !d.Unsent() {
			continue
		}
		deliveries[i], err = p.cancel(ctx, d)
		if errors.Is(err, errMoved) {
			return beingSent(d) // the runner comes back
		}
		if err != nil {
			return err
		}
	}
	return p.restate(ctx, post.ID, deliveries)
}
