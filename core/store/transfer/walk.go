package transfer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"hash"

	"golang.org/x/sync/errgroup"

	"github.com/crier-social/crier/core/store"
)

const (
	// batch is how many records are read or written at a time; a few batches are in memory.
	batch = 500
	// shown is how many keys of records that differ are told.
	shown = 5
)

// walk calls fn for every key of the kind that one of the stores has, in the order of keys,
// with the records of both; nil: that store has none.
func walk(ctx context.Context, from, to store.Transfer, kind store.RecordKind, fn func(source, target *store.Record) error) error {
	group, ctx := errgroup.WithContext(ctx)
	source, target := read(ctx, group, from, kind), read(ctx, group, to, kind)
	group.Go(func() error {
		for {
			s, t, err := heads(ctx, source, target)
			if err != nil || s == nil && t == nil {
				return err
			}
			if err := fn(s, t); err != nil {
				return err
			}
			source.pass(s)
			target.pass(t)
		}
	})
	return group.Wait()
}

// heads returns the records of the next key.
func heads(ctx context.Context, source, target *stream) (s, t *store.Record, err error) {
	if s, err = source.head(ctx); err != nil {
		return nil, nil, err
	}
	if t, err = target.head(ctx); err != nil {
		return nil, nil, err
	}
	switch {
	case s == nil || t == nil || s.Key == t.Key:
		return s, t, nil
	case s.Key < t.Key:
		return s, nil, nil
	}
	return nil, t, nil
}

// stream is the records of a store in the order of their keys. The next page is read while one
// is worked on.
type stream struct {
	pages <-chan []store.Record // the last page is empty
	page  []store.Record
	ended bool
}

// read begins a stream. Where reading fails, it does not end, but ctx does.
func read(ctx context.Context, group *errgroup.Group, from store.Transfer, kind store.RecordKind) *stream {
	pages := make(chan []store.Record, 1)
	group.Go(func() error {
		for after := ""; ; {
			page, err := from.ReadRecords(ctx, kind, after, batch)
			if err != nil {
				return err
			}
			select {
			case pages <- page:
			case <-ctx.Done():
				return ctx.Err()
			}
			if len(page) == 0 {
				return nil
			}
			after = page[len(page)-1].Key
		}
	})
	return &stream{pages: pages}
}

// head returns the next record; nil at the end.
func (s *stream) head(ctx context.Context) (*store.Record, error) {
	if len(s.page) == 0 && !s.ended {
		select {
		case s.page = <-s.pages:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		s.ended = len(s.page) == 0
	}
	if s.ended {
		return nil, nil
	}
	return &s.page[0], nil
}

// pass leaves the head behind, if it is given.
func (s *stream) pass(head *store.Record) {
	if head != nil {
		s.page = s.page[1:]
	}
}

func same(a, b *store.Record) bool { return a != nil && b != nil && bytes.Equal(a.Body, b.Body) }

// remove removes what the target has and the source has not, or not so. That comes before
// anything is written: what is unique may have passed from one record to another.
func (m *mover) remove(ctx context.Context, kind store.RecordKind) (removed int, err error) {
	from, to := m.From.Store, m.To.Store
	if some, err := to.ReadRecords(ctx, kind, "", 1); err != nil || len(some) == 0 {
		return 0, err
	}
	var keys []string
	flush := func() error {
		if err := m.still(ctx); err != nil {
			return err
		}
		removed += len(keys)
		err := to.DeleteRecords(ctx, kind, keys)
		keys = keys[:0]
		return err
	}
	looked := 0
	err = walk(ctx, from, to, kind, func(source, target *store.Record) error {
		if looked++; looked%batch == 0 {
			m.Progress(Removing, kind, looked)
		}
		if target == nil || same(source, target) {
			return nil
		}
		if keys = append(keys, target.Key); len(keys) < batch {
			return nil
		}
		return flush()
	})
	if err != nil || len(keys) == 0 {
		return removed, err
	}
	return removed, flush()
}

// copy writes what the target lacks.
func (m *mover) copy(ctx context.Context, kind store.RecordKind) (written int, err error) {
	from, to := m.From.Store, m.To.Store
	var records []store.Record
	flush := func() error {
		if err := m.still(ctx); err != nil {
			return err
		}
		written += len(records)
		err := to.InsertRecords(ctx, kind, records)
		records = records[:0]
		m.Progress(Copying, kind, written)
		return err
	}
	err = walk(ctx, from, to, kind, func(source, target *store.Record) error {
		if source == nil || target != nil {
			return nil
		}
		if records = append(records, *source); len(records) < batch {
			return nil
		}
		return flush()
	})
	if err != nil || len(records) == 0 {
		return written, err
	}
	return written, flush()
}

// compare reads all again from both stores.
func (m *mover) compare(ctx context.Context, k *Kind) error {
	source, target := newSummer(), newSummer()
	err := walk(ctx, m.From.Store, m.To.Store, k.Name, func(s, t *store.Record) error {
		source.add(s)
		target.add(t)
		if !same(s, t) {
			k.differs(s, t)
		}
		if n := max(source.count, target.count); n%batch == 0 {
			m.Progress(Comparing, k.Name, n)
		}
		return nil
	})
	k.Source, k.Target = source.sum(), target.sum()
	return err
}

func (k *Kind) differs(source, target *store.Record) {
	k.Different++
	if len(k.Differing) < shown {
		present := source
		if present == nil {
			present = target
		}
		k.Differing = append(k.Differing, present.Key)
	}
}

// Sum is the number of records, and a hash over all of them in the order of their keys.
type Sum struct {
	Records int
	SHA256  [sha256.Size]byte
}

type summer struct {
	hash  hash.Hash
	count int
}

func newSummer() *summer { return &summer{hash: sha256.New()} }

// add counts a record, if it is one. Lengths are hashed too, so that key and body cannot be
// taken for each other.
func (s *summer) add(r *store.Record) {
	if r == nil {
		return
	}
	s.count++
	for _, part := range [][]byte{[]byte(r.Key), r.Body} {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(part)))
		s.hash.Write(size[:])
		s.hash.Write(part)
	}
}

func (s *summer) sum() Sum { return Sum{Records: s.count, SHA256: [sha256.Size]byte(s.hash.Sum(nil))} }
