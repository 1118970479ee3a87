package sqlite

import (
	"cmp"
	"context"
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crier-social/crier/core/queue"
)

// Enqueue implements queue.Backend.
func (s *Store) Enqueue(ctx context.Context, jobs ...queue.Job) error {
	return wrap("enqueue", s.writer.do(ctx, func(c *conn) error {
		for _, j := range jobs {
			if err := insertJob(c, j); err != nil {
				return err
			}
		}
		return nil
	}))
}

// insertJob adds a job that nobody holds, unless it is live already.
func insertJob(c *conn, j queue.Job) error {
	_, err := c.exec(
		"INSERT INTO jobs (kind, key, run_at, attempt, last_error) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		j.Kind, j.Key, micros(j.RunAt), int64(j.Attempt), j.LastError,
	)
	return err
}

// Claim implements queue.Backend by one statement.
func (s *Store) Claim(ctx context.Context, kinds []string, n int, lease time.Duration) ([]queue.Job, error) {
	if n <= 0 || len(kinds) == 0 {
		return nil, nil
	}
	var jobs []queue.Job
	err := s.writer.do(ctx, func(c *conn) error {
		jobs = nil
		now := s.clock.Now()
		until := micros(now.Add(lease))
		args := []driver.Value{micros(now), int64(n), until}
		for _, kind := range kinds {
			args = append(args, kind)
		}
		return c.query(func(r row) error {
			c.changed++
			jobs = append(jobs, queue.Job{
				Kind: r.text(0), Key: r.text(1), RunAt: r.time(2), Attempt: int(r.integer(3)),
				Lease: r.text(4), LeaseUntil: fromMicros(until), LastError: r.text(5),
			})
			return nil
		}, claimSQL(len(kinds)), args...)
	})
	if err != nil {
		return nil, wrap("claim", err)
	}
	// RETURNING keeps no order.
	slices.SortStableFunc(jobs, func(a, b queue.Job) int {
		return cmp.Or(a.RunAt.Compare(b.RunAt), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Key, b.Key))
	})
	return jobs, nil
}

// claimSQL writes the claim for a number of kinds. Each kind is read by its own
// index range and only as far as needed, so that the length of the backlog does
// not matter.
func claimSQL(kinds int) string {
	due := make([]string, kinds)
	for i := range due {
		due[i] = fmt.Sprintf(
			"SELECT * FROM (SELECT kind, key, run_at FROM jobs WHERE kind = ?%d AND run_at <= ?1 AND lease_until <= ?1 ORDER BY run_at LIMIT ?2)",
			i+4,
		)
	}
	return `UPDATE jobs SET lease = lower(hex(randomblob(16))), lease_until = ?3
WHERE (kind, key) IN (SELECT kind, key FROM (` + strings.Join(due, " UNION ALL ") + `) ORDER BY run_at LIMIT ?2)
RETURNING kind, key, run_at, attempt, lease, last_error`
}

// Extend implements queue.Backend.
func (s *Store) Extend(ctx context.Context, j queue.Job, lease time.Duration) error {
	return s.held(ctx, "extend", func(c *conn) (int64, error) {
		return c.exec(
			"UPDATE jobs SET lease_until = ? WHERE kind = ? AND key = ? AND lease = ?",
			micros(s.clock.Now().Add(lease)), j.Kind, j.Key, j.Lease,
		)
	})
}

// Finish implements queue.Backend.
func (s *Store) Finish(ctx context.Context, j queue.Job, d queue.Disposition) error {
	return s.held(ctx, "finish", func(c *conn) (int64, error) {
		switch d.Outcome {
		case queue.Done:
			return c.exec("DELETE FROM jobs WHERE kind = ? AND key = ? AND lease = ?", j.Kind, j.Key, j.Lease)
		case queue.Retried:
			return c.exec(
				`UPDATE jobs SET run_at = ?, attempt = attempt + 1, last_error = ?, lease = NULL, lease_until = 0
				 WHERE kind = ? AND key = ? AND lease = ?`,
				micros(d.RunAt), d.Error, j.Kind, j.Key, j.Lease,
			)
		case queue.Snoozed:
			return c.exec(
				"UPDATE jobs SET run_at = ?, lease = NULL, lease_until = 0 WHERE kind = ? AND key = ? AND lease = ?",
				micros(d.RunAt), j.Kind, j.Key, j.Lease,
			)
		}
		return 0, fmt.Errorf("sqlite: finish: unknown outcome %d", d.Outcome)
	})
}

// held runs a write that takes place only while the lease is the caller's.
func (s *Store) held(ctx context.Context, op string, run func(*conn) (int64, error)) error {
	return wrap(op, s.writer.do(ctx, func(c *conn) error {
		n, err := run(c)
		return orElse(n, err, queue.ErrLeaseLost)
	}))
}

// Cancel implements queue.Backend.
func (s *Store) Cancel(ctx context.Context, kind, key string) (bool, error) {
	return s.swap(ctx, "cancel", "DELETE FROM jobs WHERE kind = ? AND key = ?", kind, key)
}

// nextRunAt selects the earliest of the jobs that nobody holds, and of the leases.
const nextRunAt = `
SELECT * FROM (SELECT run_at FROM jobs WHERE kind = ?1 AND lease_until = 0 ORDER BY run_at LIMIT 1)
UNION ALL
SELECT * FROM (SELECT lease_until FROM jobs WHERE kind = ?1 AND lease_until > 0 ORDER BY lease_until LIMIT 1)`

// NextRunAt implements queue.Backend.
func (s *Store) NextRunAt(ctx context.Context, kinds []string) (next time.Time, err error) {
	err = s.readers.do(ctx, func(c *conn) error {
		found := false
		for _, kind := range kinds {
			err := c.query(func(r row) error {
				if at := r.time(0); !found || at.Before(next) {
					next, found = at, true
				}
				return nil
			}, nextRunAt, kind)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return next, wrap("next run", err)
}

const backlog = "SELECT count(*) FROM jobs WHERE kind = ? AND run_at <= ?"

// Backlog implements queue.Backend.
func (s *Store) Backlog(ctx context.Context, kinds []string) (int, error) {
	var count int64
	now := micros(s.clock.Now())
	err := s.readers.do(ctx, func(c *conn) error {
		for _, kind := range kinds {
			err := c.query(func(r row) error {
				count += r.integer(0)
				return nil
			}, backlog, kind, now)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return int(count), wrap("backlog", err)
}
