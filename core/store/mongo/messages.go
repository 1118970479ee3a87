package mongo

import (
	"context"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// InsertMessages implements store.Notices: first the messages, then the jobs of those that
// were not there. If the process dies or the server fails in between, StrandedMessages finds
// the messages that have none.
func (s *Store) InsertMessages(ctx context.Context, list []store.Message, jobs []queue.Job) error {
	docs, position := make([]any, 0, len(list)), make(map[string]int, len(list))
	for _, m := range list {
		if _, twice := position[m.ID]; twice {
			continue
		}
		doc, err := s.encodeMessage(m)
		if err != nil {
			return err
		}
		position[m.ID] = len(docs)
		docs = append(docs, doc)
	}
	there, err := s.insertNew(ctx, "insert messages", messages, docs)
	if err != nil {
		return err
	}
	jobs = slices.DeleteFunc(slices.Clone(jobs), func(j queue.Job) bool {
		i, known := position[j.Key]
		return known && there[i]
	})
	if len(jobs) == 0 {
		return nil
	}
	// The messages are stored: a caller that hangs up now keeps them from no job. The call has
	// the time limit that every call has.
	return s.Enqueue(context.WithoutCancel(ctx), jobs...)
}

// GetMessage implements store.Notices.
func (s *Store) GetMessage(ctx context.Context, id string) (store.Message, error) {
	return s.message(ctx, "get message", byID(id))
}

// FirstPending implements store.Notices.
func (s *Store) FirstPending(ctx context.Context, lane string) (store.Message, error) {
	if lane == "" {
		return store.Message{}, store.ErrNotFound
	}
	return s.message(ctx, "first pending message", bson.D{{Key: "pending.lane", Value: lane}},
		options.FindOne().SetSort(bson.D{{Key: "pending.id", Value: 1}}).SetHint(messagesByLane))
}

// message reads the one message that the filter selects.
func (s *Store) message(ctx context.Context, op string, filter bson.D, o ...options.Lister[options.FindOneOptions]) (store.Message, error) {
	doc, err := get[messageDoc](ctx, s, op, messages, filter, o...)
	if err != nil {
		return store.Message{}, err
	}
	return doc.message()
}

// messages reads all messages that the filter selects.
func (s *Store) messages(ctx context.Context, op string, filter bson.D, o ...options.Lister[options.FindOptions]) ([]store.Message, error) {
	docs, err := list[messageDoc](ctx, s, op, messages, filter, o...)
	if err != nil {
		return nil, err
	}
	return decodeAll(docs, messageDoc.message)
}

// UpdateMessage implements store.Notices.
func (s *Store) UpdateMessage(ctx context.Context, id string, fn func(*store.Message) error) (store.Message, error) {
	read := func(ctx context.Context) (store.Message, int64, error) {
		m, err := s.GetMessage(ctx, id)
		return m, m.Version, err
	}
	return record.CompareAndSwap(ctx, read, record.ChangeMessage(fn), s.swapMessage)
}

func (s *Store) swapMessage(ctx context.Context, m store.Message, version int64) (bool, error) {
	doc, err := s.encodeMessage(m)
	if err != nil {
		return false, err
	}
	return s.swap(ctx, "update message", messages, doc.ID, version, doc.changes().update())
}

// DeleteMessages implements store.Notices. A message that became pending again after it was
// found stays.
func (s *Store) DeleteMessages(ctx context.Context, endedBefore time.Time, limit int) (int, error) {
	const op = "delete messages"
	if limit <= 0 {
		return 0, nil // the server takes 0 for no limit
	}
	ended := bson.D{{Key: "ended", Value: bson.D{{Key: "$lt", Value: record.Micros(endedBefore)}}}}
	found, err := ids[string](ctx, s, op, messages, ended, options.Find().
		SetSort(bson.D{{Key: "ended", Value: 1}}).SetLimit(int64(limit)).SetHint(messagesEnded))
	if err != nil || len(found) == 0 {
		return 0, err
	}
	result, err := s.db.Collection(messages).DeleteMany(ctx, append(byID(in(found)), ended...), options.DeleteMany().SetHint(byDocument))
	if err = s.done(ctx, op, err); err != nil {
		return 0, err
	}
	return int(result.DeletedCount), nil
}
