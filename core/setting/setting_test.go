package setting_test

import (
	"encoding"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core/setting"
)

// text is a setting that can be read and written.
type text interface {
	encoding.TextUnmarshaler
	fmt.Stringer
}

// baseURL writes itself as it is.
type baseURL struct{ setting.BaseURL }

func (b *baseURL) String() string { return string(b.BaseURL) }

// kinds makes one setting of each type.
func kinds() map[string]func() text {
	return map[string]func() text{
		"BaseURL":     func() text { return new(baseURL) },
		"OptionalURL": func() text { return new(setting.OptionalURL) },
		"Bytes":       func() text { return new(setting.Bytes) },
		"Duration":    func() text { return new(setting.Duration) },
		"Scopes":      func() text { return new(setting.Scopes) },
		"Switch":      func() text { return new(setting.Switch) },
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ kind, value, shown, mistake string }{
		{"BaseURL", "https://crier.example/base/", "https://crier.example/base", ""},
		{"BaseURL", "off", "", "absolute URL"},
		{"BaseURL", "https://u:p@crier.example", "", "login"},
		{"BaseURL", "https://crier.example/?", "", "no ?"},
		{"OptionalURL", "http://127.0.0.1:1/", "http://127.0.0.1:1", ""},
		{"OptionalURL", "off", "off", ""},
		{"OptionalURL", "crier.example", "", "absolute URL"},
		{"Bytes", "2048", "2KiB", ""},
		{"Bytes", "5000 MB", "5GB", ""},
		{"Bytes", "0", "", "larger than zero"},
		{"Bytes", "9223372036854775808", "", "too large"},
		{"Bytes", "9300000 TB", "", "too large"},
		{"Bytes", "5 gigabytes", "", "not a size"},
		{"Duration", "90d", "90d", ""},
		{"Duration", "1d12h", "36h0m0s", ""},
		{"Duration", "24h", "1d", ""},
		{"Duration", "1d-1h", "", "not a duration"},
		{"Duration", "90", "", "not a duration"},
		{"Scopes", "a, b a\tc", "a b c", ""},
		{"Scopes", ",", "", ""},
		{"Scopes", `"a"`, "", "not the name of a permission"},
		{"Switch", "true", "on", ""},
		{"Switch", "off", "off", ""},
		{"Switch", "yes", "", "neither on nor off"},
	} {
		t.Run(tc.kind+" "+tc.value, func(t *testing.T) {
			t.Parallel()
			v := kinds()[tc.kind]()
			err := v.UnmarshalText([]byte(tc.value))
			if (err != nil) != (tc.mistake != "") || err != nil && !strings.Contains(err.Error(), tc.mistake) {
				t.Fatalf("error %v, want %q", err, tc.mistake)
			}
			if err == nil && v.String() != tc.shown {
				t.Errorf("shown as %q, want %q", v, tc.shown)
			}
		})
	}
}

func TestBetween(t *testing.T) {
	t.Parallel()
	for value, good := range map[int]bool{0: false, 1: true, 9: true, 10: false} {
		if err := setting.Between(value, 1, 9); (err == nil) != good {
			t.Errorf("%d: %v", value, err)
		}
	}
	err := setting.Between(time.Hour, 0, time.Minute)
	if err == nil || err.Error() != "1h0m0s is outside the range from 0s to 1m0s" {
		t.Errorf("error %v", err)
	}
}

func TestParseInt(t *testing.T) {
	t.Parallel()
	if n, err := setting.ParseInt("-12"); n != -12 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := setting.ParseInt("1.5"); err == nil || err.Error() != `"1.5" is not a whole number` {
		t.Errorf("error %v", err)
	}
}

// What is read is shown as something that reads as the same.
func FuzzSettings(f *testing.F) {
	for _, value := range []string{"https://crier.example/a b/", "off", "3 GiB", "1d2h", "a,b c", "true", "http://[::1]:1"} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		for kind, made := range kinds() {
			v, again := made(), made()
			if v.UnmarshalText([]byte(value)) != nil {
				continue
			}
			if err := again.UnmarshalText([]byte(v.String())); err != nil || again.String() != v.String() {
				t.Errorf("%s %q is shown as %q, which reads as %q: %v", kind, value, v, again, err)
			}
		}
	})
}
