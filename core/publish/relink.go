package publish

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

// A token that the network refuses is renewed where that is possible, and what was refused is
// done again. Where only its owner can link the account again, the delivery of a post that
// nobody waits for waits for that, outside its lane, and goes out by itself afterwards.

const (
	// renewTimeout bounds the renewal of a token that was refused.
	renewTimeout = 30 * time.Second
	// relinkPoll is how often a delivery looks whether its account was linked again. Relinked
	// tells sooner; this is for a server that died before it could.
	relinkPoll = 5 * time.Minute
	// relinkBatch bounds how many deliveries one call of Relinked wakes. Whatever is beyond it
	// finds out by itself, and no network takes as many posts from an account in a day.
	relinkBatch = 1000
)

// renewed takes note that the network has refused a session's token, and tells whether there
// is another one by now, with which what was refused can be tried again. The error is of a
// renewal that failed for a reason which may pass.
func (p *Publisher) renewed(ctx context.Context, accountID string, given *core.GivenToken, err error) (bool, error) {
	e, token := core.RefusedToken(err), given.Take()
	if e == nil || token == "" {
		return false, nil
	}
	ctx, cancel := detached(ctx, renewTimeout)
	defer cancel()
	renewed, err := p.tokens.Refused(ctx, accountID, token, e.Message)
	if err != nil {
		p.log.WarnContext(ctx, "a refused token could not be renewed", "account", accountID, "error", err)
	}
	return renewed && err == nil, err
}

// asking does work that asks the network within a session, and that a refusal proves to have
// had no effect. If the network refused the token and there is another, it is done once more.
func (p *Publisher) asking(ctx context.Context, s *core.Session, work func() error) error {
	given := s.NoteTokens()
	err := work()
	if renewed, _ := p.renewed(ctx, s.Account.ID, given, err); renewed {
		err = work()                                    // model: ASK_AGAIN
		_, _ = p.renewed(ctx, s.Account.ID, given, err) // it is noted, and that is all
	}
	return err
}

// patient tells whether the post may wait until its account is linked again: nobody waits for
// the answer.
func (a *attempt) patient() bool {
	return a.post.Scheduled() || a.post.Request.RequiresApproval
}

// awaitsRelink tells whether a delivery that nobody is at work on has failed for want of an
// authorization, and is to go out all the same.
func awaitsRelink(d core.Delivery) bool {
	return d.State == core.DeliveryPreparing && d.Error != nil && d.Error.Kind == core.KindAuth
}

// resume ends the waiting of a delivery that is taken up. What was uploaded long ago may be
// forgotten by the network.
func (a *attempt) resume(d *core.Delivery) {
	if !awaitsRelink(*d) {
		return
	}
	if a.clock.Now().Sub(d.UpdatedAt) > checkpointLife {
		d.Checkpoint = nil
	}
	d.Error, d.WaitsFor, d.WaitsSince = nil, "", time.Time{}
}

// relinkBy is until when the delivery waits for its account.
func (a *attempt) relinkBy() time.Time { return a.delivery.DueAt.Add(a.relinkGrace) }

// awaitRelink puts off, before it is taken up, a delivery whose account is still to be linked
// again; nil: it is not, or has waited long enough. If the account was linked and nobody said
// so, those that wait for it go out in their order.
func (a *attempt) awaitRelink(ctx context.Context) error {
	if !awaitsRelink(a.delivery) {
		return nil
	}
	account, err := a.store.GetAccount(ctx, a.delivery.AccountID)
	now := a.clock.Now()
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return err
	case account.Status == core.AccountRelinkRequired && a.patient() && now.Before(a.relinkBy()):
		return a.untilRelink()
	case account.Status == core.AccountRelinkRequired, a.delivery.DueAt.After(now), a.job.Lane != "":
		return nil
	}
	if err := a.Relinked(ctx, account.ID); err != nil {
		return err
	}
	return queue.Snooze(0)
}

// untilRelink puts the delivery off until it is worth another look.
func (a *attempt) untilRelink() error {
	now := a.clock.Now()
	next := now.Add(relinkPoll)
	if by := a.relinkBy(); by.Before(next) {
		next = by
	}
	return a.aside(max(next.Sub(now), minimumWait))
}

// checkLink tells, before anything is asked of the network in vain, why the account of a post
// that can wait has to be linked again; nil: it does not.
func (a *attempt) checkLink(account core.Account) error {
	if !a.patient() || account.Status != core.AccountRelinkRequired {
		return nil
	}
	return core.RelinkError(account, cmp.Or(account.StatusReason, "its authorization was lost"))
}

// unauthorized follows from a delivery that failed for want of an authorization and for no
// other reason. The network has proven that nothing came of it.
func (a *attempt) unauthorized(ctx context.Context, e *core.Error) error {
	committing := a.delivery.State == core.DeliveryCommitting
	if committing { // a renewal takes its time, and whoever takes over from a server that dies meanwhile has to know
		if err := a.noteError(ctx, renewing(e, nil), verdict{again: true}); err != nil { // model: NOTE_REFUSAL
			return err
		}
	}
	renewed, trouble := a.renewed(ctx, a.delivery.AccountID, a.given, e)
	status, err := a.accountStatus(ctx)
	if err != nil {
		return err
	}
	again := renewed || status == core.AccountActive && (trouble != nil || a.patient()) // it may be linked by now
	switch {
	case again && a.delivery.Failures+1 < maxTemporary:
		return a.tryRenewed(ctx, e, trouble, renewed, committing)
	case a.patient() && status == core.AccountRelinkRequired && a.clock.Now().Before(a.relinkBy()):
		return a.waitForRelink(ctx, e)
	}
	return a.end(ctx, core.DeliveryFailed, a.waited(e)) // model: END_UNAUTHORIZED
}

// accountStatus returns the status of the delivery's account now; empty: it is unlinked.
func (a *attempt) accountStatus(ctx context.Context) (core.AccountStatus, error) {
	ctx, cancel := detached(ctx, bookkeepingTimeout)
	defer cancel()
	account, err := a.store.GetAccount(ctx, a.delivery.AccountID)
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	return account.Status, err
}

// renewing is what a refusal of the token is shown as while the delivery goes on: it passes.
// trouble is what renewing it failed with, if it did.
func renewing(e *core.Error, trouble error) *core.Error {
	c := *e
	c.Kind, c.Code, c.Help = core.KindTemporary, 0, ""
	c.Message = "the network refused the access token, which is being renewed: " + e.Message
	if trouble != nil {
		c.Message = "the network refused the access token, and renewing it failed, which is tried again: " + core.Clause(core.AsError(trouble).Message)
	}
	return &c
}

// tryRenewed has the delivery tried again with another token: once it is renewed, the first
// time at once, and in its place among those of its account.
func (a *attempt) tryRenewed(ctx context.Context, e *core.Error, trouble error, renewed, inLane bool) error {
	atOnce := renewed && a.delivery.Failures == 0
	v := verdict{again: true, counted: true, after: minimumWait}
	if !atOnce {
		v.after = temporaryBackoff.Delay(a.delivery.Failures)
	}
	a.log.InfoContext(ctx, "the network refused the token; the delivery is tried again", "renewed", renewed, "error", e, "again_in", v.after)
	if err := a.noteError(ctx, renewing(e, trouble), v); err != nil {
		return err
	}
	if atOnce && inLane {
		return a.inTurn()
	}
	return queue.Retry(v.after, e)
}

// waitForRelink lets the delivery wait until its account is linked again.
func (a *attempt) waitForRelink(ctx context.Context, e *core.Error) error {
	by := a.relinkBy()
	err := a.record(ctx, func(d *core.Delivery) {
		d.State, d.CommittedAt, d.Error = core.DeliveryPreparing, time.Time{}, e
		d.WaitsFor, d.WaitsSince = relinkWait(by), a.clock.Now()
	})
	if err != nil {
		return err
	}
	a.log.WarnContext(ctx, "delivery waits until its account is linked again", "error", e, "until", by)
	// Who has linked it in between has not found this delivery among those that wait.
	if status, err := a.accountStatus(ctx); err != nil || status != core.AccountRelinkRequired {
		return a.aside(0)
	}
	return a.untilRelink()
}

// relinkWait tells people what a delivery waits for.
func relinkWait(by time.Time) string {
	return "the account to be linked again: the post goes out by itself then, and fails if that is not done by " + by.UTC().Format(time.RFC3339)
}

// waited returns the error of a delivery that is given up, and tells how long it has waited.
func (a *attempt) waited(e *core.Error) *core.Error {
	late := a.clock.Now().Sub(a.delivery.DueAt)
	if !a.patient() || late <= 0 || a.relinkGrace <= 0 {
		return e
	}
	c := *e
	c.Message = fmt.Sprintf("%s; the post has waited for that for %s after its time, and is not sent any more", e.Message, late.Round(time.Second))
	return &c
}

// Relinked is called when an account was linked again. What waits for that goes out now, in
// the order of their times; and what is to be prepared for a later time, is. It may be called
// at any time, and again.
func (p *Publisher) Relinked(ctx context.Context, accountID string) error {
	now := p.clock.Now()
	unsent, err := p.store.UnsentDeliveries(ctx, accountID, now.Add(max(p.prepareAhead, prepareTextAhead)), relinkBatch)
	if err != nil {
		return fmt.Errorf("listing what waits for account %s: %w", accountID, err)
	}
	var jobs []queue.Job
	for _, d := range unsent {
		if !awaitsRelink(d) {
			continue
		}
		post, err := p.store.GetPost(ctx, d.ProfileID, d.PostID)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		jobs = append(jobs, p.relinkedJob(post, d, now))
	}
	if len(jobs) == 0 {
		return nil
	}
	if err := p.store.Replace(ctx, jobs...); err != nil {
		return fmt.Errorf("waking what waits for account %s: %w", accountID, err)
	}
	p.logOf(ctx).InfoContext(ctx, "the account was linked again; what waited for it goes out", "account", accountID, "deliveries", len(jobs))
	p.wake()
	return nil
}

// relinkedJob is the job of a delivery whose account was linked again. One that is due waits
// for its turn from the start: those before it may still have to be made ready.
func (p *Publisher) relinkedJob(post core.Post, d core.Delivery, now time.Time) queue.Job {
	job := jobAt(post, d, p.startAt(post, d))
	if !d.DueAt.After(now) {
		job.RunAt, job.Lane = d.DueAt, laneOf(d)
	}
	return job
}
