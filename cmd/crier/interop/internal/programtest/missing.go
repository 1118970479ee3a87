//go:build interop

package programtest

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Need asks for programs. Where one is missing it skips the test, loudly, and
// tells what was not tried and what to do; with CRIER_INTEROP_REQUIRE=1 it fails it.
func Need(t *testing.T, what, remedy string, names ...string) {
	t.Helper()
	var missing []string
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return
	}
	Missing(t, what, "for want of "+strings.Join(missing, ", ")+"; "+remedy)
}

// Missing skips the test loudly, or fails it with CRIER_INTEROP_REQUIRE=1.
func Missing(t *testing.T, what, why string) {
	t.Helper()
	if os.Getenv("CRIER_INTEROP_REQUIRE") == "1" {
		t.Fatalf("%s was NOT tried, %s", what, why)
	}
	_, _ = os.Stderr.WriteString("SKIPPED: " + what + " was NOT tried, " + why + "\n")
	t.Skip(why)
}
