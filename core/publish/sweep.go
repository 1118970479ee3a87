package publish

import (
	"context"

	"github.com/crier-social/crier/core/queue"
)

// sweepBatch bounds one sweep.
const sweepBatch = 500

// Sweep gives every delivery that should have been taken up long ago and has no job
// a new one: where a store cannot write a post and its jobs as one, a crash can
// part them. It returns how many there were.
func (p *Publisher) Sweep(ctx context.Context) (int, error) {
	now := p.clock.Now()
	ids, err := p.store.StrandedDeliveries(ctx, JobKind, now.Add(-2*p.lease), sweepBatch)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	jobs := make([]queue.Job, len(ids))
	for i, id := range ids {
		jobs[i] = queue.Job{Kind: JobKind, Key: id, RunAt: now}
	}
	if err := p.store.Enqueue(ctx, jobs...); err != nil {
		return 0, err
	}
	p.wake()
	return len(ids), nil
}
