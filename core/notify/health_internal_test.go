package notify

import (
	"fmt"
	"testing"
	"time"
)

// TestSlowEndpointsLeaveWorkers: of however many hosts endpoints are slow, they take half of
// the workers, and of each host two.
func TestSlowEndpointsLeaveWorkers(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.November, 20, 9, 0, 0, 0, time.UTC)
	h := newHealth()
	var addresses []string
	for i := range 2 * Concurrency {
		for j := range 3 {
			address := fmt.Sprintf("https://host%d.example/%d", i, j)
			addresses = append(addresses, address)
			leave, ok := h.enter(address)
			if !ok {
				t.Fatal("an address that nothing is known of is not let through")
			}
			h.called(address, true, now)
			leave()
		}
	}
	var under []func()
	var called []string
	for _, address := range addresses {
		if leave, ok := h.enter(address); ok {
			under, called = append(under, leave), append(called, address)
		}
	}
	if len(under) != Concurrency/2 || len(h.calls) != Concurrency/2/slowCalls {
		t.Errorf("%d calls of slow addresses of %d hosts are let through, want %d", len(under), len(h.calls), Concurrency/2)
	}
	if _, ok := h.enter("https://host0.example/another"); !ok {
		t.Error("an address that was not slow is not let through")
	}
	under[0]() // one that came to nothing before the address was called
	if _, slow := h.slow[called[0]]; !slow || h.all != len(under)-1 {
		t.Errorf("without a call the address is slow: %v, with %d calls under way", slow, h.all)
	}
	if leave, ok := h.enter(called[0]); ok {
		under[0] = leave
	} else {
		t.Error("the place of a call that came to nothing is not free")
	}
	for i, leave := range under {
		h.called(called[i], false, now)
		leave()
	}
	if h.all != 0 || len(h.calls) != 0 || len(h.slow) != len(addresses)-len(under) {
		t.Errorf("%d calls of %d hosts, %d slow addresses are left", h.all, len(h.calls), len(h.slow))
	}
	h.called("https://late.example", true, now.Add(forgetAfter+time.Second))
	if len(h.slow) != 1 {
		t.Errorf("%d slow addresses are remembered, want the last one", len(h.slow))
	}
}

// TestWhenFailuresAreTold: once while an address fails, and of one address of a host a minute.
func TestWhenFailuresAreTold(t *testing.T) {
	t.Parallel()
	const a, b, other = "https://a.example/a", "https://A.example:443/b", "https://b.example/"
	begin := time.Date(2026, time.November, 20, 9, 0, 0, 0, time.UTC)
	h := newHealth()
	for i, step := range []struct {
		address string
		after   time.Duration // since the beginning
		want    bool
	}{
		{a, 0, true},
		{a, 0, false},
		{b, 0, false}, // of the same host
		{other, 0, true},
		{b, warnPause - 1, false},
		{b, warnPause, true},
		{b, 3 * warnPause, false},
		{a, 3 * warnPause, false},
		{other, time.Hour, false},
		{other, 2 * forgetAfter, true},
	} {
		if got := h.failed(step.address, begin.Add(step.after)); got != step.want {
			t.Errorf("step %d: told: %v, want %v", i, got, step.want)
		}
	}
	h.succeeded(other)
	if h.failed(other, begin.Add(2*forgetAfter)) || !h.failed(other, begin.Add(2*forgetAfter+warnPause)) {
		t.Error("a failure after a success is not told once a minute has passed")
	}
}
