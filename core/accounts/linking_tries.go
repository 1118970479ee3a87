package accounts

import (
	"maps"
	"sync"
	"time"

	"github.com/crier-social/crier/core"
)

// Whoever has the address of a link page could try other people's passwords through it, in the
// name of this server: networks count those by where they come from, and would refuse everybody
// whose accounts are linked here. So many tries of a page may fail within that time.
const (
	mostFailures  = 10
	failuresCount = 10 * time.Minute
)

// tries counts, by session, how often what was told to a network was of no use. The zero value
// is ready for use.
type tries struct {
	mu     sync.Mutex
	failed map[string]failures
}

// failures are those of one session.
type failures struct {
	n     int
	until time.Time // when they count no more
}

// begin counts a try as one that fails, until succeeded is called; the error is that there were
// too many.
func (t *tries) begin(sessionID string, now time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	maps.DeleteFunc(t.failed, func(_ string, f failures) bool { return !now.Before(f.until) })
	f, counted := t.failed[sessionID]
	if !counted {
		f.until = now.Add(failuresCount)
	}
	if f.n >= mostFailures {
		return tooManyTries(f.until.Sub(now))
	}
	f.n++
	if t.failed == nil {
		t.failed = map[string]failures{}
	}
	t.failed[sessionID] = f
	return nil
}

// succeeded takes back what begin has counted.
func (t *tries) succeeded(sessionID string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if f := t.failed[sessionID]; f.n > 0 {
		f.n--
		t.failed[sessionID] = f
	}
}

func tooManyTries(wait time.Duration) *core.Error {
	return &core.Error{
		Kind: core.KindRateLimited, Op: "linking.begin", RetryAfter: wait,
		Message: "too many tries on this page have failed",
		Help:    "Wait, and look meanwhile for what is right.",
	}
}
