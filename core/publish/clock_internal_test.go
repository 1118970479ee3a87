package publish

import (
	"testing"
	"time"
)

func TestClockStep(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ wall, steady, want time.Duration }{
		"none":                              {time.Minute, time.Minute, 0},
		"set back":                          {time.Minute - time.Hour, time.Minute, -time.Hour},
		"set back by less than has passed":  {4 * time.Minute, 5 * time.Minute, -time.Minute},
		"set ahead":                         {time.Minute + time.Hour, time.Minute, time.Hour},
		"suspended":                         {8 * time.Hour, time.Second, 8*time.Hour - time.Second},
		"no steady time, and it runs on":    {time.Minute, time.Minute, 0},
		"no steady time, and it runs back":  {-time.Hour, -time.Hour, -time.Hour},
		"corrected by a little, as happens": {time.Minute - time.Millisecond, time.Minute, -time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := clockStep(tc.wall, tc.steady); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
		})
	}
}

// The system's readings have a steady time beside the clock's, which setting a time of the
// clock's cannot change.
func TestReadingsOfTheSystemHaveASteadyTime(t *testing.T) {
	t.Parallel()
	w := clockWatch{last: time.Now().UTC()}
	if step := w.step(time.Now().UTC()); step.Abs() > time.Second {
		t.Errorf("a step of %s without any", step)
	}
	if step := w.step(time.Now().UTC().Round(0).Add(-time.Hour)); step > -50*time.Minute {
		t.Errorf("a step of %s, want one of an hour back", step)
	}
}
