package schedule

import (
	"iter"
	"slices"
	"time"

	"github.com/crier-social/crier/core/store"
)

// slots returns the times of the schedule between two others, the first excluded, in
// order, whether they are taken or not.
func slots(s store.Schedule, after, until time.Time) iter.Seq[time.Time] {
	return func(yield func(time.Time) bool) {
		first := after
		if s.StartAt.After(first) {
			first = s.StartAt
		}
		for day := midnight(first); !day.After(until); day = day.AddDate(0, 0, 1) {
			if !hasSlots(s, day) {
				continue
			}
			for _, t := range s.Times {
				at := day.Add(t)
				switch {
				case !at.After(after) || at.Before(s.StartAt):
				case at.After(until) || !yield(at):
					return
				}
			}
		}
	}
}

func midnight(t time.Time) time.Time {
	year, month, day := t.UTC().Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// hasSlots tells whether slots lie on the day.
func hasSlots(s store.Schedule, day time.Time) bool {
	if len(s.Days) > 0 && !slices.Contains(s.Days, day.Weekday()) {
		return false
	}
	_, excluded := slices.BinarySearch(s.Excluded, day.Format(time.DateOnly))
	return !excluded
}
