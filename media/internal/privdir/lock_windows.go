package privdir

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lockWait takes the file's lock, waiting for whoever has it. Closing the file, or
// the end of the process, gives it back.
func lockWait(f *os.File) error { return lockFile(f, 0) }

// lockTry takes the lock if nobody has it.
func lockTry(f *os.File) (bool, error) {
	err := lockFile(f, windows.LOCKFILE_FAIL_IMMEDIATELY)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return false, nil
	}
	return err == nil, err
}

func lockFile(f *os.File, flags uint32) error {
	const firstByte = 1
	return windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|flags, 0, firstByte, 0, &windows.Overlapped{})
}
