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

	mu    sync.Mutex
	ahead time.Duration
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

// Clock is the sandbox's clock, which Advance moves.
func (s *Sandbox) Clock() core.Clock { return s.clock }

var _ core.Clock = (*movableClock)(nil)
