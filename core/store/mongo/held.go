package mongo

import (
	"context"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/sync/errgroup"

	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store/record"
)

// byLease selects a job as long as its lease is the caller's. A job that nobody holds has no
// lease, not an empty one.
func byLease(j queue.Job) bson.D {
	return append(byJob(j.Kind, j.Key), bson.E{Key: "lease", Value: j.Lease})
}

// Extend implements queue.Backend.
func (s *Store) Extend(ctx context.Context, j queue.Job, lease time.Duration) error {
	if err := s.clockRight(ctx); err != nil {
		return err
	}
	return s.updateHeld(ctx, "extend", j, bson.D{{Key: "$set", Value: bson.D{{Key: "at", Value: record.Micros(s.clock.Now().Add(lease))}}}})
}

// Finish implements queue.Backend. j is as Claim gave it.
func (s *Store) Finish(ctx context.Context, j queue.Job, d queue.Disposition) error {
	switch d.Outcome {
	case queue.Done:
		return s.finishDone(ctx, j)
	case queue.Retried:
		free := letGo(j, d.RunAt)
		free.set = append(free.set, bson.E{Key: "error", Value: d.Error})
		free.inc = append(free.inc, bson.E{Key: "attempt", Value: 1})
		return s.updateHeld(ctx, "finish", j, free.update())
	case queue.Snoozed:
		free := letGo(j, d.RunAt)
		if d.Lane != nil {
			place, line := lineOf(j.Tenant, *d.Lane)
			free.inc = nil // the place is set
			free.set = append(free.set, bson.E{Key: "place", Value: place}, bson.E{Key: "line", Value: line})
		}
		return s.updateHeld(ctx, "finish", j, free.update())
	}
	return fmt.Errorf("mongo: finish: unknown outcome %d", d.Outcome)
}

func (s *Store) finishDone(ctx context.Context, j queue.Job) error {
	result, err := s.db.Collection(jobs).DeleteOne(ctx, byLease(j), options.DeleteOne().SetHint(byDocument))
	if err = s.done(ctx, "finish", err); err != nil {
		return err
	}
	return s.wasHeld(ctx, result.DeletedCount)
}

func (s *Store) updateHeld(ctx context.Context, op string, j queue.Job, update bson.D) error {
	result, err := s.db.Collection(jobs).UpdateOne(ctx, byLease(j), update, options.UpdateOne().SetHint(byDocument))
	if err = s.done(ctx, op, err); err != nil {
		return err
	}
	return s.wasHeld(ctx, result.MatchedCount)
}

func (s *Store) wasHeld(ctx context.Context, n int64) error {
	if n == 0 {
		return queue.ErrLeaseLost
	}
	s.stamp(ctx)
	return nil
}

// freeing is an update of a held job to one that nobody holds.
type freeing struct{ set, inc bson.D }

// letGo has a held job wait where it was: in the lane that it may have entered since it was
// claimed.
func letGo(j queue.Job, runAt time.Time) freeing {
	at := record.Micros(runAt)
	return freeing{
		set: bson.D{{Key: "at", Value: at}, {Key: "run", Value: at}, {Key: "held", Value: freePrefix + j.Key}},
		inc: bson.D{{Key: "place", Value: -toHeld}},
	}
}

func (f freeing) update() bson.D {
	update := bson.D{{Key: "$set", Value: f.set}, {Key: "$unset", Value: bson.D{{Key: "lease", Value: ""}}}}
	if len(f.inc) > 0 {
		update = append(update, bson.E{Key: "$inc", Value: f.inc})
	}
	return update
}

// free lets go of a job whose lease has ended, if that is still so, and tells whether it did.
func (s *Store) free(ctx context.Context, op string, ended job) (bool, error) {
	filter := append(byJob(ended.Kind, ended.ID.Key), bson.E{Key: "lease", Value: ended.Lease}, bson.E{Key: "at", Value: ended.At}, bson.E{Key: "run", Value: ended.Run})
	update := letGo(ended.job(), record.FromMicros(ended.Run)).update()
	return s.update(ctx, op, jobs, filter, update, options.UpdateOne().SetHint(byDocument))
}

// Enter implements queue.Backend. What is read only tells who would be refused or has to be
// moved out of the way: that one job of a lane is held is kept by the unique index.
func (s *Store) Enter(ctx context.Context, j queue.Job, lane string) (bool, error) {
	if err := s.clockRight(ctx); err != nil {
		return false, err
	}
	now := record.Micros(s.clock.Now())
	way, err := s.wayInto(ctx, j, lane, now)
	if err != nil {
		return false, err
	}
	if way.refused(j, now) {
		return false, s.confirmLease(ctx, j)
	}
	if ended := way.holder; ended != nil && ended.ID.Key != j.Key {
		if gone, err := s.free(ctx, "enter", *ended); err != nil || !gone {
			return false, err
		}
	}
	place, line := lineOf(j.Tenant, lane)
	err = s.enter(ctx, j, bson.D{{Key: "$set", Value: bson.D{
		{Key: "place", Value: place + toHeld}, {Key: "line", Value: line}, {Key: "held", Value: heldAs(j.Key, lane)},
	}}})
	if mongo.IsDuplicateKeyError(err) {
		return false, nil // another job was faster
	}
	return err == nil, err
}

// enter is updateHeld for a change that others may have made impossible: it returns the
// server's error then.
func (s *Store) enter(ctx context.Context, j queue.Job, update bson.D) error {
	result, err := s.db.Collection(jobs).UpdateOne(ctx, byLease(j), update, options.UpdateOne().SetHint(byDocument))
	if mongo.IsDuplicateKeyError(err) {
		_ = s.done(ctx, "enter", nil)
		return err
	}
	if err = s.done(ctx, "enter", err); err != nil {
		return err
	}
	return s.wasHeld(ctx, result.MatchedCount)
}

// confirmLease fails with ErrLeaseLost when the lease is not the caller's any more.
func (s *Store) confirmLease(ctx context.Context, j queue.Job) error {
	found, err := s.findJobs(ctx, "enter", byLease(j), options.Find().SetLimit(1).SetHint(byDocument))
	if err == nil && len(found) == 0 {
		err = queue.ErrLeaseLost
	}
	return err
}

// way is what is in the way of who wants to enter a lane.
type way struct {
	holder *job // the job that is held in the lane, its lease may have ended; nil: none
	behind bool // a job waits in the lane that is due and comes before
}

func (s *Store) wayInto(ctx context.Context, j queue.Job, lane string, now int64) (w way, err error) {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		holders, err := s.findJobs(ctx, "enter", bson.D{{Key: "kind", Value: j.Kind}, {Key: "held", Value: lanePrefix + lane}},
			options.Find().SetLimit(1).SetHint(jobsHeld))
		if len(holders) > 0 {
			w.holder = &holders[0]
		}
		return err
	})
	group.Go(func() error {
		first, err := s.findJobs(ctx, "enter", bson.D{
			{Key: "kind", Value: j.Kind}, {Key: "place", Value: waitsInLane}, {Key: "line", Value: lane}, {Key: "at", Value: bson.D{{Key: "$lte", Value: now}}},
		}, options.Find().SetSort(bson.D{{Key: "at", Value: 1}, {Key: "ord", Value: 1}}).SetLimit(1).SetHint(jobsByLine))
		w.behind = len(first) > 0 && comesBefore(first[0], j)
		return err
	})
	return w, group.Wait()
}

// refused tells whether the job has to wait. One whose lease has ended does not hold its lane,
// and is due like those that wait.
func (w way) refused(j queue.Job, now int64) bool {
	switch {
	case w.behind:
		return true
	case w.holder == nil || w.holder.ID.Key == j.Key:
		return false
	}
	return w.holder.At > now || comesBefore(*w.holder, j)
}

// comesBefore tells whether a job of a lane is before another of it.
func comesBefore(d job, j queue.Job) bool {
	at := record.Micros(j.RunAt)
	return d.Run < at || d.Run == at && d.Order < j.Order
}
