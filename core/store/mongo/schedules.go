package mongo

import (
	"context"
	"errors"

	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

const schedules = "schedules"

// scheduleLayouts: a schedule is the times and excluded days of one title.
func scheduleLayouts() []layout { return []layout{ownedLayout(schedules)} }

// UpdateSchedule implements store.Schedules.
func (s *Store) UpdateSchedule(ctx context.Context, profileID, title string, fn func(*store.Schedule) error) (store.Schedule, error) {
	read := func(ctx context.Context) (store.Schedule, int64, error) {
		r, err := s.GetSchedule(ctx, profileID, title)
		if errors.Is(err, store.ErrNotFound) {
			r, err = store.Schedule{ProfileID: profileID, Title: title}, nil
		}
		return r, r.Version, err
	}
	change := func(r *store.Schedule) error {
		version := r.Version
		err := fn(r)
		r.ProfileID, r.Title, r.Version = profileID, title, version+1
		record.NormalizeSchedule(r)
		return err
	}
	swap := func(ctx context.Context, r store.Schedule, version int64) (bool, error) {
		r.Version = 0
		body, err := s.encoders.Encode(r)
		if err != nil {
			return false, err
		}
		return s.swapOwned(ctx, "update schedule", schedules, profileID, title, version, body)
	}
	return record.CompareAndSwap(ctx, read, change, swap)
}

// GetSchedule implements store.Schedules.
func (s *Store) GetSchedule(ctx context.Context, profileID, title string) (store.Schedule, error) {
	doc, err := get[versioned](ctx, s, "get schedule", schedules, byOwner(profileID, title))
	if err != nil {
		return store.Schedule{}, err
	}
	return decodeSchedule(doc)
}

// ListSchedules implements store.Schedules, by the index schedules_by_profile.
func (s *Store) ListSchedules(ctx context.Context, profileID string) ([]store.Schedule, error) {
	docs, err := s.listOwned(ctx, "list schedules", schedules, profileID)
	if err != nil {
		return nil, err
	}
	return decodeAll(docs, decodeSchedule)
}

func decodeSchedule(doc versioned) (r store.Schedule, err error) {
	err = record.Decode(doc.Body, &r)
	r.Version = doc.Version
	return r, err
}

// DeleteSchedule implements store.Schedules.
func (s *Store) DeleteSchedule(ctx context.Context, profileID, title string) error {
	return s.remove(ctx, "delete schedule", schedules, byOwner(profileID, title))
}
