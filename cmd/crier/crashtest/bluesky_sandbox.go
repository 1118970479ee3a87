package crashtest

import "github.com/crier-social/crier/providers/bluesky/sandbox"

// newBlueskySandbox starts a strict sandbox, which answers as slowly as a network does.
func newBlueskySandbox(o Opening) (BlueskyHost, error) {
	s := sandbox.New(sandbox.Options{BaseURL: o.URL, Dir: o.Dir, Clock: o.Clock, ProcessingPolls: 1})
	return BlueskyHost{
		Handler: newSlowed(s, o.Seed),
		Members: []BlueskyMember{
			{DID: sandbox.AliceDID, Handle: sandbox.AliceHandle, AppPassword: sandbox.AliceAppPassword},
			{DID: sandbox.BobDID, Handle: sandbox.BobHandle, AppPassword: sandbox.BobAppPassword},
		},
		Settings: []string{"CRIER_BLUESKY_VIDEO_URL=" + o.URL},
		Close:    s.Close,
	}, nil
}
