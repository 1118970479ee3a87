package sqlite

import (
	"context"
	"time"

	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// CreateLinkSession implements store.Links.
func (s *Store) CreateLinkSession(ctx context.Context, l store.LinkSession) error {
	l.Version = 0
	record.NormalizeLinkSession(&l)
	body, err := s.encodeLinkSession(l)
	if err != nil {
		return err
	}
	return wrap("create link session", s.writer.do(ctx, func(c *conn) error {
		n, err := c.exec(
			`INSERT INTO link_sessions (id, token_hash, profile_id, ended_at, over_at, body)
			 VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			l.ID, notNil(l.TokenHash), l.ProfileID, microsOrNull(l.EndedAt), overAt(l), body,
		)
		return orElse(n, err, store.ErrExists)
	}))
}

// encodeLinkSession returns the session without its end, which a whole profile's sessions
// may get at once.
func (s *Store) encodeLinkSession(l store.LinkSession) (string, error) {
	l.EndedAt = time.Time{}
	return s.encoders.Encode(l)
}

// overAt is when the session can be forgotten.
func overAt(l store.LinkSession) int64 {
	if l.EndedAt.IsZero() {
		return record.Micros(l.ExpiresAt)
	}
	return min(record.Micros(l.EndedAt), record.Micros(l.ExpiresAt))
}

// The queries for link sessions.
const (
	getLinkSession     = "SELECT body, ended_at, version FROM link_sessions WHERE id = ?"
	linkSessionByToken = "SELECT body, ended_at, version FROM link_sessions WHERE token_hash = ?" //nolint:gosec // no credentials
	endLinkSessions    = `
UPDATE link_sessions SET version = version + 1, ended_at = ?1, over_at = min(over_at, ?1)
WHERE profile_id = ?2 AND ended_at IS NULL AND coalesce(json_extract(body, '$.AccountID'), '') = ''`
)

// GetLinkSession implements store.Links.
func (s *Store) GetLinkSession(ctx context.Context, id string) (l store.LinkSession, err error) {
	err = s.get(ctx, "get link session", func(r row) error { return scanLinkSession(r, &l) }, getLinkSession, id)
	return l, err
}

// LinkSessionByToken implements store.Links.
func (s *Store) LinkSessionByToken(ctx context.Context, tokenHash []byte) (l store.LinkSession, err error) {
	err = s.get(ctx, "find link session", func(r row) error { return scanLinkSession(r, &l) }, linkSessionByToken, notNil(tokenHash))
	return l, err
}

// scanLinkSession reads a session from a row of body, end and version.
func scanLinkSession(r row, l *store.LinkSession) error {
	if err := record.Decode(r.text(0), l); err != nil {
		return err
	}
	l.EndedAt, l.Version = r.timeOrZero(1), r.integer(2)
	return nil
}

// UpdateLinkSession implements store.Links.
func (s *Store) UpdateLinkSession(ctx context.Context, id string, fn func(*store.LinkSession) error) (store.LinkSession, error) {
	read := func(ctx context.Context) (store.LinkSession, int64, error) {
		l, err := s.GetLinkSession(ctx, id)
		return l, l.Version, err
	}
	swap := func(ctx context.Context, l store.LinkSession, version int64) (bool, error) {
		body, err := s.encodeLinkSession(l)
		if err != nil {
			return false, err
		}
		return s.swap(ctx, "update link session",
			"UPDATE link_sessions SET version = version + 1, ended_at = ?, over_at = ?, body = ? WHERE id = ? AND version = ?",
			microsOrNull(l.EndedAt), overAt(l), body, l.ID, version,
		)
	}
	return record.CompareAndSwap(ctx, read, record.ChangeLinkSession(fn), swap)
}

// EndLinkSessions implements store.Links.
func (s *Store) EndLinkSessions(ctx context.Context, profileID string, at time.Time) (int, error) {
	var ended int64
	err := s.writer.do(ctx, func(c *conn) (err error) {
		ended, err = c.exec(endLinkSessions, record.Micros(at), profileID)
		return err
	})
	return int(ended), wrap("end link sessions", err)
}

// PutLinkState implements store.Links.
func (s *Store) PutLinkState(ctx context.Context, l store.LinkState) error {
	return wrap("put link state", s.writer.do(ctx, func(c *conn) error {
		_, err := c.exec("INSERT OR REPLACE INTO link_states (hash, session_id, sealed, expires_at) VALUES (?, ?, ?, ?)",
			notNil(l.Hash), l.SessionID, notNil(l.Sealed), record.Micros(l.ExpiresAt))
		return err
	}))
}

// The statements that give what can be had once.
const (
	takeLinkState    = "DELETE FROM link_states WHERE hash = ? RETURNING hash, session_id, sealed, expires_at"
	takePendingGrant = "DELETE FROM pending_grants WHERE id = ? RETURNING id, session_id, sealed, expires_at"
	getPendingGrant  = "SELECT id, session_id, sealed, expires_at FROM pending_grants WHERE id = ?"
)

// TakeLinkState implements store.Links.
func (s *Store) TakeLinkState(ctx context.Context, hash []byte) (l store.LinkState, err error) {
	err = s.writer.do(ctx, func(c *conn) error {
		found, err := c.one(func(r row) error {
			c.changed++
			l = store.LinkState{Hash: r.blob(0), SessionID: r.text(1), Sealed: r.blob(2), ExpiresAt: r.time(3)}
			return nil
		}, takeLinkState, notNil(hash))
		if err == nil && !found {
			return store.ErrNotFound
		}
		return err
	})
	if err != nil {
		return store.LinkState{}, wrap("take link state", err)
	}
	return l, nil
}

// PutPendingGrant implements store.Links.
func (s *Store) PutPendingGrant(ctx context.Context, g store.PendingGrant) error {
	return wrap("put pending grant", s.writer.do(ctx, func(c *conn) error {
		_, err := c.exec("INSERT OR REPLACE INTO pending_grants (id, session_id, sealed, expires_at) VALUES (?, ?, ?, ?)",
			g.ID, g.SessionID, notNil(g.Sealed), record.Micros(g.ExpiresAt))
		return err
	}))
}

// GetPendingGrant implements store.Links.
func (s *Store) GetPendingGrant(ctx context.Context, id string) (g store.PendingGrant, err error) {
	err = s.get(ctx, "get pending grant", func(r row) error { return scanPendingGrant(r, &g) }, getPendingGrant, id)
	return g, err
}

// TakePendingGrant implements store.Links.
func (s *Store) TakePendingGrant(ctx context.Context, id string) (g store.PendingGrant, err error) {
	err = s.writer.do(ctx, func(c *conn) error {
		found, err := c.one(func(r row) error {
			c.changed++
			return scanPendingGrant(r, &g)
		}, takePendingGrant, id)
		if err == nil && !found {
			return store.ErrNotFound
		}
		return err
	})
	if err != nil {
		return store.PendingGrant{}, wrap("take pending grant", err)
	}
	return g, nil
}

func scanPendingGrant(r row, g *store.PendingGrant) error {
	*g = store.PendingGrant{ID: r.text(0), SessionID: r.text(1), Sealed: r.blob(2), ExpiresAt: r.time(3)}
	return nil
}

// What DeleteLinks forgets.
const (
	deleteLinkStates    = "DELETE FROM link_states WHERE expires_at <= ?"
	deletePendingGrants = "DELETE FROM pending_grants WHERE expires_at <= ?"
	deleteLinkSessions  = "DELETE FROM link_sessions WHERE over_at < ?"
)

// DeleteLinks implements store.Links.
func (s *Store) DeleteLinks(ctx context.Context, now, over time.Time) (int, error) {
	var deleted int64
	err := s.writer.do(ctx, func(c *conn) error {
		deleted = 0
		for _, d := range []struct {
			sql string
			by  time.Time
		}{{deleteLinkStates, now}, {deletePendingGrants, now}, {deleteLinkSessions, over}} {
			n, err := c.exec(d.sql, record.Micros(d.by))
			if deleted += n; err != nil {
				return err
			}
		}
		return nil
	})
	return int(deleted), wrap("delete links", err)
}
