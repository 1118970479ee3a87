//go:build unix

package privdir

import (
	"errors"
	"os"
	"syscall"
)

// lockWait takes the file's lock, waiting for whoever has it. Closing the file, or
// the end of the process, gives it back.
func lockWait(f *os.File) error { return flock(f, syscall.LOCK_EX) }

// lockTry takes the lock if nobody has it.
func lockTry(f *os.File) (bool, error) {
	err := flock(f, syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

func flock(f *os.File, how int) error {
	for {
		err := syscall.Flock(int(f.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
