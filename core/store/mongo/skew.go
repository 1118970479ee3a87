package mongo

import (
	"fmt"
	"sync"
	"time"

	"github.com/crier-social/crier/core/store"
)

// Leases are written by one machine's clock and read by another's. The server's clock is
// what all of them can be compared with.
const (
	// skewTold is by how much a clock may differ without a word: what a server of time
	// leaves is far less.
	skewTold = 5 * time.Second
	// skewRefused is by how much it may differ at all. One clock may be ahead by that much and
	// another behind: twice as much is still less than what is left of a lease of 45 s when it
	// is renewed, after a third of it, so that nobody takes the job of a process that is alive.
	skewRefused = 10 * time.Second
	// skewEvery is how often the log is told of a difference that lasts.
	skewEvery = time.Minute
)

// skewWayOut is what the operator does about it.
const skewWayOut = "have all machines set their clocks by the same time service (NTP: chrony, systemd-timesyncd)"

// SafeLease is the shortest lease of a job that no other process ends while its holder is
// alive, though one clock may be ahead of the server's by skewRefused and another behind: when
// it is renewed, after a third of it, there is left what the clocks may differ, and what the
// call that renews it may take.
const SafeLease = (2*skewRefused + callTimeout) * 3 / 2

// SkewError means that the clock of this machine and that of the database's server differ by
// so much that processes could take each other's jobs.
type SkewError struct {
	// Ahead is by how much this machine's clock is ahead of the server's; negative: behind.
	Ahead time.Duration
}

func (e *SkewError) Error() string {
	return fmt.Sprintf("this machine's clock is %s the clock of the database's server, and more than %s is not safe: "+
		"%s", describeSkew(e.Ahead), skewRefused, skewWayOut)
}

// Unwrap makes it a trouble of the store.
func (e *SkewError) Unwrap() error { return store.ErrClock }

func describeSkew(ahead time.Duration) string {
	if ahead < 0 {
		return (-ahead).Round(time.Millisecond).String() + " behind"
	}
	return ahead.Round(time.Millisecond).String() + " ahead of"
}

// skewOf is by how much a clock is ahead of the server's at the least, which read its own at
// some moment between the question and the answer.
func skewOf(asked, answered, server time.Time) time.Duration {
	return nearest(0, asked.Sub(server), answered.Sub(server))
}

// every lets something be done at most once in a while.
type every struct {
	pause time.Duration

	mu   sync.Mutex
	last time.Time
}

// due tells whether it is to be done now, and counts it as done. A clock that was set back
// does not put it off.
func (e *every) due(now time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.last.IsZero() && !now.After(e.last.Add(e.pause)) && !now.Before(e.last) {
		return false
	}
	e.last = now
	return true
}
