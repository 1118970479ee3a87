package sqlite

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/crier-social/crier/core/filelock"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// GetMove implements store.Transfer.
func (s *Store) GetMove(ctx context.Context) (store.Move, error) {
	m, _, err := s.versionedMove(ctx)
	return m, err
}

func (s *Store) versionedMove(ctx context.Context) (m store.Move, version int64, err error) {
	err = s.list(ctx, "read the move", func(r row) error {
		version = r.integer(1)
		return record.Decode(r.text(0), &m)
	}, "SELECT body, version FROM move")
	return m, version, err
}

// UpdateMove implements store.Transfer.
func (s *Store) UpdateMove(ctx context.Context, fn func(*store.Move) error) (store.Move, error) {
	change := func(m *store.Move) error {
		err := fn(m)
		m.At = record.Truncate(m.At)
		return err
	}
	swap := func(ctx context.Context, m store.Move, version int64) (bool, error) {
		body, err := s.encoders.Encode(m)
		if err != nil {
			return false, err
		}
		return s.swap(ctx, "note the move",
			`INSERT INTO move (id, version, body) SELECT 1, ?1 + 1, ?2 WHERE ?1 = 0 OR EXISTS (SELECT 1 FROM move)
			 ON CONFLICT (id) DO UPDATE SET version = version + 1, body = excluded.body WHERE version = ?1`, version, body)
	}
	return record.CompareAndSwap(ctx, s.versionedMove, change, swap)
}

const users = `
SELECT substr(name, length(?1) + 1), lease_until FROM leases
WHERE substr(name, 1, length(?1)) = ?1 AND lease_until > ?2 AND holder <> ?3 ORDER BY name`

// Users implements store.Transfer. Processes that have claimed jobs are known by their locks.
func (s *Store) Users(ctx context.Context, self string) (found []store.User, err error) {
	if _, err := s.ReleaseDead(ctx); err != nil {
		return nil, err
	}
	if found, err = s.owner.others(); err != nil {
		return nil, err
	}
	now := record.Micros(s.clock.Now())
	add := func(r row) error {
		found = append(found, store.User{Name: r.text(0), Until: r.time(1)})
		return nil
	}
	if err := s.list(ctx, "look for leases", add, users, store.UserLease, now, self); err != nil {
		return nil, err
	}
	err = s.list(ctx, "look for held jobs", add,
		"SELECT 'a worker on jobs', max(lease_until) FROM jobs WHERE lease_until > ? HAVING count(*) > 0", now)
	return found, err
}

// others returns the processes that hold the lock of an owner, apart from this one.
func (o *owner) others() (users []store.User, err error) {
	entries, err := os.ReadDir(o.folder)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		path := filepath.Join(o.folder, entry.Name())
		if entry.Name() == o.id {
			continue
		}
		held, err := isHeld(path)
		if err != nil {
			return nil, err
		}
		if held {
			users = append(users, store.User{Name: "a process that holds " + path, Until: time.Time{}})
		}
	}
	return users, nil
}

// isHeld tells whether another process holds the lock of the file.
func isHeld(path string) (held bool, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0) //nolint:gosec // a file of this package
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	free, err := filelock.Try(f)
	return !free, errors.Join(err, f.Close())
}
