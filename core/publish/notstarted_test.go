package publish_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core/coretest"
)

// That nobody takes up what is due is told once, and so is the end of it.
func TestDueAndNotStarted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	j := w.keepJournal()
	watch := func(n int, longest time.Duration) {
		t.Helper()
		got, waiting, err := w.publisher.NotStarted(t.Context())
		if err != nil || got != n || waiting != longest {
			t.Errorf("%d for %s, %v; want %d for %s", got, waiting, err, n, longest)
		}
		if err := w.publisher.WatchStarts(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	later := coretest.PostRequest("Not now")
	later.ScheduleAt = w.clock.Now().Add(time.Hour)
	w.accept(later)
	w.accept(coretest.PostRequest("Now"))
	w.accept(coretest.PostRequest("Now too"))
	w.clock.Advance(5 * time.Second)
	watch(0, 0)
	w.clock.Advance(time.Second)
	watch(2, 6*time.Second)
	w.clock.Advance(time.Second)
	watch(2, 7*time.Second)
	for w.work() {
	}
	watch(0, 0)
	watch(0, 0)
	w.clock.Advance(2 * time.Hour)
	watch(1, time.Hour+7*time.Second)
	w.drain()
	want := []string{
		"delivery.not_started", "delivery.published", "delivery.published", "delivery.caught_up",
		"delivery.not_started", "delivery.published", "delivery.late",
	}
	if diff := cmp.Diff(want, j.events(t)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}
