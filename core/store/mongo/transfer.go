package mongo

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// recordMove is how records of one kind are moved. They are read by ranges of the index by
// _id, whose order is that of the keys, unless it says otherwise.
type recordMove struct {
	collection string
	// id is the _id of the record of a key.
	id func(key string) any
	// only selects the documents of the collection that are of the kind; nil: all are.
	only bson.D
	// after and order are the range and the order of another index; nil: those by _id.
	after func(key string) bson.D
	order bson.D
	// read returns the records that a query finds.
	read func(context.Context, *Store, query) ([]store.Record, error)
	// doc is the document of a record, with the versions that it has.
	doc func(s *Store, body []byte) (any, error)
}

// query selects documents.
type query struct {
	op, collection string
	filter         bson.D
	options        *options.FindOptionsBuilder
}

func transferOf(kind store.RecordKind) (recordMove, error) {
	t, known := transfers()[kind]
	if !known {
		return recordMove{}, fmt.Errorf("mongo: there are no records of the kind %q", kind)
	}
	return t, nil
}

// page selects what comes after the key.
func (t recordMove) page(op, after string, limit int) query {
	filter, order := bson.D{}, bson.D{{Key: "_id", Value: 1}}
	switch {
	case t.after != nil:
		filter, order = t.after(after), t.order
	case after != "":
		filter = bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: t.id(after)}}}}
	}
	return query{op, t.collection, append(filter, t.only...), options.Find().SetSort(order).SetLimit(int64(limit))}
}

// reading makes a read of what makes one document a record.
func reading[D any](convert func(*Store, D) (store.Record, error)) func(context.Context, *Store, query) ([]store.Record, error) {
	return func(ctx context.Context, s *Store, q query) ([]store.Record, error) {
		docs, err := list[D](ctx, s, q.op, q.collection, q.filter, q.options)
		if err != nil {
			return nil, err
		}
		return decodeAll(docs, func(d D) (store.Record, error) { return convert(s, d) })
	}
}

// from makes a doc of what makes the body of one type a document.
func from[B any](convert func(*Store, B) (any, error)) func(*Store, []byte) (any, error) {
	return func(s *Store, raw []byte) (any, error) {
		var body B
		if err := record.DecodeExact(raw, &body); err != nil {
			return nil, err
		}
		return convert(s, body)
	}
}

// ReadRecords implements store.Transfer.
func (s *Store) ReadRecords(ctx context.Context, kind store.RecordKind, after string, limit int) ([]store.Record, error) {
	t, err := transferOf(kind)
	if err != nil {
		return nil, err
	}
	records, err := t.read(ctx, s, t.page("read "+string(kind), after, limit))
	if err != nil {
		return nil, err
	}
	return records, nil
}

// InsertRecords implements store.Transfer.
func (s *Store) InsertRecords(ctx context.Context, kind store.RecordKind, records []store.Record) error {
	t, err := transferOf(kind)
	if err != nil {
		return err
	}
	docs := make([]any, len(records))
	for i, r := range records {
		if docs[i], err = t.doc(s, r.Body); err != nil {
			return fmt.Errorf("%s %q: %w", kind, r.Key, err)
		}
	}
	there, err := s.insertNew(ctx, "insert "+string(kind), t.collection, docs)
	if err != nil {
		return err
	}
	var all error
	for i := range there {
		all = errors.Join(all, fmt.Errorf("%s %q: %w", kind, records[i].Key, store.ErrExists))
	}
	return all
}

// DeleteRecords implements store.Transfer.
func (s *Store) DeleteRecords(ctx context.Context, kind store.RecordKind, keys []string) error {
	t, err := transferOf(kind)
	if err != nil || len(keys) == 0 {
		return err
	}
	ids := make([]any, len(keys))
	for i, key := range keys {
		ids[i] = t.id(key)
	}
	_, err = s.db.Collection(t.collection).DeleteMany(ctx, append(byID(in(ids)), t.only...))
	return s.done(ctx, "delete "+string(kind), err)
}
