package storetest

import (
	"strconv"
	"testing"
	"time"

	"github.com/crier-social/crier/core/store"
)

func leaseChecks() []check {
	return []check{
		{"OneHolder", checkOneHolder},
		{"EndedLease", checkEndedLease},
		{"Release", checkReleaseLease},
		{"Race", checkLeaseRace},
		{"Notes", checkLeaseNotes},
		{"List", checkListLeases},
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

// notes wants the holder to have the lease that it leaves a note at, or not to.
func (f *fixture) notes(t *testing.T, want bool, name, holder, note string) {
	t.Helper()
	got, err := f.NoteLease(t.Context(), name, holder, note)
	must(t, err)
	if got != want {
		t.Errorf("%s has the lease %s: %v, want %v", holder, name, got, want)
	}
}

func (f *fixture) leases(t *testing.T, prefix string) []store.Lease {
	t.Helper()
	got, err := f.ListLeases(t.Context(), prefix)
	must(t, err)
	return got
}

// checkLeaseNotes: a note lasts as long as its lease is the holder's, and is nobody else's.
func checkLeaseNotes(t *testing.T, f *fixture) {
	until := func() time.Time { return f.clock.Now().Add(time.Minute).Truncate(time.Microsecond) }
	f.notes(t, false, "user: 1", "a", "too early")
	f.takes(t, true, "user: 1", "a")
	f.notes(t, false, "user: 1", "b", "another's")
	equal(t, []store.Lease{{Name: "user: 1", Holder: "a", Until: until()}}, f.leases(t, "user: "))
	f.notes(t, true, "user: 1", "a", "one")
	f.notes(t, true, "user: 1", "a", "two")
	f.notes(t, true, "user: 1", "a", "two") // as it is
	f.clock.Advance(30 * time.Second)
	f.takes(t, true, "user: 1", "a")
	equal(t, []store.Lease{{Name: "user: 1", Holder: "a", Until: until(), Note: "two"}}, f.leases(t, "user: "))

	f.clock.Advance(time.Minute)
	f.notes(t, false, "user: 1", "a", "too late")
	f.takes(t, true, "user: 1", "b")
	equal(t, []store.Lease{{Name: "user: 1", Holder: "b", Until: until()}}, f.leases(t, "user: "))
	f.notes(t, true, "user: 1", "b", "three")
	must(t, f.ReleaseLease(t.Context(), "user: 1", "b"))
	f.takes(t, true, "user: 1", "b")
	equal(t, []store.Lease{{Name: "user: 1", Holder: "b", Until: until()}}, f.leases(t, "user: "))
}

// checkListLeases: those of a prefix are listed by name, without those that have ended.
func checkListLeases(t *testing.T, f *fixture) {
	equal(t, nil, f.leases(t, "user: "))
	f.takes(t, true, "user: 3", "gone")
	f.clock.Advance(30 * time.Second)
	for _, name := range []string{"user: 2", "user: 1", "user;", "User: 1", "use", "sweep"} {
		f.takes(t, true, name, "holder of "+name)
	}
	f.clock.Advance(30 * time.Second)
	until := f.clock.Now().Add(30 * time.Second).Truncate(time.Microsecond)
	equal(t, []store.Lease{
		{Name: "user: 1", Holder: "holder of user: 1", Until: until},
		{Name: "user: 2", Holder: "holder of user: 2", Until: until},
	}, f.leases(t, "user: "))
}
