package core_test

import (
	"testing"
	"time"

	"github.com/crier-social/crier/core"
)

func TestParseTime(t *testing.T) {
	t.Parallel()
	half := time.Date(2030, 1, 5, 9, 30, 0, 0, time.UTC)
	for s, want := range map[string]time.Time{
		"2030-01-05T09:30:00Z":           half,
		"2030-01-05T09:30Z":              half,
		"2030-01-05t09:30:00z":           half,
		"2030-01-05t09:30z":              half,
		"2030-01-05T10:30:00+01:00":      half,
		"2030-01-05T09:30:00.1234567Z":   half.Add(123456 * time.Microsecond),
		"2030-01-06T09:29:00+23:59":      half,
		"2030-01-04T09:31-23:59":         half,
		"2030-01-05T09:30:00":            {}, // without a zone
		"2030-01-05":                     {},
		"2030-13-05T09:30:00Z":           {},
		"1767225600":                     {},
		"2030-01-05 09:30:00Z":           {},
		"2030-01-05T09:30:00+24:00":      {},
		"2030-01-05T09:30-24:00":         {},
		"2030-01-05T09:30:00+01:60":      {},
		"2030-02-30T09:30:00Z":           {},
		"2030-01-05T09:30:00Z, or later": {},
		"Z":                              {},
		"":                               {},
	} {
		got, err := core.ParseTime(s)
		if (err != nil) != want.IsZero() || !got.Equal(want) {
			t.Errorf("%q: got %v, %v; want %v", s, got, err, want)
		}
	}
}

func FuzzParseTime(f *testing.F) {
	for _, s := range []string{"2030-01-05T09:30:00Z", "2030-01-05t09:30+01:00", "Z", "", "2030-01-05T09:30:00.5-23:59"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := core.ParseTime(s)
		if err != nil {
			return
		}
		again, err := core.ParseTime(got.Format(time.RFC3339Nano))
		if err != nil || !again.Equal(got) {
			t.Errorf("%q is %v, which is read as %v, %v", s, got, again, err)
		}
	})
}
