package publish

import (
	"context"
	"errors"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// processingPatience is how long after its publication a post may still be in the
// network's processing before its author is told.
const processingPatience = time.Hour

// processingPause is the time between two looks at a post in processing.
const processingPause = 5 * time.Minute

// inspect reads the post back: a network that accepts a post does not promise to show
// it.
func (f followUpStep) inspect(ctx, call context.Context) error {
	standing, reason, err := f.standing(call, f.delivery.Receipt)
	switch {
	case errors.As(err, new(*storeError)):
		return err
	case err != nil:
		return f.notInspected(ctx, core.AsError(named(err, f.delivery.Platform)))
	}
	switch standing {
	case core.StandingShown:
		return f.done(ctx, nil)
	case core.StandingProcessing:
		if f.clock.Now().Sub(f.delivery.PublishedAt) < processingPatience {
			return f.later(ctx, core.FollowUpPending, nil, processingPause)
		}
		f.warn("the network has accepted the post, and is still at work on it an hour later: look whether it is shown")
	case core.StandingGone:
		f.warn("the network does not have the post any more: it was deleted there, or never shown")
	case core.StandingRefused:
		return f.notShown(ctx, reason)
	}
	return f.done(ctx, map[string]any{"standing": standing})
}

func (f followUpStep) warn(message string) {
	f.warnings.add(core.Warning{Code: core.CodeNotShown, Message: message})
}

// standing asks the adapter how the post that a receipt names fares.
func (a *attempt) standing(ctx context.Context, r core.Receipt) (standing core.Standing, reason string, err error) {
	account, err := a.store.GetAccount(ctx, a.delivery.AccountID)
	if errors.Is(err, store.ErrNotFound) {
		return "", "", &core.Error{Kind: core.KindUnsupported, Message: "the account is no longer linked"}
	}
	if err != nil {
		return "", "", &storeError{err}
	}
	provider, _ := a.registry.Get(a.delivery.Platform)
	inspector, ok := provider.(core.Inspector)
	if !ok || r.RemoteID == "" {
		return "", "", &core.Error{Kind: core.KindUnsupported, Message: "the post cannot be read back"}
	}
	s := a.session(r.As(account), a.delivery.PostID, fixedCheckpoint{a.delivery}, sessionHooks{warn: a.warnings.add})
	err = a.asking(ctx, s, func() error {
		return a.guard(ctx, func() (err error) {
			standing, reason, err = inspector.Inspect(ctx, s, r.RemoteID)
			return err
		})
	})
	return standing, reason, err
}

// notInspected follows from a read that did not answer. A token that may not read is
// no fault; the post counts as what the network said it is.
func (f followUpStep) notInspected(ctx context.Context, e *core.Error) error {
	switch {
	case e.Kind == core.KindRateLimited && f.clock.Now().Sub(f.delivery.PublishedAt) < followUpPatience:
		return f.later(ctx, core.FollowUpPending, nil, max(e.RetryAfter, rateLimitDefault))
	case e.Kind == core.KindTemporary && f.record().Failures+1 < maxFollowUps:
		return f.again(ctx, core.FollowUpPending, e)
	}
	f.log.InfoContext(ctx, "the post could not be read back", "error", e)
	return f.change(ctx, func(_ *core.Delivery, r *core.FollowUp) { r.State = core.FollowUpSkipped })
}

// notShown records that the network accepted the post and then did not publish it: the
// delivery has failed after all.
func (f followUpStep) notShown(ctx context.Context, reason string) error {
	e := &core.Error{
		Kind: core.KindInvalid, Code: core.CodeNotShown, Op: "publish.inspect", Platform: f.delivery.Platform,
		RemoteID: f.delivery.Receipt.RemoteID,
		Message:  f.registry.Title(f.delivery.Platform) + " accepted the post as " + f.delivery.Receipt.RemoteID + " and then did not publish it",
	}
	if reason != "" {
		e.Message += ": " + reason
	}
	err := f.change(ctx, func(d *core.Delivery, r *core.FollowUp) {
		r.State, r.Result = core.FollowUpDone, map[string]any{"standing": core.StandingRefused}
		for i := range d.FollowUps {
			if !d.FollowUps[i].Ended() {
				d.FollowUps[i].State = core.FollowUpSkipped
			}
		}
		d.State, d.Error = core.DeliveryFailed, e
	})
	if err != nil {
		return err
	}
	f.observer.PostNotShown(f.delivery.Platform)
	f.log.WarnContext(ctx, "the network does not show the post", "event", eventNotShown, "remote_id", f.delivery.Receipt.RemoteID, "reason", reason)
	f.ended(ctx)
	return nil // the follow-ups have ended, and with them the post
}
