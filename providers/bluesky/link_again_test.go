package bluesky_test

import (
	"strings"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

// An account that is linked again is who its DID says, whatever it is called by now. When somebody
// else has the handle that it had, its password does not go to his server.
func TestLinkAgainByTheDID(t *testing.T) {
	t.Parallel()
	const moved = "alice-moved.test"
	alice := core.Account{Platform: "bluesky", RemoteID: sandbox.AliceDID, Username: sandbox.AliceHandle}
	for name, tc := range map[string]struct {
		answers map[string]core.Secret
		again   core.Account
		refused bool
	}{
		"no handle":                       {answers: map[string]core.Secret{}, again: alice},
		"its new handle":                  {answers: answers(moved, ""), again: alice},
		"its DID":                         {answers: answers(sandbox.AliceDID, ""), again: alice},
		"the handle of somebody else":     {answers: answers(sandbox.AliceHandle, ""), again: alice, refused: true},
		"another than the one in id":      {answers: answers(sandbox.AliceHandle, ""), again: core.Account{RemoteID: sandbox.AliceDID}, refused: true},
		"a DID that is not the one in id": {answers: answers(sandbox.BobDID, ""), again: core.Account{RemoteID: sandbox.AliceDID}, refused: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newLinkWorld(t, onOwnMachine)
			if err := w.Sandbox.SetHandle(sandbox.AliceDID, moved); err != nil {
				t.Fatal(err)
			}
			if err := w.Sandbox.SetHandle(sandbox.BobDID, sandbox.AliceHandle); err != nil {
				t.Fatal(err)
			}
			tc.answers["appPassword"] = sandbox.AliceAppPassword
			r := core.LinkRequest{App: "appPassword", Answers: tc.answers, Again: tc.again}
			g, direct := w.provider.Exchange(t.Context(), r, core.LinkReturn{})
			r.App, r.RedirectURL, r.State, r.Verifier = "oauth", ownRedirect, "a state", strings.Repeat("v", 43)
			_, consent := w.provider.Authorize(t.Context(), r)
			if !tc.refused {
				if direct != nil || consent != nil || g.Accounts[0].RemoteID != sandbox.AliceDID || g.Accounts[0].Username != moved {
					t.Errorf("%+v, %v, %v", g.Accounts, direct, consent)
				}
				return
			}
			for _, err := range []error{direct, consent} {
				if e := core.AsError(err); e.Kind != core.KindInvalid || e.Field != "handle" || !strings.Contains(e.Message, "another account's") {
					t.Errorf("%+v", e)
				}
			}
			if n := w.wire.count("createSession"); n != 0 {
				t.Errorf("a password was sent to somebody else's server %d times", n)
			}
		})
	}
}
