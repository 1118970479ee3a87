package crashtest

import (
	"sync/atomic"
	"time"

	"github.com/crier-social/crier/core"
)

// clock is the real time, of which a part can be skipped.
type clock struct {
	core.SystemClock
	ahead atomic.Int64 // nanoseconds
}

// Now implements core.Clock.
func (c *clock) Now() time.Time { return c.SystemClock.Now().Add(c.skipped()) }

// Steady implements core.SteadyClock: what is skipped counts as time that has passed.
func (c *clock) Steady() time.Duration { return c.SystemClock.Steady() + c.skipped() }

func (c *clock) skip(d time.Duration) { c.ahead.Add(int64(d)) }

func (c *clock) skipped() time.Duration { return time.Duration(c.ahead.Load()) }

// wait lets real time pass: the processes' time passes by itself.
func wait(d time.Duration) { <-time.After(d) }
