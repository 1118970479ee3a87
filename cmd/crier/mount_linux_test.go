package main

import (
	"errors"
	"syscall"
	"testing"
)

// mountSmall puts a file system of so many bytes on a folder of the test's own. Where the
// test may not mount anything, it says so by false.
func mountSmall(t *testing.T, dir, size string) bool {
	t.Helper()
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size+",mode=0700")
	return mounted(t, dir, err)
}

// mountReadOnly makes a folder one that nobody may write to, the superuser included.
func mountReadOnly(t *testing.T, dir string) bool {
	t.Helper()
	err := syscall.Mount(dir, dir, "", syscall.MS_BIND, "")
	if !mounted(t, dir, err) {
		return false
	}
	if err := syscall.Mount("", dir, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	return true
}

func mounted(t *testing.T, dir string, err error) bool {
	t.Helper()
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return true
}
