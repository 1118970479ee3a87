//go:build interop

package interop_test

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/crier-social/crier/cmd/crier/interop/internal/programtest"
)

// needTools skips the test, loudly, where a program is missing that it makes its files with.
func needTools(t *testing.T) {
	t.Helper()
	programtest.Need(t, "publishing real files", "make interop-tools installs them", "ffmpeg", "ffprobe", "soffice", "pdfinfo", "pdftoppm")
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
