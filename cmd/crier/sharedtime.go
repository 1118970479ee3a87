package main

import (
	"cmp"
	"sync"
	"time"

	"github.com/crier-social/crier/core"
)

// sharedTime makes one time of several clocks, each of which can be moved ahead of the clock
// that it is made on: each is made on one that is ahead by what all others were moved.
type sharedTime struct {
	base core.Clock

	measuring sync.Mutex // one measurement at a time, so that the last one counts

	mu     sync.Mutex
	clocks []movedClock
}

// movedClock is one of the clocks.
type movedClock struct {
	clock core.Clock // nil: not known yet
	lead  lead       // what it is ahead by
	// still is where the clock that it is made on stands while the lead is measured, so that no
	// time passes meanwhile; nil: it runs.
	still *moment
}

// lead is what a clock is ahead of another: of its time, and of its steady time.
type lead struct{ now, steady time.Duration }

// moment is what a clock shows.
type moment struct {
	now    time.Time
	steady time.Duration
}

// read reads a clock.
func read(c core.Clock) moment {
	m := moment{now: c.Now()}
	if s, ok := c.(core.SteadyClock); ok {
		m.steady = s.Steady()
	}
	return m
}

// newSharedTime makes one on a clock; nil: the system's.
func newSharedTime(base core.Clock) *sharedTime {
	return &sharedTime{base: cmp.Or[core.Clock](base, core.SystemClock{})}
}

// add returns the clock to make one more clock on, which follow makes known. Their number is
// the count of those before.
func (t *sharedTime) add() core.Clock {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.clocks = append(t.clocks, movedClock{})
	return t.without(len(t.clocks) - 1)
}

// follow has the nth clock be measured, now and whenever measure is called.
func (t *sharedTime) follow(n int, clock core.Clock) {
	t.change(n, func(c *movedClock) { c.clock = clock })
	t.measure(n)
}

// measure finds out what the nth clock is ahead by. It is called after each move of it.
func (t *sharedTime) measure(n int) {
	t.measuring.Lock()
	defer t.measuring.Unlock()
	var moved core.Clock
	still := read(t.without(n))
	t.change(n, func(c *movedClock) { moved, c.still = c.clock, &still })
	if moved == nil { // follow measures it
		t.change(n, func(c *movedClock) { c.still = nil })
		return
	}
	at := read(moved)
	t.change(n, func(c *movedClock) {
		c.still, c.lead = nil, lead{at.now.Sub(still.now), at.steady - still.steady}
	})
}

func (t *sharedTime) change(n int, f func(c *movedClock)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f(&t.clocks[n])
}

// ahead adds up what the clocks are ahead by, without the nth; still is where its base stands,
// if it does.
func (t *sharedTime) ahead(n int) (sum lead, still *moment) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, c := range t.clocks {
		if i == n {
			still = c.still
			continue
		}
		sum.now += c.lead.now
		sum.steady += c.lead.steady
	}
	return sum, still
}

// whole is the time of all of them.
func (t *sharedTime) whole() core.Clock { return t.without(-1) }

// without is the time without what the nth clock was moved.
func (t *sharedTime) without(n int) core.Clock {
	c := sharedClock{shared: t, left: n}
	if base, ok := t.base.(core.SteadyClock); ok {
		return steadySharedClock{sharedClock: c, base: base}
	}
	return c
}

// sharedClock shows a shared time without what one clock was moved.
type sharedClock struct {
	shared *sharedTime
	left   int
}

// Now implements core.Clock.
func (c sharedClock) Now() time.Time {
	sum, still := c.shared.ahead(c.left)
	if still != nil {
		return still.now
	}
	return c.shared.base.Now().Add(sum.now)
}

// After waits by the base: moving a clock shortens no wait that has begun.
func (c sharedClock) After(d time.Duration) <-chan time.Time { return c.shared.base.After(d) }

// steadySharedClock is a sharedClock whose base has a steady time.
type steadySharedClock struct {
	sharedClock

	base core.SteadyClock
}

// Steady implements core.SteadyClock: time passes when a clock is moved ahead.
func (c steadySharedClock) Steady() time.Duration {
	sum, still := c.shared.ahead(c.left)
	if still != nil {
		return still.steady
	}
	return c.base.Steady() + sum.steady
}

var _ core.SteadyClock = steadySharedClock{}
