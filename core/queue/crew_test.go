package queue_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/queue"
)

// TestLongJobsOfOneTenant fills the slots of a runner with jobs that do not end: another
// tenant's, and those in lanes, are run all the same.
func TestLongJobsOfOneTenant(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ran, release := make(chan string, 9), make(chan struct{})
	for i := range 20 {
		f.enqueueJob(t, queue.Job{Key: "long" + strconv.Itoa(i), Tenant: "many"}, -time.Hour)
	}
	f.enqueueJob(t, queue.Job{Key: "other", Tenant: "few"}, 0)
	for i := range 4 {
		f.enqueueJob(t, queue.Job{Key: "lane" + strconv.Itoa(i), Tenant: "many", Lane: strconv.Itoa(i)}, 0)
	}
	r := f.start(t, func(_ context.Context, j queue.Job) error {
		if j.Tenant == "many" && j.Lane == "" {
			<-release
			return nil
		}
		ran <- j.Key
		return nil
	})
	got := map[string]bool{}
	for len(got) < 5 {
		got[coretest.Receive(t, "jobs that nothing keeps from running", ran)] = true
	}
	if !got["other"] {
		t.Error("the other tenant's job did not run")
	}
	close(release)
	if err := r.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestLaneIsWorkedOffAtOnce: the next of a lane begins when the one before it ends, without
// any time passing.
func TestLaneIsWorkedOffAtOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ran := make(chan string, 9)
	for i := range 5 {
		f.enqueueJob(t, queue.Job{Key: strconv.Itoa(i), Lane: "l", Order: strconv.Itoa(i)}, 0)
	}
	f.start(t, func(_ context.Context, j queue.Job) error { ran <- j.Key; return nil })
	for i := range 5 {
		if key := coretest.Receive(t, "the next job", ran); key != strconv.Itoa(i) {
			t.Errorf("job %s ran in place %d", key, i)
		}
	}
}

func TestSnoozeUntilMovesTheJobIntoALane(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ran := make(chan queue.Job, 9)
	f.enqueue(t, "a", 0)
	at := f.clock.Now().Add(time.Minute)
	looks := f.clock.Follow(coretest.Below(lease / 3))
	f.start(t, func(_ context.Context, j queue.Job) error {
		ran <- j
		if j.Lane == "" {
			return queue.SnoozeUntil(at, "l")
		}
		return nil
	})
	if j := coretest.Receive(t, "the first run", ran); j.Lane != "" {
		t.Errorf("the first run was in lane %q", j.Lane)
	}
	f.settle(t, func(next time.Time) bool { return next.Equal(at) })
	looks.Pass(t, "the second run", func() bool { return len(ran) > 0 })
	if j := <-ran; j.Lane != "l" || !j.RunAt.Equal(at) || j.Attempt != 0 {
		t.Errorf("the second run was %+v", j)
	}
}

// TestLaneIsLeftByWhoLostItsJob: a handler that finds its work taken away gives the lane back,
// and comes to it again.
func TestLaneIsLeftByWhoLostItsJob(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ran := make(chan queue.Job, 9)
	lost, began := true, f.clock.Now()
	f.enqueueJob(t, queue.Job{Key: "lost", Lane: "l", Order: "1"}, 0)
	f.enqueueJob(t, queue.Job{Key: "next", Lane: "l", Order: "2"}, 0)
	looks := f.clock.Follow(coretest.Below(lease / 3))
	f.start(t, func(_ context.Context, j queue.Job) error {
		ran <- j
		if lost {
			lost = false // the lane has one job at a time
			return queue.ErrLeaseLost
		}
		return nil
	})
	for _, want := range []string{"lost", "next"} {
		if j := coretest.Receive(t, "the next job", ran); j.Key != want {
			t.Errorf("%s ran, want %s", j.Key, want)
		}
	}
	looks.Pass(t, "the lost job again", func() bool { return len(ran) > 0 })
	if j := <-ran; j.Key != "lost" || j.RunAt.Sub(began) > time.Second {
		t.Errorf("%s ran, which was due at %s", j.Key, j.RunAt)
	}
}

// TestTenantMax: of one tenant, no more jobs are worked on at a time than the runner was
// told, in lanes too, while those of others find slots.
func TestTenantMax(t *testing.T) {
	t.Parallel()
	for name, lane := range map[string]func(i int) string{
		"in lanes": strconv.Itoa,
		"outside":  func(int) string { return "" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			const slots, most = 4, 2
			begun, ran, release := make(chan string, 9), make(chan string, 9), make(chan struct{})
			for i := range slots {
				f.enqueueJob(t, queue.Job{Key: "many" + strconv.Itoa(i), Tenant: "many", Lane: lane(i)}, -time.Hour)
			}
			for i := range 3 {
				f.enqueueJob(t, queue.Job{Key: "few" + strconv.Itoa(i), Tenant: "few", Lane: lane(slots + i)}, 0)
			}
			r := f.start(t, func(_ context.Context, j queue.Job) error {
				if j.Tenant == "many" {
					begun <- j.Key
					<-release
					return nil
				}
				ran <- j.Key
				return nil
			}, func(c *queue.RunnerConfig) { c.Concurrency, c.TenantMax = slots, most })
			for range 3 {
				coretest.Receive(t, "the jobs of the other tenant", ran)
			}
			for range most {
				coretest.Receive(t, "as many jobs as the tenant may have", begun)
			}
			select {
			case key := <-begun:
				t.Errorf("%s is worked on as well", key)
			default:
			}
			close(release)
			if err := r.Stop(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}
