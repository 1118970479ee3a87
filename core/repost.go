package core

import "time"

// The bounds of AutoRepost.
const (
	MaxRepeat     = 10 // repetitions
	MinRepeatDays = 2  // between one publication and the next
)

// Times returns when the repetitions of a post are due whose first publication is due at
// the time.
func (r AutoRepost) Times(first time.Time) []time.Time {
	times := make([]time.Time, r.Repeat)
	for i := range times {
		times[i] = first.UTC().AddDate(0, 0, (i+1)*r.Days)
	}
	return times
}
