package mongo

import (
	"context"
	"errors"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

const leases = "leases"

// leaseLayouts: a lease is the document of its name, with its holder, the time at which it
// ends, and what a holder has noted. There are a handful.
func leaseLayouts() []layout { return []layout{{name: leases}} }

// TakeLease implements store.Leases. Where another has the lease, the upsert finds nothing to
// change, and its insertion fails since the name is there. Who only tells that it works with the
// store may do so with a wrong clock, since it does: the lease goes by the server's time then.
func (s *Store) TakeLease(ctx context.Context, name, holder string, d time.Duration) (bool, error) {
	if err := s.clockRight(ctx); err != nil && (!errors.Is(err, store.ErrClock) || !strings.HasPrefix(name, store.UserLease)) {
		return false, err
	}
	now := s.clocks.serverNow()
	filter := append(byID(name), bson.E{Key: "$or", Value: bson.A{
		bson.D{{Key: "holder", Value: holder}},
		bson.D{{Key: "until", Value: bson.D{{Key: "$lte", Value: record.Micros(now)}}}},
	}})
	update := bson.D{{Key: "$set", Value: bson.D{{Key: "holder", Value: holder}, {Key: "until", Value: record.Micros(now.Add(d))}}}}
	_, err := s.db.Collection(leases).UpdateOne(ctx, filter, update, options.UpdateOne().SetUpsert(true))
	if mongo.IsDuplicateKeyError(err) {
		return false, s.done(ctx, "take lease", nil)
	}
	err = s.done(ctx, "take lease", err)
	return err == nil, err
}

// ReleaseLease implements store.Leases.
func (s *Store) ReleaseLease(ctx context.Context, name, holder string) error {
	_, err := s.db.Collection(leases).DeleteOne(ctx, append(byID(name), bson.E{Key: "holder", Value: holder}))
	return s.done(ctx, "release lease", err)
}

// leaseNote is what a holder has noted. It is of no meaning when another has the lease.
type leaseNote struct {
	Holder string `bson:"holder"`
	Text   string `bson:"text"`
}

// NoteLease implements store.Leases.
func (s *Store) NoteLease(ctx context.Context, name, holder, note string) (bool, error) {
	filter := append(byID(name), bson.E{Key: "holder", Value: holder},
		bson.E{Key: "until", Value: bson.D{{Key: "$gt", Value: record.Micros(s.clock.Now())}}})
	update := bson.D{{Key: "$set", Value: bson.D{{Key: "note", Value: leaseNote{holder, note}}}}}
	result, err := s.db.Collection(leases).UpdateOne(ctx, filter, update)
	if err = s.done(ctx, "note lease", err); err != nil {
		return false, err
	}
	return result.MatchedCount > 0, nil
}

// ListLeases implements store.Leases.
func (s *Store) ListLeases(ctx context.Context, prefix string) ([]store.Lease, error) {
	docs, err := list[struct {
		Name   string    `bson:"_id"`
		Holder string    `bson:"holder"`
		Until  int64     `bson:"until"`
		Note   leaseNote `bson:"note"`
	}](ctx, s, "list leases", leases, bson.D{
		{Key: "_id", Value: beginsWith(prefix)},
		{Key: "until", Value: bson.D{{Key: "$gt", Value: record.Micros(s.clock.Now())}}},
	}, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}))
	if err != nil {
		return nil, err
	}
	found := make([]store.Lease, len(docs))
	for i, doc := range docs {
		found[i] = store.Lease{Name: doc.Name, Holder: doc.Holder, Until: record.FromMicros(doc.Until)}
		if doc.Note.Holder == doc.Holder {
			found[i].Note = doc.Note.Text
		}
	}
	return found, nil
}
