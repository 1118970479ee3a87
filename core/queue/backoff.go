package queue

import (
	"math/rand/v2"
	"time"
)

// Backoff is an exponential delay with jitter: between half and all of
// Base × 2^attempt, at most Max. The jitter keeps jobs that failed together
// from coming back together.
type Backoff struct {
	Base, Max time.Duration
}

// Delay returns how long to wait after the given number of earlier failures.
func (b Backoff) Delay(attempt int) time.Duration {
	d := b.Base
	for range attempt {
		if d >= b.Max/2 {
			d = b.Max
			break
		}
		d *= 2
	}
	d = min(d, b.Max)
	if d <= 1 {
		return d
	}
	return d/2 + rand.N(d/2+1) //nolint:gosec // jitter is no secret
}
