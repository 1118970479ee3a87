package mongo

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// The collections of what is needed while a person links accounts. It is there for hours,
// and few at a time.
const (
	linkStates    = "link_states"
	pendingGrants = "pending_grants"
)

// linkStateDoc is a state as it is stored.
type linkStateDoc struct {
	Hash    []byte `bson:"_id"`
	Session string `bson:"session"`
	Sealed  []byte `bson:"sealed"`
	Expires int64  `bson:"expires"`
}

func (d linkStateDoc) state() store.LinkState {
	return store.LinkState{Hash: d.Hash, SessionID: d.Session, Sealed: d.Sealed, ExpiresAt: record.FromMicros(d.Expires)}
}

// pendingGrantDoc is a grant as it is stored: the sealed tokens and accounts of one consent.
type pendingGrantDoc struct {
	ID      string `bson:"_id"`
	Session string `bson:"session"`
	Sealed  []byte `bson:"sealed"`
	Expires int64  `bson:"expires"`
}

func (d pendingGrantDoc) grant() store.PendingGrant {
	return store.PendingGrant{ID: d.ID, SessionID: d.Session, Sealed: d.Sealed, ExpiresAt: record.FromMicros(d.Expires)}
}

// linkLayouts: all of them stay on one shard, as the hashes of tokens have to be unique.
func linkLayouts() []layout {
	bySession, byExpiry := bson.D{{Key: "session", Value: 1}}, bson.D{{Key: "expires", Value: 1}}
	return []layout{
		linkSessionLayout(),
		{name: linkStates, indexes: []index{
			{name: "link_states_by_session", keys: bySession},
			{name: "link_states_by_expiry", keys: byExpiry},
		}},
		{name: pendingGrants, indexes: []index{
			{name: "pending_grants_by_session", keys: bySession},
			{name: "pending_grants_by_expiry", keys: byExpiry},
		}},
	}
}

// PutLinkState implements store.Links.
func (s *Store) PutLinkState(ctx context.Context, l store.LinkState) error {
	hash := notNil(l.Hash)
	return s.put(ctx, "put link state", linkStates, hash,
		linkStateDoc{Hash: hash, Session: l.SessionID, Sealed: l.Sealed, Expires: record.Micros(l.ExpiresAt)})
}

// TakeLinkState implements store.Links.
func (s *Store) TakeLinkState(ctx context.Context, hash []byte) (store.LinkState, error) {
	doc, err := take[linkStateDoc](ctx, s, "take link state", linkStates, notNil(hash))
	if err != nil {
		return store.LinkState{}, err
	}
	return doc.state(), nil
}

// PutPendingGrant implements store.Links.
func (s *Store) PutPendingGrant(ctx context.Context, g store.PendingGrant) error {
	return s.put(ctx, "put pending grant", pendingGrants, g.ID,
		pendingGrantDoc{ID: g.ID, Session: g.SessionID, Sealed: g.Sealed, Expires: record.Micros(g.ExpiresAt)})
}

// GetPendingGrant implements store.Links.
func (s *Store) GetPendingGrant(ctx context.Context, id string) (store.PendingGrant, error) {
	doc, err := get[pendingGrantDoc](ctx, s, "get pending grant", pendingGrants, byID(id))
	if err != nil {
		return store.PendingGrant{}, err
	}
	return doc.grant(), nil
}

// TakePendingGrant implements store.Links.
func (s *Store) TakePendingGrant(ctx context.Context, id string) (store.PendingGrant, error) {
	doc, err := take[pendingGrantDoc](ctx, s, "take pending grant", pendingGrants, id)
	if err != nil {
		return store.PendingGrant{}, err
	}
	return doc.grant(), nil
}

// put stores the document, in the place of the one of its id if there is one. Of two that
// insert it at the same moment, one is told so, and finds the other's then.
func (s *Store) put(ctx context.Context, op, collection string, id, doc any) error {
	for {
		_, err := s.db.Collection(collection).ReplaceOne(ctx, byID(id), doc, options.Replace().SetUpsert(true))
		if !mongo.IsDuplicateKeyError(err) {
			return s.done(ctx, op, err)
		}
	}
}

// take removes the document of the id and returns it. One of those who ask for it gets it.
func take[T any](ctx context.Context, s *Store, op, collection string, id any) (doc T, err error) {
	err = s.db.Collection(collection).FindOneAndDelete(ctx, byID(id)).Decode(&doc)
	if errors.Is(err, mongo.ErrNoDocuments) {
		err = store.ErrNotFound
	}
	return doc, s.done(ctx, op, err)
}

// DeleteLinks implements store.Links, by the indexes of when all this ends.
func (s *Store) DeleteLinks(ctx context.Context, now, over time.Time) (deleted int, err error) {
	for _, old := range []struct {
		collection string
		filter     bson.D
	}{
		{linkStates, bson.D{{Key: "expires", Value: bson.D{{Key: "$lte", Value: record.Micros(now)}}}}},
		{pendingGrants, bson.D{{Key: "expires", Value: bson.D{{Key: "$lte", Value: record.Micros(now)}}}}},
		{linkSessions, bson.D{{Key: "over", Value: bson.D{{Key: "$lt", Value: record.Micros(over)}}}}},
	} {
		result, err := s.db.Collection(old.collection).DeleteMany(ctx, old.filter)
		if err = s.done(ctx, "delete links", err); err != nil {
			return deleted, err
		}
		deleted += int(result.DeletedCount)
	}
	return deleted, nil
}

// notNil is the bytes, and none of them for nil, which the server would take for no value.
func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
