package publish

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
)

// A delivery's job lives on until its follow-ups have ended: what is done once a post
// is published is as durable as the post, and a comment is written no more often than
// the post is.

const (
	// maxFollowUps is how often a follow-up, or the look for a lost one, may fail by a
	// trouble that passes: waits of about 10 to 20 minutes in all.
	maxFollowUps = 8
	// followUpPatience is how long a follow-up waits while the network's limit of calls
	// is used up.
	followUpPatience = 26 * time.Hour
)

var followUpBackoff = queue.Backoff{Base: 10 * time.Second, Max: 15 * time.Minute}

// plannedFollowUps returns what is to be done once the publication is out.
func (a *attempt) plannedFollowUps(pub core.Publication, now time.Time) []core.FollowUp {
	var list []core.FollowUp
	if f, ok := pub.(core.Finisher); ok {
		for _, name := range f.FollowUps() {
			list = append(list, core.FollowUp{Name: name, State: core.FollowUpPending, DueAt: now})
		}
	}
	provider, _ := a.registry.Get(a.delivery.Platform)
	if _, ok := provider.(core.Inspector); ok && a.inspectAfter > 0 {
		list = append(list, core.FollowUp{Name: core.FollowUpInspect, State: core.FollowUpPending, DueAt: now.Add(a.inspectAfter)})
	}
	return list
}

// untilFollowUp puts the delivery off until its next follow-up is due; nil when none
// is left.
func (a *attempt) untilFollowUp() error {
	i := nextFollowUp(a.delivery)
	if i < 0 {
		return nil
	}
	wait := a.delivery.FollowUps[i].DueAt.Sub(a.clock.Now())
	if wait > 0 {
		wait = max(wait, minimumWait) // the store's times are coarser than the clock's
	}
	return a.aside(wait)
}

// nextFollowUp returns the place of the follow-up that is due first, -1 when all have
// ended. The adapter's are done in order, so that one which is put off puts off those
// after it; the inspection is the publisher's own and waits for none.
func nextFollowUp(d core.Delivery) int {
	next, blocked := -1, false
	for i, f := range d.FollowUps {
		own := f.Name == core.FollowUpInspect
		if f.Ended() || blocked && !own {
			continue
		}
		blocked = blocked || !own
		if next < 0 || f.DueAt.Before(d.FollowUps[next].DueAt) {
			next = i
		}
	}
	return next
}

// followUp takes the delivery's next follow-up a step further.
func (a *attempt) followUp(ctx context.Context) error {
	if !a.delivery.DeletedAt.IsZero() {
		return a.skipFollowUps(ctx)
	}
	i := nextFollowUp(a.delivery)
	if i < 0 {
		return a.settle(ctx, a.delivery.PostID)
	}
	if a.delivery.FollowUps[i].DueAt.After(a.clock.Now()) {
		return a.untilFollowUp()
	}
	call, done := detached(ctx, a.commitTimeout)
	defer done()
	if err := a.holdLease(ctx, a.commitTimeout+commitGrace); err != nil {
		return err
	}
	step := followUpStep{attempt: a, place: i}
	if err := step.take(ctx); err != nil {
		return err
	}
	switch err := step.run(ctx, call); {
	case errors.Is(err, errMoved):
		return a.skipFollowUps(ctx)
	case err != nil:
		return err
	}
	a.waiters.tell(a.delivery.PostID)
	if nextFollowUp(a.delivery) < 0 {
		return a.settle(ctx, a.delivery.PostID)
	}
	return a.untilFollowUp()
}

// skipFollowUps ends what is left of a post that was deleted.
func (a *attempt) skipFollowUps(ctx context.Context) error {
	if nextFollowUp(a.delivery) >= 0 {
		err := a.update(ctx, func(d *core.Delivery) error {
			d.FollowUps = slices.Clone(d.FollowUps)
			for i := range d.FollowUps {
				if !d.FollowUps[i].Ended() {
					d.FollowUps[i].State = core.FollowUpSkipped
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return a.settle(ctx, a.delivery.PostID)
}

// followUpStep is one worker's turn at one follow-up.
type followUpStep struct {
	*attempt
	place int
}

func (f followUpStep) record() core.FollowUp { return f.delivery.FollowUps[f.place] }

// change updates the record, unless another worker has taken the delivery up. When the
// post was deleted meanwhile, errMoved keeps its follow-up from being sent, and what
// reading it back has shown from being told; the outcome of what was sent is recorded.
func (f followUpStep) change(ctx context.Context, fn func(*core.Delivery, *core.FollowUp)) error {
	ctx, cancel := detached(ctx, receiptPatience)
	defer cancel()
	return f.insist(ctx, func(d *core.Delivery) error {
		if d.State != core.DeliveryPublished || d.Fence != f.job.Lease || f.place >= len(d.FollowUps) || d.FollowUps[f.place].Ended() {
			return queue.ErrLeaseLost
		}
		if !d.DeletedAt.IsZero() && d.FollowUps[f.place].State == core.FollowUpPending {
			return errMoved
		}
		d.FollowUps = slices.Clone(d.FollowUps)
		fn(d, &d.FollowUps[f.place])
		d.Warnings = f.warnings.all()
		return nil
	})
}

// take makes this worker's lease the fence: no worker with an earlier one can do, or
// record, anything of the delivery's follow-ups from here on.
func (f followUpStep) take(ctx context.Context) error {
	return f.update(ctx, func(d *core.Delivery) error {
		if d.State != core.DeliveryPublished {
			return queue.ErrLeaseLost
		}
		d.Fence = f.job.Lease
		return nil
	})
}

func (f followUpStep) run(ctx, call context.Context) error {
	if f.record().Name == core.FollowUpInspect {
		return f.inspect(ctx, call)
	}
	pub, s, err := f.open(ctx)
	if err != nil {
		return f.stopped(ctx, err)
	}
	finisher, ok := pub.(core.Finisher)
	if !ok {
		return f.failed(ctx, &core.Error{Kind: core.KindUnsupported, Message: "this network has nothing of the kind"})
	}
	s.Checkpoint = fixedCheckpoint{f.delivery}
	switch {
	case f.record().State == core.FollowUpSending:
		return f.find(ctx, call, finisher, s)
	case !slices.Contains(finisher.FollowUps(), f.record().Name): // the author has changed the post since
		return f.change(ctx, func(_ *core.Delivery, r *core.FollowUp) { r.State = core.FollowUpSkipped })
	}
	return f.do(ctx, call, finisher, s)
}

// stopped follows from a publication that cannot be planned any more.
func (f followUpStep) stopped(ctx context.Context, err error) error {
	if errors.As(err, new(*storeError)) {
		return err
	}
	return f.failed(ctx, core.AsError(err))
}

// do makes the one request. That it may be under way is recorded first.
func (f followUpStep) do(ctx, call context.Context, finisher core.Finisher, s *core.Session) error {
	err := f.change(ctx, func(_ *core.Delivery, r *core.FollowUp) {
		r.State, r.SentAt, r.Error = core.FollowUpSending, f.clock.Now(), nil
	})
	if err != nil {
		return err
	}
	var result map[string]any
	err = f.asking(ctx, s, func() error {
		_, err := f.send(call, f.record().SentAt, func(ctx context.Context) (_ core.Receipt, err error) {
			result, err = finisher.FollowUp(ctx, s, f.record().Name, f.delivery.Receipt)
			return core.Receipt{}, err
		})
		return err
	})
	if err == nil {
		return f.done(ctx, result)
	}
	e := worst(core.AsErrors(named(err, f.delivery.Platform)))
	if e.Refused() {
		return f.refused(ctx, e)
	}
	f.log.WarnContext(ctx, "answer to a follow-up lost; it will be looked up", "follow_up", f.record().Name, "error", e)
	return f.later(ctx, core.FollowUpSending, e, max(e.RetryAfter, followUpBackoff.Base))
}

// find finds out what became of a request whose answer was lost, once it cannot be
// under way any more.
func (f followUpStep) find(ctx, call context.Context, finisher core.Finisher, s *core.Session) error {
	sent := f.record().SentAt
	if wait := sent.Add(f.commitTimeout + commitGrace).Sub(f.clock.Now()); wait > 0 {
		return f.later(ctx, core.FollowUpSending, f.record().Error, wait)
	}
	var result map[string]any
	var found bool
	err := f.asking(ctx, s, func() error {
		_, err := f.call(call, func(ctx context.Context) (_ core.Receipt, err error) {
			result, found, err = finisher.FindFollowUp(ctx, s, f.record().Name, f.delivery.Receipt, sent)
			return core.Receipt{}, err
		})
		return err
	})
	switch {
	case errors.As(err, new(*storeError)):
		return err
	case err != nil:
		return f.unknown(ctx, core.AsError(named(err, f.delivery.Platform)))
	case found:
		return f.done(ctx, result)
	}
	return f.refused(ctx, &core.Error{
		Kind: core.KindTemporary, Unsent: true, Platform: f.delivery.Platform, Message: "the network did not take the request",
	})
}

// refused follows from proof that nothing was done.
func (f followUpStep) refused(ctx context.Context, e *core.Error) error {
	switch {
	case errors.As(e, new(*storeError)):
		return f.later(ctx, core.FollowUpPending, nil, followUpBackoff.Base)
	case e.Kind == core.KindRateLimited && f.clock.Now().Sub(f.delivery.PublishedAt) < followUpPatience:
		return f.later(ctx, core.FollowUpPending, e, max(e.RetryAfter, rateLimitDefault))
	case (e.Kind == core.KindTemporary || e.Unsent) && e.Kind != core.KindRateLimited && f.record().Failures+1 < maxFollowUps:
		return f.again(ctx, core.FollowUpPending, e)
	}
	return f.failed(ctx, e)
}

// unknown follows from a look that did not answer.
func (f followUpStep) unknown(ctx context.Context, e *core.Error) error {
	if passing(e) && f.record().Failures+1 < maxFollowUps {
		return f.again(ctx, core.FollowUpSending, e)
	}
	return f.end(ctx, core.FollowUpUncertain, uncertain(e))
}

// again plans another try, and counts the one that failed.
func (f followUpStep) again(ctx context.Context, state core.FollowUpState, e *core.Error) error {
	wait := max(e.RetryAfter, followUpBackoff.Delay(f.record().Failures))
	return f.change(ctx, func(_ *core.Delivery, r *core.FollowUp) {
		r.State, r.Error, r.DueAt = state, e, f.clock.Now().Add(wait)
		r.Failures++
	})
}

// later plans another try without counting.
func (f followUpStep) later(ctx context.Context, state core.FollowUpState, e *core.Error, wait time.Duration) error {
	return f.change(ctx, func(_ *core.Delivery, r *core.FollowUp) {
		r.State, r.Error, r.DueAt = state, e, f.clock.Now().Add(wait)
	})
}

func (f followUpStep) done(ctx context.Context, result map[string]any) error {
	f.log.InfoContext(ctx, "follow-up done", "follow_up", f.record().Name)
	return f.change(ctx, func(_ *core.Delivery, r *core.FollowUp) {
		r.State, r.Result, r.Error = core.FollowUpDone, result, nil
	})
}

// failed ends the follow-up with its reason. The post itself is published all the same.
func (f followUpStep) failed(ctx context.Context, e *core.Error) error {
	return f.end(ctx, core.FollowUpFailed, e)
}

func (f followUpStep) end(ctx context.Context, state core.FollowUpState, e *core.Error) error {
	f.log.WarnContext(ctx, "follow-up not done", "follow_up", f.record().Name, "state", state, "error", e)
	return f.change(ctx, func(_ *core.Delivery, r *core.FollowUp) { r.State, r.Error = state, e })
}
