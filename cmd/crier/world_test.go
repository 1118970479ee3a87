package main

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// A server that could not keep what it promises does not start, and says what to do.
func TestStartIsRefused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		arrange func(t *testing.T, dir string)
		says    []string
	}{
		"the data folder is a file": {
			func(t *testing.T, dir string) {
				if err := os.Remove(dir); err != nil {
					t.Fatal(err)
				}
				writeFile(t, dir, "")
			}, []string{"CRIER_DATA_DIR", "Name a folder that this user may write to"},
		},
		"the database is a folder": {
			func(t *testing.T, dir string) {
				if err := os.Mkdir(filepath.Join(dir, "crier.db"), 0o700); err != nil {
					t.Fatal(err)
				}
			}, []string{"CRIER_STORE", "Name a file"},
		},
		"the database is something else": {
			func(t *testing.T, dir string) {
				writeFile(t, filepath.Join(dir, "crier.db"), strings.Repeat("This is no database. ", 500))
			}, []string{"CRIER_STORE", "crier.db", "from a backup"},
		},
		"another program locks the database": {
			func(t *testing.T, dir string) { lockDatabase(t, filepath.Join(dir, "crier.db")) },
			[]string{"CRIER_STORE", "End what holds the lock"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "data")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			tc.arrange(t, dir)
			refused(t, dir, tc.says...)
		})
	}
}

// Nobody can write to a file system that is mounted read-only, not even the superuser.
func TestReadOnlyFileSystemIsRefused(t *testing.T) {
	t.Parallel()
	withOwnMounts(t, func() {
		dir := t.TempDir()
		mountSmall(t, dir, "24m")
		refusedOnceUnwritable(t, dir, func() { freeze(t, dir) })
	})
}

// A folder that belongs to somebody else is like one of a read-only file system.
func TestUnwritableFolderIsRefused(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		t.Skip("mode bits do not bind the superuser; TestReadOnlyFileSystemIsRefused does the same")
	}
	dir := t.TempDir()
	refusedOnceUnwritable(t, dir, func() {
		if err := os.Chmod(dir, 0o500); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
	})
}

// refusedOnceUnwritable starts a server on a folder before and after it is made unwritable.
func refusedOnceUnwritable(t *testing.T, dir string, unwritable func()) {
	t.Helper()
	if res := startServer(t, nil, dir, "serve").stop(); res.code != 0 {
		t.Fatalf("the first start: %s", res.stderr)
	}
	unwritable()
	refused(t, dir, "CRIER_DATA_DIR", "Name a folder that this user may write to")
}

// A disk without room is found at the start.
func TestFullDiskIsRefused(t *testing.T) {
	t.Parallel()
	withOwnMounts(t, func() {
		dir := t.TempDir()
		mountSmall(t, dir, "64k")
		refused(t, dir, "CRIER_STORE", "full", "Make room on the disk")
	})
}

// refused starts a server that must not start, and says so as asked for.
func refused(t *testing.T, dir string, says ...string) {
	t.Helper()
	res := execute(t.Context(), serveEnviron(dir), "", "serve")
	if res.code == 0 {
		t.Fatal("the server started and ended well")
	}
	for _, part := range says {
		if !strings.Contains(res.stderr, part) {
			t.Errorf("the refusal lacks %q:\n%s", part, res.stderr)
		}
	}
	if strings.Contains(res.stderr, "goes on by itself") { // what ended does not
		t.Errorf("the refusal promises too much:\n%s", res.stderr)
	}
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// lockDatabase holds the write lock of a database as a program of its own would, and
// returns how to give it back before the test ends.
func lockDatabase(t *testing.T, path string) (release func()) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(path)+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	release = sync.OnceFunc(func() {
		_, err := db.ExecContext(context.WithoutCancel(t.Context()), "ROLLBACK")
		if err = errors.Join(err, db.Close()); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(release)
	return release
}
