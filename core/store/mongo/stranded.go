package mongo

import (
	"context"
	"math"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store/record"
)

// oldestOpen is the order of the index deliveries_open.
func oldestOpen() bson.D { return bson.D{{Key: "open.due", Value: 1}, {Key: "open.id", Value: 1}} }

// strandedPage is how many records are compared with their jobs at a time.
const strandedPage = 500

// StrandedDeliveries implements store.Deliveries. It goes through the open deliveries page by
// page, as the index deliveries_open has them, asks which have a job, and reads those that
// have none once more: whoever ends a delivery stores it before it gives up the job.
func (s *Store) StrandedDeliveries(ctx context.Context, jobKind string, dueBefore time.Time, limit int) ([]core.Delivery, error) {
	scan := openScan{store: s, before: record.Micros(dueBefore)}
	return stranded(ctx, s, jobKind, limit, scan.next, func(ctx context.Context, ids []string) ([]core.Delivery, error) {
		return s.stillOpen(ctx, ids, scan.before)
	})
}

// stranded returns at most limit of the records that have no job of the kind: of the keys that
// next returns page by page, none at the end, it has those read by still that no job has.
func stranded[R any](
	ctx context.Context, s *Store, jobKind string, limit int,
	next func(ctx context.Context, n int) ([]string, error), still func(context.Context, []string) ([]R, error),
) ([]R, error) {
	var found []R
	for len(found) < limit {
		page, err := next(ctx, strandedPage)
		if err != nil || len(page) == 0 {
			return found, err
		}
		jobless, err := s.withoutJob(ctx, jobKind, page)
		if err != nil {
			return nil, err
		}
		for len(jobless) > 0 && len(found) < limit {
			n := min(len(jobless), limit-len(found))
			list, err := still(ctx, jobless[:n])
			if err != nil {
				return nil, err
			}
			found, jobless = append(found, list...), jobless[n:]
		}
	}
	return found, nil
}

// openScan reads the ids of the deliveries that are open and due before a time, the oldest
// first.
type openScan struct {
	store  *Store
	before int64
	last   *openDoc // that was read
}

// next returns the next ids, at most so many; none: it is through. It reads nothing but the
// index.
func (o *openScan) next(ctx context.Context, n int) ([]string, error) {
	from, after := int64(math.MinInt64), bson.D{}
	if o.last != nil {
		from = o.last.Due
		after = bson.D{{Key: "$or", Value: bson.A{
			bson.D{{Key: "open.due", Value: bson.D{{Key: "$gt", Value: from}}}},
			bson.D{{Key: "open.id", Value: bson.D{{Key: "$gt", Value: o.last.ID}}}},
		}}}
	}
	filter := append(bson.D{{Key: "open.due", Value: bson.D{{Key: "$gte", Value: from}, {Key: "$lt", Value: o.before}}}}, after...)
	docs, err := list[deliveryDoc](ctx, o.store, "open deliveries", deliveries, filter, options.Find().
		SetSort(oldestOpen()).SetLimit(int64(n)).SetHint("deliveries_open").
		SetProjection(bson.D{{Key: "_id", Value: 0}, {Key: "open.due", Value: 1}, {Key: "open.id", Value: 1}}))
	if err != nil || len(docs) == 0 {
		return nil, err
	}
	ids := make([]string, len(docs))
	for i, d := range docs {
		ids[i] = d.Open.ID
	}
	o.last = docs[len(docs)-1].Open
	return ids, nil
}

// stillOpen reads those of the deliveries that are open and due before the time, the oldest
// first.
func (s *Store) stillOpen(ctx context.Context, ids []string, before int64) ([]core.Delivery, error) {
	filter := bson.D{
		{Key: "_id", Value: in(ids)},
		{Key: "open.due", Value: bson.D{{Key: "$lt", Value: before}}},
	}
	return s.deliveries(ctx, "stranded deliveries", filter, options.Find().SetSort(oldestOpen()).SetHint(byDocument))
}

// withoutJob returns those of the keys that no job of the kind has, in their order.
func (s *Store) withoutJob(ctx context.Context, kind string, keys []string) ([]string, error) {
	found, err := ids[jobID](ctx, s, "find jobs", jobs, jobsOfKeys([]string{kind}, keys), options.Find().SetHint(byDocument))
	if err != nil {
		return nil, err
	}
	live := make(map[string]bool, len(found))
	for _, id := range found {
		live[id.Key] = true
	}
	return slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return live[key] }), nil
}

// jobsOfKeys selects the jobs of any of the kinds that have one of the keys, by their ids.
func jobsOfKeys(kinds, keys []string) bson.D {
	wanted := make([]jobID, 0, len(kinds)*len(keys))
	for _, kind := range kinds {
		for _, key := range keys {
			wanted = append(wanted, jobID{kind, key})
		}
	}
	return bson.D{{Key: "_id", Value: in(wanted)}, {Key: "kind", Value: in(kinds)}}
}
