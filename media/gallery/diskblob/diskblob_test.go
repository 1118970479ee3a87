package diskblob_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/gallery"
	"github.com/crier-social/crier/media/gallery/blobtest"
	"github.com/crier-social/crier/media/gallery/diskblob"
)

func open(t *testing.T, dir string) *diskblob.Store {
	t.Helper()
	s, err := diskblob.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestBlobs(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	blobtest.Run(t, blobtest.Options{Local: true}, func(t *testing.T, place string) gallery.Blobs {
		t.Helper()
		return open(t, filepath.Join(root, place))
	})
}

func put(t *testing.T, s *diskblob.Store, key string) {
	t.Helper()
	if err := s.Put(t.Context(), key, -1, strings.NewReader("content")); err != nil {
		t.Fatal(err)
	}
}

func walk(t *testing.T, s *diskblob.Store, before time.Time) []string {
	t.Helper()
	var keys []string
	if err := s.Walk(t.Context(), before, func(key string) error { keys = append(keys, key); return nil }); err != nil {
		t.Fatal(err)
	}
	return keys
}

// TestWalkKnowsItsOwn: what others keep in the folder is left alone, and so is what
// is too young.
func TestWalkKnowsItsOwn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	put(t, s, blobtest.Key(1))
	put(t, s, blobtest.Key(2))
	now := time.Now()
	if err := os.Chtimes(filepath.Join(dir, "aa", blobtest.Key(1)), now, now.Add(-48*time.Hour)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"lost+found/x", "aa/notes.txt", "bb/" + blobtest.Key(3), "aa/" + blobtest.Key(4) + "/folder", "unfinished/x"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{blobtest.Key(1)}, walk(t, s, now.Add(-24*time.Hour))); diff != "" {
		t.Errorf("older than a day (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{blobtest.Key(1), blobtest.Key(2)}, walk(t, s, now.Add(time.Hour))); diff != "" {
		t.Errorf("all (-want +got):\n%s", diff)
	}
}

// TestFilesBelongToTheOwner: nobody else on the machine may read uploads.
func TestFilesBelongToTheOwner(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "uploads")
	put(t, open(t, dir), blobtest.Key(1))
	for path, want := range map[string]os.FileMode{"": 0o700, "aa": 0o700, "aa/" + blobtest.Key(1): 0o600} {
		info, err := os.Stat(filepath.Join(dir, path))
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != want {
			t.Errorf("%q has mode %o, want %o", path, mode, want)
		}
	}
}

// TestUnfinishedOfTheDead: what was still arriving when a process died is cleared
// away by the next one.
func TestUnfinishedOfTheDead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, open(t, dir), blobtest.Key(1))
	dead := filepath.Join(dir, "unfinished", "p1")
	if err := errors.Join(os.MkdirAll(dead, 0o700), os.WriteFile(filepath.Join(dead, "upload1"), []byte("half"), 0o600)); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir)
	if _, err := os.Stat(dead); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an unfinished upload of a dead process is left: %v", err)
	}
	if diff := cmp.Diff([]string{blobtest.Key(1)}, walk(t, s, time.Now().Add(time.Hour))); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}

// TestBrokenDisk: trouble with the disk is no fault of the client's.
func TestBrokenDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	if err := os.WriteFile(filepath.Join(dir, "aa"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	key := blobtest.Key(1)
	_, openErr := s.Open(t.Context(), key, 1)
	for name, err := range map[string]error{
		"put":    s.Put(t.Context(), key, -1, bytes.NewReader([]byte("x"))),
		"open":   openErr,
		"delete": s.Delete(t.Context(), key),
	} {
		if e := core.AsError(err); e.Kind != core.KindTemporary || e.Code != core.CodeStoreUnavailable || strings.Contains(e.Message, dir) {
			t.Errorf("%s: got %#v", name, e)
		}
	}
}
