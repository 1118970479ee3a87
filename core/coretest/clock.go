package coretest

import (
	"slices"
	"sync"
	"time"

	"github.com/crier-social/crier/core"
)

// Epoch is the time at which test clocks start unless told otherwise.
func Epoch() time.Time { return time.Date(2026, time.November, 20, 9, 0, 0, 0, time.UTC) }

// Clock is a core.Clock that stands still until it is moved.
type Clock struct {
	mu      sync.Mutex
	changed *sync.Cond // the number of waiters changed
	now     time.Time
	steady  time.Duration
	waiters []waiter
	skip    bool

	followed []*Pauses
}

// waiter is one channel that After returned and that has not received yet.
type waiter struct {
	due time.Time
	ch  chan time.Time
}

// NewClock returns a clock that shows start, in UTC.
func NewClock(start time.Time) *Clock {
	c := &Clock{now: start.UTC()}
	c.changed = sync.NewCond(&c.mu)
	return c
}

// Now returns the time that the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// After returns a channel that receives the time once the clock has been moved
// by d or more. With d ≤ 0 it receives at once.
func (c *Clock) After(d time.Duration) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	ch := make(chan time.Time, 1)
	if d > 0 && c.skip {
		c.moveTo(c.now.Add(d))
	} else if d > 0 {
		c.waiters = append(c.waiters, waiter{due: c.now.Add(d), ch: ch})
		c.changed.Broadcast()
		for _, p := range c.followed {
			p.note(d)
		}
		return ch
	}
	ch <- c.now
	return ch
}

// Advance moves the clock by d, which must not be negative, and fires what falls
// due, earliest first.
func (c *Clock) Advance(d time.Duration) {
	if d < 0 {
		panic("coretest: a clock was advanced by " + d.String())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moveTo(c.now.Add(d))
}

// Steady implements core.SteadyClock: it is by how much the clock was moved forwards, other than
// by Jump.
func (c *Clock) Steady() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.steady
}

// Jump is somebody who sets the clock, by d. No time passes: nothing falls due, and what waits
// has as long to wait as before.
func (c *Clock) Jump(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	for i := range c.waiters {
		c.waiters[i].due = c.waiters[i].due.Add(d)
	}
}

// Set moves the clock to t and fires what falls due: forwards as time passes, backwards as
// somebody sets it.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moveTo(t.UTC())
}

// SkipWaits makes every later After move the clock by its duration and fire at
// once, for tests of code that waits a little where nobody moves the clock.
func (c *Clock) SkipWaits() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.skip = true
}

// Waiters returns how many channels of After have not fired. One that nobody
// listens to any more counts until its time has come.
func (c *Clock) Waiters() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.waiters)
}

// BlockUntil waits until at least n channels of After have not fired, so that a
// test knows that the code under test is waiting before it moves the clock. That
// holds only where all waits end by their time: one that was left in another way
// counts as well, see Waiters. Follow tells of waits as they begin.
func (c *Clock) BlockUntil(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.waiters) < n {
		c.changed.Wait()
	}
}

// moveTo sets the time and fires the waiters that are due, with c.mu held.
func (c *Clock) moveTo(t time.Time) {
	c.steady += max(0, t.Sub(c.now))
	c.now = t
	slices.SortStableFunc(c.waiters, func(a, b waiter) int { return a.due.Compare(b.due) })
	fired := 0
	for _, w := range c.waiters {
		if w.due.After(t) {
			break
		}
		w.ch <- t
		fired++
	}
	c.waiters = slices.Delete(c.waiters, 0, fired)
	c.changed.Broadcast()
}

var _ core.SteadyClock = (*Clock)(nil)
