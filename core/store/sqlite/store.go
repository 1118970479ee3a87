// Package sqlite keeps Crier's data in one SQLite file. It is pure Go.
//
// All writes go through one goroutine and one connection, which commits the
// writes that arrive together in one transaction with one wait for the disk;
// reads have connections of their own and never wait for a write. A write that
// returned nil is durable and seen by every later read. Several processes can
// share the file on one machine.
//
// What identifies a record (its id, and its profile, post, account, platform and
// remote id where it has them) stays as it was created: an update that changes
// it is stored without that change. A post goes on being listed under the
// platforms that it was created with.
package sqlite

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// minReaders is how many reads can run at a time; as many as there are processors
// if that is more.
const minReaders = 4

// Options are the settings of a Store. The zero value is good.
type Options struct {
	Clock core.Clock   // default: the system's
	Log   *slog.Logger // default: none
}

// Store is a store.Store in one file.
type Store struct {
	clock    core.Clock
	writer   *writer
	readers  *readers
	encoders record.Encoders
	owner    *owner

	closing  sync.Once
	closeErr error
}

// Open opens the database file and creates it, with its folder, if it is not
// there; only the owner may read it. The caller runs Migrate before anything
// else, and Close at the end.
func Open(path string, o Options) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	if err := createFile(path); err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	write, err := openConn(
		path,
		"journal_mode = WAL",
		"synchronous = FULL",
		"foreign_keys = ON",
		"temp_store = MEMORY",
		"cache_size = -8000", // KiB
	)
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", classify(err))
	}
	s := &Store{clock: o.Clock, owner: newOwner(path + ".owners")}
	if s.clock == nil {
		s.clock = core.SystemClock{}
	}
	s.writer = newWriter(write, s.clock, cmp.Or(o.Log, slog.New(slog.DiscardHandler)), func() error { return hasRoom(path) })
	s.readers = newReaders(max(minReaders, runtime.GOMAXPROCS(0)), func() (*conn, error) {
		return openConn(path, "query_only = ON", "temp_store = MEMORY")
	})
	return s, nil
}

// createFile makes sure that the file is there. SQLite gives the files that it
// keeps beside it the same mode.
func createFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the operator names the file
	if err != nil {
		return err
	}
	return f.Close()
}

// Close finishes the writes that have begun, and the reads, and closes the file.
// It may be called more than once.
func (s *Store) Close() error {
	s.closing.Do(func() {
		s.writer.stop()
		s.closeErr = errors.Join(s.readers.close(), s.writer.conn.close(), s.owner.close())
	})
	return s.closeErr
}

// Ping writes a row, durably, and reads it. It ends with ctx, and tells then what keeps the
// store from writing, if that is known.
func (s *Store) Ping(ctx context.Context) error {
	now := s.clock.Now()
	err := s.writer.probe(ctx, func(c *conn) error { return noteLatest(c, now) })
	if err != nil {
		return wrap("ping", err)
	}
	return s.readers.do(ctx, func(c *conn) error {
		found, err := c.exists("SELECT 1 FROM heartbeat")
		if err == nil && !found {
			err = errors.New("what was written cannot be read")
		}
		return wrap("ping", err)
	})
}

// wrap tells in which operation the store failed. What the callers of the store
// tell apart passes as it is.
func wrap(op string, err error) error {
	if err == nil || !isDriverError(err) {
		return err
	}
	return fmt.Errorf("sqlite: %s: %w", op, err)
}

// get reads the one row that the query selects; ErrNotFound when there is none.
func (s *Store) get(ctx context.Context, op string, scan func(row) error, query string, args ...driver.Value) error {
	err := s.readers.do(ctx, func(c *conn) error {
		found, err := c.one(scan, query, args...)
		if err == nil && !found {
			return store.ErrNotFound
		}
		return err
	})
	return wrap(op, err)
}

// list reads all rows that the query selects.
func (s *Store) list(ctx context.Context, op string, scan func(row) error, query string, args ...driver.Value) error {
	return wrap(op, s.readers.do(ctx, func(c *conn) error { return c.query(scan, query, args...) }))
}

var _ store.Store = (*Store)(nil)
