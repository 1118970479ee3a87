package main

import (
	"testing"
	"time"

	"github.com/crier-social/crier/cmd/crier/crashtest"
	"github.com/crier-social/crier/core/store/mongo/mongotest"
)

// tamperRounds is how often the tests kill that take protections away.
const tamperRounds = 3

// tamperPlan is a short plan in which every post meets the trouble.
func tamperPlan(o crashtest.Options, trouble crashtest.Trouble) *crashtest.Plan {
	fleet := o.Fleet
	o.Fleet = crashtest.Fleet{} // one round for each kill
	plan := crashtest.NewPlan(o)
	plan.FirstStarts = nil // which is not what these are about
	for i := range plan.Rounds {
		plan.Rounds[i] = crashtest.Round{Victims: fleet.Processes(), Called: true, After: 300 * time.Millisecond}
	}
	for i := range plan.Posts {
		plan.Posts[i] = crashtest.Post{
			Number: i, Kind: crashtest.KindText, Key: crashtest.KeyHeader, Change: crashtest.ChangeNone,
			Trouble: trouble, CommentTrouble: crashtest.TroubleNone,
		}
	}
	return &plan
}

// tamperCase is a protection that is taken away, and what the harness has to find then.
type tamperCase struct {
	name    string
	tamper  crashtest.Tamper
	trouble crashtest.Trouble
	want    crashtest.Fault // empty: none
}

// TestCrashHarnessFindsFault takes Crier's protections away, one at a time, and holds that
// the harness notices; and that it is content with the same posts as long as they are there.
func TestCrashHarnessFindsFault(t *testing.T) {
	t.Parallel()
	for _, tt := range []tamperCase{
		{"nothing is taken away", crashtest.TamperNone, crashtest.TroubleHeld, ""},
		{"the swap before the call", crashtest.TamperForgetCommit, crashtest.TroubleHeld, crashtest.FaultDoubled},
		{"the look for a lost answer", crashtest.TamperResendBlindly, crashtest.TroubleCutAfter, crashtest.FaultDoubled},
		{"the question what became of it", crashtest.TamperGiveUp, crashtest.TroubleCutAfter, crashtest.FaultWrong},
		{"the wait for an answer", crashtest.TamperBelieve, crashtest.TroubleBusy, crashtest.FaultLost},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			findFault(t, tt, crashtest.Options{Networks: []crashtest.Network{crashtest.LinkedIn{}}})
		})
	}
}

// TestCrashHarnessFindsFaultOfFleet does so for processes that share a MongoDB database.
func TestCrashHarnessFindsFaultOfFleet(t *testing.T) {
	t.Parallel()
	for _, tt := range []tamperCase{
		{"nothing is taken away", crashtest.TamperNone, crashtest.TroubleHeld, ""},
		{"the swap before the call", crashtest.TamperForgetCommit, crashtest.TroubleHeld, crashtest.FaultDoubled},
		{"the wait for an answer", crashtest.TamperBelieve, crashtest.TroubleBusy, crashtest.FaultLost},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			findFault(t, tt, crashtest.Options{Networks: []crashtest.Network{crashtest.LinkedIn{}}, Fleet: crashtest.Fleet{Servers: 2, Workers: 1}, Store: crashtest.Store{URL: mongotest.NewURL(t)}})
		})
	}
}

func findFault(t *testing.T, tt tamperCase, o crashtest.Options) {
	t.Helper()
	o.Seed, o.Kills, o.Tamper, o.Program, o.Dir = crashSeed, tamperRounds, tt.tamper, ownProgram(t), t.TempDir()
	o.Plan = tamperPlan(o, tt.trouble)
	report, err := crashtest.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if tt.want == "" && len(report.Anomalies) > 0 {
		t.Errorf("anomalies without a fault: %v", report.Anomalies)
	}
	if tt.want != "" && report.Count(tt.want) == 0 {
		t.Errorf("nothing is %s:\n%s%v", tt.want, crashtest.Table(report), report.Anomalies)
	}
}
