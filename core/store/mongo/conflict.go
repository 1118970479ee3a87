package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/crier-social/crier/core/store"
)

// conflictBatch is how many documents are looked for in one query.
const conflictBatch = 100

// conflict finds out why documents cannot be stored, for the first of them that has a
// reason; nil when nothing stands in the way any more. Posts that it finds accepted and not
// complete are completed.
func (i *insertion) conflict(ctx context.Context, docs []postDoc) error {
	for len(docs) > 0 {
		some := docs[:min(conflictBatch, len(docs))]
		found, err := i.standing(ctx, some)
		if err != nil {
			return err
		}
		for _, doc := range some {
			if err := i.reason(doc, found); err != nil {
				return err
			}
		}
		docs = docs[len(some):]
	}
	return nil
}

// standing returns what there is with ids, keys or slots of the documents. Each part of the
// filter is an equality in a unique index.
func (i *insertion) standing(ctx context.Context, docs []postDoc) ([]postDoc, error) {
	parts := make(bson.A, 0, 3*len(docs))
	for _, d := range docs {
		profile := bson.E{Key: "profile", Value: d.Profile}
		parts = append(parts, wherePost(d.Profile, d.ID),
			bson.D{profile, {Key: "key", Value: d.Key}},
			bson.D{profile, {Key: "slot", Value: d.Slot}, {Key: "slotAt", Value: d.SlotAt}})
	}
	found, err := list[postDoc](ctx, i.Store, "find conflicts", posts, bson.D{{Key: "$or", Value: parts}})
	if err != nil {
		return nil, err
	}
	for _, d := range found {
		switch {
		case d.Grave != nil || d.Rest == nil || i.own(d):
		case d.provisional():
			if _, err := i.resolve(ctx, d); err != nil {
				return nil, err
			}
			return i.standing(ctx, docs) // what is there has changed
		default:
			if err := i.complete(context.WithoutCancel(ctx), d, nil); err != nil {
				return nil, err
			}
		}
	}
	return found, nil
}

// own tells whether this attempt has stored the document.
func (i *insertion) own(d postDoc) bool { return d.provisional() && d.Rest.Since == i.since }

// reason tells why one document cannot be stored beside those that were found. That the
// post is there says more than that its slot is taken, and that more than its key.
func (i *insertion) reason(doc postDoc, found []postDoc) error {
	var slot, key bool
	for _, d := range found {
		switch {
		case d.Profile != doc.Profile:
		case d.ID == doc.ID && d.Grave != nil:
			if d.Grave.Token != i.grave {
				return &buriedError{token: d.Grave.Token}
			}
		case d.ID == doc.ID && !i.own(d):
			return store.ErrExists
		case d.ID == doc.ID:
		default:
			slot = slot || d.Slot == doc.Slot && d.SlotAt == doc.SlotAt
			key = key || d.Key == doc.Key
		}
	}
	switch {
	case slot:
		return store.ErrSlotTaken
	case key:
		return store.ErrKeyUsed
	}
	return nil
}
