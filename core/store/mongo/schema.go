package mongo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/crier-social/crier/core/store"
)

// schemaVersion is that of the layout of the documents. It is raised when an older Crier
// could no longer read, or would damage, what a newer one writes.
const schemaVersion = 1

// indexTimeout bounds how long the server may build the missing indexes of a collection. It
// begins anew when it is interrupted, so that with the limit of other calls those of a large
// collection would never be there: https://jira.mongodb.org/browse/SERVER-46595
const indexTimeout = 24 * time.Hour

// layout describes a collection.
type layout struct {
	name string
	// shardKey is what the collection may be sharded by: every unique index begins with it,
	// and the frequent operations name it. Empty: it is to stay on one shard.
	shardKey bson.D
	indexes  []index
}

// index is one index of a collection. Its name says what it serves and never changes: another
// index gets another name.
type index struct {
	name   string
	keys   bson.D
	unique bool
	// sparse leaves out documents that have none of the keys.
	sparse bool
}

// layouts are all collections.
func layouts() []layout {
	return slices.Concat(
		[]layout{{name: "schema"}},
		leaseLayouts(),
		jobLayouts(),
		metaLayouts(),
		deliveryLayouts(),
		postLayouts(),
		requestLayouts(),
		uploadLayouts(),
		commentLayouts(),
		scheduleLayouts(),
		linkLayouts(),
		webhookLayouts(),
		profileLayouts(),
		accountLayouts(),
		messageLayouts(),
	)
}

// Migrate implements store.Store: it creates the indexes that are missing. Those of a newer
// version that can live with this one stay.
func (s *Store) Migrate(ctx context.Context) error {
	version, err := s.schemaVersion(ctx)
	if err != nil {
		return s.done(ctx, "read the schema's version", err)
	}
	if version > schemaVersion {
		return fmt.Errorf("%w: its schema is version %d, this Crier knows %d", store.ErrNewerSchema, version, schemaVersion)
	}
	if err := s.checkClocks(ctx); err != nil {
		return err
	}
	for _, l := range layouts() {
		if err := s.createIndexes(ctx, l); err != nil {
			return s.done(ctx, "create the indexes of "+l.name, err)
		}
	}
	_, err = s.db.Collection("schema").UpdateOne(ctx, bson.D{{Key: "_id", Value: "version"}},
		bson.D{{Key: "$max", Value: bson.D{{Key: "version", Value: schemaVersion}}}}, options.UpdateOne().SetUpsert(true))
	if mongo.IsDuplicateKeyError(err) { // another process did it just now
		err = nil
	}
	if err = s.done(ctx, "write the schema's version", err); err == nil {
		s.troubles.tell()
	}
	return err
}

// Migrated implements store.Store.
func (s *Store) Migrated(ctx context.Context) (bool, error) {
	version, err := s.schemaVersion(ctx)
	return version > 0, s.done(ctx, "read the schema's version", err)
}

// schemaVersion is 0 in a new database.
func (s *Store) schemaVersion(ctx context.Context) (int, error) {
	var doc struct {
		Version int `bson:"version"`
	}
	err := s.db.Collection("schema").FindOne(ctx, bson.D{{Key: "_id", Value: "version"}}).Decode(&doc)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return 0, nil
	}
	return doc.Version, err
}

func (s *Store) createIndexes(ctx context.Context, l layout) error {
	if len(l.indexes) == 0 {
		return nil
	}
	models := make([]mongo.IndexModel, len(l.indexes))
	for i, x := range l.indexes {
		o := options.Index().SetName(x.name)
		if x.unique {
			o.SetUnique(true)
		}
		if x.sparse {
			o.SetSparse(true)
		}
		models[i] = mongo.IndexModel{Keys: x.keys, Options: o}
	}
	ctx, cancel := context.WithTimeout(ctx, indexTimeout)
	defer cancel()
	_, err := s.db.Collection(l.name).Indexes().CreateMany(ctx, models)
	return err
}
