package sqlite

import (
	"context"
	"database/sql/driver"
	"time"

	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

const insertRequestRow = `INSERT INTO requests (profile_id, key, body_hash, post_id, status, answer, created_at, seed, tried_at)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`

func requestRow(r store.Request) []driver.Value {
	return []driver.Value{
		r.ProfileID, r.Key, notNil(r.BodyHash), r.PostID, int64(r.Status), r.Answer, record.Micros(r.CreatedAt), r.Seed, microsOrNull(r.TriedAt),
	}
}

func insertRequest(c *conn, r store.Request) error {
	_, err := c.exec(insertRequestRow, requestRow(r)...)
	return err
}

// GetRequest implements store.Requests.
func (s *Store) GetRequest(ctx context.Context, profileID, key string) (req store.Request, err error) {
	err = s.get(ctx, "get request", func(r row) error {
		req = store.Request{
			ProfileID: profileID, Key: key,
			BodyHash: r.blob(0), PostID: r.text(1), Status: int(r.integer(2)), Answer: r.blob(3), CreatedAt: r.time(4),
			Seed: r.text(5), TriedAt: r.timeOrZero(6),
		}
		return nil
	}, "SELECT body_hash, post_id, status, answer, created_at, seed, tried_at FROM requests WHERE profile_id = ? AND key = ?", profileID, key)
	return req, err
}

// ClaimRequest implements store.Requests.
func (s *Store) ClaimRequest(ctx context.Context, r store.Request) error {
	return wrap("claim request", s.writer.do(ctx, func(c *conn) error {
		n, err := c.exec(insertRequestRow+" ON CONFLICT (profile_id, key) DO NOTHING", requestRow(r)...)
		return orElse(n, err, store.ErrExists)
	}))
}

// RetryRequest implements store.Requests.
func (s *Store) RetryRequest(ctx context.Context, r store.Request, at time.Time) error {
	return wrap("retry request", s.writer.do(ctx, func(c *conn) error {
		n, err := c.exec(
			"UPDATE requests SET tried_at = ? WHERE profile_id = ? AND key = ? AND body_hash = ? AND status = ? AND tried_at IS ?",
			record.Micros(at), r.ProfileID, r.Key, notNil(r.BodyHash), int64(r.Status), microsOrNull(r.TriedAt),
		)
		return orElse(n, err, store.ErrExists)
	}))
}

// AnswerRequest implements store.Requests.
func (s *Store) AnswerRequest(ctx context.Context, r store.Request) error {
	return wrap("answer request", s.writer.do(ctx, func(c *conn) error {
		n, err := c.exec(
			insertRequestRow+` ON CONFLICT (profile_id, key) DO UPDATE
			 SET status = excluded.status, answer = excluded.answer,
			     post_id = CASE excluded.post_id WHEN '' THEN post_id ELSE excluded.post_id END,
			     tried_at = excluded.tried_at
			 WHERE body_hash = excluded.body_hash AND (tried_at IS NULL OR tried_at <= excluded.tried_at)`,
			requestRow(r)...,
		)
		return orElse(n, err, store.ErrKeyUsed)
	}))
}

const deleteRequests = "DELETE FROM requests WHERE created_at < ?"

// DeleteRequests implements store.Requests.
func (s *Store) DeleteRequests(ctx context.Context, createdBefore time.Time) (int, error) {
	var deleted int64
	err := s.writer.do(ctx, func(c *conn) (err error) {
		deleted, err = c.exec(deleteRequests, record.Micros(createdBefore))
		return err
	})
	return int(deleted), wrap("delete requests", err)
}
