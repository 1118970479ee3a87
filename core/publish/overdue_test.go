package publish_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// While a network cannot be reached, posts are overdue although workers take them up again
// and again: that is counted, and told once, and so is the end of it.
func TestOverdue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	j := w.keepJournal()
	watch := func(n int, longest time.Duration) {
		t.Helper()
		got, waiting, err := w.publisher.Overdue(t.Context())
		if err != nil || got != n || waiting != longest {
			t.Errorf("%d for %s, %v; want %d for %s", got, waiting, err, n, longest)
		}
		if err := w.publisher.WatchOverdue(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	w.network.Always(coretest.OpPrepare, coretest.Fail(&core.Error{Kind: core.KindTemporary, Message: "there is no way to the network"}))
	w.schedule("first", time.Minute)
	w.schedule("second", time.Minute+10*time.Second)
	held := w.schedule("on hold", time.Minute)
	paused := true
	w.change(held, core.PostChange{Paused: &paused})
	w.clock.Advance(time.Minute)
	watch(0, 0)
	w.clock.Advance(6 * time.Second)
	watch(1, 6*time.Second)
	for i := range 10 { // the network refuses each time
		w.clock.Advance(9 * time.Second)
		for w.work() {
		}
		n := 2
		if i == 0 {
			n = 1 // it is due for exactly as long as is no matter yet
		}
		watch(n, time.Duration(15+9*i)*time.Second)
	}
	w.network.Always(coretest.OpPrepare, func(_ context.Context, apply func() error) error { return apply() })
	w.drain()
	watch(0, 0)
	watch(0, 0)
	var told []string
	for _, e := range j.entries(t) {
		switch name := e["event"].(string); name {
		case "delivery.overdue":
			told = append(told, name)
			if n, longest := e["deliveries"].(float64), time.Duration(e["longest"].(float64)); n < 1 || longest <= time.Minute {
				t.Errorf("%v deliveries for %s", n, longest)
			}
		case "delivery.on_time":
			told = append(told, name)
		}
	}
	if diff := cmp.Diff([]string{"delivery.overdue", "delivery.on_time"}, told); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}
