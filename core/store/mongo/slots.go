package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// TakenSlots implements store.Schedules. The index posts_slots has all that is read. A slot
// of a post that is provisional counts: it is claimed until that is settled.
func (s *Store) TakenSlots(ctx context.Context, profileID, title string, from time.Time, limit int) ([]time.Time, error) {
	filter := append(slotsOf(profileID, title), bson.E{Key: "slotAt", Value: bson.D{{Key: "$gte", Value: record.Micros(from)}}})
	return s.slotTimes(ctx, "list slots", filter, 1, limit)
}

// LastSlot implements store.Schedules, by the same index.
func (s *Store) LastSlot(ctx context.Context, profileID, title string) (time.Time, error) {
	last, err := s.slotTimes(ctx, "find the last slot", slotsOf(profileID, title), -1, 1)
	if err != nil {
		return time.Time{}, err
	}
	if len(last) == 0 {
		return time.Time{}, store.ErrNotFound
	}
	return last[0], nil
}

// slotsOf selects the posts that hold slots of the schedule.
func slotsOf(profileID, title string) bson.D {
	return bson.D{{Key: "profile", Value: profileID}, {Key: "slot", Value: slotValue(title)}}
}

// slotTimes returns the times of the slots in the order: 1 ascending, -1 descending.
func (s *Store) slotTimes(ctx context.Context, op string, filter bson.D, order, limit int) ([]time.Time, error) {
	docs, err := list[struct {
		At int64 `bson:"slotAt"`
	}](ctx, s, op, posts, filter, options.Find().SetHint("posts_slots").SetSort(bson.D{{Key: "slotAt", Value: order}}).
		SetLimit(int64(limit)).SetProjection(bson.D{{Key: "_id", Value: 0}, {Key: "slotAt", Value: 1}}))
	if err != nil {
		return nil, err
	}
	times := make([]time.Time, len(docs))
	for i, d := range docs {
		times[i] = record.FromMicros(d.At)
	}
	return times, nil
}
