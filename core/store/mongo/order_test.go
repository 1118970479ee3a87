package mongo

import (
	"sync"
	"testing"
	"time"
)

// TestSequence: numbers grow, in whatever direction the clock goes and however many ask.
func TestSequence(t *testing.T) {
	t.Parallel()
	const askers, each = 8, 500
	now := time.Unix(1_700_000_000, 0)
	var q sequence
	var mu sync.Mutex
	seen := map[int64]bool{}
	var wg sync.WaitGroup
	for i := range askers {
		wg.Go(func() {
			last := int64(0)
			for j := range each {
				n := q.next(now.Add(time.Duration((i+j)%3-1) * time.Second))
				if n <= last {
					t.Errorf("%d after %d", n, last)
				}
				last = n
				mu.Lock()
				seen[n] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(seen) != askers*each {
		t.Errorf("%d numbers for %d records", len(seen), askers*each)
	}
	later := now.Add(time.Hour)
	if n := q.next(later); n != later.UnixNano() {
		t.Errorf("got %d at %d", n, later.UnixNano())
	}
}
