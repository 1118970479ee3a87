package publish

import (
	"context"
	"time"

	"github.com/crier-social/crier/core"
)

// The events: what operators and authors may want to be told of, as opposed to what the
// log merely notes. Each is one line of the log with the attribute event; its name is a
// noun and what happened to it, and does not change once it was released.
const (
	eventPublished   = "delivery.published"
	eventFailed      = "delivery.failed"
	eventUncertain   = "delivery.uncertain" // for good: nobody looks any more
	eventCancelled   = "delivery.cancelled"
	eventAnswerLost  = "delivery.answer_lost"  // and will be looked for
	eventAnswerFound = "delivery.answer_found" // the post is on the network
	eventReceiptHeld = "delivery.receipt_held" // published, and the store takes no writes
	eventReceiptLost = "delivery.receipt_lost" // published; recorded in the log alone
	eventLate        = "delivery.late"
	eventNotShown    = "delivery.not_shown"
	eventNotStarted  = "delivery.not_started" // due, and nobody is at work on it
	eventCaughtUp    = "delivery.caught_up"   // the end of that
	eventOverdue     = "delivery.overdue"     // due for a while and not out, for whatever reason
	eventOnTime      = "delivery.on_time"     // the end of that

	eventClockSetBack = "clock.set_back"
	eventClockAhead   = "clock.set_ahead"
	eventRestored     = "store.restored"
)

// lateAfter is by how much a post may miss its time before that is an event. Posts that
// have to wait for a free worker, or for one more try, are late by less.
const lateAfter = time.Minute

// endEvent is the event of a delivery that has ended.
func endEvent(s core.DeliveryState) string {
	switch s {
	case core.DeliveryPublished:
		return eventPublished
	case core.DeliveryUncertain:
		return eventUncertain
	case core.DeliveryCancelled:
		return eventCancelled
	case core.DeliveryFailed, core.DeliveryAccepted, core.DeliveryPreparing, core.DeliveryCommitting:
	}
	return eventFailed
}

// tellLateness reports a delivery that was sent long after its time. What counts is when
// its call began, not when its answer came: that may have been lost for a while.
func (a *attempt) tellLateness(ctx context.Context, due time.Time) {
	d := a.delivery
	late := d.CommittedAt.Sub(due)
	if d.State != core.DeliveryPublished || d.CommittedAt.IsZero() || late <= lateAfter {
		return
	}
	a.log.WarnContext(ctx, "the post went out late", "event", eventLate, "late", late, "due", due)
	a.observer.DeliveryLate(d.Platform, late)
}
