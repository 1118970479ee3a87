package mongo

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// fate is what became of a post for which something was claimed.
type fate int

const (
	fateStored fate = iota // it is there, and complete
	fateGone               // it is not there, and cannot be any more with the claims it had
)

// settle finds out what became of the post of a claim, and completes the post if it is
// there. If it is not and the claim is old, the post is given up; errUnderWay while the claim
// is young.
func (s *Store) settle(ctx context.Context, c claim) (fate, error) {
	doc, err := get[postDoc](ctx, s, "settle a claim", posts, wherePost(c.Profile, c.Post))
	switch {
	case errors.Is(err, store.ErrNotFound):
	case err != nil:
		return 0, err
	case doc.Grave == nil && doc.provisional():
		return s.resolve(ctx, doc)
	case doc.Grave == nil && doc.Rest != nil:
		return fateStored, s.complete(context.WithoutCancel(ctx), doc, nil)
	case doc.Grave == nil:
		return fateStored, nil
	}
	if s.clock.Now().UnixNano()-c.Since < claimYoung.Nanoseconds() {
		return 0, errUnderWay
	}
	if err := s.bury(ctx, c.Profile, c.Post); err != nil {
		return 0, err
	}
	return fateGone, nil
}

// resolve finds out what became of a provisional post: what became of the one that it is
// stored with. If that is given up, so is this one.
func (s *Store) resolve(ctx context.Context, doc postDoc) (fate, error) {
	c := claim{Post: doc.Rest.Head, Profile: doc.Profile, Since: doc.Rest.Since}
	became, err := s.settle(ctx, c)
	if err != nil {
		return 0, err
	}
	filter := append(wherePost(doc.Profile, doc.ID), bson.E{Key: "rest.since", Value: doc.Rest.Since})
	if became == fateStored {
		// One of an attempt that did not store the head is not part of it.
		_, err := get[postDoc](ctx, s, "settle a post", posts, filter)
		if errors.Is(err, store.ErrNotFound) {
			return fateStored, nil
		}
		if err != nil {
			return 0, err
		}
	}
	_, err = s.db.Collection(posts).DeleteOne(ctx, filter)
	return fateGone, s.done(ctx, "give a post up", err)
}

// bury gives a post up that is not there: by a document in its place whoever is about to
// store it is kept from it, however late. errUnderWay when the post is there after all.
func (s *Store) bury(ctx context.Context, profileID, id string) error {
	now := s.clock.Now()
	g := grave{At: record.Micros(now), Token: core.NewID(now)}
	none := noneMark + id
	err := s.insert(ctx, "give a post up", posts, postDoc{ID: id, Profile: profileID, Key: none, Slot: none, Grave: &g})
	if !errors.Is(err, store.ErrExists) {
		return err
	}
	// It may have been given up before, by whoever repeats it by now.
	filter := append(wherePost(profileID, id), bson.E{Key: "grave", Value: bson.D{{Key: "$exists", Value: true}}})
	buried, err := s.update(ctx, "give a post up", posts, filter, bson.D{{Key: "$set", Value: bson.D{{Key: "grave", Value: g}}}})
	if err == nil && !buried {
		err = errUnderWay // the next look finds it
	}
	return err
}
