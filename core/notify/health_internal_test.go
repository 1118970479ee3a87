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
		host := fmt.Sprint("host", i)
		leave, ok := h.enter(host)
		if !ok {
			t.Fatal("a host that nothing is known of is not let through")
		}
		h.called(host, true, now)
		leave()
	}
	var under []func()
	var hosts []string // that they call
	for i := range 2 * Concurrency {
		for range 3 {
			host := fmt.Sprint("host", i)
			if leave, ok := h.enter(host); ok {
				under, hosts = append(under, leave), append(hosts, host)
			}
		}
	}
	if len(under) != Concurrency/2 {
		t.Errorf("%d calls of slow hosts are let through, want %d", len(under), Concurrency/2)
	}
	if _, ok := h.enter("another"); !ok {
		t.Error("a host that is not slow is not let through")
	}
	under[0]() // one that came to nothing before the host was called
	if h.slow[hosts[0]] == nil || h.calls != len(under)-1 {
		t.Errorf("without a call the host is %+v, with %d calls under way", h.slow[hosts[0]], h.calls)
	}
	if leave, ok := h.enter(hosts[0]); ok {
		under[0] = leave
	} else {
		t.Error("the place of a call that came to nothing is not free")
	}
	for i, leave := range under {
		h.called(hosts[i], false, now)
		leave()
	}
	if h.calls != 0 || len(h.slow) != 2*Concurrency-len(under)/slowCalls {
		t.Errorf("%d calls, %d slow hosts are left", h.calls, len(h.slow))
	}
	h.called("late", true, now.Add(forgetAfter+time.Second))
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
