package publish

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
)

// A Commit that may be sent more than once (core.Repeatable) need not be waited for when its
// answer is lost. It is looked for soon, and sent again if it is not there, although the first
// request may still arrive. Until no request can any more, the post's absence proves nothing:
// the delivery stays uncertain, so that it is neither told to have failed nor cancelled, and
// its checkpoint, which names the post to the network, stays as it is.

// soonLooks is when a Commit that is repeatable is looked for, counted from when it was
// allowed, ahead of what is planned for all.
func soonLooks() []time.Duration { return []time.Duration{time.Second, 5 * time.Second} }

// repeatable tells whether the publication, as far as it was planned, may be committed again.
func (a *attempt) repeatable() bool {
	r, ok := a.publication.(core.Repeatable)
	return ok && r.Repeatable()
}

// mayArrive tells whether a request of the delivery can still be under way. Where the age of the
// call is doubtful, nextLook has waited until it cannot.
func (p *Publisher) mayArrive(d core.Delivery) bool {
	return p.clock.Now().Before(p.arrivedBy(d))
}

// arrivedBy is when the last request of the delivery has had its effect, or never will. After
// the clock was set back, a repetition may seem to lie in the future; it is repeated then once
// more than would be needed.
func (p *Publisher) arrivedBy(d core.Delivery) time.Time {
	last := d.RepeatedAt
	if d.AgeDoubt == 0 && d.CommittedAt.After(last) {
		last = d.CommittedAt
	}
	if last.IsZero() {
		return time.Time{}
	}
	return last.Add(p.commitTimeout + commitGrace)
}

// looksSoon tells whether a look at this moment comes ahead of what is planned for all, since
// the call is repeatable.
func (a *attempt) looksSoon(d *core.Delivery) bool {
	age := a.clock.Now().Sub(d.CommittedAt)
	return a.repeatable() && d.AgeDoubt == 0 && age >= 0 && age < a.reconcileAfter[0]
}

// soonLook returns when a repeatable call is to be looked into, if that is before what is
// planned for all.
func (a *attempt) soonLook(d *core.Delivery) (time.Time, bool) {
	if !a.looksSoon(d) {
		return time.Time{}, false
	}
	for _, after := range soonLooks() {
		if due := d.CommittedAt.Add(after); after < a.reconcileAfter[0] && due.After(a.clock.Now()) {
			return due, true
		}
	}
	return time.Time{}, false
}

// repeat sends the call of a look that did not find the post once more, within the time of the
// look: call began before the look was recorded, and so did the lease that covers it. A refusal
// proves nothing of the request before.
func (a *attempt) repeat(ctx, call context.Context, pub core.Publication, s *core.Session) error {
	if a.delivery.RepeatedAt.IsZero() {
		a.warnings.add(core.Warning{Code: core.CodeUncertain, Message: fmt.Sprintf(
			"%s; and it may come back if it is deleted there within %s of that", resent, a.commitTimeout+commitGrace)})
	}
	err := a.update(ctx, func(d *core.Delivery) error {
		if d.State != core.DeliveryUncertain || d.Settled || d.Fence != a.job.Lease {
			return queue.ErrLeaseLost
		}
		d.RepeatedAt = a.clock.Now()
		d.Warnings = a.warnings.all()
		return nil
	})
	if err != nil {
		return err
	}
	if err := a.checkAlive(call, a.delivery.ProfileID); err != nil {
		return err
	}
	a.log.InfoContext(ctx, "a post whose answer was lost is not there; it is sent again as it was")
	var r core.Receipt
	err = a.asking(call, s, func() (err error) {
		r, err = a.send(call, a.delivery.RepeatedAt, func(ctx context.Context) (core.Receipt, error) { return pub.Commit(ctx, s) })
		return err
	})
	switch {
	case errors.As(err, new(*storeError)):
		return err
	case err == nil && r.RemoteID != "":
		return a.found(ctx, r)
	case err == nil:
		err = &core.Error{Kind: core.KindTemporary, Op: "publish.repeat", Message: "the network's answer does not name the post"}
	}
	return a.stillUnknown(ctx, a.unproven(core.AsError(named(err, a.delivery.Platform))))
}

// refuseUndoing refuses to delete a published post that was sent again while the request before
// may still arrive, and would bring it back.
func (p *Publisher) refuseUndoing(ctx context.Context, d core.Delivery) error {
	if d.RepeatedAt.IsZero() {
		return nil
	}
	if err := p.clockLookedAt(ctx); err != nil {
		return err
	}
	now, until := p.clock.Now(), p.arrivedBy(d)
	if d.RepeatedAt.Sub(now) > clockTolerance { // it was made before the clock was set back
		until = now.Add(p.commitTimeout + commitGrace - p.sinceStep())
	}
	if !now.Before(until) {
		return nil
	}
	return &core.Error{
		Kind: core.KindInvalid, Code: core.CodeProcessing, Field: "id", Platform: d.Platform,
		Message: "the post was sent twice, since the first answer of " + d.Platform + " was lost; the first request may still arrive, and would bring a deleted post back",
		Help:    "Delete the post after " + until.UTC().Format(time.RFC3339) + ".",
	}
}

// unproven is the error of a repetition. Each one puts off the time from which the post's
// absence proves something, and only after that proof can the post be prepared anew. So the
// next look is one that proves something after a refusal, which the same request would meet
// again, and whatever it was once the looks that come soon are over.
func (a *attempt) unproven(cause *core.Error) *core.Error {
	e, proof := *cause, a.arrivedBy(a.delivery).Sub(a.clock.Now())
	switch passes := passing(cause); {
	case !passes:
		e = *uncertain(cause)
		e.Err = cause
	case a.looksSoon(&a.delivery) && !answered(cause):
		return cause
	}
	e.RetryAfter = max(e.RetryAfter, proof)
	return &e
}

// answered tells whether a trouble that passes is a network's word on the request itself, such
// as that it has lost a file of it, and neither a limit nor a failure to take it in.
func answered(e *core.Error) bool {
	return e.Kind == core.KindTemporary && !e.Unsent && e.Refused()
}
