package bluesky_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/bluesky"
	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

// The provider that the settings make uses the sandbox's accounts without anything more, and
// renews their tokens when the sandbox's clock has ended them.
func TestOpenSandbox(t *testing.T) {
	t.Parallel()
	s := new(bluesky.Settings)
	if _, err := config.Load(nil, "", core.Adapter{Name: "bluesky", Settings: s}); err != nil {
		t.Fatal(err)
	}
	if !s.Live() {
		t.Error("the settings do not lead to the network")
	}
	clock := coretest.NewClock(coretest.Epoch())
	server := httptest.NewUnstartedServer(nil)
	moved := 0
	box, err := s.OpenSandbox(core.SandboxOptions{
		URL: "http://" + server.Listener.Addr().String(), Dir: t.TempDir(), Clock: clock, OnClock: func() { moved++ },
	})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = box
	server.Start()
	t.Cleanup(func() {
		server.Close()
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	if problems := s.Check(); s.Live() || len(problems) > 0 {
		t.Errorf("the settings lead to %+v: %v", s, problems)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	p, err := s.Open(core.AdapterDeps{HTTP: client, Guarded: client, Clock: box.Clock()})
	if err != nil {
		t.Fatal(err)
	}
	var remote []string
	for _, a := range box.Accounts() {
		remote = append(remote, a.RemoteID)
		if !s.InSandbox(a.RemoteID) || !a.Credentials.ExpiresAt.After(clock.Now()) {
			t.Errorf("account %+v", a)
		}
		fresh, err := p.(core.Refresher).Refresh(t.Context(), a.Credentials)
		if err != nil || fresh.AccessToken == "" {
			t.Errorf("%s cannot be renewed: %v", a.RemoteID, err)
		}
	}
	if diff := cmp.Diff([]string{sandbox.AliceDID, sandbox.BobDID}, remote); diff != "" {
		t.Errorf("accounts (-want +got):\n%s", diff)
	}
	if s.InSandbox("did:plc:ewvi7nxzyoun6zhxrhs64oiz") {
		t.Error("a stranger is taken for one of the sandbox")
	}
	box.(interface{ Reset() }).Reset()
	if moved != 1 {
		t.Errorf("the server was told %d times of the clock", moved)
	}
}
