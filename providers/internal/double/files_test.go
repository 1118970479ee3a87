package double

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A store cleans up after one that was not closed, and leaves other files alone.
func TestFilesOfAnEarlierDoubleAreRemoved(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"upload-1", "upload-77", "other"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("left"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	store := NewFiles(dir, 100)
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

// What cannot be begun, as on a full disk, leaves no file behind.
func TestAnUploadThatCannotBeginLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store := NewFiles(dir, 100)
	const impossible = -1 // bytes
	if err := store.Begin("key", impossible); !errors.Is(err, ErrStorage) {
		t.Errorf("error %v, want %v", err, ErrStorage)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}

// fullDisk takes nothing.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

// A full disk is not taken for a client that went away, nor the other way round.
func TestAFullDiskIsAFailureOfTheStore(t *testing.T) {
	t.Parallel()
	if _, err := (storageWriter{fullDisk{}}).Write([]byte("bytes")); !errors.Is(err, ErrStorage) || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("a full disk: error %v", err)
	}
	broken := &CutBody{ReadCloser: io.NopCloser(strings.NewReader("bytes")), Left: 2}
	if _, err := NewFiles(t.TempDir(), 0).Stage(broken, 10); !errors.Is(err, ErrCut) || errors.Is(err, ErrStorage) {
		t.Errorf("a client that went away: error %v", err)
	}
}

// What is kept can be read under its key, the latest of a key and the oldest of all going first.
func TestFilesMakeRoom(t *testing.T) {
	t.Parallel()
	store := NewFiles("", 10)
	keep := func(key, content string) {
		t.Helper()
		f, err := store.Stage(strings.NewReader(content), 10)
		if err != nil || f.Size != int64(len(content)) {
			t.Fatalf("%v, %v", f, err)
		}
		store.Keep(key, f)
	}
	want := func(key, content string) {
		t.Helper()
		f, err := store.Open(key)
		if content == "" {
			if !errors.Is(err, os.ErrNotExist) {
				t.Errorf("%s: error %v, want %v", key, err, os.ErrNotExist)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		_, err = got.ReadFrom(f)
		if err := errors.Join(err, f.Close()); err != nil || got.String() != content {
			t.Errorf("%s: %q, error %v, want %q", key, &got, err, content)
		}
	}
	keep("a", "1234")
	keep("b", "12345")
	keep("a", "12")
	want("a", "12")
	want("b", "12345")
	keep("c", "1234")
	want("b", "")
	want("a", "12")
	store.Remove("a")
	want("a", "")
	if _, err := store.Stage(strings.NewReader("12345678901"), 20); !errors.Is(err, ErrTooLarge) {
		t.Errorf("more than there is room for: %v", err)
	}
	dir := store.dir
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the temporary folder is still there: %v", err)
	}
}
