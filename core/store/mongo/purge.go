package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// DeletedProfiles implements store.Profiles, in the order of the index profiles_deleted.
func (s *Store) DeletedProfiles(ctx context.Context, limit int) ([]string, error) {
	docs, err := list[profileDoc](ctx, s, "deleted profiles", profiles, bson.D{{Key: "deleted.turn", Value: bson.D{{Key: "$exists", Value: true}}}},
		options.Find().SetSort(bson.D{{Key: "deleted.turn", Value: 1}}).SetLimit(int64(limit)).SetProjection(bson.D{{Key: "_id", Value: 1}}))
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(docs))
	for i, d := range docs {
		ids[i] = d.ID
	}
	return ids, nil
}
