package mongo

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/crier-social/crier/core/store"
)

// claimRequest claims the key of the request. A key that was used refuses the post, unless
// the post itself or its slot says more.
func (i *insertion) claimRequest(ctx context.Context) error {
	if i.request == nil {
		return nil
	}
	return i.patiently(ctx, func() (bool, error) {
		err := i.insert(ctx, "claim a request", requests, i.request)
		if !errors.Is(err, store.ErrExists) {
			return err == nil, err
		}
		used, err := i.used(ctx, i.request.ID)
		if err != nil || !used {
			return false, err
		}
		if err := i.conflict(ctx, i.docs[:1]); err != nil {
			return false, err
		}
		return false, store.ErrKeyUsed
	})
}

// used tells whether the key of a request was used. A claim of it that has no post is taken
// away once it is old; errUnderWay before.
func (s *Store) used(ctx context.Context, id string) (bool, error) {
	found, err := get[requestDoc](ctx, s, "get request", requests, byID(id))
	switch {
	case errors.Is(err, store.ErrNotFound):
		return false, nil
	case err != nil:
		return false, err
	case found.Claim.Since == 0:
		return true, nil
	}
	return s.settleRequest(ctx, found)
}

// settleRequest makes a claim of a key the request that it is for if the post is there, and
// takes it away otherwise. It tells which.
func (s *Store) settleRequest(ctx context.Context, r requestDoc) (bool, error) {
	became, err := s.settle(ctx, r.Claim)
	if err != nil {
		return false, err
	}
	if became == fateStored {
		return true, s.confirmRequest(ctx, &r)
	}
	return false, s.dropClaim(ctx, requests, r.ID, r.Claim.Since)
}

// settleContent takes a claim of a content away: its post is there with its deliveries, or
// cannot be there any more.
func (s *Store) settleContent(ctx context.Context, c contentClaim) error {
	if _, err := s.settle(ctx, c.Claim); err != nil {
		return err
	}
	return s.dropClaim(ctx, contentClaims, c.ID, c.Claim.Since)
}

func (s *Store) dropClaim(ctx context.Context, collection, id string, since int64) error {
	_, err := s.db.Collection(collection).DeleteOne(ctx, append(byID(id), bson.E{Key: "since", Value: since}))
	return s.done(ctx, "take a claim away", err)
}

// claimContents claims the contents, each before the next, so that no two posts wait for
// each other.
func (i *insertion) claimContents(ctx context.Context) error {
	claims := make([]contentClaim, len(i.contents))
	for k, content := range i.contents {
		claims[k] = contentClaim{ID: content, Claim: claim{Post: i.head().ID, Profile: i.head().Profile, Since: i.since}}
	}
	return i.patiently(ctx, func() (bool, error) {
		if len(claims) == 0 {
			return true, nil
		}
		_, err := i.db.Collection(contentClaims).InsertMany(ctx, claims, options.InsertMany().SetOrdered(true))
		at, conflicts := conflictOf(err)
		if !conflicts {
			return true, i.done(ctx, "claim contents", err)
		}
		claims = claims[at:]
		holder, err := get[contentClaim](ctx, i.Store, "find a claim", contentClaims, byID(claims[0].ID))
		if errors.Is(err, store.ErrNotFound) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		return false, i.settleContent(ctx, holder)
	})
}
