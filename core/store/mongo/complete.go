package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/sync/errgroup"

	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store/record"
)

// complete writes the rest of an accepted post. It may be done several times, and by several
// processes at once: the rest is taken away last, each part is written once by its id, and a
// job that comes again after its end finds its delivery in a state in which nothing is to be
// done. A job that may be claimed at once comes after its delivery, which it would not find
// otherwise.
// others are the provisional posts of it; nil: they are read.
func (s *Store) complete(ctx context.Context, head postDoc, others []postDoc) error {
	others, err := s.othersOf(ctx, head, others)
	if err != nil {
		return err
	}
	all := append([]postDoc{head}, others...)
	first := []func(context.Context) error{
		func(ctx context.Context) error { return s.completeDeliveries(ctx, all) },
		func(ctx context.Context) error { return s.confirmRequest(ctx, head.Rest.Request) },
	}
	second := []func(context.Context) error{func(ctx context.Context) error { return s.releaseContents(ctx, head) }}
	addJobs := func(ctx context.Context) error { return s.completeJobs(ctx, all) }
	if s.dueLater(all) { // a round trip less
		first = append(first, addJobs)
	} else {
		second = append(second, addJobs)
	}
	for _, step := range [][]func(context.Context) error{
		first, second,
		// With its rest a post loses what is known of its jobs, and the head what is known of it.
		{func(ctx context.Context) error { return s.show(ctx, others) }},
		{func(ctx context.Context) error { return s.dropRest(ctx, head) }},
	} {
		group, ctx := errgroup.WithContext(ctx)
		for _, do := range step {
			group.Go(func() error { return do(ctx) })
		}
		if err := group.Wait(); err != nil {
			return err
		}
	}
	return nil
}

// dueLater tells whether nobody can claim a job of the posts before their deliveries are there,
// which takes less than a claim is young for.
func (s *Store) dueLater(docs []postDoc) bool {
	later := record.Micros(s.clock.Now().Add(claimYoung))
	for _, d := range docs {
		for _, j := range d.Rest.Jobs {
			if j.RunAt <= later {
				return false
			}
		}
	}
	return true
}

// othersOf returns the provisional posts of an accepted one.
func (s *Store) othersOf(ctx context.Context, head postDoc, known []postDoc) ([]postDoc, error) {
	if len(head.Rest.Also) == 0 || known != nil {
		return known, nil
	}
	return list[postDoc](ctx, s, "complete a post", posts, bson.D{
		{Key: "profile", Value: head.Profile},
		{Key: "_id", Value: bson.D{{Key: "$in", Value: head.Rest.Also}}},
		{Key: "rest.since", Value: head.Rest.Since},
	})
}

func (s *Store) completeDeliveries(ctx context.Context, docs []postDoc) error {
	var all []any
	for _, d := range docs {
		for _, delivery := range d.Rest.Deliveries {
			all = append(all, delivery)
		}
	}
	_, err := s.insertNew(ctx, "insert deliveries", deliveries, all)
	return err
}

func (s *Store) completeJobs(ctx context.Context, docs []postDoc) error {
	var jobs []queue.Job
	for _, d := range docs {
		for _, j := range d.Rest.Jobs {
			jobs = append(jobs, j.job())
		}
	}
	if len(jobs) == 0 {
		return nil
	}
	return s.Enqueue(ctx, jobs...)
}

// confirmRequest makes the claim of the request's key the request. Where the claim is gone,
// the request is stored anew.
func (s *Store) confirmRequest(ctx context.Context, r *requestDoc) error {
	if r == nil {
		return nil
	}
	filter := append(byID(r.ID), bson.E{Key: "post", Value: r.Claim.Post})
	update := bson.D{
		{Key: "$unset", Value: bson.D{{Key: "since", Value: ""}}},
		{Key: "$setOnInsert", Value: bson.D{
			{Key: "profile", Value: r.Claim.Profile},
			{Key: "key", Value: r.Key},
			{Key: "hash", Value: r.Hash},
			{Key: "status", Value: r.Status},
			{Key: "answer", Value: r.Answer},
			{Key: "created", Value: r.Created},
		}},
	}
	_, err := s.db.Collection(requests).UpdateOne(ctx, filter, update, options.UpdateOne().SetUpsert(true))
	if mongo.IsDuplicateKeyError(err) { // of another post, or another process did it just now
		err = nil
	}
	return s.done(ctx, "confirm a request", err)
}

// releaseContents ends the claims of the post's contents: its deliveries are there, where
// others find them.
func (s *Store) releaseContents(ctx context.Context, head postDoc) error {
	if len(head.Rest.Contents) == 0 {
		return nil
	}
	_, err := s.db.Collection(contentClaims).DeleteMany(ctx, bson.D{
		{Key: "_id", Value: bson.D{{Key: "$in", Value: head.Rest.Contents}}},
		{Key: "since", Value: head.Rest.Since},
	})
	return s.done(ctx, "release contents", err)
}

// show makes provisional posts visible.
func (s *Store) show(ctx context.Context, docs []postDoc) error {
	if len(docs) == 0 {
		return nil
	}
	models := make([]mongo.WriteModel, len(docs))
	for k, d := range docs {
		c := &changes{}
		d.Rest.Search.put(c)
		c.unset = append(c.unset, bson.E{Key: "rest", Value: ""})
		filter := append(wherePost(d.Profile, d.ID), bson.E{Key: "rest.since", Value: d.Rest.Since})
		models[k] = mongo.NewUpdateOneModel().SetFilter(filter).SetUpdate(c.update())
	}
	_, err := s.db.Collection(posts).BulkWrite(ctx, models, options.BulkWrite().SetOrdered(false))
	return s.done(ctx, "show posts", err)
}

// dropRest marks the post as complete.
func (s *Store) dropRest(ctx context.Context, head postDoc) error {
	filter := append(wherePost(head.Profile, head.ID), bson.E{Key: "rest.since", Value: head.Rest.Since})
	_, err := s.db.Collection(posts).UpdateOne(ctx, filter, bson.D{{Key: "$unset", Value: bson.D{{Key: "rest", Value: ""}}}})
	return s.done(ctx, "complete a post", err)
}
