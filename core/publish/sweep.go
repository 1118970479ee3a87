package publish

import (
	"context"
	"errors"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
)

// sweepBatch bounds one sweep.
const sweepBatch = 500

// Sweep completes what a crash has parted. Every delivery that should have been taken up
// long ago and has no job gets a new one: not every store can write a post and its jobs as
// one. It returns how many there were. And notices of outcomes that were not handed over are.
func (p *Publisher) Sweep(ctx context.Context) (int, error) {
	n, err := p.sweepStranded(ctx)
	return n, errors.Join(err, p.sweepOutboxes(ctx))
}

func (p *Publisher) sweepStranded(ctx context.Context) (int, error) {
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
