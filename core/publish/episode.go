package publish

import (
	"sync"
	"time"
)

// episode is a trouble that is told when it begins and when it is over.
type episode struct {
	mu    sync.Mutex
	since time.Time // zero: there is none
}

// turn notes whether there is trouble, and tells whether that is the beginning of an
// episode, or the end of one and how long it took.
func (e *episode) turn(now time.Time, trouble bool) (began, ended bool, took time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case trouble && e.since.IsZero():
		e.since = now
		return true, false, 0
	case !trouble && !e.since.IsZero():
		took = now.Sub(e.since)
		e.since = time.Time{}
		return false, true, took
	}
	return false, false, 0
}

// oldest turns a count and a time of the store into a count and an age.
func (p *Publisher) oldest(n int, since time.Time, err error) (int, time.Duration, error) {
	if err != nil || n == 0 {
		return 0, 0, err
	}
	return n, p.clock.Now().Sub(since), nil
}
