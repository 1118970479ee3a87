package mongo

import (
	"cmp"
	"context"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// GetDelivery implements store.Deliveries.
func (s *Store) GetDelivery(ctx context.Context, id string) (core.Delivery, error) {
	return s.delivery(ctx, "get delivery", byID(id))
}

// FindDelivery implements store.Deliveries. Of several the one that was due last is returned;
// the few of one id are sorted without an index.
func (s *Store) FindDelivery(ctx context.Context, accountID, remoteID string) (core.Delivery, error) {
	if remoteID == "" {
		return core.Delivery{}, store.ErrNotFound
	}
	filter := bson.D{{Key: "sent.account", Value: accountID}, {Key: "sent.remote", Value: remoteID}}
	return s.delivery(ctx, "find delivery", filter, options.FindOne().
		SetSort(bson.D{{Key: "due", Value: -1}, {Key: "_id", Value: 1}}).SetHint("deliveries_by_remote"))
}

// delivery reads the one delivery that the filter selects.
func (s *Store) delivery(ctx context.Context, op string, filter bson.D, o ...options.Lister[options.FindOneOptions]) (core.Delivery, error) {
	doc, err := get[deliveryDoc](ctx, s, op, deliveries, filter, o...)
	if err != nil {
		return core.Delivery{}, err
	}
	return doc.delivery()
}

// ListDeliveries implements store.Deliveries, by the index deliveries_by_post.
func (s *Store) ListDeliveries(ctx context.Context, postIDs ...string) ([]core.Delivery, error) {
	if len(postIDs) == 0 {
		return nil, nil
	}
	filter := bson.D{{Key: "post", Value: in(postIDs)}}
	list, err := s.deliveries(ctx, "list deliveries", filter)
	slices.SortFunc(list, func(a, b core.Delivery) int {
		return cmp.Or(cmp.Compare(a.PostID, b.PostID), cmp.Compare(a.Platform, b.Platform), cmp.Compare(a.ID, b.ID))
	})
	return list, err
}

// deliveries reads all that the filter selects.
func (s *Store) deliveries(ctx context.Context, op string, filter bson.D, o ...options.Lister[options.FindOptions]) ([]core.Delivery, error) {
	docs, err := list[deliveryDoc](ctx, s, op, deliveries, filter, o...)
	if err != nil {
		return nil, err
	}
	return decodeAll(docs, deliveryDoc.delivery)
}

// UpdateDelivery implements store.Deliveries.
func (s *Store) UpdateDelivery(ctx context.Context, id string, fn func(*core.Delivery) error) (core.Delivery, error) {
	read := func(ctx context.Context) (core.Delivery, int64, error) {
		d, err := s.GetDelivery(ctx, id)
		return d, d.Version, err
	}
	return record.CompareAndSwap(ctx, read, record.ChangeDelivery(fn), s.swapDelivery)
}

func (s *Store) swapDelivery(ctx context.Context, d core.Delivery, version int64) (bool, error) {
	doc, err := s.encodeDelivery(d)
	if err != nil {
		return false, err
	}
	return s.swap(ctx, "update delivery", deliveries, d.ID, version, doc.changes().update())
}

// CountPublished implements store.Deliveries. The index has all that is counted by.
func (s *Store) CountPublished(ctx context.Context, accountID string, since time.Time) (int, error) {
	filter := bson.D{{Key: "sent.account", Value: accountID}, {Key: "sent.at", Value: bson.D{{Key: "$gte", Value: record.Micros(since)}}}}
	n, err := s.db.Collection(deliveries).CountDocuments(ctx, filter, options.Count().SetHint("deliveries_published"))
	return int(n), s.done(ctx, "count published deliveries", err)
}

// UnsentDeliveries implements store.Deliveries. The index deliveries_open tells the account
// too, so that only the account's own deliveries are read.
func (s *Store) UnsentDeliveries(ctx context.Context, accountID string, dueBy time.Time, limit int) ([]core.Delivery, error) {
	filter := bson.D{
		{Key: "open.due", Value: bson.D{{Key: "$lte", Value: record.Micros(dueBy)}}},
		{Key: "open.account", Value: accountID},
		{Key: "open.unsent", Value: true},
	}
	return s.deliveries(ctx, "unsent deliveries", filter, options.Find().SetSort(oldestOpen()).SetLimit(int64(limit)))
}
