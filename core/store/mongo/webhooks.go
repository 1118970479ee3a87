package mongo

import (
	"context"
	"errors"

	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

const webhooks = "webhooks"

// webhookLayouts: a webhook is an address and its secrets. A profile has one for every
// action at the most.
func webhookLayouts() []layout { return []layout{ownedLayout(webhooks)} }

// UpdateWebhook implements store.Notices.
func (s *Store) UpdateWebhook(ctx context.Context, profileID, action string, fn func(*store.Webhook) error) (store.Webhook, error) {
	read := func(ctx context.Context) (store.Webhook, int64, error) {
		w, err := s.GetWebhook(ctx, profileID, action)
		if errors.Is(err, store.ErrNotFound) {
			w, err = store.Webhook{ProfileID: profileID, Action: action}, nil
		}
		return w, w.Version, err
	}
	change := func(w *store.Webhook) error {
		version := w.Version
		err := fn(w)
		w.ProfileID, w.Action, w.Version = profileID, action, version+1
		record.NormalizeWebhook(w)
		return err
	}
	swap := func(ctx context.Context, w store.Webhook, version int64) (bool, error) {
		w.Version = 0
		body, err := s.encoders.Encode(w)
		if err != nil {
			return false, err
		}
		return s.swapOwned(ctx, "update webhook", webhooks, profileID, action, version, body)
	}
	return record.CompareAndSwap(ctx, read, change, swap)
}

// GetWebhook implements store.Notices.
func (s *Store) GetWebhook(ctx context.Context, profileID, action string) (store.Webhook, error) {
	doc, err := get[versioned](ctx, s, "get webhook", webhooks, byOwner(profileID, action))
	if err != nil {
		return store.Webhook{}, err
	}
	return decodeWebhook(doc)
}

// ListWebhooks implements store.Notices, by the index webhooks_by_profile.
func (s *Store) ListWebhooks(ctx context.Context, profileID string) ([]store.Webhook, error) {
	docs, err := s.listOwned(ctx, "list webhooks", webhooks, profileID)
	if err != nil {
		return nil, err
	}
	return decodeAll(docs, decodeWebhook)
}

func decodeWebhook(doc versioned) (w store.Webhook, err error) {
	err = record.Decode(doc.Body, &w)
	w.Version = doc.Version
	return w, err
}

// DeleteWebhook implements store.Notices.
func (s *Store) DeleteWebhook(ctx context.Context, profileID, action string) error {
	return s.remove(ctx, "delete webhook", webhooks, byOwner(profileID, action))
}
