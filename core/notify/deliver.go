package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

const (
	// keptTries is how many tries of a message the log keeps: all of them, and those before
	// the message was sent again by hand.
	keptTries = 2 * maxSends
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
	w, found, err := n.webhookOf(ctx, p, m.Action)
	if err != nil {
		return err
	}
	if !found {
		return n.drop(ctx, m)
	}
	return n.try(ctx, j, m, w)
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
	// Noted, so that whoever ends the other message knows that this one sleeps.
	_, err = n.store.UpdateMessage(ctx, m.ID, func(m *store.Message) error {
		m.NextAt = first.NextAt
		return nil
	})
	if err != nil {
		return fmt.Errorf("message %s: %w", m.ID, err)
	}
	return queue.SnoozeUntil(first.NextAt, m.Lane)
}

// try sends a message once and notes what came of it.
func (n *Notifier) try(ctx context.Context, j queue.Job, m store.Message, w store.Webhook) error {
	begun := n.clock.Now()
	r, err := n.call(ctx, w, m)
	if err != nil {
		return fmt.Errorf("webhook call %s: %w", m.ID, err)
	}
	if r.status == 0 && ctx.Err() != nil {
		return context.Cause(ctx) // the server is stopping, or the job was taken away: no failure of the endpoint
	}
	ended := n.clock.Now()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), bookTimeout)
	defer cancel()
	m, result, err := n.note(ctx, m, tryOf(begun, ended.Sub(begun), w.URL, r), func(m *store.Message) Result {
		m.OwnerID, m.To = w.ProfileID, []string{w.URL}
		return settle(m, r, ended)
	})
	if err != nil {
		return err
	}
	n.log.DebugContext(ctx, "a webhook was called", "message", m.ID, "action", m.Action, "profile", m.ProfileID, "result", result, "status", r.status, "reason", r.failure)
	if m.State == store.MessagePending {
		return queue.SnoozeUntil(m.NextAt, j.Lane)
	}
	if m.State == store.MessageFailed {
		n.log.WarnContext(ctx, "a webhook call was given up", "message", m.ID, "action", m.Action, "profile", m.ProfileID, "tries", m.Attempts, "status", r.status, "reason", r.failure)
	}
	return n.advance(ctx, m.Lane)
}

// settle makes of a message what the reply to its last try makes of it.
func settle(m *store.Message, r reply, now time.Time) Result {
	if r.failure == "" {
		end(m, store.MessageDelivered, now)
		return ResultDelivered
	}
	at, again := nextTry(m.ID, m.Attempts, now, m.PendingAt, r.wait)
	if !r.passing || !again {
		end(m, store.MessageFailed, now)
		return ResultFailed
	}
	m.NextAt = at
	return ResultRetried
}

// note keeps a try in the log of its message, and lets settle decide what becomes of the
// message; one that was sent again by hand meanwhile stays as it is.
func (n *Notifier) note(ctx context.Context, tried store.Message, t store.Try, settle func(*store.Message) Result) (store.Message, Result, error) {
	var result Result
	m, err := n.store.UpdateMessage(ctx, tried.ID, func(m *store.Message) error {
		m.Tries = append(m.Tries, t)
		if surplus := len(m.Tries) - keptTries; surplus > 0 {
			m.Tries = m.Tries[surplus:]
		}
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
	m.State, m.EndedAt, m.NextAt = state, now, time.Time{}
}

// drop ends a message that nobody wants any more.
func (n *Notifier) drop(ctx context.Context, m store.Message) error {
	now := n.clock.Now()
	_, err := n.store.UpdateMessage(ctx, m.ID, func(m *store.Message) error {
		if m.State == store.MessagePending {
			end(m, store.MessageDropped, now)
		}
		return nil
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("message %s: %w", m.ID, err)
	}
	n.observer.MessageTried(m.Channel, ResultDropped)
	return n.advance(ctx, m.Lane)
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
		m.NextAt = now
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
