package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

func watchChecks() []check {
	return []check{
		{"LatestTime", checkLatestTime},
		{"TimeOfTheLastWrite", checkTimeOfWrites},
		{"CutLeases", checkCutLeases},
		{"CutWaits", checkCutWaits},
		{"OpenDeliveries", checkOpenDeliveries},
		{"NotStarted", checkNotStarted},
		{"NotStartedOfMany", checkNotStartedOfMany},
		{"NotStartedInLanes", checkNotStartedInLanes},
		{"Overdue", checkOverdue},
		{"OverdueOfMany", checkOverdueOfMany},
		{"NoTrouble", func(t *testing.T, f *fixture) { must(t, f.Trouble()) }},
	}
}

func (f *fixture) latest(t *testing.T) time.Time {
	t.Helper()
	at, err := f.LatestTime(t.Context())
	must(t, err)
	return at
}

func checkLatestTime(t *testing.T, f *fixture) {
	now := f.clock.Now()
	must(t, f.NoteTime(t.Context(), now))
	wantKept(t, "noted", now, f.latest(t))
	f.clock.Advance(time.Minute)
	must(t, f.Ping(t.Context()))
	wantKept(t, "by a ping", f.clock.Now(), f.latest(t))
	f.clock.Set(now.Add(-time.Hour))
	must(t, f.Ping(t.Context()))
	wantKept(t, "by a ping with a clock that was set back", now.Add(time.Minute), f.latest(t))
	must(t, f.NoteTime(t.Context(), f.clock.Now()))
	wantKept(t, "noted anew", f.clock.Now(), f.latest(t))
}

// The store knows the time of its last write to the second, also when nobody told it.
func checkTimeOfWrites(t *testing.T, f *fixture) {
	for _, id := range []string{"p1", "p2", "p3"} {
		f.clock.Advance(time.Hour)
		must(t, f.InsertPost(t.Context(), newPost(id)))
		if behind := f.clock.Now().Sub(f.latest(t)); behind < 0 || behind > time.Second {
			t.Errorf("the latest time is %s behind the last write", behind)
		}
	}
	last := f.latest(t)
	f.clock.Set(f.clock.Now().Add(-time.Hour))
	must(t, f.InsertPost(t.Context(), newPost("p4")))
	if got := f.latest(t); !got.Equal(last) {
		t.Errorf("a write with a clock that was set back moved the latest time from %v to %v", last, got)
	}
}

func checkCutLeases(t *testing.T, f *fixture) {
	now := f.clock.Now()
	must(t, f.Enqueue(t.Context(), queue.Job{Kind: jobKind, Key: "a", RunAt: now}, queue.Job{Kind: jobKind, Key: "b", RunAt: now}, queue.Job{Kind: jobKind, Key: "free", RunAt: now.Add(time.Hour)}))
	claim := func(lease time.Duration) queue.Job {
		jobs, err := f.Claim(t.Context(), queue.Wanted{Kinds: []string{jobKind}, N: 1, Lease: lease})
		must(t, err)
		if len(jobs) != 1 {
			t.Fatalf("claimed %d jobs", len(jobs))
		}
		return jobs[0]
	}
	long, short := claim(time.Hour), claim(time.Second)
	n, err := f.CutLeases(t.Context(), now.Add(-time.Hour), now.Add(time.Minute))
	must(t, err)
	if n != 2 {
		t.Errorf("%d jobs were changed, want 2", n)
	}
	if next, err := f.NextRunAt(t.Context(), []string{jobKind}, queue.Everything); err != nil || next.After(now.Add(time.Second)) {
		t.Errorf("the next job runs at %v, %v", next, err)
	}
	must(t, f.Extend(t.Context(), short, time.Second)) // it is its holder's still
	must(t, f.Finish(t.Context(), short, queue.Disposition{Outcome: queue.Done}))
	f.clock.Advance(time.Minute)
	if again := claim(time.Second); again.Key != long.Key || again.Lease == long.Lease || again.RunAt.After(now.Add(-time.Hour)) {
		t.Errorf("claimed %+v after the lease of %+v was cut", again, long)
	}
}

// arrange stores a post with one delivery that is due, and its job that runs, at such
// times from now on.
func (f *fixture) arrange(t *testing.T, id string, due, run time.Duration, change func(*core.Delivery)) {
	t.Helper()
	n := newPost(id)
	d := &n.Deliveries[0]
	d.DueAt = f.clock.Now().Add(due)
	if change != nil {
		change(d)
	}
	n.Jobs[0].RunAt = f.clock.Now().Add(run)
	must(t, f.InsertPost(t.Context(), n))
}

func checkCutWaits(t *testing.T, f *fixture) {
	f.arrange(t, "held", 0, 0, nil)
	_, err := f.Claim(t.Context(), queue.Wanted{Kinds: []string{jobKind}, N: 1, Lease: time.Hour})
	must(t, err)
	f.arrange(t, "put-off", -time.Minute, time.Hour, nil)
	f.arrange(t, "too-far", -time.Minute, 3*time.Hour, nil)
	f.arrange(t, "to-come", time.Minute, time.Hour, nil)
	f.arrange(t, "ended", -time.Minute, time.Hour, func(d *core.Delivery) { d.State = core.DeliveryPublished })
	n, err := f.CutWaits(t.Context(), jobKind, f.clock.Now(), f.clock.Now().Add(2*time.Hour))
	must(t, err)
	jobs, err := f.Claim(t.Context(), queue.Wanted{Kinds: []string{jobKind}, N: 10, Lease: time.Hour})
	must(t, err)
	if n != 1 || len(jobs) != 1 || jobs[0].Key != newPost("put-off").Deliveries[0].ID {
		t.Errorf("%d waits were cut, and %+v can be claimed; want the one that was put off", n, jobs)
	}
}

func checkOpenDeliveries(t *testing.T, f *fixture) {
	f.arrange(t, "newer", -time.Minute, 0, func(d *core.Delivery) { d.State = core.DeliveryCommitting })
	f.arrange(t, "older", -time.Hour, 0, nil)
	f.arrange(t, "to-come", time.Minute, 0, nil)
	f.arrange(t, "ended", -time.Minute, 0, func(d *core.Delivery) { d.State = core.DeliveryFailed })
	got, err := f.OpenDeliveries(t.Context(), f.clock.Now())
	must(t, err)
	want := []string{newPost("older").Deliveries[0].ID, newPost("newer").Deliveries[0].ID}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func checkNotStarted(t *testing.T, f *fixture) {
	want := func(n int, since time.Duration) {
		t.Helper()
		got, oldest, err := f.NotStarted(t.Context(), jobKind, f.clock.Now())
		must(t, err)
		if got != n || n > 0 && !oldest.Equal(f.clock.Now().Add(-since).Truncate(time.Microsecond)) || n == 0 && !oldest.IsZero() {
			t.Errorf("%d since %v, want %d since %s before %v", got, oldest, n, since, f.clock.Now())
		}
	}
	want(0, 0)
	f.arrange(t, "to-come", time.Hour, -time.Minute, nil) // prepared ahead
	f.arrange(t, "put-off", -time.Hour, time.Minute, nil)
	f.arrange(t, "ended", -time.Hour, -time.Hour, func(d *core.Delivery) { d.State = core.DeliveryPublished })
	want(0, 0)
	f.arrange(t, "late", -time.Minute, -time.Hour, nil)
	want(1, time.Minute)
	f.arrange(t, "tried", -time.Hour, -2*time.Minute, nil)
	want(2, 2*time.Minute)
	jobs, err := f.Claim(t.Context(), queue.Wanted{Kinds: []string{jobKind}, N: 10, Lease: time.Minute})
	must(t, err)
	want(0, 0)
	f.clock.Advance(2 * time.Minute) // the leases end
	got, _, err := f.NotStarted(t.Context(), jobKind, f.clock.Now())
	must(t, err)
	if got != 3 || len(jobs) != 4 {
		t.Errorf("%d of %d claimed jobs count again after their leases, want the 3 that are due and open", got, len(jobs))
	}
}

// Of more than are counted, the number stops, and the time is that of the first.
func checkNotStartedOfMany(t *testing.T, f *fixture) {
	now := f.clock.Now()
	many := Filling{
		ProfileID: "profile", Platform: "scripted", AccountIDs: []string{"account"}, JobKind: jobKind,
		Posts: 2*store.MostNotStarted + 20, Until: now, DueFrom: now.Add(-time.Hour), DueWithin: time.Minute,
	}
	must(t, Fill(t.Context(), f, many))
	n, oldest, err := f.NotStarted(t.Context(), jobKind, now)
	must(t, err)
	if n != store.MostNotStarted || !oldest.Equal(many.DueFrom.Truncate(time.Microsecond)) {
		t.Errorf("%d since %v, want %d since %v", n, oldest, store.MostNotStarted, many.DueFrom)
	}
}
