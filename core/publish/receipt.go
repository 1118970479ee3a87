package publish

import (
	"context"
	"errors"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
)

const (
	// receiptPatience is how long a receipt is held while the store takes no writes: a full
	// disk may not be noticed before the next morning.
	receiptPatience = 24 * time.Hour
	// receiptLastCall is how long it is held once the process should stop.
	receiptLastCall = 10 * time.Second
)

// published records a success. Without its receipt the delivery would be uncertain, and
// some networks do not let anybody find out: while the store fails, the receipt is held
// until it can be written. It counts whatever has become of the delivery since: it is the
// proof.
func (a *attempt) published(ctx context.Context, r core.Receipt) error {
	ctx, cancel := a.receiptContext(ctx)
	defer cancel()
	late := false
	record := a.recorder(r, a.clock.Now().Truncate(time.Microsecond), &late)
	err := a.update(ctx, record)
	if err != nil && !errors.Is(err, queue.ErrLeaseLost) {
		a.log.WarnContext(ctx, "a published post cannot be recorded yet; its receipt is held", "event", eventReceiptHeld, "remote_id", r.RemoteID, "error", err)
		err = a.insist(ctx, record)
	}
	if errors.Is(err, queue.ErrLeaseLost) {
		return err // another worker has found the post and recorded it
	}
	if err != nil {
		a.log.ErrorContext(ctx, "a published post could not be recorded", "event", eventReceiptLost, "remote_id", r.RemoteID, "error", err)
		return err
	}
	if late {
		// The job may be gone, and what follows a publication with it.
		if err := a.store.Enqueue(ctx, jobAt(a.post, a.delivery, a.clock.Now())); err != nil {
			return err
		}
	}
	a.ended(ctx)
	if err := a.settle(ctx, a.delivery.PostID); err != nil {
		return err
	}
	return a.untilFollowUp()
}

// recorder returns what the receipt changes in the delivery. late tells then whether the
// delivery had ended before, with another outcome.
func (a *attempt) recorder(r core.Receipt, at time.Time, late *bool) func(*core.Delivery) error {
	return func(d *core.Delivery) error {
		if d.Receipt.RemoteID == r.RemoteID && d.PublishedAt.Equal(at) && d.Fence == a.job.Lease {
			return nil // the answer to an earlier try was lost
		}
		if !d.PublishedAt.IsZero() { // also if the network has not shown the post since
			return queue.ErrLeaseLost
		}
		*late = d.Final()
		d.State = core.DeliveryPublished // model: RECEIPT
		d.Receipt = r
		d.Warnings = a.warnings.all()
		d.Error = nil
		d.PublishedAt = at
		d.Settled = true
		d.FollowUps = a.plannedFollowUps(a.publication, at)
		return nil
	}
}

// receiptContext returns the context in which what is known of a call is written.
func (a *attempt) receiptContext(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := detached(ctx, receiptPatience)
	unwatch := context.AfterFunc(a.turn, func() {
		select {
		case <-a.clock.After(receiptLastCall):
			cancel()
		case <-ctx.Done():
		}
	})
	return ctx, func() { unwatch(); cancel() }
}
