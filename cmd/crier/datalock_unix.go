//go:build unix

package main

import (
	"errors"
	"os"
	"syscall"
)

// tryLock takes the file's lock and tells whether nobody else had it. Closing the file,
// or the end of the process, gives it back.
func tryLock(f *os.File) (bool, error) {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, syscall.EWOULDBLOCK):
			return false, nil
		case !errors.Is(err, syscall.EINTR):
			return false, err
		}
	}
}
