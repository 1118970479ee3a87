package sandbox_test

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// Of many that write the same record under the same key at once, one makes a commit, and all are
// told the same.
func TestTheSameRecordAtOnce(t *testing.T) {
	t.Parallel()
	b := start(t)
	token := b.alice()
	var commits atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			got, err := b.put(token)
			if err != nil || got.status != http.StatusOK {
				t.Errorf("status %d: %s (%v)", got.status, got.body, err)
			}
			if strings.Contains(got.body, `"commit"`) {
				commits.Add(1)
			}
			b.Posts()
		})
	}
	all.Wait()
	if commits.Load() != 1 || len(b.Posts()) != 1 {
		t.Errorf("%d commits, %d posts", commits.Load(), len(b.Posts()))
	}
}
