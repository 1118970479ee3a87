package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store/record"
)

// CutLeases implements store.Watch. It may be repeated: each change only ever makes a time
// earlier.
func (s *Store) CutLeases(ctx context.Context, now, until time.Time) (int, error) {
	if err := s.clockRight(ctx); err != nil {
		return 0, err
	}
	kinds, err := s.jobKinds(ctx, "cut leases")
	if err != nil || len(kinds) == 0 {
		return 0, err
	}
	run, end := record.Micros(now), record.Micros(until)
	filter := append(jobsOf(kinds, heldIn(queue.Everything)), bson.E{Key: "$or", Value: bson.A{
		bson.D{{Key: "at", Value: bson.D{{Key: "$gt", Value: end}}}},
		bson.D{{Key: "run", Value: bson.D{{Key: "$gt", Value: run}}}},
	}})
	update := bson.D{{Key: "$min", Value: bson.D{{Key: "at", Value: end}, {Key: "run", Value: run}}}}
	return s.updateJobs(ctx, "cut leases", filter, update, jobsByTime)
}

// jobKinds lists the kinds of which there are jobs, so that whoever means all of them finds
// them by the indexes.
func (s *Store) jobKinds(ctx context.Context, op string) ([]string, error) {
	kinds := []string{} // and not nil: $in takes no null
	err := s.db.Collection(jobs).Distinct(ctx, "kind", bson.D{}, &kinds)
	return kinds, s.done(ctx, op, err)
}

func (s *Store) updateJobs(ctx context.Context, op string, filter, update bson.D, hint string) (int, error) {
	result, err := s.db.Collection(jobs).UpdateMany(ctx, filter, update, options.UpdateMany().SetHint(hint))
	if err = s.done(ctx, op, err); err != nil {
		return 0, err
	}
	return int(result.ModifiedCount), nil
}

// CutWaits implements store.Watch. It begins with the deliveries: fewer are due and open than
// jobs wait.
func (s *Store) CutWaits(ctx context.Context, jobKind string, now, until time.Time) (int, error) {
	if err := s.clockRight(ctx); err != nil {
		return 0, err
	}
	scan := openScan{store: s, before: record.Micros(now) + 1}
	cut := 0
	for {
		keys, err := scan.next(ctx, openPage)
		if err != nil || len(keys) == 0 {
			return cut, err
		}
		n, err := s.cutWaits(ctx, jobKind, keys, record.Micros(now), record.Micros(until))
		cut += n
		if err != nil {
			return cut, err
		}
	}
}

func (s *Store) cutWaits(ctx context.Context, kind string, keys []string, now, until int64) (int, error) {
	filter := append(jobsOfKeys([]string{kind}, keys),
		bson.E{Key: "place", Value: in(waitingIn(queue.Everything))},
		bson.E{Key: "at", Value: bson.D{{Key: "$gt", Value: now}, {Key: "$lte", Value: until}}})
	update := bson.D{{Key: "$set", Value: bson.D{{Key: "at", Value: now}, {Key: "run", Value: now}}}}
	return s.updateJobs(ctx, "cut waits", filter, update, byDocument)
}

// ReleaseDead implements store.Watch. Nothing tells one machine that a process of another
// has ended: its leases end by themselves.
func (s *Store) ReleaseDead(context.Context) (int, error) { return 0, nil }

// openPage is how many open deliveries are read at a time.
const openPage = 1000

// OpenDeliveries implements store.Watch.
func (s *Store) OpenDeliveries(ctx context.Context, dueBy time.Time) ([]string, error) {
	scan := openScan{store: s, before: record.Micros(dueBy) + 1}
	var all []string
	for {
		page, err := scan.next(ctx, openPage)
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			return all, nil
		}
		all = append(all, page...)
	}
}

// LaneHolder implements store.Watch.
func (s *Store) LaneHolder(ctx context.Context, jobKind, lane string) (string, error) {
	held, err := list[job](ctx, s, "lane holder", jobs, bson.D{
		{Key: "kind", Value: jobKind}, {Key: "held", Value: lanePrefix + lane}, {Key: "at", Value: bson.D{{Key: "$gt", Value: record.Micros(s.clock.Now())}}},
	}, options.Find().SetLimit(1).SetProjection(bson.D{{Key: "_id", Value: 1}}).SetHint(jobsHeld))
	if err != nil || len(held) == 0 {
		return "", err
	}
	return held[0].ID.Key, nil
}
