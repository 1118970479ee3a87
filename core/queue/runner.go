package queue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/crier-social/crier/core"
)

// finishTimeout bounds the bookkeeping at the end of a job, which goes on while
// the runner is stopping.
const finishTimeout = 10 * time.Second

// errStopping is the cause by which running jobs are told to put themselves off.
var errStopping = errors.New("queue: the runner is stopping")

// RunnerConfig is what a Runner needs; zero values take the defaults.
type RunnerConfig struct {
	Backend  Backend
	Handlers map[string]Handler // by kind
	Clock    core.Clock
	Log      *slog.Logger
	// Concurrency is how many jobs are worked on at a time, as many in lanes and as many
	// outside; default 16.
	Concurrency int
	// TenantMax is how many jobs of one tenant are worked on at a time; default: as many as
	// there are in lanes, and three quarters of Concurrency outside.
	TenantMax int
	Lease     time.Duration // how long a claim lasts without renewal; default 45 s
	Poll      time.Duration // longest time between two looks at the store; default 1 s
	// Backoff delays a job whose handler returned a plain error or panicked;
	// default 5 s to 10 min. Such a job is never given up.
	Backoff Backoff
}

// Runner claims due jobs and works them off, several at a time, renewing their
// leases meanwhile. Any number of runners, in any number of processes, may share
// one backend.
type Runner struct {
	cfg   RunnerConfig
	kinds []string
	crews []*crew

	mu       sync.Mutex
	stopLoop context.CancelFunc
	stopJobs context.CancelCauseFunc
	loops    sync.WaitGroup
	jobs     sync.WaitGroup
}

// NewRunner returns a runner that is not started.
func NewRunner(cfg RunnerConfig) (*Runner, error) {
	if cfg.Backend == nil || len(cfg.Handlers) == 0 {
		return nil, errors.New("queue: a runner needs a backend and a handler")
	}
	if cfg.Clock == nil {
		cfg.Clock = core.SystemClock{}
	}
	cfg.Log = cmp.Or(cfg.Log, slog.Default())
	cfg.Concurrency = cmp.Or(cfg.Concurrency, 16)
	cfg.Lease = cmp.Or(cfg.Lease, 45*time.Second)
	cfg.Poll = cmp.Or(cfg.Poll, time.Second)
	cfg.Backoff = cmp.Or(cfg.Backoff, Backoff{Base: 5 * time.Second, Max: 10 * time.Minute})
	r := &Runner{cfg: cfg, kinds: slices.Sorted(maps.Keys(cfg.Handlers))}
	r.crews = []*crew{
		newCrew(r, InLanes, cfg.TenantMax),
		// A part of the slots is kept for the others: what is worked on outside of lanes may
		// take minutes.
		newCrew(r, OutsideLanes, cmp.Or(cfg.TenantMax, max(1, cfg.Concurrency*3/4))),
	}
	return r, nil
}

// Wake makes the runner look at the store now. It never blocks.
func (r *Runner) Wake() {
	for _, c := range r.crews {
		c.signal()
	}
}

// Start begins to work. Values of ctx are passed on to the handlers; its end
// does not stop the runner, Stop does. A second Start has no effect.
func (r *Runner) Start(ctx context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopLoop != nil {
		return
	}
	base := context.WithoutCancel(ctx)
	jobs, stopJobs := context.WithCancelCause(base)
	loop, stopLoop := context.WithCancel(base)
	r.stopLoop, r.stopJobs = stopLoop, stopJobs
	for _, c := range r.crews {
		r.loops.Go(func() { c.loop(loop, jobs) })
	}
}

// Stop claims no more, waits for the running jobs until ctx ends, then tells
// them to put themselves off and waits for that. It returns ctx's error if jobs
// had to be interrupted.
func (r *Runner) Stop(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopLoop == nil {
		return nil
	}
	r.stopLoop()
	r.loops.Wait()
	defer r.stopJobs(errStopping)

	idle := make(chan struct{})
	go func() { r.jobs.Wait(); close(idle) }()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		r.stopJobs(errStopping)
		<-idle
		return ctx.Err()
	}
}

// work runs one job to its end and tells the store.
func (r *Runner) work(jobs context.Context, j Job) {
	ctx, cancel := context.WithCancelCause(jobs)
	keeping := make(chan struct{})
	go func() { defer close(keeping); r.keepLease(ctx, cancel, j) }()

	err := r.handle(ctx, j)
	stopped := errors.Is(context.Cause(ctx), errStopping)
	cancel(nil)
	<-keeping
	if errors.Is(err, ErrLeaseLost) {
		r.cfg.Log.WarnContext(ctx, "queue: the job was taken away while it was worked on", "kind", j.Kind, "key", j.Key, "lane", j.Lane)
	}

	if err := r.finish(jobs, j, r.disposition(ctx, j, err, stopped)); err != nil && !errors.Is(err, ErrLeaseLost) {
		// The lease ends by itself, and the job runs again.
		r.cfg.Log.ErrorContext(ctx, "queue: finishing a job failed", "kind", j.Kind, "key", j.Key, "error", err)
	}
}

// finish ends the claim of a job. While the store fails it tries again for as long as the lease
// may last, so that the job need not wait for that once the store is back; but not for long
// once the runner is to stop, when jobs ends.
func (r *Runner) finish(jobs context.Context, j Job, d Disposition) error {
	until, again := r.cfg.Clock.Now().Add(r.cfg.Lease), Backoff{Base: 100 * time.Millisecond, Max: time.Second}
	for failures := 0; ; failures++ {
		once, done := context.WithTimeout(context.WithoutCancel(jobs), finishTimeout)
		err := r.cfg.Backend.Finish(once, j, d)
		done()
		if err == nil || errors.Is(err, ErrLeaseLost) || jobs.Err() != nil || !r.cfg.Clock.Now().Before(until) {
			return err
		}
		select {
		case <-r.cfg.Clock.After(again.Delay(failures)):
		case <-jobs.Done(): // once more, then that is all
		}
	}
}

// handle calls the handler and turns a panic into an error.
func (r *Runner) handle(ctx context.Context, j Job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
			r.cfg.Log.ErrorContext(ctx, "queue: job panicked", "kind", j.Kind, "key", j.Key, "panic", p, "stack", string(debug.Stack()))
		}
	}()
	return r.cfg.Handlers[j.Kind](ctx, j)
}

// disposition says how the claim of a job ends whose handler returned err.
func (r *Runner) disposition(ctx context.Context, j Job, err error, stopped bool) Disposition {
	now := r.cfg.Clock.Now()
	var l *later
	if err != nil && !errors.As(err, &l) && !errors.Is(err, ErrLeaseLost) {
		if stopped {
			return Disposition{Outcome: Snoozed, RunAt: now} // for whoever runs next
		}
		r.cfg.Log.ErrorContext(ctx, "queue: job failed", "kind", j.Kind, "key", j.Key, "attempt", j.Attempt+1, "error", err)
	}
	return Conclude(err, j, now, r.cfg.Backoff)
}

// keepLease renews the lease until ctx ends, and cancels the job when the lease
// is lost.
func (r *Runner) keepLease(ctx context.Context, cancel context.CancelCauseFunc, j Job) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.cfg.Clock.After(r.cfg.Lease / 3):
		}
		err := r.cfg.Backend.Extend(ctx, j, r.cfg.Lease)
		switch {
		case errors.Is(err, ErrLeaseLost):
			cancel(ErrLeaseLost)
			return
		case err != nil && ctx.Err() == nil:
			r.cfg.Log.WarnContext(ctx, "queue: renewing a lease failed", "kind", j.Kind, "key", j.Key, "error", err)
		}
	}
}
