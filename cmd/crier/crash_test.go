package main

import (
	"cmp"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/crier-social/crier/cmd/crier/crashtest"
)

const (
	// crashKills is how often the tests kill; make crash can do so more often.
	crashKills = 50
	crashSeed  = 20261121
)

// ownProgram is this test binary, acting as the program; see runServerProcess.
func ownProgram(t *testing.T) crashtest.Program {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return crashtest.Program{Path: path, AheadVariable: serverVariable}
}

// crashNumber reads a number that make crash hands over.
func crashNumber(t *testing.T, variable string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return n
}

// TestKilledAtAnyMoment kills the program again and again while it publishes, and holds
// what it says against what the network has. CRASH_PROGRAM names the program to kill;
// without it this test binary acts as the program, whose clock can be moved ahead.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	crash(t, crashOptions(t, crashKills))
}

// crashOptions are those of a run that kills so often, unless make crash has it otherwise.
func crashOptions(t *testing.T, kills uint64) crashtest.Options {
	t.Helper()
	o := crashtest.Options{
		Seed: crashNumber(t, "CRASH_SEED", crashSeed), Kills: int(crashNumber(t, "CRASH_KILLS", kills)),
		Networks: crashNetworks(t, cmp.Or(os.Getenv("CRASH_NETWORK"), "linkedin")),
		Program:  ownProgram(t), Dir: t.TempDir(), Say: t.Logf,
	}
	if path := os.Getenv("CRASH_PROGRAM"); path != "" {
		o.Program = crashtest.Program{Path: path}
	}
	return o
}

// crashNetworks are those of the names, which are separated by commas.
func crashNetworks(t *testing.T, names string) (list []crashtest.Network) {
	t.Helper()
	known := []crashtest.Network{crashtest.LinkedIn{}, crashtest.Bluesky{}}
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(known, func(n crashtest.Network) bool { return n.Platform() == name })
		if i < 0 {
			t.Fatalf("CRASH_NETWORK: %q is not in %q; one that is new needs a file in crashtest, such as bluesky.go, and its line here", name, platforms(known))
		}
		list = append(list, known[i])
	}
	return list
}

func platforms(networks []crashtest.Network) (names []string) {
	for _, n := range networks {
		names = append(names, n.Platform())
	}
	return names
}

// crash runs the harness and fails for each anomaly.
func crash(t *testing.T, o crashtest.Options) crashtest.Report {
	t.Helper()
	report, err := crashtest.Run(t.Context(), o)
	if err != nil {
		t.Fatalf("seed %d: %v", o.Seed, err)
	}
	t.Logf("%d processes killed, %d stopped in order, %d frozen, %d faults on the way to the database\n%s", report.Kills, report.Stops, report.Freezes, report.StoreFaults, crashtest.Table(report))
	for _, a := range report.Anomalies {
		t.Errorf("seed %d: %s", o.Seed, a)
	}
	return report
}
