package sqlite

import (
	"cmp"
	"context"
	"math"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// InsertUpload implements store.Uploads.
func (s *Store) InsertUpload(ctx context.Context, u core.Upload) error {
	u.Version = 0
	record.NormalizeUpload(&u)
	body, err := s.encoders.Encode(u)
	if err != nil {
		return err
	}
	return wrap("insert upload", s.writer.do(ctx, func(c *conn) error {
		n, err := c.exec(
			`INSERT INTO uploads (id, profile_id, state, size, created_at, expires_at, body)
			 VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			u.ID, u.ProfileID, string(u.State), u.Size, record.Micros(u.CreatedAt), record.Micros(u.ExpiresAt), body,
		)
		return orElse(n, err, store.ErrExists)
	}))
}

const getUpload = "SELECT body, version FROM uploads WHERE id = ?"

// GetUpload implements store.Uploads.
func (s *Store) GetUpload(ctx context.Context, id string) (u core.Upload, err error) {
	err = s.get(ctx, "get upload", func(r row) error { return scanUpload(r, &u) }, getUpload, id)
	return u, err
}

// scanUpload reads an upload from a row of body and version.
func scanUpload(r row, u *core.Upload) error {
	if err := record.Decode(r.text(0), u); err != nil {
		return err
	}
	u.Version = r.integer(1)
	return nil
}

// listUploads has one form for all queries: what a query leaves open is bound to a
// bound that holds always.
const listUploads = `
SELECT body, version FROM uploads
WHERE profile_id = ?1
  AND created_at <= ?2
  AND (created_at < ?2 OR seq < ?3)
  AND state = 'ready'
  AND expires_at > ?4
ORDER BY created_at DESC, seq DESC
LIMIT ?5`

// ListUploads implements store.Uploads. Of the uploads of one microsecond the one
// that was stored last comes first.
func (s *Store) ListUploads(ctx context.Context, q store.UploadQuery) (list []core.Upload, err error) {
	err = s.readers.do(ctx, func(c *conn) error {
		until, seq, err := uploadBound(c, q)
		if err != nil {
			return err
		}
		return c.query(appendUpload(&list), listUploads,
			q.ProfileID, until, seq, microsOr(q.Live, math.MinInt64), int64(cmp.Or(q.Limit, defaultLimit)))
	})
	if err != nil {
		return nil, wrap("list uploads", err)
	}
	return list, nil
}

// uploadBound returns the creation time up to which uploads are listed, and the
// sequence number below which they are, of those of just that time.
func uploadBound(c *conn, q store.UploadQuery) (until, seq int64, err error) {
	if q.Before == "" {
		return math.MaxInt64, math.MaxInt64, nil
	}
	until = math.MinInt64 // unless there is such an upload
	_, err = c.one(func(r row) error {
		until, seq = r.integer(0), r.integer(1)
		return nil
	}, "SELECT created_at, seq FROM uploads WHERE id = ? AND profile_id = ?", q.Before, q.ProfileID)
	return until, seq, err
}

func appendUpload(list *[]core.Upload) func(row) error {
	return func(r row) error {
		var u core.Upload
		err := scanUpload(r, &u)
		*list = append(*list, u)
		return err
	}
}

// UpdateUpload implements store.Uploads.
func (s *Store) UpdateUpload(ctx context.Context, id string, fn func(*core.Upload) error) (core.Upload, error) {
	read := func(ctx context.Context) (core.Upload, int64, error) {
		u, err := s.GetUpload(ctx, id)
		return u, u.Version, err
	}
	return record.CompareAndSwap(ctx, read, record.ChangeUpload(fn), s.swapUpload)
}

func (s *Store) swapUpload(ctx context.Context, u core.Upload, version int64) (bool, error) {
	body, err := s.encoders.Encode(u)
	if err != nil {
		return false, err
	}
	return s.swap(ctx, "update upload",
		"UPDATE uploads SET version = version + 1, state = ?, size = ?, expires_at = ?, body = ? WHERE id = ? AND version = ?",
		string(u.State), u.Size, record.Micros(u.ExpiresAt), body, u.ID, version,
	)
}

const uploadUsage = "SELECT coalesce(sum(size), 0) FROM uploads WHERE profile_id = ?"

// UploadUsage implements store.Uploads.
func (s *Store) UploadUsage(ctx context.Context, profileID string) (bytes int64, err error) {
	err = s.get(ctx, "upload usage", func(r row) error {
		bytes = r.integer(0)
		return nil
	}, uploadUsage, profileID)
	return bytes, err
}

const expiredUploads = "SELECT body, version FROM uploads WHERE expires_at < ? ORDER BY expires_at LIMIT ?"

// ExpiredUploads implements store.Uploads.
func (s *Store) ExpiredUploads(ctx context.Context, before time.Time, limit int) (list []core.Upload, err error) {
	err = s.list(ctx, "expired uploads", appendUpload(&list), expiredUploads, record.Micros(before), int64(limit))
	if err != nil {
		return nil, err
	}
	return list, nil
}

// DeleteUpload implements store.Uploads.
func (s *Store) DeleteUpload(ctx context.Context, id string) error {
	return wrap("delete upload", s.writer.do(ctx, func(c *conn) error {
		n, err := c.exec("DELETE FROM uploads WHERE id = ?", id)
		return orElse(n, err, store.ErrNotFound)
	}))
}
