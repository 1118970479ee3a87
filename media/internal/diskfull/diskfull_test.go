package diskfull_test

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"testing"

	"github.com/crier-social/crier/media/internal/diskfull"
)

func TestIs(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		err  error
		want bool
	}{
		"a write":      {fmt.Errorf("keeping: %w", &fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}), true},
		"no right":     {&fs.PathError{Op: "write", Path: "x", Err: syscall.EACCES}, false},
		"only in text": {errors.New("no space left on device"), false},
		"none":         {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := diskfull.Is(tc.err); got != tc.want {
				t.Errorf("%v: %v, want %v", tc.err, got, tc.want)
			}
		})
	}
}
