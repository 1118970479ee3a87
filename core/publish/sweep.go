package publish

import (
	"context"
	"errors"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
)

// sweepBatch bounds one step of a sweep.
const sweepBatch = 500

// completeAfter is from when on a post that is not stored with all that belongs to it is one
// whose process died: far longer than storing one takes, and than clocks differ.
const completeAfter = time.Minute

// CompletePosts completes posts that were accepted and not completely stored: not every store
// can write a post and what belongs to it as one, and a process may die in between. It returns
// how many there were.
func (p *Publisher) CompletePosts(ctx context.Context) (int, error) {
	completed := 0
	for {
		n, err := p.store.CompletePosts(ctx, p.clock.Now().Add(-completeAfter), sweepBatch)
		completed += n
		if err != nil || n < sweepBatch {
			if completed > 0 {
				p.wake()
			}
			return completed, err
		}
	}
}

// Sweep takes up what a crash has parted. Every delivery that should have been taken up long
// ago and has no job gets a new one; those of posts that are not completely stored get theirs
// by CompletePosts. It returns how many there were. And notices of outcomes that were not
// handed over are.
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
