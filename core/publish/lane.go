package publish

import (
	"context"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
)

// The posts of an account go out one after another, in the order of their times, and of one
// time in the order in which they were accepted: each account has a lane, in which
// deliveries wait for their time and are committed. Everything before that is done outside:
// one that is not ready at its time does not hold up those after it.

// jobAt returns the job that carries a delivery of the post from the given time on.
func jobAt(post core.Post, d core.Delivery, at time.Time) queue.Job {
	return queue.Job{Kind: JobKind, Key: d.ID, RunAt: at, Tenant: tenantOf(post, d), Order: d.PostID}
}

// tenantPart stands between the id of a profile and the name of its second tenant.
const tenantPart = "/"

// tenantOf is with whom a delivery shares the workers: the profile's posts with media, which
// may take minutes to be made ready, or those without, which do not wait for them.
func tenantOf(post core.Post, d core.Delivery) string {
	if len(post.Request.Media.For(d.Platform)) > 0 {
		return d.ProfileID + tenantPart + "media"
	}
	return d.ProfileID
}

// laneOf is the lane in which a delivery is committed.
func laneOf(d core.Delivery) string { return d.AccountID }

// enterLane gives the delivery its turn: nil when nothing of its account is being committed
// or comes before it. Otherwise it waits in the lane.
func (a *attempt) enterLane(ctx context.Context) error {
	lane := laneOf(a.delivery)
	if a.job.Lane == lane {
		return nil
	}
	job := a.job
	job.RunAt = a.delivery.DueAt // as that of those which wait there
	entered, err := a.store.Enter(ctx, job, lane)
	if err != nil || entered {
		return err
	}
	return a.inTurn()
}

// inTurn puts the delivery off until its time, and its place among those of its account.
func (a *attempt) inTurn() error { return queue.SnoozeUntil(a.delivery.DueAt, laneOf(a.delivery)) }

// aside puts the delivery off without keeping others of its account waiting.
func (a *attempt) aside(d time.Duration) error {
	return queue.SnoozeUntil(a.clock.Now().Add(max(d, 0)), "")
}
