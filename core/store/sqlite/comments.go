package sqlite

import (
	"context"
	"time"

	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// InsertComment implements store.Comments.
func (s *Store) InsertComment(ctx context.Context, r store.Comment) error {
	record.NormalizeComment(&r)
	deleted := r.DeletedAt
	r.DeletedAt = time.Time{}
	body, err := s.encoders.Encode(r)
	if err != nil {
		return err
	}
	return wrap("insert comment", s.writer.do(ctx, func(c *conn) error {
		n, err := c.exec(
			`INSERT INTO comments (id, profile_id, account_id, platform, remote_post_id, remote_id, created_at, deleted_at, body)
			 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			r.ID, r.ProfileID, r.AccountID, r.Platform, r.RemotePostID, r.RemoteID, record.Micros(r.CreatedAt), microsOrNull(deleted), body,
		)
		return orElse(n, err, store.ErrExists)
	}))
}

// The queries for comments. A deletion of 0 stands for none. The plus keeps a comment from
// being looked for among all of its profile.
const (
	getComment = `
SELECT body, coalesce(deleted_at, 0) FROM comments
WHERE id = ? AND +profile_id = ? ORDER BY platform, account_id`
	findComment = `
SELECT body, coalesce(deleted_at, 0) FROM comments
WHERE account_id = ? AND remote_id = ? ORDER BY created_at DESC, rowid DESC LIMIT 1`
	listComments = `
SELECT body, 0 FROM comments
WHERE account_id = ? AND remote_post_id = ? AND deleted_at IS NULL ORDER BY created_at, rowid`
)

// GetComment implements store.Comments.
func (s *Store) GetComment(ctx context.Context, profileID, id string) (list []store.Comment, err error) {
	err = s.list(ctx, "get comment", appendComment(&list), getComment, id, profileID)
	if err == nil && len(list) == 0 {
		err = store.ErrNotFound
	}
	return list, err
}

// FindComment implements store.Comments.
func (s *Store) FindComment(ctx context.Context, accountID, remoteID string) (found store.Comment, err error) {
	err = s.get(ctx, "find comment", func(r row) error { return scanComment(r, &found) }, findComment, accountID, remoteID)
	return found, err
}

// ListComments implements store.Comments.
func (s *Store) ListComments(ctx context.Context, accountID, remotePostID string) (list []store.Comment, err error) {
	err = s.list(ctx, "list comments", appendComment(&list), listComments, accountID, remotePostID)
	return list, err
}

// DeleteComment implements store.Comments.
func (s *Store) DeleteComment(ctx context.Context, id, accountID string, at time.Time) error {
	return wrap("delete comment", s.writer.do(ctx, func(c *conn) error {
		n, err := c.exec(
			"UPDATE comments SET deleted_at = coalesce(deleted_at, ?) WHERE id = ? AND account_id = ?",
			record.Micros(at), id, accountID,
		)
		return orElse(n, err, store.ErrNotFound)
	}))
}

func appendComment(list *[]store.Comment) func(row) error {
	return func(r row) error {
		var c store.Comment
		err := scanComment(r, &c)
		*list = append(*list, c)
		return err
	}
}

// scanComment reads a comment from a row of body and deletion.
func scanComment(r row, c *store.Comment) error {
	if err := record.Decode(r.text(0), c); err != nil {
		return err
	}
	if at := r.integer(1); at != 0 {
		c.DeletedAt = record.FromMicros(at)
	}
	return nil
}
