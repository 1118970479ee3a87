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

// SteadyClock is a Clock beside which a steady time passes, by which it can be told that the
// clock was set.
type SteadyClock interface {
	Clock
	// Steady is the time that has passed since some fixed moment, which setting the clock
	// does not change. It may stand still while the machine is suspended.
	Steady() time.Duration
}

// SystemClock is the real time, in UTC.
type SystemClock struct{}

// Now returns the current time in UTC. It has no monotonic reading, which UTC takes away:
// two times differ by as much as the clock says, also when it was set between them.
func (SystemClock) Now() time.Time { return time.Now().UTC() }

// After is time.After.
func (SystemClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// steadyStart has a monotonic reading, as which time.Since needs it.
var steadyStart = time.Now()

// Steady implements SteadyClock by the monotonic clock of the system.
func (SystemClock) Steady() time.Duration { return time.Since(steadyStart) }

// ClockReading is what a clock showed at a moment. The zero value is no reading.
type ClockReading struct {
	At     time.Time
	steady time.Duration
	known  bool // steady was read
}

// ReadClock reads a clock, and the steady time beside it if it has one.
func ReadClock(c Clock) ClockReading {
	r := ClockReading{At: c.Now()}
	if s, ok := c.(SteadyClock); ok {
		r.steady, r.known = s.Steady(), true
	}
	return r
}

// StepSince is how far the clock was set between an earlier reading of it and this one;
// negative: back. A machine that was suspended looks as if its clock was set ahead. Of a clock
// without a steady time beside it is seen only that it shows less than before.
func (r ClockReading) StepSince(earlier ClockReading) time.Duration {
	switch shown := r.At.Sub(earlier.At); {
	case earlier.At.IsZero():
		return 0
	case r.known && earlier.known:
		return shown - (r.steady - earlier.steady)
	default:
		return min(shown, 0)
	}
}

// Passed is the time between an earlier reading and this one, however the clock was set. Of a
// clock without a steady time it is what the clock says.
func (r ClockReading) Passed(earlier ClockReading) time.Duration {
	return r.At.Sub(earlier.At) - r.StepSince(earlier)
}

var _ SteadyClock = SystemClock{}
