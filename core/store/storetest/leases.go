package storetest

import (
	"strconv"
	"testing"
	"time"
)

func leaseChecks() []check {
	return []check{
		{"OneHolder", checkOneHolder},
		{"EndedLease", checkEndedLease},
		{"Release", checkReleaseLease},
		{"Race", checkLeaseRace},
	}
}

// takes wants the holder to get the lease, or not to.
func (f *fixture) takes(t *testing.T, want bool, name, holder string) {
	t.Helper()
	got, err := f.TakeLease(t.Context(), name, holder, time.Minute)
	must(t, err)
	if got != want {
		t.Errorf("%s takes the lease %s: %v, want %v", holder, name, got, want)
	}
}

func checkOneHolder(t *testing.T, f *fixture) {
	f.takes(t, true, "sweep", "a")
	f.takes(t, false, "sweep", "b")
	f.takes(t, true, "sweep", "a")
	f.takes(t, true, "other sweep", "b")
	f.takes(t, false, "other sweep", "a")
}

func checkEndedLease(t *testing.T, f *fixture) {
	f.takes(t, true, "sweep", "a")
	f.clock.Advance(30 * time.Second)
	f.takes(t, true, "sweep", "a") // for a minute from now on
	f.clock.Advance(time.Minute - time.Microsecond)
	f.takes(t, false, "sweep", "b")
	f.clock.Advance(time.Microsecond)
	f.takes(t, true, "sweep", "b")
	f.takes(t, false, "sweep", "a")
}

func checkReleaseLease(t *testing.T, f *fixture) {
	f.takes(t, true, "sweep", "a")
	must(t, f.ReleaseLease(t.Context(), "sweep", "b")) // has none
	f.takes(t, false, "sweep", "b")
	must(t, f.ReleaseLease(t.Context(), "sweep", "a"))
	f.takes(t, true, "sweep", "b")
	must(t, f.ReleaseLease(t.Context(), "sweep", "a"))
	f.takes(t, false, "sweep", "a")
	must(t, f.ReleaseLease(t.Context(), "unknown", "a"))
}

func checkLeaseRace(t *testing.T, f *fixture) {
	for range 3 {
		won := winners(t, errStop, func(i int) error {
			got, err := f.TakeLease(t.Context(), "sweep", strconv.Itoa(i), time.Minute)
			if err == nil && !got {
				err = errStop
			}
			return err
		})
		equal(t, 1, len(won))
		f.clock.Advance(time.Minute)
	}
}
