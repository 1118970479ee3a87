//go:build interop

package main

import (
	"testing"

	"github.com/crier-social/crier/cmd/crier/crashtest"
	"github.com/crier-social/crier/providers/bluesky/pdstest"
)

// TestKilledAtAnyMomentOnAGenuineServer kills the program while it publishes to a genuine
// Bluesky server, which make bluesky-server installs.
func TestKilledAtAnyMomentOnAGenuineServer(t *testing.T) {
	t.Parallel()
	server := pdstest.Start(t)
	var members []crashtest.BlueskyMember
	for _, handle := range []string{"alice.test", "bob.test"} {
		a := server.CreateAccount(t, handle)
		members = append(members, crashtest.BlueskyMember{DID: a.DID, Handle: a.Handle, AppPassword: a.AppPassword})
	}
	o := crashOptions(t, fewKills)
	o.Networks = []crashtest.Network{crashtest.Bluesky{Host: func(at crashtest.Opening) (crashtest.BlueskyHost, error) {
		h, err := crashtest.BlueskyServers(server.URL, server.PLC, at.URL)
		return crashtest.BlueskyHost{
			Handler: h, Members: members, Settings: []string{"CRIER_BLUESKY_VIDEO_URL=off"},
			Close: func() error { return nil }, // the server ends with the test
		}, err
	}}}
	if report := crash(t, o); report.About == 0 {
		t.Error("no reply and no quote was published")
	}
}
