package mongo

import (
	"cmp"
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

const (
	uploads      = "uploads"
	uploadsUsage = "uploads_usage"
)

// uploadDoc is an upload as it is stored: the description of a file, which is elsewhere.
type uploadDoc struct {
	ID      string `bson:"_id"`
	Profile string `bson:"profile"`
	State   string `bson:"state"`
	Size    int64  `bson:"size"`
	Created int64  `bson:"created"`
	Seq     int64  `bson:"seq"`
	Expires int64  `bson:"expires"`
	Body    string `bson:"body"`
	Version int64  `bson:"version"`
}

// uploadLayouts: uploads are read and changed by their ids, and spread evenly by them.
func uploadLayouts() []layout {
	return []layout{{
		name:     uploads,
		shardKey: bson.D{{Key: "_id", Value: "hashed"}},
		indexes: []index{
			// In the order of newestFirst; the last key leaves out what has expired.
			{name: "uploads_by_profile", keys: bson.D{
				{Key: "profile", Value: 1},
				{Key: "state", Value: 1},
				{Key: "created", Value: -1},
				{Key: "seq", Value: -1},
				{Key: "_id", Value: -1},
				{Key: "expires", Value: 1},
			}},
			// Holds all that the sum of a profile's sizes needs.
			{name: uploadsUsage, keys: bson.D{{Key: "profile", Value: 1}, {Key: "size", Value: 1}}},
			{name: "uploads_by_expiry", keys: bson.D{{Key: "expires", Value: 1}}},
		},
	}}
}

// encodeUpload returns the upload as JSON.
func (s *Store) encodeUpload(u core.Upload) (string, error) {
	u.Version = 0
	return s.encoders.Encode(u)
}

func decodeUpload(doc versioned) (u core.Upload, err error) {
	err = record.Decode(doc.Body, &u)
	u.Version = doc.Version
	return u, err
}

// InsertUpload implements store.Uploads.
func (s *Store) InsertUpload(ctx context.Context, u core.Upload) error {
	record.NormalizeUpload(&u)
	body, err := s.encodeUpload(u)
	if err != nil {
		return err
	}
	return s.insert(ctx, "insert upload", uploads, uploadDoc{
		ID: u.ID, Profile: u.ProfileID, State: string(u.State), Size: u.Size, Created: record.Micros(u.CreatedAt),
		Seq: s.stored.next(s.clock.Now()), Expires: record.Micros(u.ExpiresAt), Body: body,
	})
}

// GetUpload implements store.Uploads.
func (s *Store) GetUpload(ctx context.Context, id string) (core.Upload, error) {
	doc, err := get[versioned](ctx, s, "get upload", uploads, byID(id))
	if err != nil {
		return core.Upload{}, err
	}
	return decodeUpload(doc)
}

// ListUploads implements store.Uploads, by the index uploads_by_profile.
func (s *Store) ListUploads(ctx context.Context, q store.UploadQuery) ([]core.Upload, error) {
	filter := bson.D{{Key: "profile", Value: q.ProfileID}, {Key: "state", Value: string(core.UploadReady)}}
	if !q.Live.IsZero() {
		filter = append(filter, bson.E{Key: "expires", Value: bson.D{{Key: "$gt", Value: record.Micros(q.Live)}}})
	}
	if q.Before != "" {
		last, err := get[position](ctx, s, "find upload", uploads, append(byID(q.Before), bson.E{Key: "profile", Value: q.ProfileID}),
			options.FindOne().SetProjection(newestFirst()))
		if errors.Is(err, store.ErrNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		filter = append(filter, last.behind()...)
	}
	return s.uploads(ctx, "list uploads", filter, newestFirst(), cmp.Or(q.Limit, defaultLimit))
}

// uploads reads the first uploads that the filter selects.
func (s *Store) uploads(ctx context.Context, op string, filter, order bson.D, limit int) ([]core.Upload, error) {
	if limit <= 0 {
		return nil, nil // the server takes 0 for no limit
	}
	docs, err := list[versioned](ctx, s, op, uploads, filter, options.Find().SetSort(order).SetLimit(int64(limit)))
	if err != nil {
		return nil, err
	}
	return decodeAll(docs, decodeUpload)
}

// UpdateUpload implements store.Uploads.
func (s *Store) UpdateUpload(ctx context.Context, id string, fn func(*core.Upload) error) (core.Upload, error) {
	read := func(ctx context.Context) (core.Upload, int64, error) {
		u, err := s.GetUpload(ctx, id)
		return u, u.Version, err
	}
	return record.CompareAndSwap(ctx, read, record.ChangeUpload(fn), s.swapUpload)
}

func (s *Store) swapUpload(ctx context.Context, u core.Upload, version int64) (bool, error) {
	c, err := s.uploadChanges(u)
	if err != nil {
		return false, err
	}
	return s.swap(ctx, "update upload", uploads, u.ID, version, c.update())
}

// uploadChanges are what an update of the upload changes; what identifies it stays.
func (s *Store) uploadChanges(u core.Upload) (c changes, err error) {
	body, err := s.encodeUpload(u)
	c.put("state", string(u.State))
	c.put("size", u.Size)
	c.put("expires", record.Micros(u.ExpiresAt))
	c.put("body", body)
	return c, err
}

// UploadUsage implements store.Uploads. The index uploads_usage has all that it reads.
func (s *Store) UploadUsage(ctx context.Context, profileID string) (int64, error) {
	sums, err := aggregate[struct {
		Bytes int64 `bson:"bytes"`
	}](ctx, s, "upload usage", uploads, bson.A{
		bson.D{{Key: "$match", Value: bson.D{{Key: "profile", Value: profileID}}}},
		bson.D{{Key: "$group", Value: bson.D{{Key: "_id", Value: nil}, {Key: "bytes", Value: bson.D{{Key: "$sum", Value: "$size"}}}}}},
	}, options.Aggregate().SetHint(uploadsUsage))
	if err != nil || len(sums) == 0 {
		return 0, err
	}
	return sums[0].Bytes, nil
}

// ExpiredUploads implements store.Uploads, by the index uploads_by_expiry.
func (s *Store) ExpiredUploads(ctx context.Context, before time.Time, limit int) ([]core.Upload, error) {
	filter := bson.D{{Key: "expires", Value: bson.D{{Key: "$lt", Value: record.Micros(before)}}}}
	return s.uploads(ctx, "expired uploads", filter, bson.D{{Key: "expires", Value: 1}}, limit)
}

// DeleteUpload implements store.Uploads.
func (s *Store) DeleteUpload(ctx context.Context, id string) error {
	return s.remove(ctx, "delete upload", uploads, byID(id))
}
