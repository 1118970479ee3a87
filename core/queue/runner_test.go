package queue_test

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/storetest/dbtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	kind  = "test"
	lease = 30 * time.Second // unless a test sets another one
)

type fixture struct {
	clock *coretest.Clock
	store store.Store
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	clock := coretest.NewClock(coretest.Epoch())
	return &fixture{clock: clock, store: dbtest.Open(t, clock)}
}

// start runs a runner until the test ends.
func (f *fixture) start(t *testing.T, h queue.Handler, change ...func(*queue.RunnerConfig)) *queue.Runner {
	t.Helper()
	cfg := queue.RunnerConfig{
		Backend: f.store, Handlers: map[string]queue.Handler{kind: h}, Clock: f.clock,
		Log: slog.New(slog.DiscardHandler), Concurrency: 4, Lease: lease,
		Backoff: queue.Backoff{Base: time.Minute, Max: time.Minute},
	}
	for _, c := range change {
		c(&cfg)
	}
	r, err := queue.NewRunner(cfg)
	if err != nil {
		t.Fatal(err)
	}
	r.Start(t.Context())
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel() // no grace: interrupt what is left
		_ = r.Stop(ctx)
	})
	return r
}

func (f *fixture) enqueue(t *testing.T, key string, in time.Duration) {
	t.Helper()
	f.enqueueJob(t, queue.Job{Key: key}, in)
}

func (f *fixture) enqueueJob(t *testing.T, j queue.Job, in time.Duration) {
	t.Helper()
	j.Kind, j.RunAt = kind, f.clock.Now().Add(in)
	if err := f.store.Enqueue(t.Context(), j); err != nil {
		t.Fatal(err)
	}
}

// settle waits until the store says what is wanted of the only job.
func (f *fixture) settle(t *testing.T, wanted func(next time.Time) bool) {
	t.Helper()
	coretest.Await(t, "what is stored of the job", func() bool {
		next, err := f.store.NextRunAt(t.Context(), []string{kind}, queue.Everything)
		if err != nil {
			t.Fatal(err)
		}
		return wanted(next)
	})
}

func TestRunnerRunsADueJobOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ran := make(chan queue.Job, 10)
	r := f.start(t, func(_ context.Context, j queue.Job) error { ran <- j; return nil })
	f.enqueue(t, "a", 0)
	r.Wake()
	if j := coretest.Receive(t, "the job", ran); j.Key != "a" || j.Lease == "" {
		t.Errorf("ran %+v", j)
	}
	f.settle(t, time.Time.IsZero)
	r.Wake()
	if len(ran) != 0 {
		t.Error("the job ran twice")
	}
}

func TestRunnerWaitsForTheTime(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ran := make(chan time.Time, 10)
	f.enqueue(t, "a", 700*time.Millisecond)
	pauses := f.clock.Follow(coretest.Exactly(700 * time.Millisecond)) // of the crew that it is for
	f.start(t, func(context.Context, queue.Job) error { ran <- f.clock.Now(); return nil })
	due := f.clock.Now().Add(700 * time.Millisecond)
	pauses.Next(t)
	f.clock.Advance(699 * time.Millisecond)
	if len(ran) != 0 {
		t.Error("the job ran early")
	}
	f.clock.Advance(time.Millisecond)
	if at := coretest.Receive(t, "the job", ran); !at.Equal(due) {
		t.Errorf("ran at %v, want %v", at, due)
	}
}

func TestRunnerDoesAsItIsTold(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	for name, tc := range map[string]struct {
		handler queue.Handler
		wait    time.Duration
		attempt int
	}{
		"snooze":      {handler: func(context.Context, queue.Job) error { return queue.Snooze(time.Hour) }, wait: time.Hour},
		"retry":       {handler: func(context.Context, queue.Job) error { return queue.Retry(time.Hour, boom) }, wait: time.Hour, attempt: 1},
		"plain error": {handler: func(context.Context, queue.Job) error { return boom }, wait: time.Minute, attempt: 1},
		"panic":       {handler: func(context.Context, queue.Job) error { panic(boom) }, wait: time.Minute, attempt: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.enqueue(t, "a", 0)
			start := f.clock.Now()
			r := f.start(t, tc.handler)
			f.settle(t, func(next time.Time) bool {
				wait := next.Sub(start)
				return wait > tc.wait/3 && wait <= tc.wait && wait != lease // which is still held
			})
			if err := r.Stop(t.Context()); err != nil {
				t.Fatal(err)
			}
			f.clock.Advance(tc.wait)
			jobs, err := f.store.Claim(t.Context(), queue.Wanted{Kinds: []string{kind}, N: 1, Lease: time.Second})
			if err != nil || len(jobs) != 1 || jobs[0].Attempt != tc.attempt {
				t.Fatalf("the job is %+v, %v; want attempt %d", jobs, err, tc.attempt)
			}
		})
	}
}

func TestRunnerTakesNoMoreThanItCanDo(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const jobs, slots = 5, 2
	started, release := make(chan struct{}, jobs), make(chan struct{})
	for i := range jobs {
		f.enqueueJob(t, queue.Job{Key: strconv.Itoa(i), Tenant: strconv.Itoa(i)}, 0)
	}
	r := f.start(t, func(context.Context, queue.Job) error { started <- struct{}{}; <-release; return nil },
		func(c *queue.RunnerConfig) { c.Concurrency = slots })
	for range slots {
		coretest.Receive(t, "the job", started)
	}
	left, err := f.store.Claim(t.Context(), queue.Wanted{Kinds: []string{kind}, N: jobs, Lease: time.Minute})
	if err != nil || len(left) != jobs-slots {
		t.Errorf("%d jobs are left to others, %v; want %d", len(left), err, jobs-slots)
	}
	close(release)
	if err := r.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestRunnerFindsWhatOthersEnqueue(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ran := make(chan string, 2)
	f.enqueue(t, "far", time.Hour)
	pauses := f.clock.Follow(nil)
	f.start(t, func(_ context.Context, j queue.Job) error { ran <- j.Key; return nil })
	for range 2 { // each crew has looked
		pauses.Next(t)
	}
	f.enqueue(t, "near", 0) // by another process: nobody wakes this one
	f.clock.Advance(time.Second)
	if key := coretest.Receive(t, "the job", ran); key != "near" {
		t.Errorf("%s ran", key)
	}
}

func TestRunnerKeepsTheLeaseOfALongJob(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	started, release := make(chan struct{}), make(chan struct{})
	var runs atomic.Int32
	f.enqueue(t, "a", 0)
	renewals := f.clock.Follow(coretest.Exactly(lease / 3))
	f.start(t, func(context.Context, queue.Job) error {
		runs.Add(1)
		close(started)
		<-release
		return nil
	})
	coretest.Receive(t, "the job", started)
	begin := f.clock.Now()
	for i := range 10 {
		f.clock.Advance(renewals.Next(t))
		want := begin.Add(time.Duration(i+1)*lease/3 + lease)
		f.settle(t, func(next time.Time) bool { return next.Equal(want) })
	}
	close(release)
	f.settle(t, time.Time.IsZero)
	if runs.Load() != 1 {
		t.Errorf("the job ran %d times, want once", runs.Load())
	}
}

func TestRunnerTellsAJobThatItsLeaseIsLost(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	started, cause := make(chan struct{}), make(chan error, 1)
	f.enqueue(t, "a", 0)
	renewals := f.clock.Follow(coretest.Exactly(lease / 3))
	f.start(t, func(ctx context.Context, _ queue.Job) error {
		close(started)
		<-ctx.Done()
		cause <- context.Cause(ctx)
		return ctx.Err()
	})
	coretest.Receive(t, "the job", started)
	if ok, err := f.store.Cancel(t.Context(), kind, "a"); !ok || err != nil {
		t.Fatalf("cancel: %v, %v", ok, err)
	}
	f.clock.Advance(renewals.Next(t))
	if err := coretest.Receive(t, "the end of the job's context", cause); !errors.Is(err, queue.ErrLeaseLost) {
		t.Errorf("the job was cancelled for %v, want ErrLeaseLost", err)
	}
}

func TestStopWaitsForRunningJobs(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	started, release := make(chan struct{}), make(chan struct{})
	f.enqueue(t, "a", 0)
	r := f.start(t, func(context.Context, queue.Job) error { close(started); <-release; return nil })
	coretest.Receive(t, "the job", started)
	stopped := make(chan error, 1)
	go func() { stopped <- r.Stop(context.WithoutCancel(t.Context())) }()
	close(release)
	if err := coretest.Receive(t, "the end of the runner", stopped); err != nil {
		t.Error(err)
	}
	if n, err := f.store.Backlog(t.Context(), []string{kind}); n != 0 || err != nil {
		t.Errorf("backlog %d, %v; want the job finished", n, err)
	}
	if err := r.Stop(t.Context()); err != nil {
		t.Errorf("stopping twice: %v", err)
	}
}

func TestStopPutsAnInterruptedJobBack(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	started := make(chan struct{})
	f.enqueue(t, "a", 0)
	r := f.start(t, func(ctx context.Context, _ queue.Job) error { close(started); <-ctx.Done(); return ctx.Err() })
	coretest.Receive(t, "the job", started)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.Stop(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("stop: %v, want to hear that a job was interrupted", err)
	}
	jobs, err := f.store.Claim(t.Context(), queue.Wanted{Kinds: []string{kind}, N: 1, Lease: time.Second})
	if err != nil || len(jobs) != 1 || jobs[0].Attempt != 0 {
		t.Errorf("the job is %+v, %v; want it claimable at once, with no attempt counted", jobs, err)
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	b := queue.Backoff{Base: time.Second, Max: time.Minute}
	for attempt, full := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60, 60} {
		for range 50 {
			if d := b.Delay(attempt); d < full*time.Second/2 || d > full*time.Second {
				t.Errorf("delay %v after %d failures, want between half and all of %v", d, attempt, full*time.Second)
			}
		}
	}
	if d := b.Delay(1 << 20); d > time.Minute {
		t.Errorf("delay %v after very many failures", d)
	}
	if d := (queue.Backoff{}).Delay(3); d != 0 {
		t.Errorf("delay %v of the zero backoff, want 0", d)
	}
}

func TestRunnerNeedsAHandler(t *testing.T) {
	t.Parallel()
	if _, err := queue.NewRunner(queue.RunnerConfig{}); err == nil {
		t.Error("a runner without backend and handlers was made")
	}
}
