// Package privdir gives a process a folder of its own below one that several
// processes share, and clears away the folders of processes that have ended,
// however they ended.
package privdir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/crier-social/crier/core/filelock"
)

const (
	lockName   = "lock"  // in a private folder: held while its process lives
	guardName  = ".lock" // in the parent: held while folders come and go
	namePrefix = "p"
	dirMode    = 0o700
	fileMode   = 0o600
)

// Dir is a folder that no other process touches.
type Dir struct {
	path string
	lock *os.File
}

// Open makes a folder below parent, and removes there what dead processes left.
func Open(parent string) (_ *Dir, err error) {
	if err := os.MkdirAll(parent, dirMode); err != nil {
		return nil, err
	}
	guard, err := os.OpenFile(filepath.Join(parent, guardName), os.O_RDWR|os.O_CREATE, fileMode) //nolint:gosec // the operator's folder
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, guard.Close()) }() // ends the lock
	if err := filelock.Wait(guard); err != nil {
		return nil, fmt.Errorf("locking %s: %w", guard.Name(), err)
	}
	if err := sweep(parent); err != nil {
		return nil, err
	}
	return create(parent)
}

// create makes and locks a folder. The caller holds the parent's lock, so that
// nobody takes the folder for a dead one before it is locked.
func create(parent string) (*Dir, error) {
	path, err := os.MkdirTemp(parent, namePrefix)
	if err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(filepath.Join(path, lockName), os.O_RDWR|os.O_CREATE, fileMode) //nolint:gosec // made just above
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(path))
	}
	held, err := filelock.Try(lock)
	if err == nil && !held {
		err = errors.New("the new folder is locked already")
	}
	if err != nil {
		return nil, errors.Join(err, lock.Close(), os.RemoveAll(path))
	}
	return &Dir{path: path, lock: lock}, nil
}

// sweep removes the folders whose lock nobody holds. What this package did not make,
// such as the lost+found of a volume, stays.
func sweep(parent string) error {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !entry.IsDir() || !strings.HasPrefix(entry.Name(), namePrefix) {
			continue
		}
		path := filepath.Join(parent, entry.Name())
		dead, err := isDead(path)
		if err == nil && dead {
			err = os.RemoveAll(path)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// isDead tells whether a folder's process has ended.
func isDead(path string) (bool, error) {
	lock, err := os.OpenFile(filepath.Join(path, lockName), os.O_RDWR, 0) //nolint:gosec // a folder of this package
	if errors.Is(err, os.ErrNotExist) {
		return true, nil // its process died before it locked it
	}
	if err != nil {
		return false, err
	}
	free, err := filelock.Try(lock)
	return free, errors.Join(err, lock.Close())
}

// Path returns the folder's path.
func (d *Dir) Path() string { return d.path }

// CreateTemp makes a new file in the folder, as os.CreateTemp does.
func (d *Dir) CreateTemp(pattern string) (*os.File, error) { return os.CreateTemp(d.path, pattern) }

// Close removes the folder and everything in it.
func (d *Dir) Close() error {
	// The lock goes last: a folder without it is anybody's to remove.
	removeErr := removeContents(d.path)
	return errors.Join(removeErr, d.lock.Close(), os.RemoveAll(d.path))
}

func removeContents(path string) error {
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.Name() != lockName {
			err = errors.Join(err, os.RemoveAll(filepath.Join(path, entry.Name())))
		}
	}
	return err
}
