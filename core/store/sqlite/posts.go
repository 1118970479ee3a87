package sqlite

import (
	"context"
	"database/sql/driver"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// newPost is a store.NewPost in the form in which it is written. It is made by
// the caller's goroutine, so that the writer only has to insert.
type newPost struct {
	post       core.Post
	body       string
	platforms  string
	children   string // the ids of the deliveries
	deliveries []newDelivery
	jobs       []queue.Job
	request    *store.Request
	also       []*newPost
	window     time.Duration // of duplicates; 0: they may be
}

// InsertPost implements store.Posts: all or nothing.
func (s *Store) InsertPost(ctx context.Context, n store.NewPost) error {
	p, err := s.encodePost(n)
	if err != nil {
		return err
	}
	return wrap("insert post", s.writer.do(ctx, p.insert)) // model: INSERT
}

func (s *Store) encodePost(n store.NewPost) (*newPost, error) {
	p := &newPost{post: n.Post, jobs: n.Jobs, request: n.Request, window: n.DuplicateWindow}
	p.post.Version = 0
	record.NormalizePost(&p.post)
	var err error
	if p.body, err = s.encoders.Encode(p.post); err != nil {
		return nil, err
	}
	if p.platforms, err = s.encoders.Encode(record.PlatformsOf(n)); err != nil {
		return nil, err
	}
	ids := make([]string, len(n.Deliveries))
	p.deliveries = make([]newDelivery, len(n.Deliveries))
	for i, d := range n.Deliveries {
		ids[i] = d.ID
		if p.deliveries[i], err = s.encodeDelivery(d); err != nil {
			return nil, err
		}
	}
	if p.children, err = s.encoders.Encode(ids); err != nil {
		return nil, err
	}
	p.also = make([]*newPost, len(n.Also))
	for i, other := range n.Also {
		if p.also[i], err = s.encodePost(other); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// insert writes the post and all that belongs to it. Whatever the caller may
// have to be told is found out before anything is changed.
func (p *newPost) insert(c *conn) error {
	if p.request != nil {
		used, err := c.exists("SELECT 1 FROM requests WHERE profile_id = ? AND key = ?", p.request.ProfileID, p.request.Key)
		if err != nil {
			return err
		}
		if used {
			return p.conflict(c)
		}
	}
	twice, err := p.duplicate(c)
	if err != nil {
		return err
	}
	if twice {
		return p.refusal(c)
	}
	n, err := c.exec(
		`INSERT INTO posts (id, profile_id, created_at, due_at, status, idempotency_key, slot, series_id, platforms, segment, deliveries, untold, body)
		 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		p.post.ID, p.post.ProfileID, record.Micros(p.post.CreatedAt), dueAt(p.post), string(p.post.Status),
		orNull(p.post.Request.IdempotencyKey), newSlot(p.post), orNull(p.post.SeriesID), p.platforms, segmentPrefix(p.post)+p.platforms, p.children,
		flag(len(p.post.Outbox) > 0), p.body,
	)
	if err != nil {
		return err
	}
	if n == 0 {
		return p.conflict(c)
	}
	for _, d := range p.deliveries {
		if err := d.insert(c); err != nil {
			return err
		}
	}
	for _, j := range p.jobs {
		if err := insertJob(c, j); err != nil {
			return err
		}
	}
	if p.request != nil {
		if err := insertRequest(c, *p.request); err != nil {
			return err
		}
	}
	for _, other := range p.also {
		if err := other.insert(c); err != nil {
			return err
		}
	}
	return nil
}

// refusal tells why a post with a duplicate is not inserted: that it, or its key, is
// there already says more. Where its slot is taken, it may be none in another.
func (p *newPost) refusal(c *conn) error {
	there, err := c.exists(
		"SELECT 1 FROM posts WHERE id = ? OR profile_id = ? AND idempotency_key = ?",
		p.post.ID, p.post.ProfileID, orNull(p.post.Request.IdempotencyKey),
	)
	if err != nil {
		return err
	}
	taken, err := slotTaken(c, p.post)
	if err != nil {
		return err
	}
	if there || taken {
		return p.conflict(c)
	}
	return store.ErrDuplicate
}

// conflict finds out why the post cannot be inserted.
func (p *newPost) conflict(c *conn) error {
	exists, err := c.exists("SELECT 1 FROM posts WHERE id = ?", p.post.ID)
	if err != nil {
		return err
	}
	if exists {
		return store.ErrExists
	}
	taken, err := slotTaken(c, p.post)
	if err != nil {
		return err
	}
	if taken {
		return store.ErrSlotTaken
	}
	return store.ErrKeyUsed
}

// dueAt is the time that the author asked for; NULL for an immediate post.
func dueAt(p core.Post) driver.Value {
	if !p.Scheduled() {
		return nil
	}
	return record.Micros(p.Request.ScheduleAt)
}

// GetPost implements store.Posts.
func (s *Store) GetPost(ctx context.Context, profileID, id string) (core.Post, error) {
	p, err := s.post(ctx, id)
	if err == nil && p.ProfileID != profileID {
		return core.Post{}, store.ErrNotFound
	}
	return p, err
}

// FindPost implements store.Posts.
func (s *Store) FindPost(ctx context.Context, profileID, idempotencyKey string) (p core.Post, err error) {
	err = s.get(ctx, "find post", func(r row) error { return scanPost(r, &p) },
		"SELECT body, version FROM posts WHERE profile_id = ? AND idempotency_key = ?", profileID, orNull(idempotencyKey))
	return p, err
}

func (s *Store) post(ctx context.Context, id string) (p core.Post, err error) {
	err = s.get(ctx, "get post", func(r row) error { return scanPost(r, &p) }, "SELECT body, version FROM posts WHERE id = ?", id)
	return p, err
}

// scanPost reads a post from a row of body and version.
func scanPost(r row, p *core.Post) error {
	if err := record.Decode(r.text(0), p); err != nil {
		return err
	}
	p.Version = r.integer(1)
	return nil
}

const untoldPosts = "SELECT body, version FROM posts WHERE untold = 1 ORDER BY created_at LIMIT ?"

// UntoldPosts implements store.Posts.
func (s *Store) UntoldPosts(ctx context.Context, limit int) (list []core.Post, err error) {
	err = s.list(ctx, "untold posts", func(r row) error {
		var p core.Post
		err := scanPost(r, &p)
		list = append(list, p)
		return err
	}, untoldPosts, int64(limit))
	if err != nil {
		return nil, err
	}
	return list, nil
}

// UpdatePost implements store.Posts.
func (s *Store) UpdatePost(ctx context.Context, id string, fn func(*core.Post) error) (core.Post, error) {
	read := func(ctx context.Context) (core.Post, int64, error) {
		p, err := s.post(ctx, id)
		return p, p.Version, err
	}
	return record.CompareAndSwap(ctx, read, record.ChangePost(fn), s.swapPost)
}

func (s *Store) swapPost(ctx context.Context, p core.Post, version int64) (bool, error) {
	body, err := s.encoders.Encode(p)
	if err != nil {
		return false, err
	}
	swapped := false
	err = s.writer.do(ctx, func(c *conn) error {
		// OR IGNORE: a key that another post has leaves the row as it is.
		n, err := c.exec(
			`UPDATE OR IGNORE posts SET version = version + 1, created_at = ?, due_at = ?, status = ?, idempotency_key = ?,
			   slot = CASE
			     WHEN slot = ? AND due_at = ? THEN slot
			     WHEN NOT EXISTS (SELECT 1 FROM posts AS o WHERE o.profile_id = posts.profile_id AND o.slot = ? AND o.due_at = ?) THEN ?
			   END, segment = ? || platforms, untold = ?, body = ?
			 WHERE id = ? AND version = ?`,
			record.Micros(p.CreatedAt), dueAt(p), string(p.Status), orNull(p.Request.IdempotencyKey),
			slotOf(p), dueAt(p), newSlot(p), dueAt(p), newSlot(p), segmentPrefix(p), flag(len(p.Outbox) > 0), body, p.ID, version,
		)
		if err != nil {
			return err
		}
		if swapped = n > 0; swapped {
			return nil
		}
		return keyConflict(c, p)
	})
	return swapped, wrap("update post", err)
}

// keyConflict returns ErrKeyUsed when another post has the key that the post is
// to get.
func keyConflict(c *conn, p core.Post) error {
	taken, err := c.exists(
		"SELECT 1 FROM posts WHERE profile_id = ? AND idempotency_key = ? AND id <> ?",
		p.ProfileID, orNull(p.Request.IdempotencyKey), p.ID,
	)
	if err == nil && taken {
		return store.ErrKeyUsed
	}
	return err
}

// CompletePosts implements store.Posts: InsertPost writes all or nothing.
func (*Store) CompletePosts(context.Context, time.Time, int) (int, error) { return 0, nil }
