//go:build interop

package interop_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// needTools skips the test, loudly, where a program is missing that it makes its files
// with; it fails it where CRIER_INTEROP_REQUIRE is 1.
func needTools(t *testing.T) {
	t.Helper()
	var missing []string
	for _, tool := range []string{"ffmpeg", "ffprobe", "soffice", "pdfinfo", "pdftoppm"} {
		if _, err := exec.LookPath(tool); err != nil {
			missing = append(missing, tool)
		}
	}
	if len(missing) == 0 {
		return
	}
	names := strings.Join(missing, ", ")
	if os.Getenv("CRIER_INTEROP_REQUIRE") == "1" {
		t.Fatalf("missing: %s; make interop-tools installs them", names)
	}
	_, _ = os.Stderr.WriteString("SKIPPED: real files were NOT published, for want of " + names + "; make interop-tools installs them\n")
	t.Skip("missing: " + names)
}

// runTool runs a program in a folder and returns what it prints.
func runTool(ctx context.Context, dir, program string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w\n%s", program, strings.Join(args, " "), err, stderr.String())
	}
	return out, nil
}
