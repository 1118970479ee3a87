package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// The queries for schedules and their slots.
const (
	getSchedule   = "SELECT body, version FROM schedules WHERE profile_id = ? AND title = ?"
	listSchedules = "SELECT body, version FROM schedules WHERE profile_id = ? ORDER BY title"
	takenSlots    = `
SELECT due_at FROM posts
WHERE profile_id = ? AND slot = ? AND due_at >= ? ORDER BY due_at LIMIT ?`
	lastSlot = `
SELECT due_at FROM posts
WHERE profile_id = ? AND slot = ? ORDER BY due_at DESC LIMIT 1`
)

// UpdateSchedule implements store.Schedules.
func (s *Store) UpdateSchedule(ctx context.Context, profileID, title string, fn func(*store.Schedule) error) (store.Schedule, error) {
	read := func(ctx context.Context) (store.Schedule, int64, error) {
		r, err := s.GetSchedule(ctx, profileID, title)
		if errors.Is(err, store.ErrNotFound) {
			r, err = store.Schedule{}, nil
		}
		return r, r.Version, err
	}
	change := func(r *store.Schedule) error {
		version := r.Version
		r.ProfileID, r.Title = profileID, title
		err := fn(r)
		r.ProfileID, r.Title, r.Version = profileID, title, version+1
		record.NormalizeSchedule(r)
		return err
	}
	return record.CompareAndSwap(ctx, read, change, s.swapSchedule)
}

func (s *Store) swapSchedule(ctx context.Context, r store.Schedule, version int64) (swapped bool, err error) {
	body, err := s.encoders.Encode(r)
	if err != nil {
		return false, err
	}
	err = s.writer.do(ctx, func(c *conn) error {
		n, err := c.exec(
			"UPDATE schedules SET version = ?, body = ? WHERE profile_id = ? AND title = ? AND version = ?",
			r.Version, body, r.ProfileID, r.Title, version,
		)
		if err == nil && n == 0 && version == 0 {
			n, err = c.exec(
				"INSERT INTO schedules (profile_id, title, version, body) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
				r.ProfileID, r.Title, r.Version, body,
			)
		}
		swapped = n > 0
		return err
	})
	return swapped, wrap("update schedule", err)
}

// GetSchedule implements store.Schedules.
func (s *Store) GetSchedule(ctx context.Context, profileID, title string) (found store.Schedule, err error) {
	err = s.get(ctx, "get schedule", func(r row) error { return scanSchedule(r, &found) }, getSchedule, profileID, title)
	return found, err
}

// ListSchedules implements store.Schedules.
func (s *Store) ListSchedules(ctx context.Context, profileID string) (list []store.Schedule, err error) {
	err = s.list(ctx, "list schedules", func(r row) error {
		var found store.Schedule
		err := scanSchedule(r, &found)
		list = append(list, found)
		return err
	}, listSchedules, profileID)
	return list, err
}

// scanSchedule reads a schedule from a row of body and version.
func scanSchedule(r row, s *store.Schedule) error {
	if err := record.Decode(r.text(0), s); err != nil {
		return err
	}
	s.Version = r.integer(1)
	return nil
}

// DeleteSchedule implements store.Schedules.
func (s *Store) DeleteSchedule(ctx context.Context, profileID, title string) error {
	return wrap("delete schedule", s.writer.do(ctx, func(c *conn) error {
		n, err := c.exec("DELETE FROM schedules WHERE profile_id = ? AND title = ?", profileID, title)
		return orElse(n, err, store.ErrNotFound)
	}))
}

// TakenSlots implements store.Schedules.
func (s *Store) TakenSlots(ctx context.Context, profileID, title string, from time.Time, limit int) (taken []time.Time, err error) {
	err = s.list(ctx, "list slots", func(r row) error {
		taken = append(taken, r.time(0))
		return nil
	}, takenSlots, profileID, title, record.Micros(from), int64(limit))
	return taken, err
}

// LastSlot implements store.Schedules.
func (s *Store) LastSlot(ctx context.Context, profileID, title string) (last time.Time, err error) {
	err = s.get(ctx, "find the last slot", func(r row) error {
		last = r.time(0)
		return nil
	}, lastSlot, profileID, title)
	return last, err
}

// slotOf is the title of the schedule of which the post has a slot; NULL for none.
func slotOf(p core.Post) driver.Value {
	if !p.Scheduled() || p.Status == core.PostDeleted {
		return nil
	}
	return orNull(p.Request.AutoSchedule)
}

// newSlot is slotOf for a post that does not hold the slot yet.
func newSlot(p core.Post) driver.Value {
	if p.Status == core.PostError {
		return nil
	}
	return slotOf(p)
}

// slotTaken tells whether another post holds the slot that the post is to get.
func slotTaken(c *conn, p core.Post) (bool, error) {
	return c.exists(
		"SELECT 1 FROM posts WHERE profile_id = ? AND slot = ? AND due_at = ? AND id <> ?",
		p.ProfileID, newSlot(p), dueAt(p), p.ID,
	)
}
