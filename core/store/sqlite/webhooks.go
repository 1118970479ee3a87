package sqlite

import (
	"context"
	"errors"

	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// The queries for webhooks.
const (
	getWebhook   = "SELECT body, version FROM webhooks WHERE profile_id = ? AND action = ?"
	listWebhooks = "SELECT body, version FROM webhooks WHERE profile_id = ? ORDER BY action"
)

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
	return record.CompareAndSwap(ctx, read, change, s.swapWebhook)
}

func (s *Store) swapWebhook(ctx context.Context, w store.Webhook, version int64) (swapped bool, err error) {
	body, err := s.encoders.Encode(w)
	if err != nil {
		return false, err
	}
	err = s.writer.do(ctx, func(c *conn) error {
		n, err := c.exec(
			"UPDATE webhooks SET version = ?, body = ? WHERE profile_id = ? AND action = ? AND version = ?",
			w.Version, body, w.ProfileID, w.Action, version,
		)
		if err == nil && n == 0 && version == 0 {
			n, err = c.exec(
				"INSERT INTO webhooks (profile_id, action, version, body) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
				w.ProfileID, w.Action, w.Version, body,
			)
		}
		swapped = n > 0
		return err
	})
	return swapped, wrap("update webhook", err)
}

// GetWebhook implements store.Notices.
func (s *Store) GetWebhook(ctx context.Context, profileID, action string) (w store.Webhook, err error) {
	err = s.get(ctx, "get webhook", func(r row) error { return scanWebhook(r, &w) }, getWebhook, profileID, action)
	return w, err
}

// ListWebhooks implements store.Notices.
func (s *Store) ListWebhooks(ctx context.Context, profileID string) (list []store.Webhook, err error) {
	err = s.list(ctx, "list webhooks", func(r row) error {
		var w store.Webhook
		err := scanWebhook(r, &w)
		list = append(list, w)
		return err
	}, listWebhooks, profileID)
	if err != nil {
		return nil, err
	}
	return list, nil
}

// scanWebhook reads a webhook from a row of body and version.
func scanWebhook(r row, w *store.Webhook) error {
	if err := record.Decode(r.text(0), w); err != nil {
		return err
	}
	w.Version = r.integer(1)
	return nil
}

// DeleteWebhook implements store.Notices.
func (s *Store) DeleteWebhook(ctx context.Context, profileID, action string) error {
	return wrap("delete webhook", s.writer.do(ctx, func(c *conn) error {
		n, err := c.exec("DELETE FROM webhooks WHERE profile_id = ? AND action = ?", profileID, action)
		return orElse(n, err, store.ErrNotFound)
	}))
}
