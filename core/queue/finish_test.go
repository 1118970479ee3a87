package queue_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/queue"
)

// unfinishing is a backend that cannot end claims for a while.
type unfinishing struct {
	queue.Backend
	failures atomic.Int32 // that are still to come
	tried    atomic.Int32
}

func (b *unfinishing) Finish(ctx context.Context, j queue.Job, d queue.Disposition) error {
	b.tried.Add(1)
	if b.failures.Add(-1) >= 0 {
		return errors.New("the store is away")
	}
	return b.Backend.Finish(ctx, j, d)
}

// TestFinishIsTriedAgain: what became of a job is stored as soon as the store takes it again,
// and not once the lease has ended.
func TestFinishIsTriedAgain(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const failures, lease = 5, time.Hour
	b := &unfinishing{Backend: f.store}
	b.failures.Store(failures)
	pauses := f.clock.Follow(coretest.Below(lease / 3)) // neither of crews nor of the keeper of the lease
	began := f.clock.Now()
	f.enqueue(t, "a", 0)
	f.start(t, func(context.Context, queue.Job) error { return nil }, func(c *queue.RunnerConfig) {
		c.Backend, c.Lease, c.Poll = b, lease, lease
	})
	for range failures {
		f.clock.Advance(pauses.Next(t))
	}
	f.settle(t, time.Time.IsZero)
	if took := f.clock.Now().Sub(began); took > 5*time.Second || b.tried.Load() != failures+1 {
		t.Errorf("ended after %d tries in %s", b.tried.Load(), took)
	}
}

// TestFinishIsGivenUp: a runner that stops does not wait for a store that is away.
func TestFinishIsGivenUp(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	b := &unfinishing{Backend: f.store}
	b.failures.Store(1 << 20)
	f.enqueue(t, "a", 0)
	r := f.start(t, func(context.Context, queue.Job) error { return nil }, func(c *queue.RunnerConfig) { c.Backend = b })
	coretest.Await(t, "the first try", func() bool { return b.tried.Load() > 0 })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.Stop(ctx); err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if n := b.tried.Load(); n > 4 {
		t.Errorf("tried %d times", n)
	}
}
