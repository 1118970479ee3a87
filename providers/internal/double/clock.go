package double

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/crier-social/crier/core"
)

// How far a clock goes ahead: far from times that formats cannot hold.
const (
	MaxDaysAhead = 50 * 365
	MaxAhead     = MaxDaysAhead * 24 * time.Hour
)

// Clock is a clock that runs ahead of another one. It is safe for concurrent use.
type Clock struct {
	base core.Clock

	mu      sync.Mutex
	ahead   time.Duration
	skipped time.Duration // all that it was moved ahead, ever
}

// NewClock returns a clock that shows what base does.
func NewClock(base core.Clock) *Clock { return &Clock{base: base} }

// Now returns the time of the base, and what it is ahead.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.base.Now().Add(c.ahead)
}

// After waits by the base: moving the clock shortens no wait that has begun.
func (c *Clock) After(d time.Duration) <-chan time.Time { return c.base.After(d) }

// Set sets how far the clock is ahead.
func (c *Clock) Set(ahead time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.skipped += max(0, ahead-c.ahead)
	c.ahead = ahead
}

// Restore is Set for what was kept in a file, which may be damaged.
func (c *Clock) Restore(ahead time.Duration) error {
	if ahead < 0 || ahead > MaxAhead {
		return fmt.Errorf("the clock is ahead by %v", ahead)
	}
	c.Set(ahead)
	return nil
}

// Advance moves the clock ahead, by more each time.
func (c *Clock) Advance(d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if d < 0 {
		return errors.New("the clock goes forward only: want a duration that is not negative")
	}
	if d > MaxAhead-c.ahead {
		return fmt.Errorf("the clock goes at most %d days ahead in all", MaxDaysAhead)
	}
	c.ahead += d
	c.skipped += d
	return nil
}

// Lead is how far the clock is ahead.
func (c *Clock) Lead() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ahead
}

// Steady returns the clock as a core.SteadyClock if its base is one, and as it is otherwise.
func (c *Clock) Steady() core.Clock {
	if base, ok := c.base.(core.SteadyClock); ok {
		return steadyClock{c, base}
	}
	return c
}

type steadyClock struct {
	clock *Clock
	base  core.SteadyClock
}

func (c steadyClock) Now() time.Time { return c.clock.Now() }

func (c steadyClock) After(d time.Duration) <-chan time.Time { return c.clock.After(d) }

// Steady implements core.SteadyClock: time passes when the clock is moved ahead. One that is
// moved back was set.
func (c steadyClock) Steady() time.Duration {
	c.clock.mu.Lock()
	defer c.clock.mu.Unlock()
	return c.base.Steady() + c.clock.skipped
}

var (
	_ core.Clock       = (*Clock)(nil)
	_ core.SteadyClock = steadyClock{}
)
