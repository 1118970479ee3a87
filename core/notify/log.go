package notify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// Messages lists what was sent, or is to be sent.
func (n *Notifier) Messages(ctx context.Context, q store.MessageQuery) ([]store.Message, error) {
	list, err := n.store.ListMessages(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("messages of profile %s: %w", cmp.Or(q.OwnerID, q.ProfileID), err)
	}
	return list, nil
}

// Message returns one of a notice about the profile, or to its webhook; an error of CodeMessageNotFound when there is none of this id.
func (n *Notifier) Message(ctx context.Context, profileID, id string) (store.Message, error) {
	m, err := n.store.GetMessage(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && m.ProfileID != profileID && m.OwnerID != profileID {
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
	_, err := n.store.GetWebhook(ctx, m.OwnerID, string(m.Action))
	if errors.Is(err, store.ErrNotFound) {
		return noWebhook(string(m.Action))
	}
	if err != nil {
		return fmt.Errorf("webhook %s: %w", m.Action, err)
	}
	return nil
}
