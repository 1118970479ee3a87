package main

import (
	"testing"
	"time"

	"github.com/crier-social/crier/providers/bluesky/blueskytest"
	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

func TestBlueskySandbox(t *testing.T) {
	t.Parallel()
	server := blueskytest.New(t)
	testATNetwork(t, atNetwork{
		pds: server.URL, plc: server.PLCURL(), appView: server.URL, video: server.URL,
		alice: atAccount{sandbox.AliceDID, sandbox.AliceHandle, sandbox.Password, sandbox.AliceAppPassword},
		bob:   atAccount{sandbox.BobDID, sandbox.BobHandle, sandbox.Password, sandbox.BobAppPassword},
		advance: func(t *testing.T, by time.Duration) {
			t.Helper()
			if err := server.Sandbox.Advance(by); err != nil {
				t.Fatal(err)
			}
		},
		consent: func(t *testing.T, page string, who atAccount) string {
			t.Helper()
			back, err := server.Sandbox.Decide(page, who.did, sandbox.Allow)
			if err != nil {
				t.Fatal(err)
			}
			return back
		},
	})
}

// testATNetwork has Crier publish to a network and looks at what arrives there. The genuine
// server and the sandbox are held to the same.
func testATNetwork(t *testing.T, net atNetwork) {
	w := newATWorld(t, net)
	for _, part := range []struct {
		name string
		run  func(*atWorld)
	}{
		{"linking", (*atWorld).checkLinking},
		{"text", (*atWorld).checkText},
		{"limits of text", (*atWorld).checkTextLimits},
		{"images", (*atWorld).checkImages},
		{"video", (*atWorld).checkVideo},
		{"media that cannot go out", (*atWorld).checkMediaLimits},
		{"card", (*atWorld).checkCard},
		{"reply, quote and repost", (*atWorld).checkReferences},
		{"who may reply", (*atWorld).checkGates},
		{"thread", (*atWorld).checkThread},
		{"delete", (*atWorld).checkDelete},
		{"comments", (*atWorld).checkComments},
		{"figures", (*atWorld).checkFigures},
		{"two networks", (*atWorld).checkBoth},
		{"consent", (*atWorld).checkConsent},
		{"session", (*atWorld).checkSession},
	} {
		t.Run(part.name, func(t *testing.T) { part.run(w.in(t)) })
	}
}
