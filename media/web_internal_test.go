package media

import (
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]time.Duration{
		"":                              0,
		"0":                             0,
		"7":                             7 * time.Second,
		"300":                           5 * time.Minute,
		"301":                           5 * time.Minute,
		"2147483647":                    5 * time.Minute,
		"99999999999999999999":          0,
		"-1":                            0,
		"1.5":                           0,
		"Fri, 20 Nov 2026 09:00:00 GMT": 0,
	} {
		if got := retryAfter(value); got != want {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
}
