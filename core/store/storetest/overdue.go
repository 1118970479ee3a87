package storetest

import (
	"strconv"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

// waitInLane stores a post that was due for the given time, with a job that waits in the
// lane since then, and returns the job's key.
func (f *fixture) waitInLane(t *testing.T, id, lane string, since time.Duration) string {
	t.Helper()
	n := newPost(id)
	n.Deliveries[0].DueAt = f.clock.Now().Add(-since)
	n.Jobs[0].RunAt, n.Jobs[0].Lane, n.Jobs[0].Order = n.Deliveries[0].DueAt, lane, id
	must(t, f.InsertPost(t.Context(), n))
	return n.Jobs[0].Key
}

func (f *fixture) wantHolder(t *testing.T, lane, key string) {
	t.Helper()
	got, err := f.LaneHolder(t.Context(), jobKind, lane)
	must(t, err)
	if got != key {
		t.Errorf("%q holds the lane %q, want %q", got, lane, key)
	}
}

// Posts that wait behind another of their lane are not what nobody takes up.
func checkNotStartedInLanes(t *testing.T, f *fixture) {
	want := func(n int, since time.Duration) {
		t.Helper()
		got, oldest, err := f.NotStarted(t.Context(), jobKind, f.clock.Now())
		must(t, err)
		if got != n || n > 0 && !oldest.Equal(f.clock.Now().Add(-since).Truncate(time.Microsecond)) || n == 0 && !oldest.IsZero() {
			t.Errorf("%d since %v, want %d since %s before %v", got, oldest, n, since, f.clock.Now())
		}
	}
	first := f.waitInLane(t, "first", "busy", time.Hour)
	f.wantHolder(t, "busy", "")
	for i := range 100 {
		f.waitInLane(t, "behind"+strconv.Itoa(100+i), "busy", time.Minute)
	}
	want(1, time.Hour)
	jobs, err := f.Claim(t.Context(), queue.Wanted{Kinds: []string{jobKind}, N: 10, Lease: time.Minute})
	must(t, err)
	if len(jobs) != 1 {
		t.Fatalf("%d jobs of one lane were claimed", len(jobs))
	}
	want(0, 0)
	f.wantHolder(t, "busy", first)
	f.wantHolder(t, "another", "")
	f.waitInLane(t, "to come", "idle", -time.Minute)
	want(0, 0)
	f.waitInLane(t, "due", "idle", time.Second)
	want(1, time.Second)
	f.clock.Advance(2 * time.Minute) // the lease ends; the one to come is due
	want(2, time.Hour+2*time.Minute)
	f.wantHolder(t, "busy", "")
}

func (f *fixture) wantOverdue(t *testing.T, n int, since time.Duration) {
	t.Helper()
	got, oldest, err := f.Overdue(t.Context(), f.clock.Now())
	must(t, err)
	if got != n || n > 0 && !oldest.Equal(f.clock.Now().Add(-since).Truncate(time.Microsecond)) || n == 0 && !oldest.IsZero() {
		t.Errorf("%d since %v, want %d since %s before %v", got, oldest, n, since, f.clock.Now())
	}
}

// Whatever keeps a delivery that is due, it counts: a job that was put off, that is held, or
// that is not there.
func checkOverdue(t *testing.T, f *fixture) {
	f.wantOverdue(t, 0, 0)
	f.arrange(t, "to-come", time.Hour, -time.Minute, nil)
	f.arrange(t, "on hold", -time.Hour, time.Hour, func(d *core.Delivery) { d.Held = true })
	for _, ended := range []core.DeliveryState{core.DeliveryPublished, core.DeliveryFailed, core.DeliveryCancelled} {
		f.arrange(t, string(ended), -time.Hour, time.Hour, func(d *core.Delivery) { d.State = ended })
	}
	f.wantOverdue(t, 0, 0)
	f.arrange(t, "put-off", -time.Minute, time.Hour, nil)
	f.wantOverdue(t, 1, time.Minute)
	f.arrange(t, "being sent", -2*time.Minute, 0, func(d *core.Delivery) { d.State = core.DeliveryCommitting })
	_, err := f.Claim(t.Context(), queue.Wanted{Kinds: []string{jobKind}, N: 10, Lease: time.Hour})
	must(t, err)
	f.wantOverdue(t, 2, 2*time.Minute)
	n := newPost("without a job")
	n.Deliveries[0].DueAt, n.Jobs = f.clock.Now().Add(-time.Hour), nil
	must(t, f.InsertPost(t.Context(), n))
	f.wantOverdue(t, 3, time.Hour)
}

// Of more than are counted, the number stops, and the time is that of the first.
func checkOverdueOfMany(t *testing.T, f *fixture) {
	must(t, Fill(t.Context(), f, Filling{
		ProfileID: "profile", Platform: "scripted", AccountIDs: []string{"account"}, JobKind: jobKind,
		Posts: store.MostNotStarted + 10, Until: f.clock.Now(), DueFrom: f.clock.Now().Add(-time.Hour), DueWithin: time.Minute,
	}))
	f.wantOverdue(t, store.MostNotStarted, time.Hour)
}
