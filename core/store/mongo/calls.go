package mongo

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/crier-social/crier/core/store"
)

// versioned is a record as most collections keep it: as JSON, with the version that
// compare-and-swap checks. What is searched stands beside it.
type versioned struct {
	Body    string `bson:"body"`
	Version int64  `bson:"version"`
}

// byID selects the document of the id.
func byID(id any) bson.D { return bson.D{{Key: "_id", Value: id}} }

// get reads the one document that the filter selects; ErrNotFound when there is none.
func get[T any](ctx context.Context, s *Store, op, collection string, filter bson.D, o ...options.Lister[options.FindOneOptions]) (doc T, err error) {
	err = s.db.Collection(collection).FindOne(ctx, filter, o...).Decode(&doc)
	if errors.Is(err, mongo.ErrNoDocuments) {
		err = store.ErrNotFound
	}
	return doc, s.done(ctx, op, err)
}

// list reads all documents that the filter selects.
func list[T any](ctx context.Context, s *Store, op, collection string, filter bson.D, o ...options.Lister[options.FindOptions]) (docs []T, err error) {
	cursor, err := s.db.Collection(collection).Find(ctx, filter, o...)
	if err == nil {
		err = cursor.All(ctx, &docs)
	}
	if err = s.done(ctx, op, err); err != nil {
		return nil, err
	}
	return docs, nil
}

// insert stores a new document; ErrExists when it violates what is unique.
func (s *Store) insert(ctx context.Context, op, collection string, doc any) error {
	_, err := s.db.Collection(collection).InsertOne(ctx, doc)
	if mongo.IsDuplicateKeyError(err) {
		err = store.ErrExists
	}
	return s.done(ctx, op, err)
}

// swap changes the document of the id if it has the version still, counts the version up, and
// tells whether it did. ErrExists when the change violates what is unique; nothing is changed
// then.
func (s *Store) swap(ctx context.Context, op, collection string, id any, version int64, update bson.D) (bool, error) {
	filter, update := swapOf(id, version, update)
	return s.update(ctx, op, collection, filter, update)
}

// update changes the one document that the filter selects, and tells whether there is one.
// ErrExists when the change violates what is unique; nothing is changed then.
func (s *Store) update(ctx context.Context, op, collection string, filter, update bson.D, o ...options.Lister[options.UpdateOneOptions]) (bool, error) {
	result, err := s.db.Collection(collection).UpdateOne(ctx, filter, update, o...)
	if mongo.IsDuplicateKeyError(err) {
		err = store.ErrExists
	}
	if err = s.done(ctx, op, err); err != nil {
		return false, err
	}
	return result.MatchedCount > 0, nil
}

// swapOf is the filter and the update of a swap.
func swapOf(id any, version int64, update bson.D) (filter, swapped bson.D) {
	return append(byID(id), bson.E{Key: "version", Value: version}),
		append(update, bson.E{Key: "$inc", Value: bson.D{{Key: "version", Value: 1}}})
}

// remove deletes the one document that the filter selects; ErrNotFound when there is none.
func (s *Store) remove(ctx context.Context, op, collection string, filter bson.D) error {
	result, err := s.db.Collection(collection).DeleteOne(ctx, filter)
	if err == nil && result.DeletedCount == 0 {
		err = store.ErrNotFound
	}
	return s.done(ctx, op, err)
}

// aggregate returns the results of the pipeline.
func aggregate[T any](ctx context.Context, s *Store, op, collection string, pipeline bson.A, o ...options.Lister[options.AggregateOptions]) (docs []T, err error) {
	cursor, err := s.db.Collection(collection).Aggregate(ctx, pipeline, o...)
	if err == nil {
		err = cursor.All(ctx, &docs)
	}
	if err = s.done(ctx, op, err); err != nil {
		return nil, err
	}
	return docs, nil
}
