package mongo

import (
	"context"
	"errors"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// moveID is the document of meta with what the store knows of its being moved.
const moveID = "move"

// moveDoc is that document.
type moveDoc struct {
	ID      string `bson:"_id"`
	Body    string `bson:"body"`
	Version int64  `bson:"version"`
}

// GetMove implements store.Transfer.
func (s *Store) GetMove(ctx context.Context) (store.Move, error) {
	m, _, err := s.versionedMove(ctx)
	return m, err
}

func (s *Store) versionedMove(ctx context.Context) (m store.Move, version int64, err error) {
	doc, err := get[versioned](ctx, s, "read the move", meta, byID(moveID))
	if errors.Is(err, store.ErrNotFound) {
		return store.Move{}, 0, nil
	}
	if err != nil {
		return store.Move{}, 0, err
	}
	err = record.Decode(doc.Body, &m)
	return m, doc.Version, err
}

// UpdateMove implements store.Transfer.
func (s *Store) UpdateMove(ctx context.Context, fn func(*store.Move) error) (store.Move, error) {
	change := func(m *store.Move) error {
		err := fn(m)
		m.At = record.Truncate(m.At)
		return err
	}
	return record.CompareAndSwap(ctx, s.versionedMove, change, s.swapMove)
}

// swapMove stores the move if it has the version still, 0 if it is not there.
func (s *Store) swapMove(ctx context.Context, m store.Move, version int64) (bool, error) {
	body, err := s.encoders.Encode(m)
	if err != nil {
		return false, err
	}
	if version > 0 {
		return s.swap(ctx, "note the move", meta, moveID, version, bson.D{{Key: "$set", Value: bson.D{{Key: "body", Value: body}}}})
	}
	err = s.insert(ctx, "note the move", meta, moveDoc{ID: moveID, Body: body, Version: 1})
	if errors.Is(err, store.ErrExists) {
		return false, nil
	}
	return err == nil, err
}

// Users implements store.Transfer. Processes on any machine show themselves by leases alone.
func (s *Store) Users(ctx context.Context, self string) ([]store.User, error) {
	now := bson.D{{Key: "$gt", Value: record.Micros(s.clock.Now())}}
	found, err := list[struct {
		Name  string `bson:"_id"`
		Until int64  `bson:"until"`
	}](ctx, s, "look for leases", leases, bson.D{
		{Key: "_id", Value: beginsWith(store.UserLease)},
		{Key: "until", Value: now},
		{Key: "holder", Value: bson.D{{Key: "$ne", Value: self}}},
	}, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}))
	if err != nil {
		return nil, err
	}
	users := make([]store.User, len(found))
	for i, lease := range found {
		users[i] = store.User{Name: strings.TrimPrefix(lease.Name, store.UserLease), Until: record.FromMicros(lease.Until)}
	}
	kinds, err := s.jobKinds(ctx, "look for held jobs")
	if err != nil {
		return users, err
	}
	last, err := s.findJobs(ctx, "look for held jobs", append(jobsOf(kinds, heldIn(queue.Everything)), bson.E{Key: "at", Value: now}),
		options.Find().SetSort(bson.D{{Key: "at", Value: -1}}).SetLimit(1).SetHint(jobsByTime))
	if err != nil || len(last) == 0 {
		return users, err
	}
	return append(users, store.User{Name: "a worker on jobs", Until: record.FromMicros(last[0].At)}), nil
}
