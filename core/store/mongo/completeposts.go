package mongo

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/sync/errgroup"

	"github.com/crier-social/crier/core/store/record"
)

// graveTime is how long a grave stands: far longer than anybody takes to store a post.
const graveTime = 24 * time.Hour

// CompletePosts implements store.Posts. It also settles what is left of posts that were not
// stored after all: provisional posts and claims. All shards are asked: it is for a sweep.
func (s *Store) CompletePosts(ctx context.Context, before time.Time, limit int) (int, error) {
	n, err := s.completeOld(ctx, before, limit)
	return n, errors.Join(err,
		settleOld(ctx, s, contentClaims, "content_claims_by_age", before, limit, s.settleContent),
		settleOld(ctx, s, requests, "requests_claimed", before, limit, func(ctx context.Context, r requestDoc) error {
			_, err := s.settleRequest(ctx, r)
			return err
		}),
		s.clearGraves(ctx),
	)
}

// completeOld completes posts, and resolves provisional ones, by the index posts_incomplete.
func (s *Store) completeOld(ctx context.Context, before time.Time, limit int) (int, error) {
	filter := bson.D{{Key: "rest.since", Value: bson.D{{Key: "$lt", Value: before.UnixNano()}}}}
	docs, err := list[postDoc](ctx, s, "find incomplete posts", posts, filter,
		options.Find().SetHint("posts_incomplete").SetSort(bson.D{{Key: "rest.since", Value: 1}}).SetLimit(int64(limit)))
	if err != nil {
		return 0, err
	}
	var completed atomic.Int64
	err = each(ctx, docs, func(ctx context.Context, d postDoc) error {
		if !d.provisional() {
			completed.Add(1)
			return s.complete(ctx, d, nil)
		}
		became, err := s.resolve(ctx, d)
		if err == nil && became == fateStored {
			completed.Add(1)
		}
		return err
	})
	return int(completed.Load()), err
}

// settleOld settles the claims of the collection that were made before the time.
func settleOld[T any](ctx context.Context, s *Store, collection, index string, before time.Time, limit int, settle func(context.Context, T) error) error {
	filter := bson.D{{Key: "since", Value: bson.D{{Key: "$lt", Value: before.UnixNano()}}}}
	claims, err := list[T](ctx, s, "find old claims", collection, filter,
		options.Find().SetHint(index).SetSort(bson.D{{Key: "since", Value: 1}}).SetLimit(int64(limit)))
	if err != nil {
		return err
	}
	return each(ctx, claims, settle)
}

// each calls do for all, some at a time. What is under way still is left for the next time.
func each[T any](ctx context.Context, all []T, do func(context.Context, T) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(completers)
	for _, one := range all {
		group.Go(func() error {
			if err := do(ctx, one); !errors.Is(err, errUnderWay) {
				return err
			}
			return nil
		})
	}
	return group.Wait()
}

// clearGraves removes those that nobody comes by any more, by the index posts_graves.
func (s *Store) clearGraves(ctx context.Context) error {
	filter := bson.D{{Key: "grave.at", Value: bson.D{{Key: "$lt", Value: record.Micros(s.clock.Now().Add(-graveTime))}}}}
	_, err := s.db.Collection(posts).DeleteMany(ctx, filter)
	return s.done(ctx, "clear graves", err)
}
