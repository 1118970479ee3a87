package schedule

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

const (
	maxTitle    = 64 // characters
	maxExcluded = 1000
)

// Change is what a profile wants of the schedule of a title. With Times the schedule is
// set anew, and what else is nil takes its default; without, the schedule is there
// already, and what is nil stays as it is.
type Change struct {
	Title    string          // letters and digits
	Times    []time.Duration // since midnight in UTC
	Days     []time.Weekday  // nil: every day
	Excluded []time.Time     // days without slots; nil: none
	StartAt  *time.Time      // no slot lies before it; nil: no bound
}

// Set sets or changes a schedule. Its errors about the request are core.Errors, named by
// the fields of POST /auto-schedule.
func (m *Manager) Set(ctx context.Context, profileID string, c Change) (store.Schedule, error) {
	now := m.clock.Now()
	if problems := c.Problems(now); len(problems) > 0 {
		return store.Schedule{}, problems
	}
	return m.store.UpdateSchedule(ctx, profileID, c.Title, func(s *store.Schedule) error {
		if len(c.Times) > 0 {
			*s = store.Schedule{Times: compact(c.Times)}
		}
		if len(s.Times) == 0 {
			return invalid("schedule", fmt.Sprintf("schedule is missing: there is no schedule %q yet that could be changed; send the times of its slots", c.Title))
		}
		c.apply(s)
		for range slots(*s, now, now.Add(Horizon)) {
			return nil
		}
		return invalid("excludeDates", "the schedule has no slot within ten years: daysOfWeek, excludeDates and setStartDate leave no day")
	})
}

// apply changes everything but the times.
func (c Change) apply(s *store.Schedule) {
	if c.Days != nil {
		s.Days = compact(c.Days)
	}
	if c.Excluded != nil {
		s.Excluded = make([]string, len(c.Excluded))
		for i, day := range c.Excluded {
			s.Excluded[i] = day.Format(time.DateOnly)
		}
		s.Excluded = compact(s.Excluded)
	}
	if c.StartAt != nil {
		s.StartAt = *c.StartAt
	}
}

// compact returns the values in order, each once.
func compact[T ~int | ~int64 | ~string](values []T) []T {
	return slices.Compact(slices.Sorted(slices.Values(values)))
}

// Problems lists what is wrong with a change whatever it is a change of.
func (c Change) Problems(now time.Time) core.Errors {
	var problems core.Errors
	if p := titleProblem(c.Title); p != nil {
		problems = append(problems, p)
	}
	if len(c.Times) == 0 && c.StartAt == nil {
		problems = append(problems, invalid("schedule", `schedule is missing: send the times of the slots, for example ["09:00Z","17:30Z"]`))
	}
	for i, t := range c.Times {
		if t < 0 || t >= day || t%time.Minute != 0 {
			problems = append(problems, invalid(fmt.Sprintf("schedule[%d]", i), fmt.Sprintf("schedule[%d] is not a time of day", i)))
		}
	}
	for i, d := range c.Days {
		if d < time.Sunday || d > time.Saturday {
			problems = append(problems, invalid(fmt.Sprintf("daysOfWeek[%d]", i), fmt.Sprintf("daysOfWeek[%d] must be a number from 0 (Sunday) to 6 (Saturday), not %d", i, d)))
		}
	}
	if len(c.Excluded) > maxExcluded {
		problems = append(problems, invalid("excludeDates", fmt.Sprintf("excludeDates has %d entries; at most %d are allowed", len(c.Excluded), maxExcluded)))
	}
	if c.StartAt != nil && c.StartAt.Sub(now) > Horizon {
		problems = append(problems, invalid("setStartDate", "setStartDate lies more than ten years ahead"))
	}
	return problems
}

// day is the length of a day; in UTC all have the same.
const day = 24 * time.Hour

func titleProblem(title string) *core.Error {
	for _, r := range title {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') {
			return invalid("title", "title may have the letters A to Z, in both cases, and digits, nothing else")
		}
	}
	switch {
	case title == "":
		return invalid("title", "title is empty; leave it out for \""+DefaultTitle+"\"")
	case len(title) > maxTitle:
		return invalid("title", fmt.Sprintf("title has %d characters; at most %d are allowed", len(title), maxTitle))
	}
	return nil
}

func invalid(field, message string) *core.Error {
	return &core.Error{Kind: core.KindInvalid, Code: core.CodeParameters, Field: field, Message: message}
}
