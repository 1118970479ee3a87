package filelock_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/crier-social/crier/core/filelock"
)

func open(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func try(t *testing.T, f *os.File, want bool) {
	t.Helper()
	if got, err := filelock.Try(f); got != want || err != nil {
		t.Fatalf("got the lock: %v, %v; want %v", got, err, want)
	}
}

func TestOneHolderAtATime(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	first, second := open(t, path), open(t, path)
	try(t, first, true)
	try(t, second, false)
	if _, err := second.WriteString("content"); err != nil {
		t.Errorf("writing to a locked file: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	try(t, second, true)
}

func TestWaitTakesAFreeLock(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	first, second := open(t, path), open(t, path)
	if err := filelock.Wait(first); err != nil {
		t.Fatal(err)
	}
	try(t, second, false)
	waited := make(chan error)
	go func() { waited <- filelock.Wait(second) }()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-waited; err != nil {
		t.Error(err)
	}
}
