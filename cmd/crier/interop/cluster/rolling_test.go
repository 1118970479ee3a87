//go:build interop

package cluster_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/cmd/crier/interop/internal/programtest"
)

// Each process is stopped and started again under load, as an upgrade does it: no request
// fails that could not be sent again, and every post that was accepted goes out once.
func TestRollingUpgrade(t *testing.T) { //nolint:paralleltest // it sets the environment, and keeps the machine busy
	f := startFleet(t)
	l := newLoad(t, f.url, f.key, f.certificateOf())
	l.link()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); l.run(ctx) }()
	for _, name := range []string{"worker-1", "crier-1", "crier-2", "worker-2", "crier-3"} {
		f.replace(name)
	}
	stop()
	<-done
	l.published()
	want := map[int]int{}
	for n := range l.accepted {
		want[n] = 1
	}
	if diff := cmp.Diff(want, onNetwork(f.network.AllPosts())); diff != "" {
		t.Errorf("posts on the network (-accepted +there):\n%s", diff)
	}
	f.stopAll()
	statuses, failed := f.balanced()
	t.Logf("%d posts, answers %v, %d requests sent again", len(l.accepted), statuses, len(l.repeated))
	for _, failure := range l.fatal {
		t.Errorf("a request failed that cannot be sent again: %s", failure)
	}
	if len(l.accepted) < 100 {
		t.Errorf("only %d posts were accepted", len(l.accepted))
	}
	if t.Failed() {
		t.Logf("sent again:\n%s\nthe load balancer:\n%s", strings.Join(l.repeated, "\n"), strings.Join(failed, "\n"))
	}
}

// systemd takes the units, and they keep the processes from what they do not need.
func TestUnits(t *testing.T) {
	t.Parallel()
	programtest.Need(t, "the units of systemd", "make interop-cluster installs it where that is allowed", "systemd-analyze")
	dir := t.TempDir()
	program := filepath.Join(dir, "crier")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for file, unit := range map[string]string{"crier.service": "crier.service", "crier-worker@.service": "crier-worker@8091.service"} {
		raw, err := os.ReadFile(filepath.Join(deployFolder, "systemd", file))
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(raw), "/usr/local/bin/crier", program)
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := analyze(t, dir, "verify", filepath.Join(dir, unit)); err != nil {
			t.Errorf("%s: %v", unit, err)
		}
	}
	// Of 100, in tenths: what is left open is the network, and files that others may read.
	const exposure = "20"
	if err := analyze(t, dir, "security", "--offline=yes", "--threshold="+exposure, filepath.Join(dir, "crier.service")); err != nil {
		t.Errorf("crier.service may do more than it needs: %v", err)
	}
}

// analyze runs systemd-analyze, which says nothing, or too much, of what is wrong.
func analyze(t *testing.T, dir string, args ...string) error {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "systemd-analyze", args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "SYSTEMD_PAGER=", "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Logf("systemd-analyze %s:\n%s", strings.Join(args, " "), out)
	} else if args[0] == "verify" && len(out) > 0 {
		t.Errorf("systemd-analyze warns: %s", out)
	}
	return err
}
