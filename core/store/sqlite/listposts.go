package sqlite

import (
	"cmp"
	"context"
	"database/sql/driver"
	"math"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// defaultLimit is how many posts a query without a limit returns at most.
const defaultLimit = 100

// listPosts has one form for all queries: what a query leaves open is bound to
// NULL, or to a bound that holds always. Of the posts of one microsecond the one
// that was stored last comes first.
const (
	selectPosts = `
SELECT body, version FROM posts
WHERE profile_id = ?1`
	filterPosts = `
  AND created_at BETWEEN ?2 AND ?3
  AND (created_at < ?3 OR seq < ?4)
  AND CASE WHEN ?5 IS NULL THEN status <> 'deleted' ELSE status IN (SELECT value FROM json_each(?5)) END
  AND (?6 IS NULL OR (due_at IS NOT NULL) = ?6)
  AND (due_at IS NULL OR due_at BETWEEN ?7 AND ?8)
  AND (?9 IS NULL OR EXISTS (
        SELECT 1 FROM json_each(platforms) AS has, json_each(?9) AS wanted WHERE has.value = wanted.value))
ORDER BY created_at DESC, seq DESC
LIMIT ?10`

	listPosts     = selectPosts + filterPosts
	listAnySeries = selectPosts + " AND series_id IS NOT NULL" + filterPosts
	listSeries    = selectPosts + " AND series_id = ?11" + filterPosts
)

// ListPosts implements store.Posts. A Before that the profile does not have
// selects nothing.
func (s *Store) ListPosts(ctx context.Context, q store.PostQuery) (list []core.Post, err error) {
	statuses, err := s.listOrNull(q.Statuses)
	if err != nil {
		return nil, err
	}
	platforms, err := s.listOrNull(q.Platforms)
	if err != nil {
		return nil, err
	}
	sql, series := listPostsOf(q.Series)
	err = s.readers.do(ctx, func(c *conn) error {
		until, seq, err := upperBound(c, q)
		if err != nil {
			return err
		}
		return c.query(func(r row) error {
			var p core.Post
			err := scanPost(r, &p)
			list = append(list, p)
			return err
		}, sql, append([]driver.Value{
			q.ProfileID, microsOr(q.Since, math.MinInt64), until, seq, statuses, scheduledOrNull(q.Scheduled),
			afterOr(q.DueAfter), microsOr(q.DueBy, math.MaxInt64), platforms, int64(cmp.Or(q.Limit, defaultLimit)),
		}, series...)...)
	})
	if err != nil {
		return nil, wrap("list posts", err)
	}
	return list, nil
}

// listPostsOf returns the form of the query that lists a series, and its last argument if
// it has one more than the others.
func listPostsOf(series string) (sql string, more []driver.Value) {
	switch series {
	case "":
		return listPosts, nil
	case store.AnySeries:
		return listAnySeries, nil
	default:
		return listSeries, []driver.Value{series}
	}
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
	body, err := s.encoders.encode(values)
	if err != nil {
		return nil, err
	}
	if body == "null" || body == "[]" {
		return nil, nil //nolint:nilnil // nil is SQL's NULL
	}
	return body, nil
}

func scheduledOrNull(scheduled *bool) driver.Value {
	if scheduled == nil {
		return nil
	}
	return flag(*scheduled)
}

// microsOr returns the time, or the bound when the time is zero.
func microsOr(t time.Time, bound int64) int64 {
	if t.IsZero() {
		return bound
	}
	return micros(t)
}

// afterOr returns the first microsecond after the time.
func afterOr(t time.Time) int64 {
	if t.IsZero() {
		return math.MinInt64
	}
	return micros(t) + 1
}
