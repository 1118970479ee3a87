package core_test

import (
	"math"
	"testing"

	"github.com/crier-social/crier/core"
)

func TestFormatBytes(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{
		0:                 "0 bytes",
		999:               "999 bytes",
		1000:              "1 kB",
		2048:              "2 kB",
		2053:              "2.1 kB",
		999_949:           "999.9 kB",
		999_950:           "1 MB",
		500_000_000:       "500 MB",
		500 << 20:         "524.3 MB",
		5_000_000_000:     "5 GB",
		1_500_000_000_000: "1.5 TB",
		math.MaxInt64:     "9223372 TB",
	} {
		if got := core.FormatBytes(n); got != want {
			t.Errorf("FormatBytes(%d) = %q, want %q", n, got, want)
		}
	}
}
