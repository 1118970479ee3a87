package double_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/double"
)

type kept struct {
	Names []string `json:"names"`
}

// What was saved is read again; what is not there yet is nothing; what is damaged is an error.
func TestState(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "deep", "state.json")
	for _, want := range []kept{{}, {Names: []string{"a"}}, {Names: []string{"b", "c"}}} {
		if want.Names != nil {
			if err := double.SaveState(file, want); err != nil {
				t.Fatal(err)
			}
		}
		got, err := double.ReadState[kept](file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("state (-want +got):\n%s", diff)
		}
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v", info, err)
	}
	if left, err := filepath.Glob(file + "?*"); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if err := os.WriteFile(file, []byte(`{"names":["d"],`), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := double.ReadState[kept](file); err == nil || got.Names != nil {
		t.Errorf("a damaged file: %v, %v", got, err)
	}
	if got, err := double.ReadState[kept](""); err != nil || got.Names != nil {
		t.Errorf("no name: %v, %v", got, err)
	}
	if err := double.SaveState(filepath.Join(file, "below"), kept{}); err == nil {
		t.Error("a file below a file was written")
	}
}

// A clock that is said to be where none can be stays where it is.
func TestRestoreClock(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ told, want time.Duration }{
		"right": {0, 0}, "ahead": {time.Hour, time.Hour}, "farthest": {double.MaxAhead, double.MaxAhead},
		"behind": {-1, time.Minute}, "too far": {double.MaxAhead + 1, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := double.NewClock(core.SystemClock{})
			c.Set(time.Minute)
			if err := c.Restore(tc.told); (err != nil) != (tc.want == time.Minute) || c.Lead() != tc.want {
				t.Errorf("%v, ahead by %v, want %v", err, c.Lead(), tc.want)
			}
		})
	}
}
