package coretest

import (
	"slices"
	"testing"
	"time"
)

// Pauses are the waits that code has begun on a Clock since it is followed: the calls of After.
// A test that moves the clock waits for them, since who begins to wait after the clock was moved
// waits for ever. Unlike Waiters they leave out waits that began earlier and that nobody is
// interested in any more.
type Pauses struct {
	clock *Clock
	which func(time.Duration) bool // nil: all
	begun []time.Duration          // guarded by the clock, those that Next has not returned yet
}

// Exactly chooses pauses of one length.
func Exactly(d time.Duration) func(time.Duration) bool {
	return func(pause time.Duration) bool { return pause == d }
}

// Below chooses pauses that are shorter.
func Below(d time.Duration) func(time.Duration) bool {
	return func(pause time.Duration) bool { return pause < d }
}

// Follow returns the pauses that begin from now on, of the lengths that which chooses; nil
// chooses all.
func (c *Clock) Follow(which func(time.Duration) bool) *Pauses {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := &Pauses{clock: c, which: which}
	c.followed = append(c.followed, p)
	return p
}

// Next waits for the next pause and returns its length, in the order in which they began.
func (p *Pauses) Next(t testing.TB) (d time.Duration) {
	t.Helper()
	Await(t, "a pause", func() (begun bool) {
		d, begun = p.take()
		return begun
	})
	return d
}

// Pass waits until something holds, and moves the clock by the length of each pause that begins
// meanwhile: time passes as fast as the code can follow, and whoever waits is woken.
func (p *Pauses) Pass(t testing.TB, what string, holds func() bool) {
	t.Helper()
	Await(t, what, func() bool {
		if holds() {
			return true
		}
		if d, begun := p.take(); begun {
			p.clock.Advance(d)
		}
		return false
	})
}

// take returns the first pause that was not taken.
func (p *Pauses) take() (time.Duration, bool) {
	p.clock.mu.Lock()
	defer p.clock.mu.Unlock()
	if len(p.begun) == 0 {
		return 0, false
	}
	d := p.begun[0]
	p.begun = slices.Delete(p.begun, 0, 1)
	return d, true
}

// note tells of a pause that has begun, with the clock locked.
func (p *Pauses) note(d time.Duration) {
	if p.which == nil || p.which(d) {
		p.begun = append(p.begun, d)
	}
}
