package config

import (
	"strings"
	"testing"
)

// The parser names mistakes by the struct's field, so that names must be unique;
// and a setting without help would leave a hole in the reference.
func TestFieldsAreDescribed(t *testing.T) {
	t.Parallel()
	for _, target := range []any{new(Config), new(Client)} {
		seen := map[string]bool{}
		for _, f := range fieldsOf(target) {
			if seen[f.goName] {
				t.Errorf("%T: a second field is called %s", target, f.goName)
			}
			seen[f.goName] = true
			if f.help == "" {
				t.Errorf("%s has no help", f.name)
			}
		}
		if len(seen) < 2 {
			t.Errorf("%T: only %d settings found", target, len(seen))
		}
	}
}

// TestRangesAreDescribed loads every setting that has a range with its bounds, and with
// what is just beyond them: the help names those that are taken.
func TestRangesAreDescribed(t *testing.T) {
	t.Parallel()
	help := map[string]string{}
	for _, f := range allFields(new(Config)) {
		help[f.name] = f.help
	}
	for _, tc := range []struct{ name, below, low, high, above string }{
		{"CRIER_UPLOAD_RETENTION", "59m59s", "1h", "3660d", "3660d1s"},
		{"CRIER_PUBLISH_WAIT", "-1s", "0s", "10m", "10m1s"},
		{"CRIER_WORKERS", "0", "1", "1024", "1025"},
		{"CRIER_LEASE", "999ms", "1s", "1h", "1h1s"},
		{"CRIER_COMMIT_TIMEOUT", "999ms", "1s", "10m", "10m1s"},
		{"CRIER_READ_BACK_AFTER", "-1s", "0s", "24h", "24h1s"},
		{"CRIER_SHUTDOWN_GRACE", "-1s", "0s", "10m", "10m1s"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if want := "from " + tc.low + " to " + tc.high; !strings.Contains(help[tc.name], want) {
				t.Errorf("the help does not tell %q: %s", want, help[tc.name])
			}
			for value, refused := range map[string]bool{tc.below: true, tc.low: false, tc.high: false, tc.above: true} {
				_, err := Load([]string{tc.name + "=" + value}, "")
				if got := err != nil && strings.Contains(err.Error(), "outside the range"); got != refused {
					t.Errorf("%s is refused: %t, want %t (%v)", value, got, refused, err)
				}
			}
		})
	}
}
