package main

import (
	"sync"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// movable is a clock that can be moved ahead of the one that it is made on.
type movable interface {
	core.Clock
	move(d time.Duration)
}

type plainMovable struct {
	core.Clock

	mu    sync.Mutex
	ahead time.Duration
}

func (m *plainMovable) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.Clock.Now().Add(m.ahead)
}

func (m *plainMovable) move(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ahead += d
}

// Of two clocks, whichever is moved, both show the same, and so does the whole.
func TestSharedTime(t *testing.T) {
	t.Parallel()
	base := coretest.NewClock(coretest.Epoch())
	shared := newSharedTime(base)
	var clocks []movable
	for n := range 2 {
		c := &plainMovable{Clock: shared.add()}
		c.move(time.Duration(n) * time.Minute) // one that was ahead before
		shared.follow(n, c)
		clocks = append(clocks, c)
	}
	for _, step := range []struct {
		clock int
		by    time.Duration
		want  time.Duration // that all are ahead by
	}{{0, 0, time.Minute}, {0, time.Hour, 61 * time.Minute}, {1, 24 * time.Hour, 25*time.Hour + time.Minute}, {0, -time.Hour, 24*time.Hour + time.Minute}} {
		clocks[step.clock].move(step.by)
		shared.measure(step.clock)
		base.Advance(time.Second)
		for name, c := range map[string]core.Clock{"first": clocks[0], "second": clocks[1], "whole": shared.whole()} {
			if got := c.Now().Sub(base.Now()); got != step.want {
				t.Errorf("clock %d moved by %v: the %s is ahead by %v, want %v", step.clock, step.by, name, got, step.want)
			}
		}
	}
}

// The time of genuine sandboxes is the same to the nanosecond however fast they are moved, and
// passes steadily.
func TestSharedTimeOfSandboxes(t *testing.T) {
	t.Parallel()
	shared := newSharedTime(nil)
	var doubles []*sandbox.Sandbox
	for n := range 2 {
		s := sandbox.New(sandbox.Options{Clock: shared.add(), OnClock: func() { shared.measure(n) }})
		t.Cleanup(func() { _ = s.Close() })
		shared.follow(n, s.Clock())
		doubles = append(doubles, s)
	}
	before := core.ReadClock(shared.whole())
	const moves = 20
	var moving sync.WaitGroup
	for _, s := range doubles {
		moving.Go(func() {
			for range moves {
				if err := s.Advance(time.Hour); err != nil {
					t.Error(err)
				}
				shared.whole().Now()
			}
		})
	}
	moving.Wait()
	for n := range doubles {
		sum, _ := shared.ahead(n)
		if sum.now != moves*time.Hour || sum.steady != moves*time.Hour {
			t.Errorf("without clock %d, the others are ahead by %+v, want %v", n, sum, moves*time.Hour)
		}
	}
	if _, steady := shared.whole().(core.SteadyClock); !steady {
		t.Fatal("no steady time passes")
	}
	if step := core.ReadClock(shared.whole()).StepSince(before); step.Abs() > time.Minute {
		t.Errorf("the clock was set by %v, want the time to have passed", step)
	}
}
