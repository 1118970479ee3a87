package sandbox

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/crier-social/crier/core"
)

// movableClock is a clock that runs ahead of another one.
type movableClock struct {
	base core.Clock

	mu      sync.Mutex
	ahead   time.Duration
	skipped time.Duration // all that it was moved ahead, ever
}

// Now returns the time of the base, and what it is ahead.
func (c *movableClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.base.Now().Add(c.ahead)
}

// After waits by the base: moving the clock shortens no wait that has begun.
func (c *movableClock) After(d time.Duration) <-chan time.Time { return c.base.After(d) }

func (c *movableClock) set(ahead time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.skipped += max(0, ahead-c.ahead)
	c.ahead = ahead
}

func (c *movableClock) advance(d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if d < 0 {
		return errors.New("the clock goes forward only: want a duration that is not negative")
	}
	if d > maxAhead-c.ahead {
		return fmt.Errorf("the clock goes at most %d days ahead in all", maxDaysAhead)
	}
	c.ahead += d
	c.skipped += d
	return nil
}

// lead is how far the clock is ahead.
func (c *movableClock) lead() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ahead
}

// How far the clock goes ahead: far from times that formats cannot hold.
const (
	maxDaysAhead = 50 * 365
	maxAhead     = maxDaysAhead * 24 * time.Hour
)

// Advance moves the clock of the sandbox ahead of Options.Clock, by more each time, until
// Reset: tokens, codes and versions end, and posts are older. Delays of answers that have
// begun last as long as they would have.
func (s *Sandbox) Advance(d time.Duration) error {
	err := s.advance(d)
	if err == nil {
		s.clockMoved()
	}
	return err
}

func (s *Sandbox) advance(d time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.save()
	return s.clock.advance(d)
}

// clockMoved is called without the lock.
func (s *Sandbox) clockMoved() {
	if s.opts.OnClock != nil {
		s.opts.OnClock()
	}
}

// steadyMovableClock is a movableClock whose base has a steady time.
type steadyMovableClock struct {
	*movableClock

	base core.SteadyClock
}

// Steady implements core.SteadyClock: time passes when the clock is moved ahead. One that Reset
// moves back was set.
func (c steadyMovableClock) Steady() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.base.Steady() + c.skipped
}

// Clock is the sandbox's clock, which Advance moves. It is a core.SteadyClock if Options.Clock
// is one.
func (s *Sandbox) Clock() core.Clock {
	if base, ok := s.clock.base.(core.SteadyClock); ok {
		return steadyMovableClock{s.clock, base}
	}
	return s.clock
}

var _ core.Clock = (*movableClock)(nil)
