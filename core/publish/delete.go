package publish

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// errMoved ends an update whose delivery has changed its state meanwhile.
var errMoved = errors.New("publish: the delivery has moved on")

// Delete cancels what has not gone out yet and deletes on the networks what has.
// markManual only marks as deleted what was published: the author has deleted it
// by hand. It may be repeated: what is done already is not done again, and what a
// crash or a refusal left is taken up. Once begun it goes on although the client
// has hung up.
func (p *Publisher) Delete(ctx context.Context, profileID, postID string, markManual bool) Deletion {
	ctx, cancel := detached(ctx, deleteTimeout)
	defer cancel()
	out := Deletion{PostID: postID}
	o, err := p.Get(ctx, profileID, postID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		out.Err = &core.Error{
			Kind: core.KindNotFound, Code: core.CodeDeleteNotFound, Field: "id",
			Message: "no post of this profile has this id",
		}
		return out
	case err != nil:
		out.Err = err
		return out
	case o.Post.Status == core.PostDeleted && !slices.ContainsFunc(o.Deliveries, core.Delivery.Alive):
		out.Err = &core.Error{
			Kind: core.KindInvalid, Code: core.CodeAlreadyDeleted, Field: "id",
			Message: "the post was deleted before",
		}
		return out
	}
	out.Deliveries, out.Err = p.deleteAll(ctx, o.Post, markManual)
	if out.Err != nil {
		p.logOf(ctx).WarnContext(ctx, "post could not be deleted", "post", postID, "error", out.Err)
		return out
	}
	p.logOf(ctx).InfoContext(ctx, "post deleted", "post", postID)
	return out
}

// deleteTimeout bounds the deletion of one post.
const deleteTimeout = 2 * time.Minute

// deleteAll marks the post first, so that no retry can send anything of it again,
// and then undoes its deliveries. What could not be undone brings the post back.
func (p *Publisher) deleteAll(ctx context.Context, post core.Post, markManual bool) ([]DeliveryDeletion, error) {
	postID := post.ID
	// Deliveries that are held, or are by a pause at this moment, have no jobs in which they
	// would find that the post is deleted.
	completed, err := p.intend(ctx, post)
	if err != nil {
		return nil, err
	}
	_, err = p.store.UpdatePost(ctx, postID, func(post *core.Post) error {
		post.Status = core.PostDeleted
		return nil
	})
	if err != nil {
		return nil, err
	}
	deliveries, err := p.store.ListDeliveries(ctx, postID)
	if err != nil {
		return nil, err
	}
	var done []DeliveryDeletion
	var first error
	for _, d := range deliveries {
		d, err := p.deleteDelivery(ctx, d, markManual)
		done = append(done, DeliveryDeletion{Delivery: d, Err: err})
		if first == nil {
			first = err
		}
	}
	// What a worker has ended meanwhile counts as well.
	if deliveries, err = p.store.ListDeliveries(ctx, postID); err == nil {
		err = p.restate(ctx, postID, deliveries)
	}
	if err == nil {
		completed()
	}
	return done, errors.Join(first, err)
}

// deleteDelivery undoes one delivery as far as its state allows.
func (p *Publisher) deleteDelivery(ctx context.Context, d core.Delivery, markManual bool) (core.Delivery, error) {
	switch d.State {
	case core.DeliveryAccepted, core.DeliveryPreparing:
		found, err := p.cancel(ctx, d)
		if errors.Is(err, errMoved) { // by a worker, or by another request to delete it
			return p.deleteDelivery(ctx, found, markManual)
		}
		return found, err
	case core.DeliveryCommitting:
		return d, beingSent(d)
	case core.DeliveryUncertain:
		if !d.Settled {
			return d, beingFoundOut(d)
		}
		if !markManual {
			return d, cannotDelete(d, "whether the post was published is not known")
		}
		return p.markDeleted(ctx, d)
	case core.DeliveryPublished:
		if !d.DeletedAt.IsZero() {
			return d, nil
		}
		if !markManual {
			if err := p.refuseUndoing(ctx, d); err != nil {
				return d, err
			}
			if err := p.deleteRemote(ctx, d); err != nil {
				return d, err
			}
		}
		return p.markDeleted(ctx, d)
	case core.DeliveryFailed, core.DeliveryCancelled:
	}
	return d, nil
}

// cancel stops a delivery before it commits. The swap decides: if somebody was faster, it
// fails with errMoved and returns the delivery as it was found.
func (p *Publisher) cancel(ctx context.Context, d core.Delivery) (core.Delivery, error) {
	var found core.Delivery
	cancelled, err := p.store.UpdateDelivery(ctx, d.ID, func(d *core.Delivery) error {
		if d.State != core.DeliveryAccepted && d.State != core.DeliveryPreparing {
			found = *d
			return errMoved
		}
		d.State = core.DeliveryCancelled
		d.UpdatedAt = p.clock.Now()
		return nil
	})
	if errors.Is(err, errMoved) {
		return found, err
	}
	if err != nil {
		return d, err
	}
	if _, err := p.store.Cancel(ctx, JobKind, d.ID); err != nil {
		p.log.WarnContext(ctx, "removing the job of a cancelled delivery failed; it ends by itself", "delivery", d.ID, "error", err)
	}
	p.observer.DeliveryEnded(d.Platform, core.DeliveryCancelled, "", 0)
	return cancelled, nil
}

// deleteRemote deletes the post on its network.
func (p *Publisher) deleteRemote(ctx context.Context, d core.Delivery) error {
	provider, ok := p.registry.Get(d.Platform)
	if !ok {
		return cannotDelete(d, "this server has no adapter for "+d.Platform)
	}
	deleter, ok := provider.(core.Deleter)
	if !ok {
		return cannotDelete(d, d.Platform+" offers no way to delete a post")
	}
	if d.Receipt.RemoteID == "" {
		return cannotDelete(d, "the network did not tell the id of the post")
	}
	account, err := p.store.GetAccount(ctx, d.AccountID)
	if errors.Is(err, store.ErrNotFound) {
		return cannotDelete(d, "the account is no longer linked")
	}
	if err != nil {
		return err
	}
	s := p.session(d.Receipt.As(account), d.PostID, fixedCheckpoint{d}, sessionHooks{})
	err = p.asking(ctx, s, func() error {
		return p.guard(ctx, func() error { return deleter.Delete(ctx, s, d.Receipt.RemoteID) })
	})
	return named(err, d.Platform)
}

// markDeleted records that the post is gone from its network. That it is gone
// must not be forgotten because the client has hung up.
func (p *Publisher) markDeleted(ctx context.Context, d core.Delivery) (core.Delivery, error) {
	ctx, cancel := detached(ctx, bookkeepingTimeout)
	defer cancel()
	return p.store.UpdateDelivery(ctx, d.ID, func(d *core.Delivery) error {
		d.DeletedAt = p.clock.Now()
		d.UpdatedAt = d.DeletedAt
		return nil
	})
}

// DeleteScheduled deletes every post of the profile whose time has not come yet, and those
// that are held, whatever their time.
func (p *Publisher) DeleteScheduled(ctx context.Context, profileID string) ([]Deletion, error) {
	return p.deletePending(ctx, profileID, "")
}

// deletePending deletes the posts whose time has not come yet, and held ones, of one series
// or of all.
func (p *Publisher) deletePending(ctx context.Context, profileID, series string) ([]Deletion, error) {
	scheduled := true
	out, err := p.deleteEach(ctx, store.PostQuery{
		ProfileID: profileID, Series: series, Statuses: []core.PostStatus{core.PostOpen},
		Scheduled: &scheduled, DueAfter: p.clock.Now(),
	})
	if err != nil {
		return out, err
	}
	held, err := p.deleteEach(ctx, store.PostQuery{
		ProfileID: profileID, Series: series, Statuses: []core.PostStatus{core.PostPaused, core.PostAwaitingApproval},
	})
	return append(out, held...), err
}

// deleteEach deletes every post that a query selects, whatever its limit.
func (p *Publisher) deleteEach(ctx context.Context, q store.PostQuery) (out []Deletion, _ error) {
	q.Limit = 500
	for {
		posts, err := p.store.ListPosts(ctx, q)
		if err != nil {
			return out, err
		}
		for _, post := range posts {
			out = append(out, p.Delete(ctx, q.ProfileID, post.ID, false))
		}
		if len(posts) < q.Limit {
			return out, nil
		}
		q.Before = posts[len(posts)-1].ID
	}
}

func beingSent(d core.Delivery) error {
	return &core.Error{
		Kind: core.KindInvalid, Code: core.CodeProcessing, Field: "id", Platform: d.Platform,
		Message: "the post is being sent right now",
	}
}

func beingFoundOut(d core.Delivery) error {
	return &core.Error{
		Kind: core.KindInvalid, Code: core.CodeProcessing, Field: "id", Platform: d.Platform,
		Message: "the answer of " + d.Platform + " was lost, and Crier is finding out whether the post went out",
		Help: "The next look is due at " + d.ReconcileAt.UTC().Format(time.RFC3339) +
			". Delete the post once GET /post/:id shows its outcome; do not send it again meanwhile.",
	}
}

func cannotDelete(d core.Delivery, reason string) error {
	return &core.Error{
		Kind: core.KindUnsupported, Code: core.CodeCannotDelete, Field: "id", Platform: d.Platform,
		Message: "the post cannot be deleted: " + reason,
	}
}
