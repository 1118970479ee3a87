package mongo

import (
	"context"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// readPosts reads posts that are whole. What is half-written is completed before, or taken
// away if its post was not accepted.
func readPosts(ctx context.Context, s *Store, q query) ([]store.Record, error) {
	docs, err := readWhole(ctx, s, q, (*Store).settlePost)
	if err != nil || len(docs) == 0 {
		return nil, err
	}
	children, err := s.childrenOf(ctx, docs)
	if err != nil {
		return nil, err
	}
	return decodeAll(docs, func(d postDoc) (store.Record, error) {
		var p core.Post
		if err := record.DecodeExact([]byte(d.Body), &p); err != nil {
			return store.Record{}, err
		}
		p.Version = d.Version
		var platforms []string
		if err := record.Decode(parseSegment(d.Search.Segment).platforms, &platforms); err != nil {
			return store.Record{}, err
		}
		return s.encoders.EncodeRecord(d.ID, record.NewPost(p, platforms, children[d.ID], strings.HasPrefix(d.Slot, uniqueMark)))
	})
}

// readWhole reads documents until none of them is half-written any more. settle makes an end of
// one that is, and tells whether it was.
func readWhole[D any](ctx context.Context, s *Store, q query, settle func(*Store, context.Context, D) (bool, error)) ([]D, error) {
	for {
		docs, err := list[D](ctx, s, q.op, q.collection, q.filter, q.options)
		if err != nil {
			return nil, err
		}
		some := false
		for _, d := range docs {
			was, err := settle(s, ctx, d)
			if err != nil {
				return nil, err
			}
			some = some || was
		}
		if !some {
			return docs, nil
		}
	}
}

func (s *Store) settlePost(ctx context.Context, d postDoc) (bool, error) {
	switch {
	case d.Rest == nil:
		return false, nil
	case d.provisional():
		_, err := s.resolve(ctx, d)
		return true, err
	}
	return true, s.complete(ctx, d, nil)
}

// childrenOf returns the ids of the deliveries by post, by the index deliveries_by_post.
func (s *Store) childrenOf(ctx context.Context, docs []postDoc) (map[string][]string, error) {
	ids := make([]string, len(docs))
	for i, d := range docs {
		ids[i] = d.ID
	}
	found, err := list[struct {
		ID   string `bson:"_id"`
		Post string `bson:"post"`
	}](ctx, s, "list deliveries", deliveries, bson.D{{Key: "post", Value: in(ids)}},
		options.Find().SetProjection(bson.D{{Key: "post", Value: 1}}).SetHint("deliveries_by_post"))
	children := make(map[string][]string, len(docs))
	for _, d := range found {
		children[d.Post] = append(children[d.Post], d.ID)
	}
	return children, err
}

func postOf(s *Store, b record.Post) (any, error) {
	p := b.Post
	version := p.Version
	p.Version = 0
	body, err := s.encoders.Encode(p)
	if err != nil {
		return nil, err
	}
	platforms, err := s.encoders.Encode(b.Platforms)
	doc := postDoc{
		ID: p.ID, Profile: p.ProfileID, Key: keyOf(p), Slot: noneMark + p.ID, Body: body, Version: version,
		Search: searchOf(p, platforms, newRank(s.stored.next(s.clock.Now()), p.ID)),
	}
	if b.HasSlot {
		doc.Slot, doc.SlotAt = slotOf(p)
	}
	return doc, err
}

func readDelivery(s *Store, d deliveryDoc) (store.Record, error) {
	var delivery core.Delivery
	if err := record.DecodeExact([]byte(d.Body), &delivery); err != nil {
		return store.Record{}, err
	}
	delivery.Version = d.Version
	record.NormalizeDelivery(&delivery)
	return s.encoders.EncodeRecord(d.ID, delivery)
}

func deliveryOf(s *Store, d core.Delivery) (any, error) {
	doc, err := s.encodeDelivery(d)
	doc.Version = d.Version
	return doc, err
}

// requestsAfter is a range of the index requests_by_profile: the _id is a hash.
func requestsAfter(key string) bson.D {
	profile, name := record.SplitKey(key)
	return bson.D{{Key: "$or", Value: bson.A{
		bson.D{{Key: "profile", Value: bson.D{{Key: "$gt", Value: profile}}}},
		bson.D{{Key: "profile", Value: profile}, {Key: "key", Value: bson.D{{Key: "$gt", Value: name}}}},
	}}}
}

func requestOrder() bson.D { return bson.D{{Key: "profile", Value: 1}, {Key: "key", Value: 1}} }

// readRequests reads those whose posts are stored. A claim of a key is settled before.
func readRequests(ctx context.Context, s *Store, q query) ([]store.Record, error) {
	docs, err := readWhole(ctx, s, q, func(s *Store, ctx context.Context, d requestDoc) (bool, error) {
		if d.Claim.Since == 0 {
			return false, nil
		}
		_, err := s.settleRequest(ctx, d)
		return true, err
	})
	if err != nil {
		return nil, err
	}
	return decodeAll(docs, func(d requestDoc) (store.Record, error) {
		r := record.NewRequest(d.request())
		return s.encoders.EncodeRecord(record.JoinKey(r.ProfileID, r.Key), r)
	})
}

func requestOf(_ *Store, r store.Request) (any, error) { return newRequestDoc(r), nil }

// readJob leaves the lease out: who has held the job does not work with the other store.
func readJob(s *Store, d job) (store.Record, error) {
	j := d.job()
	return s.encoders.EncodeRecord(record.JoinKey(j.Kind, j.Key), record.NewJob(j))
}

func jobOf(_ *Store, j record.Job) (any, error) { return newJob(j.Whole()), nil }
