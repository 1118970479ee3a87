package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestDataDirIsLeftClean holds that nothing is left of the look whether the data folder can
// be written to, not even of one that a process did not live to end.
func TestDataDirIsLeftClean(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		left string // by an earlier process
	}{{name: "empty"}, {name: "after a process that was killed", left: ".writable"}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if tt.left != "" {
				if err := os.WriteFile(filepath.Join(dir, tt.left), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := prepareDataDir(dir); err != nil {
				t.Fatal(err)
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
				t.Errorf("left in the folder: %v, %v", left, err)
			}
		})
	}
}
