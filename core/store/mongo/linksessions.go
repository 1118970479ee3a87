package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

const linkSessions = "link_sessions"

// linkSessionDoc is a session as it is stored. Its end is not in the body, since all sessions
// of a profile may end at once; null: it has not ended.
type linkSessionDoc struct {
	ID      string `bson:"_id"`
	Token   []byte `bson:"token"`
	Profile string `bson:"profile"`
	Account string `bson:"account"`
	Ended   *int64 `bson:"ended"`
	Over    int64  `bson:"over"` // when it can be forgotten
	Body    string `bson:"body"`
	Version int64  `bson:"version"`
}

func linkSessionLayout() layout {
	return layout{name: linkSessions, indexes: []index{
		{name: "link_sessions_token", keys: bson.D{{Key: "token", Value: 1}}, unique: true},
		{name: "link_sessions_by_profile", keys: bson.D{{Key: "profile", Value: 1}, {Key: "ended", Value: 1}}},
		{name: "link_sessions_by_end", keys: bson.D{{Key: "over", Value: 1}}},
	}}
}

// encodeLinkSession returns the document of the session.
func (s *Store) encodeLinkSession(l store.LinkSession) (linkSessionDoc, error) {
	doc := linkSessionDoc{
		ID: l.ID, Token: notNil(l.TokenHash), Profile: l.ProfileID, Account: l.AccountID,
		Ended: microsOrNone(l.EndedAt), Over: record.Micros(l.ExpiresAt),
	}
	if doc.Ended != nil {
		doc.Over = min(doc.Over, *doc.Ended)
	}
	l.EndedAt, l.Version = time.Time{}, 0
	var err error
	doc.Body, err = s.encoders.Encode(l)
	return doc, err
}

// session reads the document.
func (d linkSessionDoc) session() (l store.LinkSession, err error) {
	err = record.Decode(d.Body, &l)
	l.EndedAt, l.Version = timeOrZero(d.Ended), d.Version
	return l, err
}

// CreateLinkSession implements store.Links.
func (s *Store) CreateLinkSession(ctx context.Context, l store.LinkSession) error {
	record.NormalizeLinkSession(&l)
	doc, err := s.encodeLinkSession(l)
	if err != nil {
		return err
	}
	return s.insert(ctx, "create link session", linkSessions, doc)
}

// GetLinkSession implements store.Links.
func (s *Store) GetLinkSession(ctx context.Context, id string) (store.LinkSession, error) {
	return s.linkSession(ctx, "get link session", byID(id))
}

// LinkSessionByToken implements store.Links.
func (s *Store) LinkSessionByToken(ctx context.Context, tokenHash []byte) (store.LinkSession, error) {
	return s.linkSession(ctx, "find link session", bson.D{{Key: "token", Value: notNil(tokenHash)}})
}

// linkSession reads the one session that the filter selects.
func (s *Store) linkSession(ctx context.Context, op string, filter bson.D) (store.LinkSession, error) {
	doc, err := get[linkSessionDoc](ctx, s, op, linkSessions, filter)
	if err != nil {
		return store.LinkSession{}, err
	}
	return doc.session()
}

// UpdateLinkSession implements store.Links.
func (s *Store) UpdateLinkSession(ctx context.Context, id string, fn func(*store.LinkSession) error) (store.LinkSession, error) {
	read := func(ctx context.Context) (store.LinkSession, int64, error) {
		l, err := s.GetLinkSession(ctx, id)
		return l, l.Version, err
	}
	return record.CompareAndSwap(ctx, read, record.ChangeLinkSession(fn), s.swapLinkSession)
}

func (s *Store) swapLinkSession(ctx context.Context, l store.LinkSession, version int64) (bool, error) {
	doc, err := s.encodeLinkSession(l)
	if err != nil {
		return false, err
	}
	return s.swap(ctx, "update link session", linkSessions, doc.ID, version, bson.D{{Key: "$set", Value: bson.D{
		{Key: "account", Value: doc.Account},
		{Key: "ended", Value: doc.Ended},
		{Key: "over", Value: doc.Over},
		{Key: "body", Value: doc.Body},
	}}})
}

// EndLinkSessions implements store.Links. Each session ends by itself: where the call fails,
// some may have ended, and the next call ends the others.
func (s *Store) EndLinkSessions(ctx context.Context, profileID string, at time.Time) (int, error) {
	filter := bson.D{{Key: "profile", Value: profileID}, {Key: "ended", Value: nil}, {Key: "account", Value: ""}}
	result, err := s.db.Collection(linkSessions).UpdateMany(ctx, filter, bson.D{
		{Key: "$set", Value: bson.D{{Key: "ended", Value: record.Micros(at)}}},
		{Key: "$min", Value: bson.D{{Key: "over", Value: record.Micros(at)}}},
		{Key: "$inc", Value: bson.D{{Key: "version", Value: 1}}},
	})
	if err = s.done(ctx, "end link sessions", err); err != nil {
		return 0, err
	}
	return int(result.ModifiedCount), nil
}
