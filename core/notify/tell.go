package notify

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

// Wants tells whether anybody is told of an action of the profile: if not, nothing has to be
// kept to be told.
func (n *Notifier) Wants(ctx context.Context, profileID string, action core.NoticeAction) (bool, error) {
	p, err := n.store.GetProfile(ctx, profileID)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil // it is being deleted
	}
	if err != nil {
		return false, fmt.Errorf("profile %s: %w", profileID, err)
	}
	_, found, err := n.webhookOf(ctx, p, action)
	if found || err != nil || n.mail == nil {
		return found, err
	}
	return n.mail.wants(ctx, p, action)
}

// Tell puts notices about the profile into the outbox, from where they go to whoever wants
// them. It may be repeated: a notice is told once, by its id.
func (n *Notifier) Tell(ctx context.Context, profileID string, notices ...core.Notice) error {
	p, err := n.store.GetProfile(ctx, profileID)
	if errors.Is(err, store.ErrNotFound) {
		return nil // it is being deleted
	}
	if err != nil {
		return fmt.Errorf("profile %s: %w", profileID, err)
	}
	var messages []store.Message
	seen := map[string]bool{}
	for _, notice := range notices {
		if seen[notice.ID] {
			continue
		}
		seen[notice.ID] = true
		made, err := n.messagesOf(ctx, p, notice)
		if err != nil {
			return fmt.Errorf("notice %s: %w", notice.ID, err)
		}
		messages = append(messages, made...)
	}
	return n.putOut(ctx, messages)
}

// putOut puts messages into the outbox; one that is there already stays as it is.
func (n *Notifier) putOut(ctx context.Context, messages []store.Message) error {
	if len(messages) == 0 {
		return nil
	}
	if err := n.store.InsertMessages(ctx, messages, jobsOf(messages)); err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	n.wake()
	return nil
}

// messagesOf makes what goes out of a notice: a webhook call, mails, or nothing.
func (n *Notifier) messagesOf(ctx context.Context, p core.Profile, notice core.Notice) ([]store.Message, error) {
	var messages []store.Message
	w, found, err := n.webhookOf(ctx, p, notice.Action)
	if err != nil {
		return nil, err
	}
	if found {
		body, err := n.payload(ctx, p, notice)
		if err != nil {
			return nil, err
		}
		if body != nil {
			messages = append(messages, store.Message{
				// The one webhook call of a notice: what tells it apart is good for its message.
				ID: notice.ID, Channel: store.ChannelWebhook, OwnerID: w.ProfileID,
				Lane: laneOf(p.ID, w.URL), To: []string{w.URL}, Body: body,
			})
		}
	}
	if n.mail != nil {
		mails, err := n.mail.messages(ctx, p, notice)
		if err != nil {
			return nil, fmt.Errorf("mail: %w", err)
		}
		messages = append(messages, mails...)
	}
	for i := range messages {
		n.complete(&messages[i], p.ID, notice.Action)
	}
	return messages, nil
}

// complete sets what all messages have that are about a profile.
func (n *Notifier) complete(m *store.Message, profileID string, action core.NoticeAction) {
	now := n.clock.Now()
	m.ProfileID = cmp.Or(m.ProfileID, profileID)
	m.OwnerID = cmp.Or(m.OwnerID, m.ProfileID)
	m.Action, m.State = action, store.MessagePending
	m.CreatedAt, m.PendingAt, m.NextAt = now, now, now
}

// webhookOf returns the webhook that notices about the profile go to: its own, or else the
// primary profile's.
func (n *Notifier) webhookOf(ctx context.Context, p core.Profile, action core.NoticeAction) (store.Webhook, bool, error) {
	w, err := n.store.GetWebhook(ctx, p.ID, string(action))
	if errors.Is(err, store.ErrNotFound) && !p.Primary {
		primary, perr := n.store.PrimaryProfile(ctx)
		if perr != nil {
			return store.Webhook{}, false, fmt.Errorf("primary profile: %w", perr)
		}
		w, err = n.store.GetWebhook(ctx, primary.ID, string(action))
	}
	if errors.Is(err, store.ErrNotFound) {
		return store.Webhook{}, false, nil
	}
	if err != nil {
		return store.Webhook{}, false, fmt.Errorf("webhook %s: %w", action, err)
	}
	return w, true, nil
}

// laneOf is the line of the calls for a profile to an endpoint.
func laneOf(profileID, url string) string { return core.DerivedID("lane", profileID, url) }

// jobsOf are the jobs that send pending messages.
func jobsOf(messages []store.Message) []queue.Job {
	jobs := make([]queue.Job, len(messages))
	for i, m := range messages {
		jobs[i] = jobOf(m)
	}
	return jobs
}

// jobOf is the job that sends a pending message.
func jobOf(m store.Message) queue.Job {
	j := queue.Job{Kind: WebhookJob, Key: m.ID, RunAt: m.NextAt, Lane: m.Lane, Order: m.ID}
	if m.Channel == store.ChannelMail {
		j.Kind, j.Tenant = MailJob, MailJob // one server takes all of them
	} else if len(m.To) > 0 {
		j.Tenant = core.DerivedID("host", hostOf(m.To[0]))
	}
	return j
}
