package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// Messages lists what was sent, or is to be sent, of the notices about a profile.
func (n *Notifier) Messages(ctx context.Context, q store.MessageQuery) ([]store.Message, error) {
	list, err := n.store.ListMessages(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("messages of profile %s: %w", q.ProfileID, err)
	}
	return list, nil
}

// Message returns one of them; an error of CodeMessageNotFound when there is none of this id.
func (n *Notifier) Message(ctx context.Context, profileID, id string) (store.Message, error) {
	m, err := n.store.GetMessage(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && m.ProfileID != profileID {
		return store.Message{}, &core.Error{
			Kind: core.KindNotFound, Code: core.CodeMessageNotFound, Op: "notify.message",
			Message: fmt.Sprintf("this profile has no webhook call or mail with the id %q", id),
		}
	}
	if err != nil {
		return store.Message{}, fmt.Errorf("message %s: %w", id, err)
	}
	return m, nil
}

// Resend sends a message of the profile again: at once, and as often as a new one. It goes
// out with the id and the content that it has.
func (n *Notifier) Resend(ctx context.Context, profileID, id string) (store.Message, error) {
	m, err := n.Message(ctx, profileID, id)
	if err != nil {
		return store.Message{}, err
	}
	if err := n.checkReceiver(ctx, m); err != nil {
		return store.Message{}, err
	}
	now := n.clock.Now()
	return n.sendNow(ctx, id, func(m *store.Message) error {
		m.State, m.Attempts, m.PendingAt, m.EndedAt = store.MessagePending, 0, now, time.Time{}
		return nil
	})
}

// checkReceiver refuses to send a webhook call that would be dropped.
func (n *Notifier) checkReceiver(ctx context.Context, m store.Message) error {
	if m.Channel != store.ChannelWebhook {
		return nil
	}
	p, err := n.store.GetProfile(ctx, m.ProfileID)
	if err != nil {
		return fmt.Errorf("profile %s: %w", m.ProfileID, err)
	}
	_, found, err := n.webhookOf(ctx, p, m.Action)
	if err == nil && !found {
		return noWebhook(string(m.Action))
	}
	return err
}
