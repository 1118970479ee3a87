package publish

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

// reconcile finds out what became of a call whose answer was lost.
func (a *attempt) reconcile(ctx context.Context) error {
	if err := a.clockSettled(ctx); err != nil {
		return err
	}
	if a.lookIsEarly(a.delivery) {
		return a.untilNextLook()
	}
	call, done := detached(ctx, a.commitTimeout)
	defer done()
	if err := a.holdLease(ctx, a.commitTimeout+commitGrace); err != nil {
		return err
	}
	err := a.update(ctx, func(d *core.Delivery) error {
		if d.State != core.DeliveryUncertain || d.Settled {
			return queue.ErrLeaseLost
		}
		if a.lookIsEarly(*d) { // another has looked since the delivery was read
			return queue.SnoozeUntil(d.ReconcileAt, "")
		}
		d.Fence = a.job.Lease // model: LOOK
		a.doubtFuture(d)
		return nil
	})
	if err != nil {
		return err
	}
	pub, s, err := a.open(ctx)
	var e *core.Error
	switch {
	case errors.As(err, new(*storeError)):
		return err
	case errors.As(err, &e): // unlinked, or no longer planned: that says nothing about the post
		return a.stillUnknown(ctx, e)
	case err != nil:
		return err
	}
	early := a.repeatable() && a.mayArrive(a.delivery) // as it is before the network is asked
	receipt, found, err := a.lookUp(call, pub, s)
	ctx = context.WithoutCancel(ctx) // what was learnt is not lost to a shutdown
	switch {
	case errors.As(err, new(*storeError)):
		return err
	case err != nil:
		return a.notFound(ctx, core.AsError(named(err, a.delivery.Platform)))
	case found:
		a.observer.Reconciled(a.delivery.Platform, true)
		return a.found(ctx, receipt)
	}
	a.observer.Reconciled(a.delivery.Platform, false)
	if early {
		return a.repeat(ctx, call, pub, s)
	}
	return a.notTaken(ctx)
}

// notTaken follows from a look that proves that the post is not there: it goes back to its
// preparation, from where it is sent again unless its author thinks otherwise.
func (a *attempt) notTaken(ctx context.Context) error {
	return a.failed(ctx, &core.Error{Kind: core.KindTemporary, Message: "the network did not take the post"})
}

// resent is what an author is told of a post that a look did not find, once it is sent again:
// the look cannot tell a post that never arrived from one that somebody has deleted since.
const resent = "the network's answer was lost, and when it was asked later, it did not have the post: it was sent again. " +
	"If somebody deleted it on the network in between, it is there again"

// warnResent tells the author of a call that it is not the first, if an earlier one was proven
// to have come to nothing by the post's absence alone.
func (a *attempt) warnResent() {
	if a.delivery.Doubtful {
		a.warnings.add(core.Warning{Code: core.CodeUncertain, Message: resent})
	}
}

// lookUp asks the adapter. An adapter that cannot tell leaves it unknown.
func (a *attempt) lookUp(ctx context.Context, pub core.Publication, s *core.Session) (r core.Receipt, found bool, err error) {
	rec, ok := pub.(core.Reconciler)
	if !ok {
		return core.Receipt{}, false, &core.Error{
			Kind: core.KindUncertain, Code: core.CodeUncertain,
			Message: "the answer was lost, and this network offers no way to look the post up",
		}
	}
	s.Checkpoint = fixedCheckpoint{a.delivery}
	s.Taken = func(ctx context.Context, remoteID string) (bool, error) {
		other, err := a.ownerOf(ctx, remoteID)
		return other != "", ours(err)
	}
	err = a.asking(ctx, s, func() (err error) {
		r, err = a.call(ctx, func(ctx context.Context) (r core.Receipt, err error) {
			r, found, err = rec.Reconcile(ctx, s, committedSince(a.delivery))
			return r, err
		})
		return err
	})
	return r, found, err
}

// found records the post that the adapter found, unless it is another delivery's
// (two posts with the same content, of which the network took only one) or may be
// the ghost of a deleted one.
func (a *attempt) found(ctx context.Context, r core.Receipt) error {
	other, err := a.ownerOf(ctx, r.RemoteID)
	if err != nil {
		return err
	}
	if other != "" {
		return a.end(ctx, core.DeliveryFailed, &core.Error{
			Kind: core.KindDuplicate, Platform: a.delivery.Platform, RemoteID: r.RemoteID,
			Message: "the network has this content already: " + r.RemoteID + ", published by post " + other,
		})
	}
	if r.Inferred {
		why, err := a.ghost(ctx, &r)
		if err != nil {
			return err
		}
		if why != "" {
			return a.end(ctx, core.DeliveryUncertain, &core.Error{
				Kind: core.KindUncertain, Code: core.CodeUncertain, Platform: a.delivery.Platform, RemoteID: r.RemoteID,
				Message: "the answer was lost, and the network calls the content a duplicate of " + r.RemoteID + "; " + why,
			})
		}
	}
	a.log.InfoContext(ctx, "lost answer found", "event", eventAnswerFound, "remote_id", r.RemoteID)
	return a.published(ctx, r)
}

// ownerOf returns the id of the other post that was published as remoteID, if
// there is one.
func (a *attempt) ownerOf(ctx context.Context, remoteID string) (string, error) {
	if remoteID == "" {
		return "", nil
	}
	d, err := a.store.FindDelivery(ctx, a.delivery.AccountID, remoteID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return "", nil
	case err != nil || d.ID == a.delivery.ID:
		return "", err
	}
	return d.PostID, nil
}

// ghostWindow is for how long a network may name a deleted post as the original
// of a duplicate (1 to 2 days have been seen), and deletionsSeen how many
// deleted posts are looked through.
const (
	ghostWindow   = 48 * time.Hour
	deletionsSeen = 500
)

// ghost tells why the post that a network has named in a duplicate error may be a deleted
// one; empty: nothing speaks for that. A post that can be read back is no longer inferred.
func (a *attempt) ghost(ctx context.Context, r *core.Receipt) (why string, err error) {
	call, done := detached(ctx, bookkeepingTimeout)
	defer done()
	standing, _, err := a.standing(call, *r)
	switch {
	case errors.As(err, new(*storeError)):
		return "", err
	case err != nil: // nobody may read it, or not now
		a.log.InfoContext(ctx, "the original of a duplicate could not be read", "remote_id", r.RemoteID, "error", err)
	case standing == core.StandingGone:
		return "it does not show that post: it was published, and deleted since, or the name is that of an older one that was deleted", nil
	default:
		r.Inferred = false
		return "", nil
	}
	twin, err := a.deletedTwin(ctx)
	if twin {
		why = "since the same text was deleted a short time ago, this may be the deleted post"
	}
	return why, err
}

// deletedTwin tells whether a post of the same text was deleted from the account a short
// time ago, be it alone or with others of its post. Networks compare texts without regard
// to white space.
func (a *attempt) deletedTwin(ctx context.Context) (bool, error) {
	text := words(a.post.Request.Text.For(a.delivery.Platform))
	since := a.clock.Now().Add(-ghostWindow)
	for _, statuses := range [][]core.PostStatus{{core.PostDeleted}, {core.PostSuccess, core.PostError, core.PostOpen}} {
		posts, err := a.List(ctx, store.PostQuery{ProfileID: a.post.ProfileID, Statuses: statuses, Limit: deletionsSeen})
		if err != nil {
			return false, err
		}
		for _, o := range posts {
			for _, d := range o.Deliveries {
				if d.AccountID == a.delivery.AccountID && d.DeletedAt.After(since) && showed(o.Post, d, text) {
					return true, nil
				}
			}
		}
	}
	return false, nil
}

// showed tells whether the network has had a text from a delivery, at first or since an
// edit.
func showed(p core.Post, d core.Delivery, text string) bool {
	return words(p.Request.Text.For(d.Platform)) == text || d.EditedText != nil && words(*d.EditedText) == text
}

// words is a text without regard to white space.
func words(text string) string { return strings.Join(strings.Fields(text), " ") }

// notFound follows from an error of the look-up.
func (a *attempt) notFound(ctx context.Context, e *core.Error) error {
	switch e.Kind {
	case core.KindInvalid, core.KindMedia:
		return a.end(ctx, core.DeliveryFailed, e)
	case core.KindUnsupported, core.KindAuth, core.KindForbidden, core.KindNotFound, core.KindDuplicate,
		core.KindRateLimited, core.KindTemporary, core.KindUncertain, core.KindInternal:
	}
	return a.stillUnknown(ctx, e)
}

// stillUnknown looks again later, as long as that is planned; after that the
// delivery stays uncertain, and says so. A look that was kept from its answer by a
// trouble that passes does not count, and neither does one that was too early by as much
// as the adapter says, or came ahead of the first that is planned for all networks.
func (a *attempt) stillUnknown(ctx context.Context, cause *core.Error) error {
	a.log.WarnContext(ctx, "outcome still unknown", "looks", a.delivery.Reconciliations, "error", cause)
	now := a.clock.Now()
	soon := a.looksSoon(&a.delivery)
	early := !passing(cause) && cause.RetryAfter > 0
	counts := !soon && !passing(cause) && !early || now.Sub(a.delivery.CommittedAt) >= reconcilePatience
	err := a.record(ctx, func(d *core.Delivery) { // model: STILL_UNKNOWN
		switch {
		case counts:
			d.Reconciliations++
			lookAgain(d, a.nextLook(d, cause.RetryAfter))
		case soon:
			lookAgain(d, a.nextLook(d, max(cause.RetryAfter, minimumWait)))
		case early:
			lookAgain(d, now.Add(max(cause.RetryAfter, minimumWait)))
		default:
			lookAgain(d, now.Add(max(cause.RetryAfter, reconcileBackoff.Delay(0))))
		}
	})
	switch {
	case err != nil:
		return err
	case counts && a.delivery.Reconciliations >= len(a.reconcileAfter):
		return a.end(ctx, core.DeliveryUncertain, uncertain(cause)) // model: END_UNCERTAIN
	}
	return a.untilNextLook()
}

// nextLook is when the delivery is to be looked into next: as planned, but not
// before wait has passed.
func (a *attempt) nextLook(d *core.Delivery, wait time.Duration) time.Time {
	n := min(d.Reconciliations, len(a.reconcileAfter)-1)
	now := a.clock.Now()
	due, earliest := d.CommittedAt.Add(a.reconcileAfter[n]), now.Add(wait)
	if sooner, ok := a.soonLook(d); ok {
		due = sooner
	}
	if d.CommittedAt.After(now) { // the clock was set back
		due = now.Add(a.reconcileAfter[n])
	}
	if d.AgeDoubt > 0 && due.Before(now.Add(clockSettling)) { // the call may just have been made
		due = now.Add(clockSettling)
	}
	if due.Before(earliest) {
		return earliest
	}
	return due
}

// lookAgain plans the next look and tells the author of it, who would otherwise send
// again what may be found.
func lookAgain(d *core.Delivery, at time.Time) {
	e := *d.Error
	e.Help = findingOut(at)
	d.ReconcileAt, d.Error = at, &e
}

// findingOut is the way out while a lost answer is looked for.
func findingOut(at time.Time) string {
	return "Crier is finding out whether the post went out, and looks next at " + at.UTC().Format(time.RFC3339) +
		". Do not send it again meanwhile, or it may appear twice."
}

// lookIsEarly tells whether the next look is still to come, as for a worker that takes the
// job over from one that died after it had recorded its look: a look ahead of its time
// learns nothing, and would use up one of those that are planned. It is not early when the
// call seems to lie in the future: the clock was set back, which has to be noted first.
func (a *attempt) lookIsEarly(d core.Delivery) bool {
	now := a.clock.Now()
	due := d.ReconcileAt.Truncate(time.Microsecond) // as the store keeps the times of jobs
	return due.After(now) && (d.AgeDoubt > 0 || !d.CommittedAt.After(now))
}

// untilNextLook puts the delivery off.
func (a *attempt) untilNextLook() error {
	return queue.SnoozeUntil(a.delivery.ReconcileAt, "")
}

// passing tells whether an error, or what lies behind it, is likely to pass.
func passing(err error) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		if e, ok := err.(*core.Error); ok && (e.Kind == core.KindTemporary || e.Kind == core.KindRateLimited) { //nolint:errorlint // every link of the chain is looked at
			return true
		}
	}
	return false
}
