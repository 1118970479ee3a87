package coretest_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core/coretest"
)

// fired tells whether a channel has received, and what.
func fired(ch <-chan time.Time) (time.Time, bool) {
	select {
	case at := <-ch:
		return at, true
	default:
		return time.Time{}, false
	}
}

func TestClockFiresWhatFallsDue(t *testing.T) {
	t.Parallel()
	start := coretest.Epoch()
	clock := coretest.NewClock(start)
	late, soon, at := clock.After(time.Hour), clock.After(time.Minute), clock.After(0)
	if got, ok := fired(at); !ok || !got.Equal(start) {
		t.Errorf("After(0) received %v, %v; want %v at once", got, ok, start)
	}
	clock.Advance(59 * time.Second)
	if _, ok := fired(soon); ok {
		t.Error("fired a second early")
	}
	clock.Advance(time.Second)
	if _, ok := fired(soon); !ok {
		t.Error("did not fire when due")
	}
	if clock.Waiters() != 1 {
		t.Errorf("Waiters() = %d, want 1", clock.Waiters())
	}
	clock.Set(start.Add(2 * time.Hour))
	if got, ok := fired(late); !ok || !got.Equal(start.Add(2*time.Hour)) {
		t.Errorf("after Set received %v, %v", got, ok)
	}
	if diff := cmp.Diff(start.Add(2*time.Hour), clock.Now()); diff != "" {
		t.Error(diff)
	}
}

func TestClockBlockUntilSeesTheWaiter(t *testing.T) {
	t.Parallel()
	clock := coretest.NewClock(coretest.Epoch())
	var work sync.WaitGroup
	for range 3 {
		work.Go(func() { <-clock.After(time.Second) })
	}
	clock.BlockUntil(3)
	clock.Advance(time.Second)
	work.Wait()
	if n := clock.Waiters(); n != 0 {
		t.Errorf("Waiters() = %d after all fired", n)
	}
}

func TestClockSkipWaits(t *testing.T) {
	t.Parallel()
	clock := coretest.NewClock(coretest.Epoch())
	earlier := clock.After(time.Minute)
	clock.SkipWaits()
	if _, ok := fired(clock.After(time.Hour)); !ok {
		t.Error("a wait was not skipped")
	}
	if _, ok := fired(earlier); !ok {
		t.Error("an earlier wait did not end when the clock moved past it")
	}
	if want := coretest.Epoch().Add(time.Hour); !clock.Now().Equal(want) {
		t.Errorf("Now() = %v, want %v", clock.Now(), want)
	}
}

func TestClockJumps(t *testing.T) {
	t.Parallel()
	clock := coretest.NewClock(coretest.Epoch())
	later := clock.After(time.Minute)
	clock.Jump(time.Hour)
	if _, ok := fired(later); ok || clock.Steady() != 0 {
		t.Errorf("time passed: %s, fired %v", clock.Steady(), ok)
	}
	clock.Advance(time.Minute)
	if _, ok := fired(later); !ok || clock.Steady() != time.Minute {
		t.Errorf("a minute has not passed: %s, fired %v", clock.Steady(), ok)
	}
	clock.Jump(-2 * time.Hour)
	if want := coretest.Epoch().Add(time.Minute - time.Hour); !clock.Now().Equal(want) || clock.Steady() != time.Minute {
		t.Errorf("Now() = %v, want %v; %s have passed, want a minute", clock.Now(), want, clock.Steady())
	}
}

func TestClockRefusesToAdvanceBackwards(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("a negative Advance did not panic")
		}
	}()
	coretest.NewClock(coretest.Epoch()).Advance(-1)
}
