package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestDataFolderHasOneHolder(t *testing.T) {
	t.Parallel()
	dir, since := t.TempDir(), time.Date(2026, time.November, 22, 9, 0, 0, 0, time.UTC)
	first, err := lockDataDir(dir, since)
	if err != nil {
		t.Fatal(err)
	}
	_, err = lockDataDir(dir, since.Add(time.Hour))
	if err == nil {
		t.Fatal("two hold the folder")
	}
	for _, part := range []string{dir, fmt.Sprintf("process %d", os.Getpid()), "since 2026-11-22T09:00:00Z", "CRIER_DATA_DIR of its own", "crier worker"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the refusal lacks %q: %v", part, err)
		}
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := lockDataDir(dir, since)
	if err != nil {
		t.Fatalf("the folder is not free after its holder has closed: %v", err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}

// What a dead process left in the file is no lock, whatever it is.
func TestLeftoverLockFileDoesNotMatter(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, dataLockName), []byte(`{"pid":1,"since":`), 0o600); err != nil {
		t.Fatal(err)
	}
	lock, err := lockDataDir(dir, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
}

// A second server on the same data folder is refused, with the name of the first; a
// worker is not.
func TestSecondServerIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startServer(t, nil, dir, "serve")
	res := execute(t.Context(), serveEnviron(dir), "", "serve")
	if res.code == 0 || !strings.Contains(res.stderr, "another server works in "+dir) || !strings.Contains(res.stderr, fmt.Sprint("process ", os.Getpid())) {
		t.Errorf("exit code %d, said %q", res.code, res.stderr)
	}
	worker := startServer(t, nil, dir, "worker")
	if r := worker.stop(); r.code != 0 {
		t.Errorf("the worker ended with %d:\n%s", r.code, r.stderr)
	}
	if r := s.stop(); r.code != 0 {
		t.Fatalf("the first server ended with %d:\n%s", r.code, r.stderr)
	}
	next := startServer(t, nil, dir, "serve")
	if r := next.stop(); r.code != 0 {
		t.Errorf("the next server ended with %d:\n%s", r.code, r.stderr)
	}
}
