package mongo

import (
	"context"
	"errors"
	"math"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/sync/errgroup"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// GetPost implements store.Posts.
func (s *Store) GetPost(ctx context.Context, profileID, id string) (core.Post, error) {
	doc, err := s.readPost(ctx, "get post", wherePost(profileID, id))
	if err != nil {
		return core.Post{}, err
	}
	return doc.post()
}

// FindPost implements store.Posts, by the index posts_keys.
func (s *Store) FindPost(ctx context.Context, profileID, idempotencyKey string) (core.Post, error) {
	if idempotencyKey == "" {
		return core.Post{}, store.ErrNotFound
	}
	doc, err := s.readPost(ctx, "find post", bson.D{{Key: "profile", Value: profileID}, {Key: "key", Value: keyValue(idempotencyKey)}})
	if err != nil {
		return core.Post{}, err
	}
	return doc.post()
}

// readPost reads the post that the filter selects, and completes it if it is not.
func (s *Store) readPost(ctx context.Context, op string, filter bson.D) (postDoc, error) {
	doc, err := get[postDoc](ctx, s, op, posts, filter)
	switch {
	case err != nil:
		return postDoc{}, err
	case doc.Grave != nil:
		return postDoc{}, store.ErrNotFound
	case doc.Rest == nil:
		return doc, nil
	case !doc.provisional():
		return doc, s.complete(context.WithoutCancel(ctx), doc, nil)
	}
	// It is there if the post is that it is stored with, which is complete when it was read.
	if _, err := s.readPost(ctx, op, wherePost(doc.Profile, doc.Rest.Head)); err != nil {
		return postDoc{}, err
	}
	doc, err = get[postDoc](ctx, s, op, posts, filter)
	if err == nil && doc.Rest != nil {
		err = store.ErrNotFound
	}
	return doc, err
}

// UntoldPosts implements store.Posts, by the index posts_untold. All shards are asked: it is
// for a sweep.
func (s *Store) UntoldPosts(ctx context.Context, limit int) ([]core.Post, error) {
	docs, err := list[postDoc](ctx, s, "untold posts", posts, bson.D{{Key: "untold", Value: bson.D{{Key: "$gte", Value: int64(math.MinInt64)}}}},
		options.Find().SetSort(bson.D{{Key: "untold", Value: 1}}).SetLimit(int64(limit)))
	if err != nil {
		return nil, err
	}
	if err := s.completeAll(ctx, docs); err != nil {
		return nil, err
	}
	return decodeAll(docs, postDoc.post)
}

// completers is how many posts a call completes at a time.
const completers = 8

// completeAll completes those of the posts that are accepted and not complete.
func (s *Store) completeAll(ctx context.Context, docs []postDoc) error {
	group, ctx := errgroup.WithContext(context.WithoutCancel(ctx))
	group.SetLimit(completers)
	for _, d := range docs {
		if d.Rest != nil {
			group.Go(func() error { return s.complete(ctx, d, nil) })
		}
	}
	return group.Wait()
}

// UpdatePost implements store.Posts.
func (s *Store) UpdatePost(ctx context.Context, id string, fn func(*core.Post) error) (core.Post, error) {
	var doc postDoc
	// The profile is not known: all shards look for the id, and one of them has it.
	read := func(ctx context.Context) (p core.Post, version int64, err error) {
		if doc, err = s.readPost(ctx, "get post", byID(id)); err != nil {
			return core.Post{}, 0, err
		}
		p, err = doc.post()
		return p, p.Version, err
	}
	swap := func(ctx context.Context, p core.Post, _ int64) (bool, error) { return s.swapPost(ctx, doc, p) }
	return record.CompareAndSwap(ctx, read, record.ChangePost(fn), swap)
}

// swapPost stores the post in the place of the document. It keeps the slot that it has, and
// takes one that is new to it if that is free; a key that another has refuses the update.
func (s *Store) swapPost(ctx context.Context, before postDoc, p core.Post) (bool, error) {
	slot, at := slotOf(p)
	if slot != before.Slot || at != before.SlotAt {
		slot, at = newSlot(p)
	}
	swapped, err := s.putPost(ctx, before, p, slot, at)
	if !errors.Is(err, store.ErrExists) {
		return swapped, err
	}
	if again, err := s.keyTaken(ctx, p); again || err != nil {
		return false, err
	}
	swapped, err = s.putPost(ctx, before, p, noneMark+p.ID, 0)
	if errors.Is(err, store.ErrExists) { // its key was taken at this moment
		return false, nil
	}
	return swapped, err
}

// keyTaken returns ErrKeyUsed when another post has the key that the post is to get. It tells
// to try again when that one turned out not to be there.
func (s *Store) keyTaken(ctx context.Context, p core.Post) (again bool, err error) {
	other, err := get[postDoc](ctx, s, "find post", posts, bson.D{{Key: "profile", Value: p.ProfileID}, {Key: "key", Value: keyOf(p)}})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return false, nil
	case err != nil:
		return false, err
	case other.ID == p.ID:
		return false, nil
	case !other.provisional():
		return false, store.ErrKeyUsed
	}
	_, err = s.resolve(ctx, other)
	if errors.Is(err, errUnderWay) {
		err = store.ErrKeyUsed
	}
	return true, err
}

// putPost changes the document if it has the version still. ErrExists when key or slot is
// another's.
func (s *Store) putPost(ctx context.Context, before postDoc, p core.Post, slot string, at int64) (bool, error) {
	p.Version = 0
	body, err := s.encoders.Encode(p)
	if err != nil {
		return false, err
	}
	c := &changes{}
	c.put("key", keyOf(p))
	c.put("slot", slot)
	c.put("slotAt", at)
	c.put("body", body)
	searchOf(p, parseSegment(before.Search.Segment).platforms, rankOf(before.Search.Place)).put(c)
	filter := append(wherePost(before.Profile, before.ID), bson.E{Key: "version", Value: before.Version})
	update := append(c.update(), bson.E{Key: "$inc", Value: bson.D{{Key: "version", Value: 1}}})
	return s.update(ctx, "update post", posts, filter, update)
}
