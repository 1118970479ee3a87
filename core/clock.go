package core

import "time"

// Clock tells the time and wakes its caller. Everything that schedules, expires
// or waits takes a Clock, so that tests can move time by hand. A Clock may be
// used concurrently.
type Clock interface {
	Now() time.Time
	// After returns a channel that receives the time once d has passed.
	After(d time.Duration) <-chan time.Time
}

// SystemClock is the real time, in UTC.
type SystemClock struct{}

// Now returns the current time in UTC. The monotonic reading is kept, so that
// durations stay right when the wall clock is set.
func (SystemClock) Now() time.Time { return time.Now().UTC() }

// After is time.After.
func (SystemClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

var _ Clock = SystemClock{}
