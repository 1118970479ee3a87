package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/crier-social/crier/core/store/sqlite/sqlitetest"
)

// migratedDir returns a data folder with a database that was migrated already and is empty, for
// tests that are not about first starts: those take many times as long.
func migratedDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	putMigrated(t, dir)
	return dir
}

// putMigrated puts such a database into a data folder, unless there is one.
func putMigrated(t *testing.T, dir string) {
	t.Helper()
	path := filepath.Join(dir, "crier.db")
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return
	}
	data, err := os.ReadFile(sqlitetest.NewFile(t))
	if err := errors.Join(err, os.MkdirAll(dir, 0o700), os.WriteFile(path, data, 0o600)); err != nil {
		t.Fatal(err)
	}
}

// hasOwnStore tells whether settings name a database that is not in the data folder.
func hasOwnStore(environ []string) bool {
	return slices.ContainsFunc(environ, func(v string) bool { return strings.HasPrefix(v, "CRIER_STORE=") })
}
