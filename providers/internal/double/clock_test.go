package double_test

import (
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/internal/double"
)

// TestMovedClockIsNotSet: whoever works by a double's clock sees time pass when it is moved
// ahead, and that it was set when the machine's was, or when Reset takes it back.
func TestMovedClockIsNotSet(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	machine := coretest.NewClock(coretest.Epoch())
	clock := double.NewClock(machine)
	for _, step := range []struct {
		name string
		do   func() error
		want time.Duration
	}{
		{"time passes", func() error { machine.Advance(time.Hour); return nil }, 0},
		{"moved ahead", func() error { return clock.Advance(day) }, 0},
		{"a kept state is read", func() error { clock.Set(10 * day); return nil }, 0},
		{"the machine's is set", func() error { machine.Jump(time.Minute); return nil }, time.Minute},
		{"the machine's is set back", func() error { machine.Jump(-time.Minute); return nil }, -time.Minute},
		{"reset", func() error { clock.Set(0); return nil }, -10 * day},
	} {
		before := core.ReadClock(clock.Steady())
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		if got := core.ReadClock(clock.Steady()).StepSince(before); got != step.want {
			t.Errorf("%s: a step of %s, want %s", step.name, got, step.want)
		}
	}
}
