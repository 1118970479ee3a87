// Package schedule keeps the automatic schedules of profiles and finds their next free
// slots.
package schedule

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// Horizon is how far ahead slots are looked for.
const Horizon = 10 * 365 * 24 * time.Hour

// DefaultTitle is the title of a schedule that has none.
const DefaultTitle = "default"

// Config is what a Manager needs.
type Config struct {
	Store store.Schedules
	Clock core.Clock // nil: the system's
}

// Manager sets schedules and finds their slots. It is safe for concurrent use, also by
// several processes on one store.
type Manager struct {
	store store.Schedules
	clock core.Clock
}

// New returns a manager.
func New(c Config) *Manager {
	m := &Manager{store: c.Store, clock: c.Clock}
	if m.clock == nil {
		m.clock = core.SystemClock{}
	}
	return m
}

// Listed is a schedule with what was made of it.
type Listed struct {
	store.Schedule
	// LastAt is the latest slot that a post holds, past or not; zero: none does.
	LastAt time.Time
}

// List returns the profile's schedules by title.
func (m *Manager) List(ctx context.Context, profileID string) ([]Listed, error) {
	all, err := m.store.ListSchedules(ctx, profileID)
	if err != nil {
		return nil, err
	}
	list := make([]Listed, len(all))
	for i, s := range all {
		list[i].Schedule = s
		list[i].LastAt, err = m.store.LastSlot(ctx, profileID, s.Title)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
	}
	return list, nil
}

// Delete forgets a schedule. Posts that hold slots of it keep their times.
func (m *Manager) Delete(ctx context.Context, profileID, title string) error {
	err := m.store.DeleteSchedule(ctx, profileID, title)
	if errors.Is(err, store.ErrNotFound) {
		return Missing("title", title)
	}
	return err
}

// Next returns the schedule's first slot that lies after now and after the given time, and
// that no post holds. It does not take it: the slot is the first post's that is stored
// with it.
func (m *Manager) Next(ctx context.Context, profileID, title string, after time.Time) (time.Time, error) {
	s, err := m.store.GetSchedule(ctx, profileID, title)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return time.Time{}, Missing("autoSchedule.title", title)
	case err != nil:
		return time.Time{}, err
	}
	now := m.clock.Now()
	if after.Before(now) {
		after = now
	}
	held := heldSlots{list: func(from time.Time) ([]time.Time, error) {
		return m.store.TakenSlots(ctx, profileID, title, from, heldPage)
	}}
	for at := range slots(s, after, now.Add(Horizon)) {
		taken, err := held.has(at)
		if err != nil {
			return time.Time{}, err
		}
		if !taken {
			return at, nil
		}
	}
	return time.Time{}, &core.Error{
		Kind: core.KindInvalid, Code: core.CodeParameters, Field: "autoSchedule",
		Message: fmt.Sprintf("the schedule %q has no free slot within ten years", title),
		Help:    "Give the schedule more times or days with POST /auto-schedule, delete posts that hold its slots, or send scheduleDate instead.",
	}
}

// Missing is the error about a schedule that is not there.
func Missing(field, title string) *core.Error {
	return &core.Error{
		Kind: core.KindInvalid, Code: core.CodeNoSchedule, Field: field,
		Message: fmt.Sprintf("the profile has no automatic schedule %q", title),
	}
}

// heldPage is how many taken slots are read at a time.
const heldPage = 500

// heldSlots tells of ascending times whether a post holds the slot.
type heldSlots struct {
	list func(from time.Time) ([]time.Time, error)
	page []time.Time
	last bool // there are no slots after those of the page
}

func (h *heldSlots) has(at time.Time) (bool, error) {
	for {
		for len(h.page) > 0 && h.page[0].Before(at) {
			h.page = h.page[1:]
		}
		if len(h.page) > 0 || h.last {
			return len(h.page) > 0 && h.page[0].Equal(at), nil
		}
		var err error
		if h.page, err = h.list(at); err != nil {
			return false, err
		}
		h.last = len(h.page) < heldPage
	}
}
