package main

import (
	"testing"

	"github.com/crier-social/crier/cmd/crier/crashtest"
)

// fewKills is how often the tests kill where the same was killed more often elsewhere.
const fewKills = 15

// TestKilledAtAnyMomentOnBluesky does so on Bluesky.
func TestKilledAtAnyMomentOnBluesky(t *testing.T) {
	t.Parallel()
	o := crashOptions(t, fewKills)
	o.Networks = crashNetworks(t, "bluesky")
	if report := crash(t, o); report.About == 0 {
		t.Error("no reply and no quote was published")
	}
}

// TestKilledAtAnyMomentOnBoth does so with posts for one network, the other, and both.
func TestKilledAtAnyMomentOnBoth(t *testing.T) {
	t.Parallel()
	o := crashOptions(t, fewKills)
	o.Networks = crashNetworks(t, "linkedin,bluesky")
	crash(t, o)
}

// TestCrashHarnessFindsFaultOnBluesky does so on a network where a record key that was stored
// first protects a post from being there twice, and the swap before the call is not needed for
// that; and where what has become of a post can be asked at any time.
func TestCrashHarnessFindsFaultOnBluesky(t *testing.T) {
	t.Parallel()
	for _, tt := range []tamperCase{
		{"nothing is taken away", crashtest.TamperNone, crashtest.TroubleHeld, ""},
		{"the swap before the call", crashtest.TamperForgetCommit, crashtest.TroubleHeld, ""},
		{"the look for a lost answer", crashtest.TamperResendBlindly, crashtest.TroubleCutAfter, ""},
		{"the record key that was stored", crashtest.TamperForgetAll, crashtest.TroubleHeld, crashtest.FaultDoubled},
		{"the question what became of it", crashtest.TamperGiveUp, crashtest.TroubleCutAfter, crashtest.FaultWrong},
		{"the wait for an answer", crashtest.TamperBelieve, crashtest.TroubleBusy, crashtest.FaultLost},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			findFault(t, tt, crashtest.Options{Networks: []crashtest.Network{crashtest.Bluesky{}}})
		})
	}
}
