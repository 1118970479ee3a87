package mongo

import (
	"context"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

const comments = "comments"

// commentID identifies the record of a comment. Its fields are always in this order, since
// the server tells sub-documents apart by it.
type commentID struct {
	Comment string `bson:"comment"`
	Account string `bson:"account"`
}

// commentDoc is a comment as it is stored: one text, and when it was deleted beside it.
type commentDoc struct {
	ID         commentID `bson:"_id"`
	Comment    string    `bson:"comment"`
	Profile    string    `bson:"profile"`
	Account    string    `bson:"account"`
	Platform   string    `bson:"platform"`
	RemotePost string    `bson:"remotePost"`
	Remote     string    `bson:"remote"`
	Created    int64     `bson:"created"`
	Seq        int64     `bson:"seq"`
	Deleted    *int64    `bson:"deleted,omitempty"`
	Body       string    `bson:"body"`
}

// commentLayouts: the records of one comment are together, on the shard of its id; so their
// _id, which has that id in it, is unique on all shards.
func commentLayouts() []layout {
	return []layout{{
		name:     comments,
		shardKey: bson.D{{Key: "comment", Value: "hashed"}},
		indexes: []index{
			{name: "comments_by_id", keys: bson.D{{Key: "comment", Value: 1}, {Key: "platform", Value: 1}, {Key: "account", Value: 1}}},
			{name: "comments_by_remote", keys: bson.D{{Key: "account", Value: 1}, {Key: "remote", Value: 1}, {Key: "created", Value: 1}, {Key: "seq", Value: 1}}},
			{name: "comments_by_post", keys: bson.D{{Key: "account", Value: 1}, {Key: "remotePost", Value: 1}, {Key: "created", Value: 1}, {Key: "seq", Value: 1}}},
			{name: "comments_by_profile", keys: bson.D{{Key: "profile", Value: 1}}},
		},
	}}
}

// InsertComment implements store.Comments.
func (s *Store) InsertComment(ctx context.Context, c store.Comment) error {
	record.NormalizeComment(&c)
	doc := commentDoc{
		ID: commentID{c.ID, c.AccountID}, Comment: c.ID, Profile: c.ProfileID, Account: c.AccountID, Platform: c.Platform,
		RemotePost: c.RemotePostID, Remote: c.RemoteID, Created: record.Micros(c.CreatedAt), Seq: s.stored.next(s.clock.Now()),
		Deleted: microsOrNone(c.DeletedAt),
	}
	c.DeletedAt = time.Time{}
	var err error
	if doc.Body, err = s.encoders.Encode(c); err != nil {
		return err
	}
	return s.insert(ctx, "insert comment", comments, doc)
}

// comment reads the document.
func (d commentDoc) comment() (c store.Comment, err error) {
	err = record.Decode(d.Body, &c)
	c.DeletedAt = timeOrZero(d.Deleted)
	return c, err
}

// GetComment implements store.Comments, by the index comments_by_id.
func (s *Store) GetComment(ctx context.Context, profileID, id string) ([]store.Comment, error) {
	filter := bson.D{{Key: "comment", Value: id}, {Key: "profile", Value: profileID}}
	found, err := s.comments(ctx, "get comment", filter, options.Find().
		SetSort(bson.D{{Key: "platform", Value: 1}, {Key: "account", Value: 1}}).SetHint("comments_by_id"))
	if err == nil && len(found) == 0 {
		err = store.ErrNotFound
	}
	return found, err
}

// FindComment implements store.Comments, by the index comments_by_remote.
func (s *Store) FindComment(ctx context.Context, accountID, remoteID string) (store.Comment, error) {
	filter := bson.D{{Key: "account", Value: accountID}, {Key: "remote", Value: remoteID}}
	doc, err := get[commentDoc](ctx, s, "find comment", comments, filter,
		options.FindOne().SetSort(bson.D{{Key: "created", Value: -1}, {Key: "seq", Value: -1}}))
	if err != nil {
		return store.Comment{}, err
	}
	return doc.comment()
}

// ListComments implements store.Comments, by the index comments_by_post.
func (s *Store) ListComments(ctx context.Context, accountID, remotePostID string) ([]store.Comment, error) {
	filter := bson.D{{Key: "account", Value: accountID}, {Key: "remotePost", Value: remotePostID}, {Key: "deleted", Value: nil}}
	return s.comments(ctx, "list comments", filter, options.Find().SetSort(bson.D{{Key: "created", Value: 1}, {Key: "seq", Value: 1}}))
}

// comments reads all that the filter selects.
func (s *Store) comments(ctx context.Context, op string, filter bson.D, o ...options.Lister[options.FindOptions]) ([]store.Comment, error) {
	docs, err := list[commentDoc](ctx, s, op, comments, filter, o...)
	if err != nil {
		return nil, err
	}
	return decodeAll(docs, commentDoc.comment)
}

// DeleteComment implements store.Comments.
func (s *Store) DeleteComment(ctx context.Context, id, accountID string, at time.Time) error {
	filter := bson.D{{Key: "_id", Value: commentID{id, accountID}}, {Key: "comment", Value: id}}
	lasting := append(slices.Clip(filter), bson.E{Key: "deleted", Value: nil})
	deleted, err := s.update(ctx, "delete comment", comments, lasting, bson.D{{Key: "$set", Value: bson.D{{Key: "deleted", Value: record.Micros(at)}}}})
	if err != nil || deleted {
		return err
	}
	// It was deleted before, or is not there.
	_, err = get[struct{}](ctx, s, "delete comment", comments, filter, options.FindOne().SetProjection(bson.D{{Key: "_id", Value: 1}}))
	return err
}
