package sqlite

import (
	"context"
	"time"

	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// waitingOutside reads the index of the jobs by time from its beginning, as far as there
// are jobs that are due and as there is something to count.
const waitingOutside = `SELECT count(*), min(since) FROM (SELECT max(j.run_at, d.due_at) AS since
FROM jobs AS j INDEXED BY jobs_by_time CROSS JOIN deliveries AS d ON d.id = j.key
WHERE j.kind = ?1 AND j.pool = 0 AND j.run_at < ?2 AND j.lease_until <= ?3 AND d.final = 0 AND d.due_at < ?2
ORDER BY j.run_at, j.ord LIMIT ?4)`

// tally counts what waits, up to store.MostNotStarted.
type tally struct {
	n      int
	oldest time.Time // zero: nothing waits
}

func (t *tally) add(n int, oldest time.Time) {
	if n == 0 {
		return
	}
	t.n = min(t.n+n, store.MostNotStarted)
	if t.oldest.IsZero() || oldest.Before(t.oldest) {
		t.oldest = oldest
	}
}

// NotStarted implements store.Watch.
func (s *Store) NotStarted(ctx context.Context, jobKind string, before time.Time) (int, time.Time, error) {
	var t tally
	err := s.readers.do(ctx, func(c *conn) error {
		l := line{conn: c, kind: jobKind, pool: inLanes, now: record.Micros(s.clock.Now())}
		_, err := c.one(t.scan, waitingOutside, jobKind, record.Micros(before), l.now, int64(store.MostNotStarted))
		if err != nil {
			return err
		}
		return l.addHeads(&t, record.Micros(before))
	})
	if err != nil {
		return 0, time.Time{}, wrap("not started", err)
	}
	return t.n, t.oldest, nil
}

func (t *tally) scan(r row) error {
	if n := int(r.integer(0)); n > 0 {
		t.add(n, r.time(1))
	}
	return nil
}

// openBefore finds when a delivery was due that is not idle.
const openBefore = "SELECT due_at FROM deliveries WHERE id = ? AND final = 0 AND due_at < ?"

// addHeads counts the lanes of which no job is held, although the first should have run
// before the time. What it costs depends on the number of lanes, not on their length, and
// is next to nothing as long as no job of a lane should have run.
func (l line) addHeads(t *tally, before int64) error {
	due, err := l.exists(firstDue, l.kind, l.pool, before-1, int64(1))
	if err != nil || !due {
		return err
	}
	if err := l.readBusy(); err != nil {
		return err
	}
	heads, err := l.heads()
	if err != nil {
		return err
	}
	for _, head := range heads {
		if record.Micros(head.RunAt) >= before {
			continue
		}
		_, err := l.one(func(r row) error {
			since := r.time(0)
			if head.RunAt.After(since) {
				since = head.RunAt
			}
			t.add(1, since)
			return nil
		}, openBefore, head.Key, before)
		if err != nil {
			return err
		}
	}
	return nil
}

// overdue reads the index of the deliveries that are not idle from its beginning.
const overdue = `SELECT count(*), min(due_at) FROM (SELECT due_at FROM deliveries INDEXED BY deliveries_unfinished
WHERE final = 0 AND due_at < ?1 ORDER BY due_at LIMIT ?2)`

// Overdue implements store.Watch.
func (s *Store) Overdue(ctx context.Context, before time.Time) (int, time.Time, error) {
	var t tally
	if err := s.list(ctx, "overdue", t.scan, overdue, record.Micros(before), int64(store.MostNotStarted)); err != nil {
		return 0, time.Time{}, err
	}
	return t.n, t.oldest, nil
}

const laneHolder = "SELECT key FROM jobs INDEXED BY jobs_held WHERE kind = ?1 AND pool = 1 AND lease_until > 0 AND lease_until > ?2 AND lane = ?3"

// LaneHolder implements store.Watch.
func (s *Store) LaneHolder(ctx context.Context, jobKind, lane string) (key string, err error) {
	err = s.list(ctx, "lane holder", func(r row) error {
		key = r.text(0)
		return nil
	}, laneHolder, jobKind, record.Micros(s.clock.Now()), lane)
	return key, err
}
