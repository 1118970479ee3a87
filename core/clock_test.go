package core_test

import (
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// plainClock has no steady time.
type plainClock struct{ core.Clock }

func TestClockReadings(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		jump, pass           time.Duration
		step, plain          time.Duration
		passed, plainlyShown time.Duration
	}{
		"time passes":                       {0, time.Minute, 0, 0, time.Minute, time.Minute},
		"set back":                          {-time.Hour, time.Minute, -time.Hour, time.Minute - time.Hour, time.Minute, 0},
		"set back by less than has passed":  {-time.Minute, 5 * time.Minute, -time.Minute, 0, 5 * time.Minute, 4 * time.Minute},
		"set ahead":                         {time.Hour, time.Minute, time.Hour, 0, time.Minute, time.Hour + time.Minute},
		"corrected by a little, as happens": {-time.Millisecond, time.Minute, -time.Millisecond, 0, time.Minute, time.Minute - time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := coretest.NewClock(coretest.Epoch())
			before, plainBefore := core.ReadClock(clock), core.ReadClock(plainClock{clock})
			clock.Jump(tc.jump)
			clock.Advance(tc.pass)
			after, plainAfter := core.ReadClock(clock), core.ReadClock(plainClock{clock})
			for of, got := range map[string][2]time.Duration{
				"the step":                       {after.StepSince(before), tc.step},
				"what passed":                    {after.Passed(before), tc.passed},
				"the step, with no steady time":  {plainAfter.StepSince(plainBefore), tc.plain},
				"what passed without":            {plainAfter.Passed(plainBefore), tc.plainlyShown},
				"the step since no reading":      {after.StepSince(core.ClockReading{}), 0},
				"the step since one of its kind": {after.StepSince(plainBefore), tc.plain},
			} {
				if got[0] != got[1] {
					t.Errorf("%s: %s, want %s", of, got[0], got[1])
				}
			}
		})
	}
}

// TestSystemClockHasASteadyTime: it passes as the clock does, and is not taken from it.
func TestSystemClockHasASteadyTime(t *testing.T) {
	t.Parallel()
	clock := core.SystemClock{}
	before := core.ReadClock(clock)
	set := core.ReadClock(clock)
	set.At = set.At.Add(time.Hour)
	if step := set.StepSince(before); step < time.Hour-time.Second || step > time.Hour+time.Second {
		t.Errorf("a step of %s, want one of an hour", step)
	}
	set.At = set.At.Add(-2 * time.Hour)
	if step := set.StepSince(before); step > time.Second-time.Hour || step < -time.Second-time.Hour {
		t.Errorf("a step of %s, want one of an hour back", step)
	}
	<-clock.After(2 * time.Millisecond)
	if passed := core.ReadClock(clock).Passed(before); passed < 2*time.Millisecond {
		t.Errorf("%s have passed, want 2ms at the least", passed)
	}
}
