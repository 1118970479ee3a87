package main

import (
	"testing"
	"time"

	"github.com/crier-social/crier/cmd/crier/crashtest"
)

// tamperPlan is a short plan in which every post meets the trouble.
func tamperPlan(trouble crashtest.Trouble) *crashtest.Plan {
	plan := crashtest.NewPlan(crashSeed, 3, false)
	for i := range plan.Rounds {
		plan.Rounds[i] = crashtest.Round{Victim: "serve", After: 400 * time.Millisecond}
	}
	for i := range plan.Posts {
		plan.Posts[i] = crashtest.Post{
			Number: i, Kind: crashtest.KindText, Key: crashtest.KeyHeader, Change: crashtest.ChangeNone,
			Trouble: trouble, CommentTrouble: crashtest.TroubleNone,
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
		tamper  crashtest.Tamper
		trouble crashtest.Trouble
		want    crashtest.Fault // empty: none
	}{
		{"nothing is taken away", crashtest.TamperNone, crashtest.TroubleHeld, ""},
		{"the swap before the call", crashtest.TamperForgetCommit, crashtest.TroubleHeld, crashtest.FaultDoubled},
		{"the look for a lost answer", crashtest.TamperResendBlindly, crashtest.TroubleCutAfter, crashtest.FaultDoubled},
		{"the wait for an answer", crashtest.TamperBelieve, crashtest.TroubleBusy, crashtest.FaultLost},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			plan := tamperPlan(tt.trouble)
			report, err := crashtest.Run(t.Context(), crashtest.Options{
				Seed: crashSeed, Kills: len(plan.Rounds), Plan: plan, Tamper: tt.tamper, Program: ownProgram(t), Dir: t.TempDir(),
			})
			if err != nil {
				t.Fatal(err)
			}
			if tt.want == "" && len(report.Anomalies) > 0 {
				t.Errorf("anomalies without a fault: %v", report.Anomalies)
			}
			if tt.want != "" && report.Count(tt.want) == 0 {
				t.Errorf("nothing is %s:\n%s%v", tt.want, crashtest.Table(report), report.Anomalies)
			}
		})
	}
}
