package publish

import (
	"context"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
)

// sweepBatch bounds one sweep.
const sweepBatch = 500

// Sweep gives every delivery that should have been taken up long ago and has no job
// a new one: where a store cannot write a post and its jobs as one, a crash can
// part them. It returns how many there were.
func (p *Publisher) Sweep(ctx context.Context) (int, error) {
	now := p.clock.Now()
	stranded, err := p.store.StrandedDeliveries(ctx, JobKind, now.Add(-2*p.lease), sweepBatch)
	if err != nil || len(stranded) == 0 {
		return 0, err
	}
	jobs := make([]queue.Job, len(stranded))
	for i, d := range stranded {
		jobs[i] = jobAt(core.Post{}, d, now)
	}
	if err := p.store.Enqueue(ctx, jobs...); err != nil { // model: SWEEP
		return 0, err
	}
	p.wake()
	return len(stranded), nil
}
