package publish

import (
	"context"
	"errors"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
)

// sweepBatch bounds one sweep.
const sweepBatch = 500

// completeAfter is how long a post may take to be stored before it is completed by a sweep.
const completeAfter = time.Minute

// Sweep completes what a crash has parted. Not every store can write a post and what belongs
// to it as one: posts that were accepted and not completely stored are completed, and every
// delivery that should have been taken up long ago and has no job gets a new one. It returns
// how many of both there were. And notices of outcomes that were not handed over are.
func (p *Publisher) Sweep(ctx context.Context) (int, error) {
	completed, completeErr := p.sweepIncomplete(ctx)
	n, err := p.sweepStranded(ctx)
	return completed + n, errors.Join(completeErr, err, p.sweepOutboxes(ctx))
}

func (p *Publisher) sweepIncomplete(ctx context.Context) (int, error) {
	n, err := p.store.CompletePosts(ctx, p.clock.Now().Add(-completeAfter), sweepBatch)
	if n > 0 {
		p.wake()
	}
	return n, err
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
