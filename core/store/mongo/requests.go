package mongo

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// GetRequest implements store.Requests. One that is claimed for a post is there if the post
// is.
func (s *Store) GetRequest(ctx context.Context, profileID, key string) (store.Request, error) {
	doc, err := get[requestDoc](ctx, s, "get request", requests, byID(requestID(profileID, key)))
	if err != nil {
		return store.Request{}, err
	}
	if doc.Claim.Since != 0 {
		if _, err := s.readPost(ctx, "get request", wherePost(doc.Claim.Profile, doc.Claim.Post)); err != nil {
			return store.Request{}, err
		}
	}
	return doc.request(), nil
}

// ClaimRequest implements store.Requests. A key that a post claims which is being stored counts
// as used: whether it is will show.
func (s *Store) ClaimRequest(ctx context.Context, r store.Request) error {
	return s.insert(ctx, "claim request", requests, newRequestDoc(r))
}

// RetryRequest implements store.Requests.
func (s *Store) RetryRequest(ctx context.Context, r store.Request, at time.Time) error {
	doc := newRequestDoc(r)
	c := &changes{}
	c.put("tried", record.Micros(at))
	filter := append(
		answerable(doc), bson.E{Key: "status", Value: doc.Status}, bson.E{Key: "tried", Value: doc.Tried}, // null: there is none
	)
	retried, err := s.update(ctx, "retry request", requests, filter, c.update())
	if err == nil && !retried {
		err = store.ErrExists
	}
	return err
}

// answerable is the filter of a request with the same body that no post is claiming.
func answerable(doc requestDoc) bson.D {
	return append(byID(doc.ID), bson.E{Key: "hash", Value: doc.Hash}, bson.E{Key: "since", Value: bson.D{{Key: "$exists", Value: false}}})
}

// AnswerRequest implements store.Requests. It waits for a post that is being stored with the
// key.
func (s *Store) AnswerRequest(ctx context.Context, r store.Request) error {
	patience, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	doc := newRequestDoc(r)
	return patiently(ctx, patience, func() (bool, error) {
		answered, err := s.answer(ctx, doc)
		if answered || err != nil {
			return answered, err
		}
		err = s.insert(ctx, "answer request", requests, doc)
		if !errors.Is(err, store.ErrExists) {
			return err == nil, err
		}
		used, err := s.used(ctx, doc.ID)
		if err != nil || !used {
			return false, err
		}
		answered, err = s.answer(ctx, doc)
		if err == nil && !answered {
			err = store.ErrKeyUsed // of another body, or of a later try
		}
		return answered, err
	})
}

// answer stores the answer with the request, if it is there, has the same body and was not tried
// later.
func (s *Store) answer(ctx context.Context, doc requestDoc) (bool, error) {
	c := &changes{}
	c.put("status", doc.Status)
	c.put("answer", doc.Answer)
	if doc.Claim.Post != "" {
		c.put("post", doc.Claim.Post)
	}
	if doc.Tried != nil {
		c.put("tried", *doc.Tried)
	}
	tried := bson.A{bson.D{{Key: "tried", Value: nil}}}
	if doc.Tried != nil {
		tried = append(tried, bson.D{{Key: "tried", Value: bson.D{{Key: "$lte", Value: *doc.Tried}}}})
	}
	return s.update(ctx, "answer request", requests, append(answerable(doc), bson.E{Key: "$or", Value: tried}), c.update())
}

// deleteBatch is how many documents are deleted in one call.
const deleteBatch = 1000

// DeleteRequests implements store.Requests, by the index requests_by_age. It passes over
// claims, which CompletePosts settles.
func (s *Store) DeleteRequests(ctx context.Context, createdBefore time.Time) (int, error) {
	old := bson.D{
		{Key: "created", Value: bson.D{{Key: "$lt", Value: record.Micros(createdBefore)}}},
		{Key: "since", Value: bson.D{{Key: "$exists", Value: false}}},
	}
	deleted := 0
	for {
		found, err := ids[string](ctx, s, "delete requests", requests, old,
			options.Find().SetHint("requests_by_age").SetLimit(deleteBatch))
		if err != nil || len(found) == 0 {
			return deleted, err
		}
		// A key that was deleted meanwhile may be used again by now.
		result, err := s.db.Collection(requests).DeleteMany(ctx, append(byID(in(found)), old...))
		if err = s.done(ctx, "delete requests", err); err != nil {
			return deleted, err
		}
		deleted += int(result.DeletedCount)
	}
}
