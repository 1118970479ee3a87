//go:build interop

package interop_test

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/crier-social/crier/cmd/crier/interop/internal/programtest"
)

// startCrier builds the program and runs it until the test ends, which then looks at
// what it leaves behind.
func startCrier(t *testing.T) *crier {
	t.Helper()
	c := &crier{client: &http.Client{Timeout: patience + time.Minute}}
	var dir string
	t.Cleanup(func() { checkSpool(t, filepath.Join(dir, "sandbox", "spool")) }) // once the program has ended
	server := programtest.Start(t, programtest.Build(t))
	c.url, c.sandbox, dir = server.URL, server.Sandbox, server.Dir
	return c
}

// checkSpool finds files of posts that have ended long since.
func checkSpool(t *testing.T, dir string) {
	t.Helper()
	if _, err := os.Stat(dir); err != nil {
		t.Error(err)
	}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil && info.Size() > 0 {
			t.Errorf("%s is left behind, with %d bytes", path, info.Size())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
