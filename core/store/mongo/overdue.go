package mongo

import (
	"context"
	"maps"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// Overdue implements store.Watch. It reads the index of the open deliveries from its
// beginning, as far as they are counted.
func (s *Store) Overdue(ctx context.Context, before time.Time) (int, time.Time, error) {
	due, err := list[deliveryDoc](ctx, s, "overdue", deliveries, bson.D{{Key: "open.due", Value: bson.D{{Key: "$lt", Value: record.Micros(before)}}}},
		options.Find().SetSort(oldestOpen()).SetLimit(store.MostNotStarted).SetHint("deliveries_open").
			SetProjection(bson.D{{Key: "_id", Value: 0}, {Key: "open.due", Value: 1}}))
	if err != nil || len(due) == 0 {
		return 0, time.Time{}, err
	}
	return len(due), record.FromMicros(due[0].Open.Due), nil
}

// NotStarted implements store.Watch.
func (s *Store) NotStarted(ctx context.Context, jobKind string, before time.Time) (int, time.Time, error) {
	late := lateJobs{Store: s, kind: jobKind, before: record.Micros(before), now: record.Micros(s.clock.Now())}
	ended, err := late.ended(ctx)
	if err != nil {
		return 0, time.Time{}, err
	}
	if err := late.countOutside(ctx, ended); err != nil {
		return 0, time.Time{}, err
	}
	if err := late.countLanes(ctx, ended); err != nil {
		return 0, time.Time{}, err
	}
	if late.n == 0 {
		return 0, time.Time{}, nil
	}
	return min(late.n, store.MostNotStarted), record.FromMicros(late.oldest), nil
}

// lateJobs counts the jobs of a kind that should have run before a time.
type lateJobs struct {
	*Store
	kind        string
	before, now int64

	n      int
	oldest int64 // when the first of them should have run
}

// count adds those of the jobs whose deliveries are open and were due before the time too.
func (l *lateJobs) count(ctx context.Context, docs []job) error {
	if len(docs) == 0 {
		return nil
	}
	run, keys := make(map[string]int64, len(docs)), make([]string, len(docs))
	for i, d := range docs {
		run[d.ID.Key], keys[i] = d.Run, d.ID.Key
	}
	open, err := list[deliveryDoc](ctx, l.Store, "not started", deliveries,
		bson.D{{Key: "_id", Value: in(keys)}, {Key: "open.due", Value: bson.D{{Key: "$lt", Value: l.before}}}},
		options.Find().SetProjection(bson.D{{Key: "open.due", Value: 1}}).SetHint(byDocument))
	if err != nil {
		return err
	}
	for _, d := range open {
		since := max(d.Open.Due, run[d.ID])
		if l.n == 0 || since < l.oldest {
			l.oldest = since
		}
		l.n++
	}
	return nil
}

// ended reads the jobs whose leases have ended.
func (l *lateJobs) ended(ctx context.Context) ([]job, error) {
	return l.findJobs(ctx, "not started", append(jobsOf([]string{l.kind}, heldIn(queue.Everything)),
		bson.E{Key: "at", Value: bson.D{{Key: "$lte", Value: l.now}}}),
		options.Find().SetLimit(mostEnded).SetProjection(candidate()).SetHint(jobsByTime))
}

// countOutside counts jobs outside lanes. It reads those that wait by the index by time, as far
// as there is something to count.
func (l *lateJobs) countOutside(ctx context.Context, ended []job) error {
	if err := l.count(ctx, slices.DeleteFunc(slices.Clone(ended), func(d job) bool { return d.Place.inLane() || d.Run >= l.before })); err != nil {
		return err
	}
	cursor, err := l.freshJobs().Find(ctx, l.waiting(waitsOutside), options.Find().
		SetSort(bson.D{{Key: "at", Value: 1}, {Key: "ord", Value: 1}}).SetBatchSize(store.MostNotStarted).SetProjection(candidate()).SetHint(jobsByTime))
	if err = l.done(ctx, "not started", err); err != nil {
		return err
	}
	defer func() { _ = cursor.Close(ctx) }() // what was read counts
	for l.n < store.MostNotStarted {
		page, err := nextPage(ctx, cursor, store.MostNotStarted)
		if err = l.done(ctx, "not started", err); err != nil || len(page) == 0 {
			return err
		}
		if err := l.count(ctx, page); err != nil {
			return err
		}
	}
	return nil
}

// waiting selects the jobs at a place that should have run before the time.
func (l *lateJobs) waiting(at place) bson.D {
	return append(jobsOf([]string{l.kind}, []place{at}), bson.E{Key: "at", Value: bson.D{{Key: "$lt", Value: l.before}}})
}

// nextPage reads at most so many of what the cursor has left.
func nextPage(ctx context.Context, cursor *mongo.Cursor, size int) (page []job, err error) {
	for len(page) < size && cursor.Next(ctx) {
		var d job
		if err := cursor.Decode(&d); err != nil {
			return nil, err
		}
		page = append(page, d)
	}
	return page, cursor.Err()
}

// countLanes counts the lanes of which no job is held, although the first should have run
// before the time. It looks at all lanes, but only when a job of one should have.
func (l *lateJobs) countLanes(ctx context.Context, ended []job) error {
	firsts := map[string]job{}
	late, err := l.findJobs(ctx, "not started", l.waiting(waitsInLane), options.Find().SetLimit(1).SetProjection(candidate()).SetHint(jobsByTime))
	if err != nil {
		return err
	}
	if len(late) > 0 {
		if firsts, err = l.headsOfFreeLanes(ctx, ended); err != nil {
			return err
		}
	}
	for _, d := range ended {
		if head, found := firsts[d.Line]; d.Place.inLane() && (!found || comesBefore(d, head.job())) {
			firsts[d.Line] = d
		}
	}
	for page := range slices.Chunk(slices.Collect(maps.Values(firsts)), store.MostNotStarted) {
		page = slices.DeleteFunc(page, func(d job) bool { return d.Run >= l.before })
		if err := l.count(ctx, page); err != nil {
			return err
		}
	}
	return nil
}

// headsOfFreeLanes returns the first job that waits in each lane, by lane, where it should have
// run before the time and no job of the lane is held. A lane whose job's lease has ended is
// free.
func (l *lateJobs) headsOfFreeLanes(ctx context.Context, ended []job) (map[string]job, error) {
	held, err := l.heldLanes(ctx, "not started", []string{l.kind})
	if err != nil {
		return nil, err
	}
	heads, err := l.heads(ctx, "not started", l.kind, waitsInLane, bson.E{Key: "$match", Value: bson.D{{Key: "at", Value: bson.D{{Key: "$lt", Value: l.before}}}}})
	if err != nil {
		return nil, err
	}
	busy := make(map[string]bool, len(held))
	for _, lane := range held {
		busy[lane.name] = true
	}
	for _, d := range ended {
		if d.Place.inLane() {
			delete(busy, d.Line)
		}
	}
	free := make(map[string]job, len(heads))
	for _, d := range heads {
		if !busy[d.Line] {
			free[d.Line] = d
		}
	}
	return free, nil
}
