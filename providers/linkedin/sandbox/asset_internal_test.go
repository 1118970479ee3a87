package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAssetsAreBounded(t *testing.T) {
	t.Parallel()
	s := New(Options{Dir: t.TempDir()})
	add := func(n int) string {
		a := &asset{kind: kindImage, urn: fmt.Sprint("urn:li:image:", n)}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.addAsset(a)
		return a.urn
	}
	first := add(0)
	file, err := s.uploads.Stage(strings.NewReader("bytes"), 10)
	if err != nil {
		t.Fatal(err)
	}
	s.uploads.Keep(first, file)
	for n := 1; n < maxAssets; n++ {
		add(n)
	}
	if got := s.Images(); len(got) != maxAssets || got[0].URN != first {
		t.Fatalf("%d images, the oldest %s; want %d from %s", len(got), got[0].URN, maxAssets, first)
	}
	last := add(maxAssets)
	got := s.Images()
	if len(got) != maxAssets || got[0].URN == first || got[maxAssets-1].URN != last {
		t.Errorf("%d images from %s to %s", len(got), got[0].URN, got[len(got)-1].URN)
	}
	if _, known := s.assets[first]; known {
		t.Error("the oldest image is still known")
	}
	if _, err := os.Stat(file.path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file of the oldest image: %v, want none", err)
	}
}

// A store cleans up after one that was not closed, and leaves other files alone.
func TestUploadsOfAnEarlierSandboxAreRemoved(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"upload-1", "upload-77", "other"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("left"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	store := newUploadStore(dir, 100)
	for range 2 {
		if _, err := store.Stage(strings.NewReader("bytes"), 10); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	if diff := cmp.Diff([]string{"other", "upload-1", "upload-2"}, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}
