package accounts_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
	"github.com/crier-social/crier/core/coretest"
)

// answering is the scripted network with other answers about whose tokens these are.
type answering struct {
	*coretest.Provider
	alter func(*core.Account)
}

func (p answering) Identify(ctx context.Context, c core.Credentials, remoteID string) (core.Account, error) {
	a, err := p.Provider.Identify(ctx, c, remoteID)
	p.alter(&a)
	return a, err
}

// answering returns a manager whose network answers otherwise.
func (f *fixture) answering(t *testing.T, alter func(*core.Account)) *accounts.Manager {
	t.Helper()
	return f.facing(t, answering{coretest.NewProvider(coretest.Config{Clock: f.clock}), alter})
}

// facing returns a manager in front of one network.
func (f *fixture) facing(t *testing.T, p core.Provider) *accounts.Manager {
	t.Helper()
	nets, err := core.NewRegistry(p)
	if err != nil {
		t.Fatal(err)
	}
	return accounts.New(accounts.Config{Store: f.store, Registry: nets, Vault: f.ring, Clock: f.clock, Log: f.slog})
}

// What the network tells of a token counts, not what the request says.
func TestLinkBelievesTheNetwork(t *testing.T) {
	t.Parallel()
	f := setup(t)
	first := f.link(t, profileA, person())
	ends := coretest.Epoch().Add(time.Minute)
	m := f.answering(t, func(a *core.Account) {
		a.ExpiresAt, a.Scopes, a.Default = ends, []string{"read"}, true
	})
	a, err := m.Link(t.Context(), profileA, page(1))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"read"}, a.Scopes); diff != "" || !a.ExpiresAt.Equal(ends) {
		t.Errorf("ends at %v, want %v; scopes (-want +got):\n%s", a.ExpiresAt, ends, diff)
	}
	f.wantDefaults(t, profileA, first.ID) // which account is the default is not the network's to say
	f.clock.Set(ends)
	_, err = m.Token(t.Context(), a.ID)
	wantKind(t, err, core.KindAuth, core.CodeAccountRelink)
}

func TestLinkOfNobody(t *testing.T) {
	t.Parallel()
	f := setup(t)
	_, err := f.answering(t, func(a *core.Account) { a.RemoteID = "" }).Link(t.Context(), profileA, person())
	wantKind(t, err, core.KindInternal, core.CodeInternal)
	f.wantDefaults(t, profileA)
}

func TestLinkGoesOnWithoutItsClient(t *testing.T) {
	t.Parallel()
	f := setup(t)
	ctx, hangUp := context.WithCancel(t.Context())
	a, err := f.answering(t, func(*core.Account) { hangUp() }).Link(ctx, profileA, person())
	if err != nil {
		t.Fatal(err)
	}
	f.wantDefaults(t, profileA, a.ID)
}

func TestAccountWithoutAToken(t *testing.T) {
	t.Parallel()
	f := setup(t)
	// The network knows its member by nothing.
	provider := coretest.NewProvider(coretest.Config{Clock: f.clock})
	provider.AddMember(coretest.Member{Token: "", RemoteID: coretest.MemberID, Name: "Ada Example"})
	m := f.facing(t, provider)
	r := person()
	r.Credentials.AccessToken = ""
	a, err := m.Link(t.Context(), profileA, r)
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.Token(t.Context(), a.ID)
	wantKind(t, err, core.KindAuth, core.CodeAccountRelink)
	f.wantStatus(t, a.ID, core.AccountRelinkRequired)
}
