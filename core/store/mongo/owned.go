package mongo

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/crier-social/crier/core/store"
)

// ownedID identifies a record by its profile and a name that the profile has for it. Its
// fields are always in this order, since the server tells sub-documents apart by it.
type ownedID struct {
	Profile string `bson:"profile"`
	Name    string `bson:"name"`
}

// owned is such a record as it is stored. A version of 0 is one that is not stored yet.
type owned struct {
	ID      ownedID `bson:"_id"`
	Profile string  `bson:"profile"`
	Name    string  `bson:"name"`
	Body    string  `bson:"body"`
	Version int64   `bson:"version"`
}

// ownedLayout is the layout of a collection of such records. A profile has few of them.
func ownedLayout(collection string) layout {
	return layout{name: collection, indexes: []index{
		{name: collection + "_by_profile", keys: bson.D{{Key: "profile", Value: 1}, {Key: "name", Value: 1}}},
	}}
}

func byOwner(profileID, name string) bson.D {
	return bson.D{{Key: "_id", Value: ownedID{profileID, name}}}
}

// listOwned reads all records of the profile by name.
func (s *Store) listOwned(ctx context.Context, op, collection, profileID string) ([]versioned, error) {
	return list[versioned](ctx, s, op, collection, bson.D{{Key: "profile", Value: profileID}},
		options.Find().SetSort(bson.D{{Key: "name", Value: 1}}))
}

// swapOwned stores the body if the record has the version still, 0 if it is not there, and
// tells whether it did.
func (s *Store) swapOwned(ctx context.Context, op, collection, profileID, name string, version int64, body string) (bool, error) {
	id := ownedID{profileID, name}
	if version == 0 {
		err := s.insert(ctx, op, collection, owned{ID: id, Profile: profileID, Name: name, Body: body, Version: 1})
		if errors.Is(err, store.ErrExists) {
			return false, nil
		}
		return err == nil, err
	}
	return s.swap(ctx, op, collection, id, version, bson.D{{Key: "$set", Value: bson.D{{Key: "body", Value: body}}}})
}
