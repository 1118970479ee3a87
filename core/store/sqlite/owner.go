package sqlite

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/crier-social/crier/core/filelock"
	"github.com/crier-social/crier/core/store/record"
)

// ownerBytes is the length of an owner's name, which is written in hexadecimal.
const ownerBytes = 8

// owner is whom the leases of one Store belong to. Every lease begins with the name, and
// from its first claim on the owner holds the lock of a file of that name in a folder
// beside the database: who gets the lock knows that the process is gone, and need not wait
// for its leases to end.
type owner struct {
	id     string
	folder string

	mu      sync.Mutex
	tried   bool
	file    *os.File // nil: nobody can know when this process ends
	closing bool
}

func newOwner(folder string) *owner {
	var raw [ownerBytes]byte
	_, _ = rand.Read(raw[:]) // crypto/rand.Read never fails
	return &owner{id: hex.EncodeToString(raw[:]), folder: folder}
}

// appear lets other processes see that this one lives. Where they cannot, its leases have to
// end by themselves.
func (s *Store) appear(ctx context.Context) {
	if err := s.owner.appear(); err != nil {
		s.writer.log.WarnContext(ctx, "leases of this process cannot be told from those of dead ones", "error", err)
	}
}

// appear makes and locks the owner's file, once. Its error is told the first time only.
func (o *owner) appear() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.tried || o.closing {
		return nil
	}
	o.tried = true
	if err := os.MkdirAll(o.folder, 0o700); err != nil {
		return err
	}
	path := filepath.Join(o.folder, o.id)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // a name of this package beside the operator's file
	if err != nil {
		return err
	}
	held, err := filelock.Try(f)
	switch {
	case err != nil:
	case !held || !sameFile(f, path): // somebody took it for a dead one's just now
		err = fmt.Errorf("%s was removed while it was made", path)
	default:
		o.file = f
		_, _ = fmt.Fprintln(f, os.Getpid()) // for people alone
		return nil
	}
	return errors.Join(err, f.Close())
}

func sameFile(f *os.File, path string) bool {
	opened, err := f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(opened, there)
}

// close gives up the lock, and removes the file.
func (o *owner) close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closing = true
	if o.file == nil {
		return nil
	}
	f := o.file
	o.file = nil
	// Windows removes no open file; then the next process does.
	removed := os.Remove(f.Name())
	if err := f.Close(); err != nil {
		return err
	}
	if removed != nil {
		_ = os.Remove(f.Name())
	}
	return nil
}

const releaseOwner = `
UPDATE jobs INDEXED BY jobs_held SET lease_until = ?1
WHERE lease_until > 0 AND lease_until > ?1 AND substr(lease, 1, ?3) = ?2`

// ReleaseDead implements store.Watch.
func (s *Store) ReleaseDead(ctx context.Context) (int, error) {
	entries, err := os.ReadDir(s.owner.folder)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("sqlite: release dead: %w", err)
	}
	released := 0
	for _, entry := range entries {
		if len(entry.Name()) != hex.EncodedLen(ownerBytes) || entry.Name() == s.owner.id {
			continue
		}
		n, err := s.releaseIfDead(ctx, entry.Name())
		released += n
		if err != nil {
			return released, err
		}
	}
	return released, nil
}

// releaseIfDead ends the leases of an owner whose lock is free. The file goes last, so that
// a crash in between leaves it to the next process.
func (s *Store) releaseIfDead(ctx context.Context, id string) (released int, err error) {
	f, err := os.OpenFile(filepath.Join(s.owner.folder, id), os.O_RDWR, 0) //nolint:gosec // a file of this package
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil // another process was faster
	}
	if err != nil {
		return 0, fmt.Errorf("sqlite: release dead: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	free, err := filelock.Try(f)
	if err != nil || !free {
		return 0, err
	}
	if err := s.change(ctx, "release dead", &released, releaseOwner, record.Micros(s.clock.Now()), id, int64(hex.EncodedLen(ownerBytes))); err != nil {
		return 0, err
	}
	if err := s.change(ctx, "release dead", nil, "DELETE FROM leases WHERE owner = ?", id); err != nil {
		return released, err
	}
	return released, os.Remove(f.Name())
}
