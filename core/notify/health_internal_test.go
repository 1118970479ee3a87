package notify

import (
	"fmt"
	"testing"
	"time"
)

// TestSlowHostsLeaveWorkers: however many hosts are slow, they take half of the workers.
func TestSlowHostsLeaveWorkers(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.November, 20, 9, 0, 0, 0, time.UTC)
	h := newHealth()
	for i := range 2 * Concurrency {
		leave, ok := h.enter(fmt.Sprint("host", i))
		if !ok {
			t.Fatal("a host that nothing is known of is not let through")
		}
		leave(true, now)
	}
	var under []func(bool, time.Time)
	for i := range 2 * Concurrency {
		for range 3 {
			if leave, ok := h.enter(fmt.Sprint("host", i)); ok {
				under = append(under, leave)
			}
		}
	}
	if len(under) != Concurrency/2 {
		t.Errorf("%d calls of slow hosts are let through, want %d", len(under), Concurrency/2)
	}
	if _, ok := h.enter("another"); !ok {
		t.Error("a host that is not slow is not let through")
	}
	for _, leave := range under {
		leave(false, now)
	}
	if h.calls != 0 || len(h.slow) != 2*Concurrency-len(under)/slowCalls {
		t.Errorf("%d calls, %d slow hosts are left", h.calls, len(h.slow))
	}
	leave, _ := h.enter("late")
	leave(true, now.Add(forgetAfter+time.Second))
	if len(h.slow) != 1 {
		t.Errorf("%d slow hosts are remembered, want the last one", len(h.slow))
	}
}

// TestFirstFailureInARow tells when an endpoint begins to fail.
func TestFirstFailureInARow(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.November, 20, 9, 0, 0, 0, time.UTC)
	h := newHealth()
	if !h.failed("a", now) || h.failed("a", now) || !h.failed("b", now) {
		t.Error("the first failures are not told from the others")
	}
	h.succeeded("a")
	if !h.failed("a", now) || h.failed("b", now.Add(time.Hour)) || !h.failed("a", now.Add(2*forgetAfter)) {
		t.Error("a failure after a success, or after a long time, is no first one")
	}
}
