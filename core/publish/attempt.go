package publish

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

const (
	// bookkeepingTimeout bounds writes that go on although their context has ended.
	bookkeepingTimeout = 20 * time.Second
	// callPoll is how often a delivery is looked at whose call is still under way.
	callPoll = 5 * time.Second
)

// attempt is one worker's turn at one delivery.
type attempt struct {
	*Publisher
	job      queue.Job
	delivery core.Delivery
	post     core.Post
	log      *slog.Logger
	warnings warnings
	began    time.Time // before the post was read
	prepared bool      // only its time is waited for
	// turn ends when the attempt should: the process is stopping, or the lease was lost.
	turn context.Context //nolint:containedctx // what must be written outlives it by a little
	// publication is the post as it was last planned, and given the token of its session.
	publication core.Publication
	given       *core.GivenToken
}

// Attempt takes one delivery a step further. It is the queue's handler for
// JobKind, may be called any number of times, and does nothing for a delivery
// that has ended.
func (p *Publisher) Attempt(ctx context.Context, j queue.Job) (err error) {
	began := p.clock.Now()
	d, err := p.store.GetDelivery(ctx, j.Key) // model: READ_DELIVERY
	if errors.Is(err, store.ErrNotFound) {
		p.log.WarnContext(ctx, "job without a delivery", "delivery", j.Key)
		return nil
	}
	if err != nil {
		return err
	}
	post, err := p.store.GetPost(ctx, d.ProfileID, d.PostID)
	if err != nil {
		return err
	}
	switch {
	case behind(d, post):
		return p.catchUp(ctx, post)
	case post.Status == core.PostDeleted && d.Held && d.Unsent():
		return p.cancelUnsent(ctx, post)
	case d.Held && d.Unsent():
		return nil // whoever lets it go gives it a job
	}
	a := &attempt{
		Publisher: p, turn: ctx, job: j, delivery: d, post: post, began: began, warnings: warnings{earlier: d.Warnings},
		log: p.log.With("post", d.PostID, "delivery", d.ID, "account", d.AccountID, "platform", d.Platform),
	}
	if !p.calls.idle(d.ID) {
		// An earlier attempt of this process has outlived its lease, as happens when
		// a machine was suspended, and is still waiting for its answer.
		return queue.Snooze(callPoll)
	}
	p.activity.begin(d.ID)
	defer p.activity.clear(d.ID)
	p.fileUse.begin(d.PostID)
	defer func() { a.leaveFiles(err) }()
	switch d.State {
	case core.DeliveryAccepted, core.DeliveryPreparing:
		return a.deliver(ctx)
	case core.DeliveryCommitting:
		return a.abandoned(ctx)
	case core.DeliveryUncertain:
		if !d.Settled {
			return a.reconcile(ctx)
		}
	case core.DeliveryPublished:
		return a.followUp(ctx)
	case core.DeliveryFailed, core.DeliveryCancelled:
	}
	return p.settle(ctx, d.PostID)
}

// deliver prepares the delivery and, once it is due, commits it.
func (a *attempt) deliver(ctx context.Context) error {
	if err := a.awaitRelink(ctx); err != nil {
		return err
	}
	if err := a.takeUp(ctx); err != nil {
		return err
	}
	if a.post.Status == core.PostDeleted { // restarted by a retry while it was being deleted
		return a.end(ctx, core.DeliveryCancelled, nil)
	}
	pub, s, err := a.open(ctx)
	if err != nil {
		return a.failed(ctx, err)
	}
	if err := a.checkLink(s.Account); err != nil {
		return a.failed(ctx, err)
	}
	if !a.delivery.DueAt.After(a.clock.Now()) { // before anything is asked of the network in vain
		if err := a.awaitQuota(ctx, s.Account); err != nil {
			return a.failed(ctx, err)
		}
	}
	progress, err := a.prepare(ctx, pub, s)
	if err != nil {
		return a.failed(ctx, err)
	}
	if !progress.Ready {
		return a.wait(ctx, progress.Note, a.aside(max(progress.After, minimumWait)))
	}
	if a.delivery.DueAt.After(a.clock.Now()) {
		a.prepared = true
		return a.wait(ctx, untilDue, a.inTurn())
	}
	if a.began.Before(a.delivery.DueAt) {
		return a.inTurn() // its author may have changed the post while it was prepared
	}
	if err := a.awaitQuota(ctx, s.Account); err != nil {
		return a.failed(ctx, err)
	}
	if err := a.enterLane(ctx); err != nil {
		return err
	}
	return a.commit(ctx, pub, s)
}

// wait puts the delivery off, and lets those who look at the post know why.
func (a *attempt) wait(ctx context.Context, reason string, off error) error {
	a.log.DebugContext(ctx, "delivery waits", "for", reason, "how", off)
	if reason == a.delivery.WaitsFor {
		return off
	}
	err := a.record(ctx, func(d *core.Delivery) { d.WaitsFor, d.WaitsSince = reason, a.clock.Now() })
	if err != nil {
		return err
	}
	return off
}

// leaveFiles gives up the post's files when no attempt here needs them any more: the
// delivery only waits for its time, and what was uploaded is in its checkpoint; or it
// was cancelled or taken up elsewhere, of which nobody else would tell this process.
func (a *attempt) leaveFiles(outcome error) {
	var release func(postID string)
	if a.prepared || errors.Is(outcome, queue.ErrLeaseLost) {
		release = a.media.Release
	}
	a.fileUse.end(a.delivery.PostID, release)
}

// takeUp makes this worker's lease the delivery's fence: from here on, no worker
// with an earlier lease can commit it.
func (a *attempt) takeUp(ctx context.Context) error {
	if err := a.holdLease(ctx, 0); err != nil {
		return err
	}
	return a.update(ctx, func(d *core.Delivery) error {
		switch {
		case !d.Unsent():
			return queue.ErrLeaseLost
		case d.Held || d.Revision != a.post.Revision:
			return queue.Snooze(0) // the post was changed since it was read
		}
		a.resume(d)
		d.State, d.PutOffUntil = core.DeliveryPreparing, time.Time{}
		d.Fence = a.job.Lease // model: TAKE_UP
		return nil
	})
}

// holdLease makes sure that the lease is this worker's for at least d from now. As
// long as the claim is fresh enough, the clock alone says so.
func (a *attempt) holdLease(ctx context.Context, d time.Duration) error {
	if err := a.clockLookedAt(ctx); err != nil {
		return err // the end of the lease means nothing by this clock
	}
	if a.clock.Now().Add(d).Before(a.job.LeaseUntil) {
		return nil
	}
	return a.store.Extend(ctx, a.job, a.lease)
}

// update changes the delivery in the store and keeps the attempt's copy current.
func (a *attempt) update(ctx context.Context, fn func(*core.Delivery) error) error {
	d, err := a.store.UpdateDelivery(ctx, a.delivery.ID, func(d *core.Delivery) error {
		if err := fn(d); err != nil {
			return err
		}
		d.UpdatedAt = a.clock.Now()
		return nil
	})
	if errors.Is(err, store.ErrNotFound) { // it was removed with its profile
		return queue.ErrLeaseLost
	}
	if err == nil {
		a.delivery = d
	}
	return err
}

// open plans the post for its account anew: nothing that was planned earlier, by
// another version of Crier perhaps, is trusted.
func (a *attempt) open(ctx context.Context) (core.Publication, *core.Session, error) {
	account, err := a.store.GetAccount(ctx, a.delivery.AccountID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil, &core.Error{
			Kind: core.KindInvalid, Code: core.CodeNotLinked, Platform: a.delivery.Platform,
			Message: "the account was unlinked " + unlinkedWhen(a.delivery.State),
		}
	}
	if err != nil {
		return nil, nil, &storeError{err}
	}
	provider, ok := a.registry.Get(a.delivery.Platform)
	if !ok {
		// While servers are replaced by those of a newer version, another one may have it.
		return nil, nil, &core.Error{
			Kind: core.KindTemporary, Unsent: true, Code: core.CodeUnknownPlatform,
			Message: "this server has no adapter for " + a.delivery.Platform,
			Help:    "The operator runs a version of Crier with that network.",
		}
	}
	pub, err := a.planOne(ctx, target{account: account, provider: provider}, a.post.Request)
	if err != nil {
		return nil, nil, err
	}
	a.publication = pub
	id := a.delivery.ID // the copy changes while the adapter reports
	s := a.session(account, a.post.ID, deliveryCheckpoint{a}, sessionHooks{
		warn:   a.warnings.add,
		report: func(v core.Activity) { a.activity.set(id, v) },
	})
	s.Log, s.DueAt = a.log, a.delivery.DueAt
	a.given = s.NoteTokens()
	return pub, s, nil
}

// unlinkedWhen says how far the delivery was when its account was found missing.
func unlinkedWhen(s core.DeliveryState) string {
	switch s {
	case core.DeliveryUncertain:
		return "before it was known whether the post went out"
	case core.DeliveryPublished:
		return "before this was done"
	case core.DeliveryAccepted, core.DeliveryPreparing, core.DeliveryCommitting, core.DeliveryFailed, core.DeliveryCancelled:
	}
	return "before the post went out"
}

// prepares tells whether the delivery is being prepared, and by this worker.
func (a *attempt) prepares(d *core.Delivery) bool {
	return d.State == core.DeliveryPreparing && d.Fence == a.job.Lease && !d.Held && d.Revision == a.post.Revision
}

// prepare brings the publication towards the point where only Commit is left. A
// delivery without a checkpoint has uploaded nothing yet: everything that can be
// checked is checked first.
func (a *attempt) prepare(ctx context.Context, pub core.Publication, s *core.Session) (core.Progress, error) {
	if len(a.delivery.Checkpoint) == 0 {
		if err := a.examineFirst(ctx, pub, s); err != nil {
			return core.Progress{}, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, prepareTimeout)
	defer cancel()
	var progress core.Progress
	err := a.guard(ctx, func() (err error) {
		progress, err = pub.Prepare(ctx, s) // model: PREPARE
		return err
	})
	return progress, err
}

// examineFirst checks everything that can be checked before the first upload. A file that
// cannot be had for good does not keep what the network refuses from being told.
func (a *attempt) examineFirst(ctx context.Context, pub core.Publication, s *core.Session) error {
	err := a.fetchAll(ctx, pub, s)
	if err == nil {
		if err = a.preflight(ctx, pub, s); err == nil {
			a.warnings.examinedAnew()
		}
		return err
	}
	problems := core.AsErrors(err)
	if ctx.Err() != nil || !lasts(worst(problems)) {
		return err // it is tried again, and the network asked then
	}
	refused, _ := permanent(core.AsErrors(a.preflight(ctx, pub, s)))
	return append(problems, refused...)
}

// minimumWait keeps an adapter that asks to come back at once from spinning.
const minimumWait = 50 * time.Millisecond

// failed decides what follows when something before the irreversible call, or
// the call itself in a proven way, went wrong.
func (a *attempt) failed(ctx context.Context, err error) error {
	if ctx.Err() != nil { // stopping, or the lease is lost: not the delivery's fault
		if errors.Is(context.Cause(ctx), queue.ErrLeaseLost) {
			return queue.ErrLeaseLost
		}
		return ctx.Err()
	}
	var e *core.Error
	var all core.Errors
	switch {
	case errors.Is(err, queue.ErrLeaseLost):
		return err
	case errors.As(err, new(*storeError)):
		return err // the runner tries again for as long as it takes
	case errors.As(err, &e):
		all = core.AsErrors(named(err, a.delivery.Platform))
		e = worst(all)
	case errors.Is(err, context.DeadlineExceeded):
		e = tookTooLong(err)
	default:
		e = core.AsError(err)
	}
	e = core.AsError(named(e, a.delivery.Platform))
	switch others := besides(all, e); {
	case e.Kind == core.KindAuth && !slices.ContainsFunc(others, func(e *core.Error) bool { return e.Kind != core.KindAuth }):
		return a.unauthorized(ctx, e)
	case core.RefusedToken(err) != nil:
		_, _ = a.renewed(ctx, a.delivery.AccountID, a.given, err) // it is noted; the rest lasts
	}
	v := judge(e, a.delivery.Failures, a.clock.Now().Sub(a.delivery.DueAt))
	if !v.again {
		return a.end(ctx, core.DeliveryFailed, e, besides(all, e)...) // model: END_FAILED
	}
	a.log.WarnContext(ctx, "delivery put off", "error", e, "kind", e.Kind, "again_in", v.after)
	if err := a.noteError(ctx, e, v); err != nil { // model: TRY_AGAIN
		return err
	}
	if v.counted {
		return queue.Retry(v.after, e)
	}
	return queue.Snooze(v.after)
}

// record writes what has become of the delivery, although ctx may have ended. One
// that was cancelled, or that another worker has taken up since, is not touched. What has
// become of its one call is held for as long as a receipt: it would look unknown otherwise.
func (a *attempt) record(ctx context.Context, fn func(*core.Delivery)) error {
	patience := func(ctx context.Context) (context.Context, context.CancelFunc) {
		return detached(ctx, bookkeepingTimeout)
	}
	if a.delivery.State == core.DeliveryCommitting {
		patience = a.receiptContext
	}
	ctx, cancel := patience(ctx)
	defer cancel()
	return a.insist(ctx, func(d *core.Delivery) error {
		if d.Final() || d.Fence != a.job.Lease {
			return queue.ErrLeaseLost
		}
		fn(d)
		return nil
	})
}

// noteError shows a failure that is retried to whoever looks at the post. The
// delivery goes back to its preparation: if there was a call, it is proven to have
// had no effect.
func (a *attempt) noteError(ctx context.Context, e *core.Error, v verdict) error {
	now := a.clock.Now()
	err := a.record(ctx, func(d *core.Delivery) {
		if v.counted {
			d.Failures++
		}
		d.State = core.DeliveryPreparing
		d.CommittedAt = time.Time{}
		d.Error = e
		d.WaitsFor, d.WaitsSince, d.PutOffUntil = putOff(e, now.Add(v.after)), now, now.Add(v.after)
	})
	if err == nil && v.after > 0 { // who waits for the post may not want to wait for that
		a.activity.clear(a.delivery.ID)
		a.waiters.tell(a.delivery.PostID)
	}
	return err
}

// putOff tells people when a delivery is tried again, and that it is by itself.
func putOff(e *core.Error, at time.Time) string {
	when := at.UTC().Format(time.RFC3339)
	switch {
	case core.CodeOf(e) == core.CodeQuota:
		return "the next day; whether more is allowed by then is looked at by itself, next at " + when
	case e.Kind == core.KindRateLimited:
		return "the limit that the error tells of; it is tried again by itself, next at " + when
	}
	return "another try, by itself, at " + when
}

// besides returns the other errors that repeating cannot cure.
func besides(all core.Errors, decisive *core.Error) core.Errors {
	lasting, _ := permanent(all)
	return slices.DeleteFunc(lasting, func(e *core.Error) bool { return e == decisive })
}

// end brings the delivery to a final state and the post with it.
func (a *attempt) end(ctx context.Context, state core.DeliveryState, e *core.Error, others ...*core.Error) error {
	err := a.record(ctx, func(d *core.Delivery) {
		d.State = state
		d.Error, d.OtherErrors = e, others
		d.Settled = true
		d.Warnings = a.warnings.all()
	})
	if err != nil {
		return err
	}
	a.ended(ctx)
	return a.settle(ctx, a.delivery.PostID)
}

// ended reports the final state.
func (a *attempt) ended(ctx context.Context) {
	d := a.delivery
	var kind core.Kind
	level, attrs := slog.LevelInfo, []any{"event", endEvent(d.State), "state", d.State}
	if d.Error != nil {
		kind = d.Error.Kind
		level, attrs = slog.LevelWarn, append(attrs, "kind", kind, "error", d.Error)
	}
	if d.Receipt.RemoteID != "" {
		attrs = append(attrs, "remote_id", d.Receipt.RemoteID)
	}
	a.log.Log(ctx, level, "delivery ended", attrs...)
	due := d.DueAt
	if d.CreatedAt.After(due) {
		due = d.CreatedAt
	}
	a.observer.DeliveryEnded(d.Platform, d.State, kind, a.clock.Now().Sub(due))
	a.tellLateness(ctx, due)
}
