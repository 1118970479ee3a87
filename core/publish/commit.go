package publish

import (
	"context"
	"errors"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

// commit makes the one irreversible call. Two things must hold first, in this
// order: the lease is this worker's for longer than the call can take, and the
// delivery has been swapped from preparing to committing under this worker's
// fence. Only one worker can ever succeed in the second. The time of the call
// counts from before both, so that a pause in between cannot stretch it beyond the
// lease.
func (a *attempt) commit(ctx context.Context, pub core.Publication, s *core.Session) error {
	call, done := detached(ctx, a.commitTimeout) // model: CALL_BEGINS
	defer done()
	if err := a.holdLease(ctx, a.commitTimeout+commitGrace); err != nil {
		return err
	}
	err := a.update(ctx, func(d *core.Delivery) error {
		if !a.prepares(d) {
			return queue.ErrLeaseLost
		}
		d.State = core.DeliveryCommitting // model: SWAP
		d.CommittedAt, d.AgeDoubt = a.clock.Now(), 0
		d.Reconciliations, d.RepeatedAt = 0, time.Time{}
		d.Error = nil
		return nil
	})
	if errors.Is(err, store.ErrUnreachable) {
		return errors.Join(err, a.withdraw(ctx))
	}
	if err != nil {
		return err
	}
	// After the swap, so that whoever has deleted the profile knows that nothing begins.
	if err := a.checkAlive(call, a.delivery.ProfileID); errors.Is(err, errGone) {
		return err
	} else if err != nil {
		return a.failed(ctx, storeSilent())
	}
	s.Checkpoint = fixedCheckpoint{a.delivery}
	s.Report(core.Activity{Stage: core.StagePublish})
	receipt, err := a.send(call, a.delivery.CommittedAt, func(ctx context.Context) (core.Receipt, error) { // model: SEND
		return pub.Commit(ctx, s)
	})
	if err == nil { // nothing is there again after a refusal, or if nothing left
		a.warnResent()
	}
	return a.concluded(ctx, receipt, err)
}

// withdraw takes back a swap whose answer was lost: whoever found it would have to believe that
// the call may have been made. It is written also where the swap does not show, so that it
// cannot be stored any more.
func (a *attempt) withdraw(ctx context.Context) error {
	ctx, cancel := a.receiptContext(ctx)
	defer cancel()
	return a.insist(ctx, func(d *core.Delivery) error {
		if d.Final() || d.Fence != a.job.Lease {
			return queue.ErrLeaseLost
		}
		d.State, d.CommittedAt, d.Error = core.DeliveryPreparing, time.Time{}, nil
		return nil
	})
}

// call runs an irreversible call to its end; its context knows nothing of a
// shutdown, only of the call's own time limit. While it runs, no other attempt of
// this process touches the delivery.
func (a *attempt) call(ctx context.Context, fn func(context.Context) (core.Receipt, error)) (r core.Receipt, err error) {
	id := a.delivery.ID
	a.calls.begin(id)
	defer a.calls.end(id)
	err = a.guard(ctx, func() (err error) {
		r, err = fn(ctx)
		return err
	})
	return r, err
}

// concluded records how the irreversible call ended, whatever has ended meanwhile.
func (a *attempt) concluded(ctx context.Context, r core.Receipt, err error) error {
	ctx = context.WithoutCancel(ctx)
	switch {
	case err == nil && r.RemoteID != "":
		return a.published(ctx, r)
	case err == nil:
		return a.answerLost(ctx, &core.Error{
			Kind: core.KindTemporary, Op: "publish.commit", Platform: a.delivery.Platform,
			Message: "the network's answer does not name the post",
		})
	}
	e := worst(core.AsErrors(named(err, a.delivery.Platform)))
	switch {
	case e.Kind == core.KindDuplicate && e.RemoteID != "" && a.delivery.Doubtful:
		// An earlier call of this delivery whose answer was lost may be the original.
		return a.found(ctx, a.describe(ctx, e.RemoteID))
	case e.Refused() && errors.As(e, new(*storeError)):
		a.log.ErrorContext(ctx, "the store failed before the post was sent", "error", e)
		return a.failed(ctx, storeSilent())
	case e.Refused():
		return a.failed(ctx, e)
	}
	return a.answerLost(ctx, e)
}

// storeSilent is the error of a call that did not begin since the store failed.
func storeSilent() *core.Error {
	return &core.Error{Kind: core.KindTemporary, Unsent: true, Code: core.CodeStoreUnavailable, Message: "the server's store did not answer; nothing was sent"}
}

// describe returns the receipt of a post that the network has named in a duplicate
// error.
func (a *attempt) describe(ctx context.Context, remoteID string) core.Receipt {
	r := core.Receipt{RemoteID: remoteID}
	provider, _ := a.registry.Get(a.delivery.Platform)
	d, ok := a.publication.(core.Describer)
	if !ok {
		d, ok = provider.(core.Describer)
	}
	if ok {
		if account, err := a.store.GetAccount(ctx, a.delivery.AccountID); err == nil {
			r = d.Receipt(account, remoteID)
		}
	}
	r.Inferred = true
	return r
}

// insist repeats an update for as long as the store fails and ctx lasts. That the
// delivery is no longer what it was is no failure of the store.
func (a *attempt) insist(ctx context.Context, fn func(*core.Delivery) error) error {
	for failures := 0; ; failures++ {
		err := a.update(ctx, fn)
		if err == nil || errors.Is(err, queue.ErrLeaseLost) || errors.Is(err, errMoved) || ctx.Err() != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-a.clock.After(queue.Backoff{Base: 100 * time.Millisecond, Max: 2 * time.Second}.Delay(failures)):
		}
	}
}

// answerLost records that nobody knows what became of the call, and plans to
// find out.
func (a *attempt) answerLost(ctx context.Context, cause *core.Error) error {
	ctx, cancel := detached(ctx, bookkeepingTimeout)
	defer cancel()
	a.warnResent() // whoever made the call may have died with what it had to tell
	err := a.insist(ctx, func(d *core.Delivery) error {
		if d.State != core.DeliveryCommitting {
			return queue.ErrLeaseLost
		}
		d.State = core.DeliveryUncertain // model: ANSWER_LOST
		d.Doubtful = true
		a.doubtFuture(d)
		d.Error = uncertain(cause)
		d.Warnings = a.warnings.all()
		lookAgain(d, a.nextLook(d, 0))
		return nil
	})
	if err != nil {
		return err
	}
	a.log.WarnContext(ctx, "answer lost; the outcome will be looked up", "event", eventAnswerLost, "error", cause, "at", a.delivery.ReconcileAt)
	return a.untilNextLook()
}

// abandoned takes up a delivery that another worker was committing. If its call
// can still be under way it is left alone; otherwise its outcome is unknown.
func (a *attempt) abandoned(ctx context.Context) error {
	if err := a.clockSettled(ctx); err != nil {
		return err
	}
	if a.delivery.CommittedAt.Sub(a.clock.Now()) > clockTolerance {
		return a.ageless(ctx)
	}
	over := a.delivery.CommittedAt.Add(a.commitTimeout + commitGrace) // model: ABANDONED
	if wait := over.Sub(a.clock.Now()); wait > 0 {
		return a.aside(wait)
	}
	return a.answerLost(ctx, &core.Error{
		Kind: core.KindUncertain, Code: core.CodeUncertain, Platform: a.delivery.Platform,
		Message: "the server stopped while the post was being sent",
	})
}

// uncertain returns the error that a delivery of unknown outcome shows.
func uncertain(cause *core.Error) *core.Error {
	e := *cause
	e.Kind, e.Code, e.Help = core.KindUncertain, core.CodeUncertain, ""
	if cause.Kind != core.KindUncertain {
		e.Message = "the post was sent, but its outcome is not known: " + cause.Message
		e.Err = cause
	}
	return &e
}
