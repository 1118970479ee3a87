package main

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// tryLock takes the file's lock and tells whether nobody else had it. Closing the file,
// or the end of the process, gives it back. Locks of Windows keep others from reading
// what they cover: this one lies far behind the content, so that the holder can be read.
func tryLock(f *os.File) (bool, error) {
	const one = 1
	behind := &windows.Overlapped{OffsetHigh: 1}
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, one, 0, behind)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return false, nil
	}
	return err == nil, err
}
