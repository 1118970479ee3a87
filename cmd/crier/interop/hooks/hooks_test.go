//go:build interop

package hooks_test

import (
	"os/exec"
	"regexp"
	"strconv"
	"testing"

	"github.com/crier-social/crier/cmd/crier/interop/internal/programtest"
)

// wantChecks is how many checks client.mjs makes; fewer mean that it ended early.
const wantChecks = 26

func TestLibrariesOfOthers(t *testing.T) {
	t.Parallel()
	programtest.Need(t, "the SDK and webhooks with the libraries of others", "they belong to Node.js", "bash", "node", "npm")
	server := programtest.Start(t, programtest.Build(t))
	out, err := exec.CommandContext(t.Context(), "bash", "run.sh", server.URL, programtest.Key).CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatalf("run.sh: %v", err)
	}
	last := regexp.MustCompile(`(?m)^(\d+) checks passed$`).FindSubmatch(out)
	if last == nil {
		t.Fatal("client.mjs did not come to its end")
	}
	if n, err := strconv.Atoi(string(last[1])); err != nil || n != wantChecks {
		t.Errorf("%d checks (%v), want %d", n, err, wantChecks)
	}
}
