package filelock

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// Wait takes the file's lock, waiting for whoever has it.
func Wait(f *os.File) error { return lockFile(f, 0) }

// Try takes the file's lock and tells whether nobody else had it.
func Try(f *os.File) (bool, error) {
	err := lockFile(f, windows.LOCKFILE_FAIL_IMMEDIATELY)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return false, nil
	}
	return err == nil, err
}

// lockFile locks one byte far behind the content: a lock of Windows keeps others from
// reading what it covers.
func lockFile(f *os.File, flags uint32) error {
	const one = 1
	behind := &windows.Overlapped{OffsetHigh: 1}
	return windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|flags, 0, one, 0, behind)
}
