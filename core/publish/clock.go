package publish

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

// What may be done about a lost answer depends on how long ago the call was: a network
// recognises the same content for some minutes only, and shows a post some moments after
// it took it. The age is the difference of two readings of the clock, so that it is wrong
// after the clock was set. That is noticed here: by the steady time that passes beside the
// clock's while a process runs, and by the latest time that the store knows of, which
// outlives processes. What cannot be noticed is a clock that was set back, while no
// process ran, by less than the time for which none did.

const (
	// clockTolerance is how far the clock may step without a consequence: servers of time
	// correct by less, and what depends on ages leaves more room than that.
	clockTolerance = 30 * time.Second
	// clockMargin is added to what is known of a set-back, part of which may have passed
	// unseen while no process ran. It is longer than any network recognises content for,
	// so that nothing is sent again on the strength of such an age.
	clockMargin = 24 * time.Hour
	// clockSettling is how long after a step nobody concludes from a post's absence that
	// it was not taken: a call that looks old may just have been made.
	clockSettling = 90 * time.Second
	// noteEvery is how far the store's time may be behind before it is told the time: while
	// nothing else is written, that is the one write of an idle server.
	noteEvery = time.Minute
)

// clockWatch remembers the last reading of the clock, and the last step.
type clockWatch struct {
	mu      sync.Mutex
	began   core.ClockReading // as the process did
	last    core.ClockReading // zero: none yet
	stepped core.ClockReading // when a step was noticed last; zero: never
}

// CheckClock looks whether the clock was set, and draws the consequences. It is called
// before the first job of a process, and every few seconds from then on.
func (p *Publisher) CheckClock(ctx context.Context) error {
	w := &p.clockWatch
	w.mu.Lock()
	defer w.mu.Unlock()
	reading := core.ReadClock(p.clock)
	now := reading.At
	latest, err := p.store.LatestTime(ctx)
	if err != nil {
		return fmt.Errorf("reading the latest time: %w", err)
	}
	step := reading.StepSince(w.last)
	back := max(-step, latest.Sub(now))
	switch {
	case back > clockTolerance:
		w.stepped = reading
		if err := p.clockSetBack(ctx, now, back); err != nil {
			return err // the last reading stays, and so it is noticed again
		}
	case step > clockTolerance:
		w.stepped = reading
		p.log.InfoContext(ctx, "the clock is ahead of the time that has passed: it was set, or the machine was suspended",
			"event", eventClockAhead, "by", step)
	}
	if back > clockTolerance || now.Sub(latest) >= noteEvery {
		if err := p.store.NoteTime(ctx, now); err != nil {
			return fmt.Errorf("noting the time: %w", err)
		}
	}
	w.last = reading
	return nil
}

// clockSetBack makes what is stored fit for an earlier time. The ages of calls whose
// outcome is unknown become doubtful; what waits for a moment of the old clock that was
// not its author's choice need not wait so long; and no lease outlasts its due time.
func (p *Publisher) clockSetBack(ctx context.Context, now time.Time, by time.Duration) error {
	was := now.Add(by)
	ids, err := p.store.OpenDeliveries(ctx, was.Add(clockTolerance)) // the store's time may be a little behind
	if err != nil {
		return fmt.Errorf("listing what is under way: %w", err)
	}
	for _, id := range ids {
		if err := p.adaptToSetBack(ctx, id, now, by); err != nil {
			return fmt.Errorf("delivery %s: %w", id, err)
		}
	}
	if _, err := p.store.CutLeases(ctx, now, now.Add(p.lease)); err != nil {
		return fmt.Errorf("cutting leases: %w", err)
	}
	if _, err := p.store.CutWaits(ctx, JobKind, now, was.Add(quotaPause)); err != nil {
		return fmt.Errorf("cutting waits: %w", err)
	}
	p.log.WarnContext(ctx, "the clock was set back; scheduled posts follow the corrected clock, and a post whose answer was lost is looked for, and sent again only if the network shows that it is not there",
		"event", eventClockSetBack, "by", by, "under_way", len(ids))
	p.observer.ClockSetBack(by)
	p.wake()
	return nil
}

// adaptToSetBack makes one delivery fit for an earlier time.
func (p *Publisher) adaptToSetBack(ctx context.Context, id string, now time.Time, by time.Duration) error {
	d, err := p.store.GetDelivery(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	post, err := p.store.GetPost(ctx, d.ProfileID, d.PostID)
	if err != nil {
		return err
	}
	due := now // of an immediate post, and of one that was sent again
	if post.Request.ScheduleAt.After(now) {
		due = post.Request.ScheduleAt
	}
	_, err = p.store.UpdateDelivery(ctx, id, func(d *core.Delivery) error {
		sent := d.State == core.DeliveryCommitting || d.State == core.DeliveryUncertain
		if d.Idle() || !sent && !d.DueAt.After(due) {
			return errMoved
		}
		if sent {
			doubtAge(d, by)
		}
		if d.State == core.DeliveryUncertain {
			lookAgain(d, now.Add(clockSettling))
		}
		if d.DueAt.After(due) {
			d.DueAt = due
		}
		return nil
	})
	if errors.Is(err, errMoved) {
		return nil
	}
	return err
}

// doubtAge notes that the delivery's call is older than it looks, by as much as the clock
// was set back and by what may not have been seen of that.
func doubtAge(d *core.Delivery, by time.Duration) {
	if d.AgeDoubt == 0 {
		d.AgeDoubt = clockMargin
	}
	d.AgeDoubt += by
}

// doubtFuture is doubtAge for a call that is still to be made by the clock.
func (p *Publisher) doubtFuture(d *core.Delivery) {
	if ahead := d.CommittedAt.Sub(p.clock.Now()); ahead > clockTolerance && d.AgeDoubt == 0 {
		doubtAge(d, ahead)
	}
}

// committedSince is the earliest time at which the delivery's call can have been made.
func committedSince(d core.Delivery) time.Time { return d.CommittedAt.Add(-d.AgeDoubt) }

// clockSettled returns nil once ages can be relied on: the clock was not set for a while.
// Otherwise it puts the job off.
func (p *Publisher) clockSettled(ctx context.Context) error {
	if err := p.clockLookedAt(ctx); err != nil {
		return err
	}
	w := &p.clockWatch
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stepped.At.IsZero() {
		return nil
	}
	if wait := p.commitTimeout + commitGrace + clockSettling - core.ReadClock(p.clock).Passed(w.stepped); wait > 0 {
		return queue.Snooze(wait)
	}
	return nil
}

// sinceStep is how long ago the clock was set last, as far as this process has noticed; at most
// for how long it runs.
func (p *Publisher) sinceStep() time.Duration {
	w := &p.clockWatch
	w.mu.Lock()
	defer w.mu.Unlock()
	from := w.began
	if !w.stepped.At.IsZero() {
		from = w.stepped
	}
	return core.ReadClock(p.clock).Passed(from)
}

// clockLookedAt is CheckClock for a clock that has just stepped, and costs nothing otherwise.
func (p *Publisher) clockLookedAt(ctx context.Context) error {
	w := &p.clockWatch
	w.mu.Lock()
	stepped := core.ReadClock(p.clock).StepSince(w.last).Abs() > clockTolerance
	w.mu.Unlock()
	if stepped {
		return p.CheckClock(ctx)
	}
	return nil
}

// ageless takes up a delivery whose call is still to be made by the clock. It may have
// been made just now, so that it gets all of its time from now on.
func (a *attempt) ageless(ctx context.Context) error {
	err := a.update(ctx, func(d *core.Delivery) error {
		if d.State != core.DeliveryCommitting {
			return queue.ErrLeaseLost
		}
		a.doubtFuture(d)
		d.CommittedAt = a.clock.Now()
		return nil
	})
	if err != nil {
		return err
	}
	return queue.Snooze(a.commitTimeout + commitGrace)
}
