package sqlite

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

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
SELECT substr(name, length(?1) + 1), lease_until, owner FROM leases
WHERE substr(name, 1, length(?1)) = ?1 AND lease_until > ?2 AND holder <> ?3 ORDER BY name`

// Users implements store.Transfer. Processes that have claimed jobs are known by their locks.
func (s *Store) Users(ctx context.Context, self string) (found []store.User, err error) {
	if _, err := s.ReleaseDead(ctx); err != nil {
		return nil, err
	}
	alive, err := s.owner.others()
	if err != nil {
		return nil, err
	}
	now, named := record.Micros(s.clock.Now()), map[string]bool{}
	err = s.list(ctx, "look for leases", func(r row) error {
		u := store.User{Name: r.text(0), Until: r.time(1)}
		if pid, lives := alive[r.text(2)]; lives {
			u, named[r.text(2)] = store.User{Name: u.Name + numbered(pid)}, true
		}
		found = append(found, u)
		return nil
	}, users, store.UserLease, now, self)
	if err != nil {
		return nil, err
	}
	for _, id := range slices.Sorted(maps.Keys(alive)) {
		if !named[id] {
			found = append(found, store.User{Name: "a process that holds " + filepath.Join(s.owner.folder, id) + numbered(alive[id])})
		}
	}
	err = s.list(ctx, "look for held jobs", func(r row) error {
		found = append(found, store.User{Name: r.text(0), Until: r.time(1)})
		return nil
	}, "SELECT 'a worker on jobs', max(lease_until) FROM jobs WHERE lease_until > ? HAVING count(*) > 0", now)
	return found, err
}

// numbered tells the number of a process behind its name; 0 is not known.
func numbered(pid int) string {
	if pid == 0 {
		return ""
	}
	return fmt.Sprintf(" (process %d)", pid)
}

// others returns the processes that hold the lock of an owner, apart from this one:
// their numbers, 0 where that is not known, by the owners' names.
func (o *owner) others() (map[string]int, error) {
	entries, err := os.ReadDir(o.folder)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	alive := map[string]int{}
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
			alive[entry.Name()] = processOf(path)
		}
	}
	return alive, nil
}

// processOf reads the number of the process that wrote the file of an owner. Where a file that
// is locked cannot be read, nobody knows it.
func processOf(path string) int {
	raw, _ := os.ReadFile(path) //nolint:gosec // a file of this package
	pid, _ := strconv.Atoi(strings.TrimSpace(string(raw)))
	return max(pid, 0)
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
