package mongo

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

const (
	meta = "meta"
	// clockID is the document with the latest time.
	clockID = "clock"
)

// metaLayouts: a handful of documents about the database as a whole.
func metaLayouts() []layout { return []layout{{name: meta}} }

// stampEvery bounds how far the latest time is behind that of the last write.
const stampEvery = time.Second

// stamp notes the time after something was written: once a second, by whoever writes then.
// What was written stays so when that fails, and it says nothing that is not known by the
// next write. A time that is wrong is not noted: others would take theirs for one that was set
// back.
func (s *Store) stamp(ctx context.Context) {
	if now := s.clock.Now(); s.clocks.trusted() && s.stamps.due(now) {
		_ = s.noteLatest(ctx, "note the time", now)
	}
}

// noteLatest notes a time unless a later one is known.
func (s *Store) noteLatest(ctx context.Context, op string, at time.Time) error {
	return s.noteClock(ctx, op, "$max", at)
}

// noteClock writes the document of the clock.
func (s *Store) noteClock(ctx context.Context, op, operator string, at time.Time) error {
	update := bson.D{{Key: operator, Value: bson.D{{Key: "at", Value: record.Micros(at)}}}}
	err := untilThere(func() error {
		_, err := s.db.Collection(meta).UpdateOne(ctx, byID(clockID), update, options.UpdateOne().SetUpsert(true))
		return err
	})
	return s.done(ctx, op, err)
}

// LatestTime implements store.Watch. It compares the clocks first: with a wrong one, nobody may
// conclude anything from the latest time.
func (s *Store) LatestTime(ctx context.Context) (time.Time, error) {
	if err := s.checkClocks(ctx); err != nil {
		return time.Time{}, err
	}
	doc, err := get[struct {
		At int64 `bson:"at"`
	}](ctx, s, "latest time", meta, byID(clockID))
	if errors.Is(err, store.ErrNotFound) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	return record.FromMicros(doc.At), nil
}

// NoteTime implements store.Watch.
func (s *Store) NoteTime(ctx context.Context, at time.Time) error {
	if err := s.clockRight(ctx); err != nil {
		return err
	}
	return s.noteClock(ctx, "note time", "$set", at)
}

// Ping implements store.Store: it looks whether the clocks agree, and writes, as whoever
// accepts a post does.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.checkClocks(ctx); err != nil {
		return err
	}
	return s.noteLatest(ctx, "ping", s.clock.Now())
}
