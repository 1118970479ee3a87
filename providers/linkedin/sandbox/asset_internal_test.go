package sandbox

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/crier-social/crier/providers/internal/double"
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
	if _, err := os.Stat(file.Path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file of the oldest image: %v, want none", err)
	}
}

// An upload of a part that has written its last byte when a later one begins does not
// make the part complete.
func TestAnEarlierUploadDoesNotCompleteAPart(t *testing.T) {
	t.Parallel()
	var p videoPart
	earlier, later := p.begin(), p.begin()
	if err := p.complete(earlier); !errors.Is(err, errSuperseded) || p.isStored() {
		t.Errorf("the earlier upload: error %v, stored: %v", err, p.isStored())
	}
	if err := p.complete(later); err != nil || !p.isStored() {
		t.Errorf("the later upload: error %v, stored: %v", err, p.isStored())
	}
}

// fullDisk takes nothing.
type fullDisk struct{}

func (fullDisk) WriteAt([]byte, int64) (int, error) { return 0, syscall.ENOSPC }

// A full disk is not taken for a client that went away.
func TestAFullDiskIsAFailureOfTheStore(t *testing.T) {
	t.Parallel()
	var p videoPart
	w := &partWriter{part: &p, attempt: p.begin(), file: fullDisk{}}
	if _, err := w.Write([]byte("bytes")); !errors.Is(err, double.ErrStorage) || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("error %v", err)
	}
}
