package bluesky

import (
	"fmt"
	"slices"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/setting"
	"github.com/crier-social/crier/providers/bluesky/api"
	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

// OpenSandbox makes a sandbox, which then is every server that the settings name.
func (s *Settings) OpenSandbox(o core.SandboxOptions) (core.Sandbox, error) {
	box := sandbox.New(sandbox.Options{BaseURL: o.URL, Dir: o.Dir, Clock: o.Clock, OnClock: o.OnClock, Log: o.Log})
	base := setting.BaseURL(o.URL)
	s.PLCURL, s.AppViewURL, s.VideoURL, s.WebURL = base+"/plc", base, setting.OptionalURL(base), base
	d := double{Sandbox: box}
	for _, who := range []struct{ handle, password string }{
		{sandbox.AliceHandle, sandbox.AliceAppPassword}, {sandbox.BobHandle, sandbox.BobAppPassword},
	} {
		account, err := signedIn(box, o.URL, who.handle, who.password)
		if err != nil {
			_ = box.Close() // the other error tells more
			return nil, err
		}
		d.accounts = append(d.accounts, account)
	}
	return d, nil
}

// signedIn begins a session of an account.
func signedIn(box *sandbox.Sandbox, base, handle, password string) (core.SandboxAccount, error) {
	tokens, err := box.Login(base, handle, password)
	if err != nil {
		return core.SandboxAccount{}, fmt.Errorf("bluesky: sign in to the sandbox: %w", err)
	}
	kept, err := binding{PDS: base}.text()
	if err != nil {
		return core.SandboxAccount{}, fmt.Errorf("bluesky: %w", err)
	}
	session := api.Session{AccessJWT: core.Secret(tokens.AccessToken), RefreshJWT: core.Secret(tokens.RefreshToken)}
	c := inSession(core.Credentials{App: appPassword, Binding: kept}, session, box.Clock().Now())
	return core.SandboxAccount{RemoteID: tokens.DID, Credentials: c}, nil
}

// InSandbox tells whether the account is one of every sandbox.
func (*Settings) InSandbox(remoteID string) bool { return sandbox.Knows(remoteID) }

// double is a sandbox as servers use it.
type double struct {
	*sandbox.Sandbox

	accounts []core.SandboxAccount
}

// Accounts are two people, each with a session.
func (d double) Accounts() []core.SandboxAccount { return slices.Clone(d.accounts) }

var _ core.Sandboxed = (*Settings)(nil)
