package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strings"

	"github.com/crier-social/crier/core/store"
)

// recordMove is how records of one kind are moved.
type recordMove struct {
	// read selects records: those after the parts of a key, ?1 and, if it has two, ?2; at
	// most as many as the last argument tells.
	read string
	key  func(string) []driver.Value // the parts of a key
	// scan returns the record of a row that read selects.
	scan func(*Store, row) (store.Record, error)
	// insert returns the rows that a record is.
	insert func(*Store, []byte) ([]insertion, error)
	// remove deletes the record of the parts of a key.
	remove string
}

// insertion is a row to be inserted.
type insertion struct {
	table   string
	columns []column
}

type column struct {
	name  string
	value driver.Value
}

func (i insertion) exec(c *conn) (int64, error) {
	names, values := make([]string, len(i.columns)), make([]driver.Value, len(i.columns))
	for n, column := range i.columns {
		names[n], values[n] = column.name, column.value
	}
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(names)), ", ")
	return c.exec("INSERT INTO "+i.table+" ("+strings.Join(names, ", ")+") VALUES ("+marks+") ON CONFLICT DO NOTHING", values...)
}

func transferOf(kind store.RecordKind) (recordMove, error) {
	t, known := transfers()[kind]
	if !known {
		return recordMove{}, fmt.Errorf("sqlite: there are no records of the kind %q", kind)
	}
	return t, nil
}

// ReadRecords implements store.Transfer.
func (s *Store) ReadRecords(ctx context.Context, kind store.RecordKind, after string, limit int) (records []store.Record, err error) {
	t, err := transferOf(kind)
	if err != nil {
		return nil, err
	}
	err = s.list(ctx, "read "+string(kind), func(r row) error {
		record, err := t.scan(s, r)
		if err != nil {
			return fmt.Errorf("%s %q: %w", kind, record.Key, err)
		}
		records = append(records, record)
		return nil
	}, t.read, append(t.key(after), int64(limit))...)
	if err != nil {
		return nil, err
	}
	return records, nil
}

// InsertRecords implements store.Transfer: all or nothing.
func (s *Store) InsertRecords(ctx context.Context, kind store.RecordKind, records []store.Record) error {
	t, err := transferOf(kind)
	if err != nil {
		return err
	}
	rows := make([][]insertion, len(records))
	for i, record := range records {
		if rows[i], err = t.insert(s, record.Body); err != nil {
			return fmt.Errorf("%s %q: %w", kind, record.Key, err)
		}
	}
	return wrap("insert "+string(kind), s.writer.do(ctx, func(c *conn) error {
		for i, record := range records {
			for _, row := range rows[i] {
				n, err := row.exec(c)
				if err := orElse(n, err, store.ErrExists); err != nil {
					return fmt.Errorf("%s %q: %w", kind, record.Key, err)
				}
			}
		}
		return nil
	}))
}

// DeleteRecords implements store.Transfer.
func (s *Store) DeleteRecords(ctx context.Context, kind store.RecordKind, keys []string) error {
	t, err := transferOf(kind)
	if err != nil {
		return err
	}
	return wrap("delete "+string(kind), s.writer.do(ctx, func(c *conn) error {
		for _, key := range keys {
			if _, err := c.exec(t.remove, t.key(key)...); err != nil {
				return err
			}
		}
		return nil
	}))
}
