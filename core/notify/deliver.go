package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

const (
	// keptTries is how many tries of a message the log keeps: all of them, and some of those
	// before it was sent again by hand.
	keptTries = 18
	// blockedPause is how long a message waits behind one that should have been sent by now.
	blockedPause = time.Second
	// bookTimeout bounds the bookkeeping after a call, which goes on while the server stops:
	// what is not noted is sent again.
	bookTimeout = 10 * time.Second
)

// callWebhook is the handler of WebhookJob: it sends the message that the job names when its
// turn has come.
func (n *Notifier) callWebhook(ctx context.Context, j queue.Job) error {
	m, err := n.store.GetMessage(ctx, j.Key)
	if errors.Is(err, store.ErrNotFound) {
		return nil // its profile was deleted
	}
	if err != nil {
		return fmt.Errorf("message %s: %w", j.Key, err)
	}
	if m.State != store.MessagePending {
		return n.advance(ctx, m.Lane) // whoever ended it may have died before that
	}
	if err := n.turn(ctx, m); err != nil {
		return err
	}
	p, err := n.store.GetProfile(ctx, m.ProfileID)
	if errors.Is(err, store.ErrNotFound) {
		return n.drop(ctx, m)
	}
	if err != nil {
		return fmt.Errorf("profile %s: %w", m.ProfileID, err)
	}
	w, err := n.store.GetWebhook(ctx, m.OwnerID, string(m.Action))
	if errors.Is(err, store.ErrNotFound) {
		return n.drop(ctx, m)
	}
	if err != nil {
		return fmt.Errorf("webhook %s: %w", m.Action, err)
	}
	leave, admitted := n.health.enter(w.URL)
	if !admitted {
		return n.putOff(ctx, m)
	}
	defer leave()
	return n.try(ctx, j, m, w, p)
}

// What a message waits for, as the log tells it.
const (
	waitsForLane = "for an earlier call for this profile to this address"
	waitsForPool = "until fewer calls are under way to slow addresses, of which this is one: it took long to answer last time, or did not"
)

// putOff lets a message wait whose endpoint is slow.
func (n *Notifier) putOff(ctx context.Context, m store.Message) error {
	at := n.clock.Now().Add(slowPause + spread(m.ID, m.Sends, slowSpread))
	return n.sleep(ctx, m, at, waitsForPool)
}

// turn puts the job of a message off that has to wait: for its own next try, or for that of
// another message of its lane that comes first. nil: it is its turn.
func (n *Notifier) turn(ctx context.Context, m store.Message) error {
	now := n.clock.Now()
	if m.NextAt.After(now) {
		return queue.SnoozeUntil(m.NextAt, m.Lane)
	}
	first, err := n.store.FirstPending(ctx, m.Lane)
	if errors.Is(err, store.ErrNotFound) || err == nil && first.ID == m.ID {
		return nil
	}
	if err != nil {
		return fmt.Errorf("first message of lane %s: %w", m.Lane, err)
	}
	if earliest := now.Add(blockedPause); first.NextAt.Before(earliest) {
		return queue.SnoozeUntil(earliest, m.Lane)
	}
	return n.sleep(ctx, m, first.NextAt, waitsForLane)
}

// sleep puts the job of a message off that cannot be sent now.
func (n *Notifier) sleep(ctx context.Context, m store.Message, until time.Time, waits string) error {
	// Noted, so that whoever ends the message before it in its lane knows that it sleeps, and
	// those behind it until when.
	_, err := n.store.UpdateMessage(ctx, m.ID, func(now *store.Message) error {
		if now.State == store.MessagePending && now.NextAt.Equal(m.NextAt) {
			now.NextAt, now.Waits = until, waits
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("message %s: %w", m.ID, err)
	}
	return queue.SnoozeUntil(until, m.Lane)
}

// try sends a message once and notes what came of it.
func (n *Notifier) try(ctx context.Context, j queue.Job, m store.Message, w store.Webhook, p core.Profile) error {
	req, r, err := n.prepare(ctx, w, m)
	if err != nil {
		return fmt.Errorf("webhook call %s: %w", m.ID, err)
	}
	begun, number := n.clock.Now(), 0
	if r.failure == "" {
		if number, err = n.begin(ctx, m, w.URL); errors.Is(err, errEnded) {
			return n.advance(ctx, m.Lane)
		}
		if err != nil {
			return err
		}
		r = n.call(req, m.ID, number)
		if r.status == 0 && ctx.Err() != nil {
			return context.Cause(ctx) // the server is stopping, or the job was taken away: no failure of the endpoint
		}
		now := n.clock.Now()
		n.health.called(w.URL, now.Sub(begun) >= n.timeout/slowShare, now)
	}
	ended := n.clock.Now()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), bookTimeout)
	defer cancel()
	m, _, err = n.note(ctx, m, tryOf(number, begun, ended.Sub(begun), w.URL, r), func(m *store.Message) Result {
		m.To = []string{w.URL}
		return ofCalls().settle(m, r, ended)
	})
	if err != nil {
		return err
	}
	n.logCall(ctx, m, w.URL, p, r)
	if m.State == store.MessagePending {
		return queue.SnoozeUntil(m.NextAt, j.Lane)
	}
	return n.advance(ctx, m.Lane)
}

// logCall tells the operator of a call: loudly when an endpoint begins to fail, and when a
// call is given up.
func (n *Notifier) logCall(ctx context.Context, m store.Message, address string, p core.Profile, r reply) {
	log := n.log.With("message", m.ID, "action", m.Action, "profile", p.ID, "ref_id", p.RefID,
		"host", loggedHost(address), "status", r.status, "tries", m.Sends, "reason", r.failure)
	if r.failure == "" {
		n.health.succeeded(address)
		log.DebugContext(ctx, "a webhook was called")
		return
	}
	tell := n.health.failed(address, n.clock.Now())
	switch {
	case m.State == store.MessageFailed:
		log.WarnContext(ctx, "a webhook call was given up")
	case tell:
		log.WarnContext(ctx, "a webhook call failed; of others to the same host this is told once a minute at most, and else at level debug")
	default:
		log.DebugContext(ctx, "a webhook call failed again")
	}
}

// interrupted is what a try says of which no outcome is noted.
const interrupted = "there is no outcome: this try is under way, or the server stopped during it"

// begin notes that a message is about to be sent, before anybody can receive it, so that no
// two sends have the same number. errEnded: it is not to be sent any more.
func (n *Notifier) begin(ctx context.Context, m store.Message, address string) (number int, err error) {
	now := n.clock.Now()
	begun, err := n.store.UpdateMessage(ctx, m.ID, func(m *store.Message) error {
		if m.State != store.MessagePending {
			return errEnded
		}
		m.Waits = ""
		keepTry(m, store.Try{At: now, URL: address, Error: interrupted})
		return nil
	})
	switch {
	case errors.Is(err, errEnded), errors.Is(err, store.ErrNotFound):
		return 0, errEnded
	case err != nil:
		return 0, fmt.Errorf("message %s: %w", m.ID, err)
	}
	return begun.Sends, nil
}

// keepTry puts a try into the log of its message: in the place of what was noted when it was
// begun, or as the next one.
func keepTry(m *store.Message, t store.Try) {
	if t.Number == 0 {
		m.Sends++
		t.Number = m.Sends
	}
	if i := slices.IndexFunc(m.Tries, func(known store.Try) bool { return known.Number == t.Number }); i >= 0 {
		m.Tries[i] = t
		return
	}
	m.Tries = append(m.Tries, t)
	if surplus := len(m.Tries) - keptTries; surplus > 0 {
		m.Tries = m.Tries[surplus:]
	}
}

// note keeps a try in the log of its message, and lets settle decide what becomes of the
// message; one that was sent again by hand meanwhile stays as it is.
func (n *Notifier) note(ctx context.Context, tried store.Message, t store.Try, settle func(*store.Message) Result) (store.Message, Result, error) {
	var result Result
	m, err := n.store.UpdateMessage(ctx, tried.ID, func(m *store.Message) error {
		keepTry(m, t)
		result = ResultRetried
		if m.State == store.MessagePending && m.PendingAt.Equal(tried.PendingAt) {
			m.Attempts++
			result = settle(m)
		}
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return store.Message{ID: tried.ID, Lane: tried.Lane, State: store.MessageDropped}, ResultDropped, nil
	}
	if err != nil {
		return store.Message{}, "", fmt.Errorf("message %s: %w", tried.ID, err)
	}
	n.observer.MessageTried(m.Channel, result)
	return m, result, nil
}

// end takes a message out of the outbox.
func end(m *store.Message, state store.MessageState, now time.Time) {
	m.State, m.EndedAt, m.NextAt, m.Waits = state, now, time.Time{}, ""
}

// drop ends a message that nobody wants any more.
func (n *Notifier) drop(ctx context.Context, m store.Message) error {
	if err := n.endDropped(ctx, m); err != nil {
		return err
	}
	return n.advance(ctx, m.Lane)
}

// endDropped ends a message unless something else has; the next of its lane is not told.
func (n *Notifier) endDropped(ctx context.Context, m store.Message) error {
	now := n.clock.Now()
	_, err := n.store.UpdateMessage(ctx, m.ID, func(m *store.Message) error {
		if m.State != store.MessagePending {
			return errEnded
		}
		end(m, store.MessageDropped, now)
		return nil
	})
	switch {
	case errors.Is(err, errEnded), errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return fmt.Errorf("message %s: %w", m.ID, err)
	}
	n.observer.MessageTried(m.Channel, ResultDropped)
	return nil
}

// advance lets the next message of a lane be sent now if it sleeps, as those do that waited
// behind one that was tried again and again.
func (n *Notifier) advance(ctx context.Context, lane string) error {
	next, err := n.store.FirstPending(ctx, lane)
	if errors.Is(err, store.ErrNotFound) || err == nil && !next.NextAt.After(n.clock.Now()) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("next message of lane %s: %w", lane, err)
	}
	_, err = n.sendNow(ctx, next.ID, func(m *store.Message) error {
		if m.State != store.MessagePending {
			return errEnded
		}
		return nil
	})
	if errors.Is(err, errEnded) || errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// errEnded ends the update of a message that is not pending any more.
var errEnded = errors.New("notify: the message has ended")

// sendNow makes a message due, with a change of it, whatever its state was.
func (n *Notifier) sendNow(ctx context.Context, id string, change func(*store.Message) error) (store.Message, error) {
	now := n.clock.Now()
	m, err := n.store.UpdateMessage(ctx, id, func(m *store.Message) error {
		m.NextAt, m.Waits = now, ""
		return change(m)
	})
	if err != nil {
		return store.Message{}, fmt.Errorf("message %s: %w", id, err)
	}
	if err := n.store.Replace(ctx, jobOf(m)); err != nil {
		return store.Message{}, fmt.Errorf("job of message %s: %w", id, err)
	}
	n.wake()
	return m, nil
}
