package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/crier-social/crier/core/store/record"
)

const leases = "leases"

// leaseLayouts: a lease is the document of its name, with its holder and the time at which
// it ends. There are a handful.
func leaseLayouts() []layout { return []layout{{name: leases}} }

// TakeLease implements store.Leases. Where another has the lease, the upsert finds nothing to
// change, and its insertion fails since the name is there.
func (s *Store) TakeLease(ctx context.Context, name, holder string, d time.Duration) (bool, error) {
	now := s.clock.Now()
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
