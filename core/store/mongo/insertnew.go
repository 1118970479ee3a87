package mongo

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// insertNew stores those of the documents that violate nothing unique, and returns the
// positions of the others, which stay as they are. Where it fails otherwise, any of the
// documents may have been stored.
func (s *Store) insertNew(ctx context.Context, op, collection string, docs []any) (there map[int]bool, err error) {
	if len(docs) == 0 {
		return nil, nil
	}
	_, err = s.db.Collection(collection).InsertMany(ctx, docs, options.InsertMany().SetOrdered(false))
	there, err = duplicatesOf(err)
	return there, s.done(ctx, op, err)
}

// duplicatesOf returns the positions of the documents that an insertion did not store because
// they violate what is unique, and the error if there is more to it than that.
func duplicatesOf(err error) (map[int]bool, error) {
	var failed mongo.BulkWriteException
	if !errors.As(err, &failed) || failed.WriteConcernError != nil || len(failed.WriteErrors) == 0 {
		return nil, err
	}
	there := make(map[int]bool, len(failed.WriteErrors))
	for _, e := range failed.WriteErrors {
		if !mongo.IsDuplicateKeyError(e.WriteError) {
			return nil, err
		}
		there[e.Index] = true
	}
	return there, nil
}
