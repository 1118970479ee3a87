package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"time"

	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store/record"
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

const addJob = `
INSERT INTO jobs (kind, key, pool, tenant, lane, run_at, ord, attempt, last_error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (kind, key) DO `

// insertJob adds a job that nobody holds, unless it is live already.
func insertJob(c *conn, j queue.Job) error {
	_, err := c.exec(addJob+"NOTHING", jobValues(j)...)
	return err
}

// Replace implements queue.Backend.
func (s *Store) Replace(ctx context.Context, jobs ...queue.Job) error {
	return wrap("replace", s.writer.do(ctx, func(c *conn) error {
		for _, j := range jobs {
			_, err := c.exec(addJob+`UPDATE SET
				pool = excluded.pool, tenant = excluded.tenant, lane = excluded.lane, run_at = excluded.run_at, ord = excluded.ord,
				attempt = excluded.attempt, last_error = excluded.last_error, lease = NULL, lease_until = 0`, jobValues(j)...)
			if err != nil {
				return err
			}
		}
		return nil
	}))
}

func jobValues(j queue.Job) []driver.Value {
	return []driver.Value{j.Kind, j.Key, poolOf(j.Lane), j.Tenant, j.Lane, record.Micros(j.RunAt), j.Order, int64(j.Attempt), j.LastError}
}

// The pools as they are stored.
const (
	outsideLanes int64 = iota
	inLanes
)

func poolOf(lane string) int64 {
	if lane == "" {
		return outsideLanes
	}
	return inLanes
}

// poolsOf lists the stored pools that p stands for.
func poolsOf(p queue.Pool) []int64 {
	switch p {
	case queue.InLanes:
		return []int64{inLanes}
	case queue.OutsideLanes:
		return []int64{outsideLanes}
	case queue.Everything:
	}
	return []int64{outsideLanes, inLanes}
}

// Enter implements queue.Backend.
func (s *Store) Enter(ctx context.Context, j queue.Job, lane string) (entered bool, err error) {
	err = s.held(ctx, "enter", func(c *conn) (int64, error) {
		now := record.Micros(s.clock.Now())
		holds, err := c.exists("SELECT 1 FROM jobs WHERE kind = ? AND key = ? AND lease = ?", j.Kind, j.Key, j.Lease)
		if err != nil || !holds {
			return 0, err
		}
		entered = false
		taken, err := c.exists(laneTaken, j.Kind, now, lane, j.Key)
		if err != nil || taken {
			return 1, err
		}
		behind, err := c.exists(laneAhead, j.Kind, lane, record.Micros(j.RunAt), j.Order, now, j.Key)
		if err != nil || behind {
			return 1, err
		}
		entered = true
		return c.exec("UPDATE jobs SET pool = ?, lane = ? WHERE kind = ? AND key = ?", inLanes, lane, j.Kind, j.Key)
	})
	return entered && err == nil, err
}

const (
	// laneTaken finds another job of the lane that is held.
	laneTaken = `
SELECT 1 FROM jobs INDEXED BY jobs_held
WHERE kind = ? AND pool = 1 AND lease_until > 0 AND lease_until > ? AND lane = ? AND key <> ?`
	// laneAhead finds another job of the lane that is due and comes before.
	laneAhead = `
SELECT 1 FROM jobs INDEXED BY jobs_by_lane
WHERE kind = ?1 AND pool = 1 AND lane = ?2 AND (run_at, ord) < (?3, ?4) AND run_at <= ?5 AND key <> ?6 LIMIT 1`
)

// Extend implements queue.Backend.
func (s *Store) Extend(ctx context.Context, j queue.Job, lease time.Duration) error {
	return s.held(ctx, "extend", func(c *conn) (int64, error) {
		return c.exec(
			"UPDATE jobs SET lease_until = ? WHERE kind = ? AND key = ? AND lease = ?",
			record.Micros(s.clock.Now().Add(lease)), j.Kind, j.Key, j.Lease,
		)
	})
}

// Finish implements queue.Backend.
func (s *Store) Finish(ctx context.Context, j queue.Job, d queue.Disposition) error {
	return s.held(ctx, "finish", func(c *conn) (int64, error) {
		switch d.Outcome {
		case queue.Done: // model: DONE
			return c.exec("DELETE FROM jobs WHERE kind = ? AND key = ? AND lease = ?", j.Kind, j.Key, j.Lease)
		case queue.Retried:
			return c.exec(
				`UPDATE jobs SET run_at = ?, attempt = attempt + 1, last_error = ?, lease = NULL, lease_until = 0
				 WHERE kind = ? AND key = ? AND lease = ?`,
				record.Micros(d.RunAt), d.Error, j.Kind, j.Key, j.Lease,
			)
		case queue.Snoozed: // model: FINISH
			return snooze(c, j, d)
		}
		return 0, fmt.Errorf("sqlite: finish: unknown outcome %d", d.Outcome)
	})
}

func snooze(c *conn, j queue.Job, d queue.Disposition) (int64, error) {
	if d.Lane == nil {
		return c.exec(
			"UPDATE jobs SET run_at = ?, lease = NULL, lease_until = 0 WHERE kind = ? AND key = ? AND lease = ?",
			record.Micros(d.RunAt), j.Kind, j.Key, j.Lease,
		)
	}
	return c.exec(
		"UPDATE jobs SET run_at = ?, pool = ?, lane = ?, lease = NULL, lease_until = 0 WHERE kind = ? AND key = ? AND lease = ?",
		record.Micros(d.RunAt), poolOf(*d.Lane), *d.Lane, j.Kind, j.Key, j.Lease,
	)
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
SELECT * FROM (SELECT run_at FROM jobs INDEXED BY jobs_by_time WHERE kind = ?1 AND pool = ?2 AND lease_until = 0 ORDER BY run_at LIMIT 1)
UNION ALL
SELECT * FROM (SELECT lease_until FROM jobs INDEXED BY jobs_held WHERE kind = ?1 AND pool = ?2 AND lease_until > 0 ORDER BY lease_until LIMIT 1)`

// NextRunAt implements queue.Backend.
func (s *Store) NextRunAt(ctx context.Context, kinds []string, pool queue.Pool) (next time.Time, err error) {
	err = s.readers.do(ctx, func(c *conn) error {
		found := false
		for _, kind := range kinds {
			for _, p := range poolsOf(pool) {
				err := c.query(func(r row) error {
					if at := r.time(0); !found || at.Before(next) {
						next, found = at, true
					}
					return nil
				}, nextRunAt, kind, p)
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
	return next, wrap("next run", err)
}

const backlog = "SELECT count(*) FROM jobs INDEXED BY jobs_by_time WHERE kind = ? AND pool = ? AND run_at <= ?"

// Backlog implements queue.Backend.
func (s *Store) Backlog(ctx context.Context, kinds []string) (int, error) {
	var count int64
	now := record.Micros(s.clock.Now())
	err := s.readers.do(ctx, func(c *conn) error {
		for _, kind := range kinds {
			for _, p := range poolsOf(queue.Everything) {
				err := c.query(func(r row) error {
					count += r.integer(0)
					return nil
				}, backlog, kind, p, now)
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
	return int(count), wrap("backlog", err)
}
