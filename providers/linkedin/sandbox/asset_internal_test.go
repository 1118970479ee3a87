package sandbox

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
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
