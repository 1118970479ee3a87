package template

import (
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/setting"
	"github.com/crier-social/crier/providers/template/sandbox"
)

// What operators can set, and how the settings lead to the network or to its sandbox.

// liveURL is the network itself.
const liveURL = "https://api.template.example"

// Settings are what operators can set of the network. The tags name the variables, which begin
// with CRIER_ and the network's name; package config says what each tag means, and package
// setting has more types.
type Settings struct {
	APIURL setting.BaseURL `env:"API_URL" envDefault:"https://api.template.example" help:"Base of the network's API."`
}

// Check finds nothing wrong: every address will do.
func (s *Settings) Check() core.Errors { return nil }

// Live tells whether posts go to the network itself.
func (s *Settings) Live() bool { return s.APIURL == liveURL }

// Open makes the provider.
func (s *Settings) Open(d core.AdapterDeps) (core.Provider, error) {
	return New(string(s.APIURL), d), nil
}

// OpenSandbox makes a sandbox, which the settings then lead to.
func (s *Settings) OpenSandbox(o core.SandboxOptions) (core.Sandbox, error) {
	s.APIURL = setting.BaseURL(o.URL)
	return double{sandbox.New(o)}, nil
}

// InSandbox tells whether an author is one of every sandbox.
func (*Settings) InSandbox(remoteID string) bool { return sandbox.Knows(remoteID) }

// double is a sandbox as servers use it.
type double struct{ *sandbox.Sandbox }

// Accounts are those that can be tried.
func (d double) Accounts() []core.SandboxAccount {
	return []core.SandboxAccount{{
		RemoteID:    sandbox.Ann().ID,
		Credentials: core.Credentials{AccessToken: d.Token(sandbox.Ann().ID), App: appPassword},
	}}
}

var (
	_ core.Settings  = (*Settings)(nil)
	_ core.Sandboxed = (*Settings)(nil)
)
