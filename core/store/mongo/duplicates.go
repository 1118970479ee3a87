package mongo

import (
	"context"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

const deliveriesByContent = "deliveries_by_content"

// FindDuplicate implements store.Duplicates. The index has the contents of what is alive
// alone; those of one content within the window are few, and sorted without it.
func (s *Store) FindDuplicate(ctx context.Context, q store.DuplicateQuery) (core.Delivery, error) {
	if q.Content == "" {
		return core.Delivery{}, store.ErrNotFound
	}
	filter := append(contentWindow(q.Content, q.Due, q.Window), bson.E{Key: "post", Value: bson.D{{Key: "$ne", Value: q.Except}}})
	return s.delivery(ctx, "find duplicate", filter, options.FindOne().SetHint(deliveriesByContent).
		SetSort(bson.D{{Key: "content.due", Value: 1}, {Key: "_id", Value: 1}}))
}

// contentWindow selects the deliveries of the content that are due less than window before
// or after the time.
func contentWindow(content string, due time.Time, window time.Duration) bson.D {
	due = record.Truncate(due)
	return bson.D{
		{Key: "content.key", Value: content},
		{Key: "content.due", Value: bson.D{{Key: "$gt", Value: record.Micros(due.Add(-window))}, {Key: "$lt", Value: record.Micros(due.Add(window))}}},
	}
}

// refuseDuplicates looks for duplicates of what is to be stored: in the store, where the
// claims of the contents keep them from appearing at the same moment, and among the posts
// themselves.
func (i *insertion) refuseDuplicates(ctx context.Context) error {
	if len(i.contents) == 0 {
		return nil
	}
	known, err := i.knownContents(ctx)
	if err != nil {
		return err
	}
	for k, n := range i.posts {
		if n.DuplicateWindow > 0 && slices.ContainsFunc(n.Deliveries, func(d core.Delivery) bool { return duplicated(d, n.DuplicateWindow, known) }) {
			return i.patiently(ctx, func() (bool, error) {
				if err := i.conflict(ctx, i.docs[:k+1]); err != nil {
					return false, err
				}
				return false, store.ErrDuplicate
			})
		}
		for _, d := range i.docs[k].Rest.Deliveries {
			if d.Content != nil {
				known = append(known, *d.Content)
			}
		}
	}
	return nil
}

func duplicated(d core.Delivery, window time.Duration, known []contentPart) bool {
	due := record.Truncate(d.DueAt)
	from, to := record.Micros(due.Add(-window)), record.Micros(due.Add(window))
	return d.Content != "" && slices.ContainsFunc(known, func(c contentPart) bool {
		return c.Key == d.Content && c.Due > from && c.Due < to
	})
}

// knownContents returns the contents that the store has within the windows of the
// deliveries, which are all in the index.
func (i *insertion) knownContents(ctx context.Context) ([]contentPart, error) {
	var known []contentPart
	for windows := range slices.Chunk(i.windows(), conflictBatch) {
		docs, err := list[deliveryDoc](ctx, i.Store, "find duplicates", deliveries, bson.D{{Key: "$or", Value: windows}},
			options.Find().SetHint(deliveriesByContent).SetProjection(bson.D{{Key: "_id", Value: 0}, {Key: "content", Value: 1}}))
		if err != nil {
			return nil, err
		}
		for _, d := range docs {
			known = append(known, *d.Content)
		}
	}
	return known, nil
}

// windows are the windows of all deliveries that may have no duplicate.
func (i *insertion) windows() (windows []bson.D) {
	for _, n := range i.posts {
		for _, d := range n.Deliveries {
			if n.DuplicateWindow > 0 && d.Content != "" {
				windows = append(windows, contentWindow(d.Content, d.DueAt, n.DuplicateWindow))
			}
		}
	}
	return windows
}
