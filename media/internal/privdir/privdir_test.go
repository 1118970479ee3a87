package privdir_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/media/internal/privdir"
)

func open(t *testing.T, parent string) *privdir.Dir {
	t.Helper()
	d, err := privdir.Open(parent)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// folders returns the names of the folders below parent.
func folders(t *testing.T, parent string) []string {
	t.Helper()
	entries, err := os.ReadDir(parent)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

func TestLeftoversAreRemovedAndTheLivingKept(t *testing.T) {
	t.Parallel()
	parent := filepath.Join(t.TempDir(), "spool")
	living := open(t, parent)
	file, err := living.CreateTemp("x")
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	const foreign = "lost+found"
	for _, name := range []string{"p1", "p2", foreign} {
		if err := os.MkdirAll(filepath.Join(parent, name, "deep"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(parent, "p2", "lock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	other := open(t, parent)
	want := []string{foreign, filepath.Base(living.Path()), filepath.Base(other.Path())}
	if diff := cmp.Diff(set(want), set(folders(t, parent))); diff != "" {
		t.Errorf("folders after the second start (-want +got):\n%s", diff)
	}
	if _, err := os.Stat(file.Name()); err != nil {
		t.Errorf("a file of the living is gone: %v", err)
	}
	for _, d := range []*privdir.Dir{living, other} {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff([]string{foreign}, folders(t, parent)); diff != "" {
		t.Errorf("folders after the end (-want +got):\n%s", diff)
	}
}

func set(names []string) map[string]bool {
	m := map[string]bool{}
	for _, n := range names {
		m[n] = true
	}
	return m
}

func TestConcurrentStarts(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	var wg sync.WaitGroup
	dirs := make([]*privdir.Dir, 20)
	for i := range dirs {
		wg.Go(func() {
			d, err := privdir.Open(parent)
			if err != nil {
				t.Error(err)
				return
			}
			dirs[i] = d
		})
	}
	wg.Wait()
	for _, d := range dirs {
		if d == nil {
			continue
		}
		if _, err := os.Stat(d.Path()); err != nil {
			t.Errorf("a living folder was removed: %v", err)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestUnusableParent(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := privdir.Open(file); err == nil {
		t.Error("a file was taken for a folder")
	}
}
