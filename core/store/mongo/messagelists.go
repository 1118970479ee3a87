package mongo

import (
	"cmp"
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// ListMessages implements store.Notices, by the index messages_by_profile or messages_by_owner.
func (s *Store) ListMessages(ctx context.Context, q store.MessageQuery) ([]store.Message, error) {
	owner, hint := bson.E{Key: "profile", Value: q.ProfileID}, messagesByProfile
	if q.OwnerID != "" {
		owner, hint = bson.E{Key: "owner", Value: q.OwnerID}, messagesByOwner
	}
	filter := bson.D{owner}
	if q.Before != "" {
		_, err := get[struct{}](ctx, s, "find message", messages, append(byID(q.Before), owner),
			options.FindOne().SetProjection(bson.D{{Key: "_id", Value: 1}}))
		if errors.Is(err, store.ErrNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		filter = append(filter, bson.E{Key: "_id", Value: bson.D{{Key: "$lt", Value: q.Before}}})
	}
	for _, is := range []struct{ field, value string }{
		{"channel", string(q.Channel)}, {"action", string(q.Action)}, {"state", string(q.State)},
	} {
		if is.value != "" {
			filter = append(filter, bson.E{Key: is.field, Value: is.value})
		}
	}
	return s.messages(ctx, "list messages", filter, options.Find().
		SetSort(bson.D{{Key: "_id", Value: -1}}).SetLimit(int64(cmp.Or(q.Limit, defaultLimit))).SetHint(hint))
}

// CountPending implements store.Notices. The index messages_pending has all that it reads.
func (s *Store) CountPending(ctx context.Context, channel store.Channel) (n int, oldest time.Time, err error) {
	found, err := aggregate[struct {
		N      int   `bson:"n"`
		Oldest int64 `bson:"oldest"`
	}](ctx, s, "count pending messages", messages, bson.A{
		bson.D{{Key: "$match", Value: bson.D{{Key: "pending.channel", Value: string(channel)}}}},
		bson.D{{Key: "$group", Value: bson.D{
			{Key: "_id", Value: nil},
			{Key: "n", Value: bson.D{{Key: "$sum", Value: 1}}},
			{Key: "oldest", Value: bson.D{{Key: "$min", Value: "$pending.at"}}},
		}}},
	}, options.Aggregate().SetHint(messagesPending))
	if err != nil || len(found) == 0 {
		return 0, time.Time{}, err
	}
	return found[0].N, record.FromMicros(found[0].Oldest), nil
}

// oldestPending is the order of the index messages_pending in a channel.
func oldestPending() bson.D {
	return bson.D{{Key: "pending.created", Value: 1}, {Key: "pending.id", Value: 1}}
}

// StrandedMessages implements store.Notices. It goes through the pending messages page by
// page, asks which have a job, and reads those that have none once more: whoever ends a
// message stores it before it gives up the job.
func (s *Store) StrandedMessages(ctx context.Context, channel store.Channel, jobKind string, createdBefore time.Time, limit int) ([]store.Message, error) {
	scan := pendingScan{store: s, channel: string(channel), before: record.Micros(createdBefore)}
	return stranded(ctx, s, jobKind, limit, scan.next, s.stillPending)
}

// pendingScan reads the ids of the pending messages of a channel that were created before a
// time, the oldest first.
type pendingScan struct {
	store   *Store
	channel string
	before  int64
	last    *pendingDoc // that was read
}

// next returns the next ids, at most so many; none: it is through. It reads nothing but the
// index messages_pending.
func (p *pendingScan) next(ctx context.Context, n int) ([]string, error) {
	of := bson.E{Key: "pending.channel", Value: p.channel}
	filter := bson.D{of, {Key: "pending.created", Value: bson.D{{Key: "$lt", Value: p.before}}}}
	if p.last != nil { // two ranges of the index
		filter = bson.D{{Key: "$or", Value: bson.A{
			bson.D{of, {Key: "pending.created", Value: p.last.Created}, {Key: "pending.id", Value: bson.D{{Key: "$gt", Value: p.last.ID}}}},
			bson.D{of, {Key: "pending.created", Value: bson.D{{Key: "$gt", Value: p.last.Created}, {Key: "$lt", Value: p.before}}}},
		}}}
	}
	docs, err := list[messageDoc](ctx, p.store, "pending messages", messages, filter, options.Find().
		SetSort(oldestPending()).SetLimit(int64(n)).SetHint(messagesPending).
		SetProjection(bson.D{{Key: "_id", Value: 0}, {Key: "pending.created", Value: 1}, {Key: "pending.id", Value: 1}}))
	if err != nil || len(docs) == 0 {
		return nil, err
	}
	ids := make([]string, len(docs))
	for i, d := range docs {
		ids[i] = d.Pending.ID
	}
	p.last = docs[len(docs)-1].Pending
	return ids, nil
}

// stillPending reads those of the messages that are pending, the oldest first.
func (s *Store) stillPending(ctx context.Context, ids []string) ([]store.Message, error) {
	filter := bson.D{
		{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}},
		{Key: "state", Value: string(store.MessagePending)},
	}
	return s.messages(ctx, "stranded messages", filter, options.Find().SetSort(oldestPending()).SetHint(byDocument))
}
