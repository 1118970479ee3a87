package main

import (
	"testing"
	"time"

	"github.com/crier-social/crier/cmd/crier/crash"
)

// tamperPlan is a short plan in which every post meets the trouble.
func tamperPlan(trouble crash.Trouble) *crash.Plan {
	plan := crash.NewPlan(crashSeed, 3)
	for i := range plan.Rounds {
		plan.Rounds[i] = crash.Round{Victim: "serve", After: 400 * time.Millisecond}
	}
	for i := range plan.Posts {
		plan.Posts[i] = crash.Post{
			Number: i, Kind: crash.KindText, Key: crash.KeyHeader, Change: crash.ChangeNone,
			Trouble: trouble, CommentTrouble: crash.TroubleNone,
		}
	}
	return &plan
}

// TestCrashHarnessFindsFault takes Crier's protections away, one at a time, and holds that
// the harness notices; and that it is content with the same posts as long as they are there.
func TestCrashHarnessFindsFault(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		tamper  crash.Tamper
		trouble crash.Trouble
		want    crash.Fault // empty: none
	}{
		{"nothing is taken away", crash.TamperNone, crash.TroubleHeld, ""},
		{"the swap before the call", crash.TamperForgetCommit, crash.TroubleHeld, crash.FaultDoubled},
		{"the look for a lost answer", crash.TamperResendBlindly, crash.TroubleCutAfter, crash.FaultDoubled},
		{"the wait for an answer", crash.TamperBelieve, crash.TroubleBusy, crash.FaultLost},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			plan := tamperPlan(tt.trouble)
			report, err := crash.Run(t.Context(), crash.Options{
				Seed: crashSeed, Kills: len(plan.Rounds), Plan: plan, Tamper: tt.tamper, Program: ownProgram(t), Dir: t.TempDir(),
			})
			if err != nil {
				t.Fatal(err)
			}
			if tt.want == "" && len(report.Anomalies) > 0 {
				t.Errorf("anomalies without a fault: %v", report.Anomalies)
			}
			if tt.want != "" && report.Count(tt.want) == 0 {
				t.Errorf("nothing is %s:\n%s%v", tt.want, crash.Table(report), report.Anomalies)
			}
		})
	}
}
