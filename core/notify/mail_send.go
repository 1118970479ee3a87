package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

// send implements mailer.
func (p *postman) send(ctx context.Context, j queue.Job) error {
	m, err := p.store.GetMessage(ctx, j.Key)
	if errors.Is(err, store.ErrNotFound) {
		return nil // its profile was deleted
	}
	if err != nil {
		return fmt.Errorf("message %s: %w", j.Key, err)
	}
	if m.State != store.MessagePending {
		return nil
	}
	if m.NextAt.After(p.clock.Now()) {
		return queue.SnoozeUntil(m.NextAt, m.Lane)
	}
	begun := p.clock.Now()
	r, err := p.post(ctx, m)
	if errors.Is(err, errStale) {
		return p.drop(ctx, m)
	}
	if err != nil {
		return fmt.Errorf("mail %s: %w", m.ID, err)
	}
	if r.status == 0 && ctx.Err() != nil {
		return context.Cause(ctx) // the server is stopping, or the job was taken away
	}
	return p.conclude(ctx, m, r, begun)
}

// post writes a mail and sends it once. errStale: there is nothing to tell any more.
func (p *postman) post(ctx context.Context, m store.Message) (reply, error) {
	var l letter
	if err := json.Unmarshal(m.Body, &l); err != nil {
		return reply{}, fmt.Errorf("decoding: %w", err)
	}
	profile, err := p.store.GetProfile(ctx, l.ProfileID)
	if errors.Is(err, store.ErrNotFound) {
		return reply{}, errStale
	}
	if err != nil {
		return reply{}, fmt.Errorf("profile %s: %w", l.ProfileID, err)
	}
	a, err := p.checkStale(ctx, l)
	if err != nil {
		return reply{}, err
	}
	if i := l.Invitation; i != nil && !p.clock.Now().Before(i.OpenUntil) {
		return reply{failure: "the address of the link page ended before the mail server took the mail; POST /profiles/link-sessions makes another one"}, nil
	}
	s, err := p.write(ctx, profile, a, l)
	if errors.Is(err, errUnreadable) {
		return reply{failure: "the address of the link page cannot be decrypted any more; POST /profiles/link-sessions makes another one"}, nil
	}
	if err != nil {
		return reply{}, err
	}
	mail, err := p.envelope(m, s)
	if err != nil {
		return reply{}, err
	}
	r := p.line.deliver(ctx, mail)
	r.answer = mask(r.answer, s.Address)
	return r, nil
}

// conclude notes what came of a try.
func (p *postman) conclude(ctx context.Context, m store.Message, r reply, begun time.Time) error {
	ended := p.clock.Now()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), bookTimeout)
	defer cancel()
	m, result, err := p.note(ctx, m, tryOf(0, begun, ended.Sub(begun), "", r), func(m *store.Message) Result {
		return ofMails().settle(m, r, ended)
	})
	if err != nil {
		return err
	}
	// Neither addresses nor the server's words, which repeat them, are logged.
	p.log.DebugContext(ctx, "a mail was sent", "message", m.ID, "action", m.Action, "profile", m.ProfileID, "result", result, "status", r.status, "reason", r.failure)
	switch m.State {
	case store.MessagePending:
		if m.Attempts > 0 {
			p.log.WarnContext(ctx, "a mail is tried again later", "message", m.ID, "profile", m.ProfileID, "at", m.NextAt, "tries", m.Sends, "status", r.status, "reason", r.failure)
		}
		return queue.SnoozeUntil(m.NextAt, m.Lane)
	case store.MessageFailed:
		p.log.ErrorContext(ctx, "a mail was given up", "message", m.ID, "action", m.Action, "profile", m.ProfileID, "tries", m.Sends, "status", r.status, "reason", r.failure)
	case store.MessageDelivered, store.MessageDropped:
	}
	return nil
}
