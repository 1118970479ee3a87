package accounts

import (
	"testing"
	"time"

	"github.com/crier-social/crier/core"
)

// Tries count from their beginning, so that many at once are not more than one after another,
// and by page.
func TestTries(t *testing.T) {
	t.Parallel()
	var tried tries
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	for range mostFailures {
		if err := tried.begin("a", now); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add(failuresCount - time.Second)
	if e := core.AsError(tried.begin("a", now)); e.Kind != core.KindRateLimited || e.RetryAfter != time.Second {
		t.Errorf("%+v", e)
	}
	if err := tried.begin("b", now); err != nil {
		t.Error(err)
	}
	tried.succeeded("a")
	if err := tried.begin("a", now); err != nil {
		t.Error("after one of them has succeeded:", err)
	}
	if err := tried.begin("a", now); err == nil {
		t.Error("one that succeeded makes room for two")
	}
	now = now.Add(time.Second)
	tried.succeeded("unknown")
	if err := tried.begin("a", now); err != nil || len(tried.failed) != 2 {
		t.Errorf("%v, %d sessions are kept in mind", err, len(tried.failed))
	}
	now = now.Add(failuresCount)
	if err := tried.begin("c", now); err != nil || len(tried.failed) != 1 {
		t.Errorf("%v, %d sessions are kept in mind", err, len(tried.failed))
	}
}
