package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store/record"
)

// expireUploads lets uploads expire as if they had been deleted by hand. One that is changed
// meanwhile is found again.
func (p *purge) expireUploads(ctx context.Context) (int, error) {
	live := append(p.mine(), bson.E{Key: "expires", Value: bson.D{{Key: "$gt", Value: record.Micros(p.now)}}})
	found, err := p.store.uploads(ctx, "purge uploads", live, bson.D{}, p.left)
	if err != nil || len(found) == 0 {
		return 0, err
	}
	updates := make([]mongo.WriteModel, len(found))
	for i, u := range found {
		if updates[i], err = p.expire(u); err != nil {
			return 0, err
		}
	}
	_, err = p.store.db.Collection(uploads).BulkWrite(ctx, updates, options.BulkWrite().SetOrdered(false))
	return len(found), p.store.done(ctx, "purge uploads", err)
}

// expire is the update of one upload.
func (p *purge) expire(u core.Upload) (mongo.WriteModel, error) {
	version := u.Version
	u.State, u.ExpiresAt = core.UploadDeleted, p.now
	record.NormalizeUpload(&u)
	c, err := p.store.uploadChanges(u)
	filter, update := swapOf(u.ID, version, c.update())
	return mongo.NewUpdateOneModel().SetFilter(filter).SetUpdate(update), err
}
