package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/crier-social/crier/core/filelock"
)

// A data folder has one server at a time. A second one is a mistake in practice: it was
// forgotten in another terminal, or started before the old one had ended. The posts would
// be safe, since the store keeps processes apart; but each would answer by its own
// settings, and at a first start each would make the keys that there is only one of. The
// lock is the operating system's: it ends with its process, however that ends, so that
// nothing has to be cleared away after a crash.

// dataLockName is the file in the data folder that a server locks. It is never removed:
// a server that opened it before could otherwise lock a file that nobody else sees.
const dataLockName = "server.lock"

// dataLock is a lock that this process holds. Close gives it back.
type dataLock struct{ file *os.File }

// lockHolder says who holds a lock. It stays in the file when its process ends, so that
// it is only worth reading while the file is locked.
type lockHolder struct {
	PID   int       `json:"pid"`
	Since time.Time `json:"since"`
}

// lockDataDir makes this process the one server of a data folder, which must exist. The
// error tells who is it already.
func lockDataDir(dir string, now time.Time) (*dataLock, error) {
	path := filepath.Join(dir, dataLockName)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the operator names the folder
	if err != nil {
		return nil, fmt.Errorf("CRIER_DATA_DIR: %w\nMake %s a file that this user may write to, or remove it", err, path)
	}
	held, err := filelock.Try(f)
	switch {
	case err != nil:
		err = fmt.Errorf("CRIER_DATA_DIR: locking %s: %w\nName a folder on a file system that has locks", path, err)
	case !held:
		err = inUse(dir, f)
	default:
		if err = writeHolder(f, lockHolder{PID: os.Getpid(), Since: now.UTC().Truncate(time.Second)}); err == nil {
			return &dataLock{f}, nil
		}
		err = fmt.Errorf("CRIER_DATA_DIR: writing %s: %w", path, err)
	}
	return nil, errors.Join(err, f.Close())
}

// Close gives the lock back.
func (l *dataLock) Close() error { return l.file.Close() }

func writeHolder(f *os.File, h lockHolder) error {
	raw, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err = f.WriteAt(append(raw, '\n'), 0)
	return err
}

// inUse is the refusal of a second server. The holder is named as far as the file tells:
// it may just be writing it.
func inUse(dir string, f *os.File) error {
	const most = 4096 // bytes; far more than a holder takes
	who := ""
	var h lockHolder
	if raw, err := io.ReadAll(io.NewSectionReader(f, 0, most)); err == nil && json.Unmarshal(raw, &h) == nil && h.PID > 0 {
		who = fmt.Sprintf(" (process %d, since %s)", h.PID, h.Since.Format(time.RFC3339))
	}
	return fmt.Errorf("CRIER_DATA_DIR: another server works in %s already%s\n"+
		"Stop that one first, or give this one a CRIER_DATA_DIR of its own. "+
		"To publish with more than one process from one store, start `crier worker` beside the server", dir, who)
}
