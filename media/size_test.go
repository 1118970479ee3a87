package media

import "testing"

func TestFormatPair(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		measured, limit int64
		want            string
	}{
		{6_200_000, 5_000_000, "6.2 MB, 5 MB"},
		{6 << 20, 5 << 20, "6 MiB, 5 MiB"},
		{5_000_001, 5_000_000, "5000001 bytes, 5000000 bytes"},
		{2_500_000_000, 1_000_000_000, "2.5 GB, 1 GB"},
		{512, 1_000_000, "512 bytes, 1 MB"},
		{5 << 30, 1 << 30, "5 GiB, 1 GiB"},
		{1500, 1023, "1.5 KiB, 1023 bytes"},
	} {
		a, b := formatPair(tc.measured, tc.limit)
		if got := a + ", " + b; got != tc.want {
			t.Errorf("formatPair(%d, %d) = %s, want %s", tc.measured, tc.limit, got, tc.want)
		}
	}
}
