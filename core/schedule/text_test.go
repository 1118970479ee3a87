package schedule

import (
	"strings"
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]time.Duration{
		"13:05Z": 13*time.Hour + 5*time.Minute, "18:06z": 18*time.Hour + 6*time.Minute, "00:00Z": 0, "23:59Z": 24*time.Hour - time.Minute,
	} {
		got, err := ParseTime(s)
		if err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", s, got, err, want)
		}
		if back := FormatTime(got); back != strings.ToUpper(s) {
			t.Errorf("%s is written %s", s, back)
		}
	}
	for _, s := range []string{"", "Z", "13:05", "1:05Z", "24:00Z", "13:60Z", "13:05:00Z", "13:05+02:00", "13:05ZZ", " 13:05Z", "13.05Z", "1305Z"} {
		if got, err := ParseTime(s); err == nil {
			t.Errorf("%q is taken for %v", s, got)
		}
	}
}

func TestParseDate(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]struct {
		date      string
		ambiguous bool
	}{
		"04/04/2027": {"2027-04-04", false},
		"04/05/2027": {"2027-04-05", true},
		"12/12/2027": {"2027-12-12", false},
		"12/13/2027": {"2027-12-13", false},
		"12/31/2027": {"2027-12-31", false},
		"02/29/2028": {"2028-02-29", false},
		"2027-04-05": {"2027-04-05", false},
	} {
		date, ambiguous, err := ParseDate(s)
		if err != nil || date.Format(time.DateOnly) != want.date || ambiguous != want.ambiguous {
			t.Errorf("%s: got %v, %v, %v, want %+v", s, date, ambiguous, err, want)
		}
		if back, _, err := ParseDate(FormatDate(want.date)); err != nil || !back.Equal(date) {
			t.Errorf("%s is written %s", want.date, FormatDate(want.date))
		}
	}
	for s, hint := range map[string]string{
		"": "", "31/12/2027": "write 12/31/2027 for 31 December 2027", "13/13/2027": "", "02/29/2027": "", "4/4/2027": "",
		"2027-02-30": "", "2027/04/05": "", "04-05-2027": "", "tomorrow": "",
	} {
		date, _, err := ParseDate(s)
		if err == nil || !strings.Contains(err.Error(), hint) {
			t.Errorf("%q: got %v, %v, want an error with %q", s, date, err, hint)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"13:05Z", "18:06z", "04/05/2027", "31/12/2027", "2027-04-05", "\x00", "²³:05Z"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := ParseTime(s); err == nil {
			if back, err := ParseTime(FormatTime(d)); d < 0 || d >= day || err != nil || back != d {
				t.Errorf("%q is %v, and %q again", s, d, FormatTime(d))
			}
		}
		if d, _, err := ParseDate(s); err == nil {
			written := FormatDate(d.Format(time.DateOnly))
			if back, _, err := ParseDate(written); err != nil || !back.Equal(d) {
				t.Errorf("%q is %v, and %q again", s, d, written)
			}
		}
	})
}
