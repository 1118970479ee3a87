package sqlite

import (
	"cmp"
	"context"
	"database/sql/driver"
	"encoding/json"
	"math"
	"slices"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// defaultLimit is how many posts a query without a limit returns at most.
const defaultLimit = 100

// ListPosts implements store.Posts. A Before that the profile does not have
// selects nothing.
func (s *Store) ListPosts(ctx context.Context, q store.PostQuery) (list []core.Post, err error) {
	err = s.readers.do(ctx, func(c *conn) error {
		return c.snapshot(func() error {
			keys, err := listKeys(c, q)
			if err != nil || len(keys) == 0 {
				return err
			}
			list, err = s.postsOf(c, keys)
			return err
		})
	})
	return list, wrap("list posts", err)
}

// listKeys returns the places of the posts that the query selects, in order.
func listKeys(c *conn, q store.PostQuery) ([]postKey, error) {
	w, err := windowOf(c, q)
	if err != nil {
		return nil, err
	}
	segments, err := segmentsOf(c, q)
	if err != nil {
		return nil, err
	}
	if q.Series != "" || q.AnySeries {
		return w.listSeries(c, q.Series, segments)
	}
	var keys []postKey
	for _, s := range segments {
		more, err := w.list(c, s)
		if err != nil {
			return nil, err
		}
		keys = append(keys, more...)
	}
	slices.SortFunc(keys, newestFirst)
	return keys[:min(len(keys), int(w.limit))], nil
}

// postKey is the place of a post in the lists of its profile. Of the posts of one
// microsecond the one that was stored last comes first.
type postKey struct{ createdAt, seq int64 }

func newestFirst(a, b postKey) int {
	return cmp.Or(cmp.Compare(b.createdAt, a.createdAt), cmp.Compare(b.seq, a.seq))
}

// window is the part of a segment that a query is about.
type window struct {
	profileID    string
	since, until int64 // creation, inclusive
	seq          int64 // of the posts of just until, those below
	dueFrom      int64 // of the scheduled posts, inclusive
	dueTo        int64
	limit        int64
}

func windowOf(c *conn, q store.PostQuery) (window, error) {
	until, seq, err := upperBound(c, q)
	return window{
		profileID: q.ProfileID, since: microsOr(q.Since, math.MinInt64), until: until, seq: seq,
		dueFrom: afterOr(q.DueAfter), dueTo: microsOr(q.DueBy, math.MaxInt64), limit: int64(cmp.Or(q.Limit, defaultLimit)),
	}, err
}

// The queries for the newest posts of a segment: of any due time; due in a time; and
// those of the open ones that are due by a time, which are few beside those that are
// not yet.
const (
	listSegment = `
SELECT created_at, seq FROM posts
WHERE profile_id = ?1 AND segment = ?2 AND created_at BETWEEN ?3 AND ?4 AND (created_at < ?4 OR seq < ?5)
ORDER BY created_at DESC, seq DESC LIMIT ?6`
	listSegmentByDue = `
SELECT created_at, seq FROM posts
WHERE profile_id = ?1 AND segment = ?2 AND created_at BETWEEN ?3 AND ?4 AND (created_at < ?4 OR seq < ?5)
  AND due_at BETWEEN ?7 AND ?8
ORDER BY created_at DESC, seq DESC LIMIT ?6`
	listOpenByDue = `
SELECT created_at, seq FROM posts INDEXED BY posts_open_by_due
WHERE profile_id = ?1 AND +segment = ?2 AND created_at BETWEEN ?3 AND ?4 AND (created_at < ?4 OR seq < ?5)
  AND status = 'open' AND due_at IS NOT NULL AND due_at BETWEEN ?7 AND ?8
ORDER BY created_at DESC, seq DESC LIMIT ?6`
)

// list returns the newest posts of the segment that lie in the window.
func (w window) list(c *conn, s segment) ([]postKey, error) {
	switch {
	case !s.scheduled || w.dueFrom == math.MinInt64 && w.dueTo == math.MaxInt64:
		return listKeysOf(c, listSegment, w.profileID, s.name, w.since, w.until, w.seq, w.limit)
	case s.status == core.PostOpen && w.dueTo < math.MaxInt64:
		return listKeysOf(c, listOpenByDue, w.profileID, s.name, w.since, w.until, w.seq, w.limit, w.dueFrom, w.dueTo)
	}
	return listKeysOf(c, listSegmentByDue, w.profileID, s.name, w.since, w.until, w.seq, w.limit, w.dueFrom, w.dueTo)
}

// The queries for the newest posts of series, which are far fewer than all.
const (
	listAnySeries = `
SELECT created_at, seq FROM posts INDEXED BY posts_by_series
WHERE profile_id = ?1 AND series_id IS NOT NULL` + filterSeries
	listSeries = `
SELECT created_at, seq FROM posts INDEXED BY posts_by_series
WHERE profile_id = ?1 AND series_id = ?9` + filterSeries
	filterSeries = `
  AND segment IN (SELECT value FROM json_each(?2)) AND created_at BETWEEN ?3 AND ?4 AND (created_at < ?4 OR seq < ?5)
  AND (due_at IS NULL OR due_at BETWEEN ?7 AND ?8)
ORDER BY created_at DESC, seq DESC LIMIT ?6`
)

// listSeries returns the newest posts of a series, or of all where it is empty, that lie in
// the segments and in the window.
func (w window) listSeries(c *conn, series string, segments []segment) ([]postKey, error) {
	names := make([]string, len(segments))
	for i, s := range segments {
		names[i] = s.name
	}
	wanted, err := json.Marshal(names)
	if err != nil {
		return nil, err
	}
	args := []driver.Value{w.profileID, string(wanted), w.since, w.until, w.seq, w.limit, w.dueFrom, w.dueTo}
	if series == "" {
		return listKeysOf(c, listAnySeries, args...)
	}
	return listKeysOf(c, listSeries, append(args, series)...)
}

func listKeysOf(c *conn, query string, args ...driver.Value) (keys []postKey, err error) {
	err = c.query(func(r row) error {
		keys = append(keys, postKey{createdAt: r.integer(0), seq: r.integer(1)})
		return nil
	}, query, args...)
	return keys, err
}

const postsBySeq = `
SELECT p.body, p.version FROM json_each(?) AS wanted CROSS JOIN posts AS p ON p.seq = wanted.value
ORDER BY p.created_at DESC, p.seq DESC`

// postsOf reads the posts of the keys.
func (s *Store) postsOf(c *conn, keys []postKey) ([]core.Post, error) {
	seqs := make([]int64, len(keys))
	for i, k := range keys {
		seqs[i] = k.seq
	}
	wanted, err := s.encoders.Encode(seqs)
	if err != nil {
		return nil, err
	}
	list := make([]core.Post, 0, len(keys))
	err = c.query(func(r row) error {
		var p core.Post
		err := scanPost(r, &p)
		list = append(list, p)
		return err
	}, postsBySeq, wanted)
	return list, err
}

// upperBound returns the creation time up to which posts are listed, and the
// sequence number below which they are, of those of just that time.
func upperBound(c *conn, q store.PostQuery) (until, seq int64, err error) {
	until, seq = microsOr(q.Until, math.MaxInt64), math.MaxInt64
	if q.Before == "" {
		return until, seq, nil
	}
	found, err := c.one(func(r row) error {
		if at := r.integer(0); at <= until {
			until, seq = at, r.integer(1)
		}
		return nil
	}, "SELECT created_at, seq FROM posts WHERE id = ? AND profile_id = ?", q.Before, q.ProfileID)
	if err == nil && !found {
		until = math.MinInt64
	}
	return until, seq, err
}

// listOrNull returns the values as a JSON list; NULL when there are none.
func (s *Store) listOrNull(values any) (driver.Value, error) {
	body, err := s.encoders.Encode(values)
	if err != nil {
		return nil, err
	}
	if body == "null" || body == "[]" {
		return nil, nil //nolint:nilnil // nil is SQL's NULL
	}
	return body, nil
}

// microsOr returns the time, or the bound when the time is zero.
func microsOr(t time.Time, bound int64) int64 {
	if t.IsZero() {
		return bound
	}
	return record.Micros(t)
}

// afterOr returns the first microsecond after the time.
func afterOr(t time.Time) int64 {
	if t.IsZero() {
		return math.MinInt64
	}
	return record.Micros(t) + 1
}
