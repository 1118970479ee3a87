package sqlite

import (
	"context"
	"database/sql/driver"
	"time"

	"github.com/crier-social/crier/core/store/record"
)

// stampEvery bounds how far the time of the last write is behind.
const stampEvery = time.Second

// stamp keeps the latest time with a transaction that writes anyway, so that it costs no
// wait for the disk of its own.
func (w *writer) stamp() error {
	now := w.clock.Now()
	if !w.stamps.Load() || !now.After(w.stamped.Add(stampEvery)) && !now.Before(w.stamped) {
		return nil
	}
	w.stamped = now
	return noteLatest(w.conn, now)
}

// noteLatest notes a time unless a later one is known.
func noteLatest(c *conn, at time.Time) error {
	_, err := c.exec("INSERT INTO heartbeat (id, at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET at = max(at, excluded.at)", record.Micros(at))
	return err
}

// LatestTime implements store.Watch.
func (s *Store) LatestTime(ctx context.Context) (at time.Time, err error) {
	err = s.list(ctx, "latest time", func(r row) error {
		at = r.time(0)
		return nil
	}, "SELECT at FROM heartbeat")
	return at, err
}

// NoteTime implements store.Watch.
func (s *Store) NoteTime(ctx context.Context, at time.Time) error {
	return s.change(ctx, "note time", nil, "INSERT INTO heartbeat (id, at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at", record.Micros(at))
}

const cutLeases = `UPDATE jobs SET lease_until = min(lease_until, ?2), run_at = min(run_at, ?1)
WHERE lease_until > 0 AND (lease_until > ?2 OR run_at > ?1)`

// CutLeases implements store.Watch.
func (s *Store) CutLeases(ctx context.Context, now, until time.Time) (n int, err error) {
	err = s.change(ctx, "cut leases", &n, cutLeases, record.Micros(now), record.Micros(until))
	return n, err
}

const cutWaits = `UPDATE jobs SET run_at = ?1
WHERE kind = ?2 AND pool IN (0, 1) AND run_at > ?1 AND run_at <= ?3 AND lease_until = 0
AND EXISTS (SELECT 1 FROM deliveries AS d WHERE d.id = jobs.key AND d.final = 0 AND d.due_at <= ?1)`

// CutWaits implements store.Watch.
func (s *Store) CutWaits(ctx context.Context, jobKind string, now, until time.Time) (n int, err error) {
	err = s.change(ctx, "cut waits", &n, cutWaits, record.Micros(now), jobKind, record.Micros(until))
	return n, err
}

// change runs one statement that writes, and counts the rows if n is given.
func (s *Store) change(ctx context.Context, op string, n *int, sql string, args ...driver.Value) error {
	return wrap(op, s.writer.do(ctx, func(c *conn) error {
		changed, err := c.exec(sql, args...)
		if err == nil && n != nil {
			*n = int(changed)
		}
		return err
	}))
}

const openDeliveries = "SELECT id FROM deliveries WHERE final = 0 AND due_at <= ? ORDER BY due_at, id"

// OpenDeliveries implements store.Watch.
func (s *Store) OpenDeliveries(ctx context.Context, dueBy time.Time) (ids []string, err error) {
	err = s.list(ctx, "open deliveries", func(r row) error {
		ids = append(ids, r.text(0))
		return nil
	}, openDeliveries, record.Micros(dueBy))
	if err != nil {
		return nil, err
	}
	return ids, nil
}
