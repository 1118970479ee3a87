//go:build unix

package filelock

import (
	"errors"
	"os"
	"syscall"
)

// Wait takes the file's lock, waiting for whoever has it.
func Wait(f *os.File) error { return flock(f, syscall.LOCK_EX) }

// Try takes the file's lock and tells whether nobody else had it.
func Try(f *os.File) (bool, error) {
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
