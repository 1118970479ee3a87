package accounts_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/store"
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
	a, _, err := m.Link(t.Context(), profileA, page(1))
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
	_, _, err := f.answering(t, func(a *core.Account) { a.RemoteID = "" }).Link(t.Context(), profileA, person())
	wantKind(t, err, core.KindInternal, core.CodeInternal)
	f.wantDefaults(t, profileA)
}

// TestLinkWarnsOfPoorerTokens: tokens that end take the place of some that were renewed.
func TestLinkWarnsOfPoorerTokens(t *testing.T) {
	t.Parallel()
	f := setup(t)
	rich, poor := person(), person()
	rich.Credentials.RefreshToken, poor.Credentials.RefreshToken = "refresh", ""
	for i, step := range []struct {
		r    accounts.LinkRequest
		want int
	}{{poor, 0}, {rich, 0}, {rich, 0}, {poor, 1}, {poor, 0}} {
		_, notes, err := f.Link(t.Context(), profileA, step.r)
		if err != nil || len(notes) != step.want {
			t.Fatalf("step %d: %v, %v; want %d notes", i, notes, err, step.want)
		}
		for _, n := range notes {
			if n.Status != core.FindingWarning || !strings.Contains(n.Message, "these have replaced them, and cannot be renewed") {
				t.Errorf("step %d: %+v", i, n)
			}
		}
	}
}

// meanwhile is a store in which another process does something right before an account is
// created, or is given new tokens; once.
type meanwhile struct {
	store.Accounts
	create, relink func() error
}

func (s *meanwhile) CreateAccount(ctx context.Context, a core.Account, sealed []byte) error {
	if err := s.create(); err != nil {
		return err
	}
	return s.Accounts.CreateAccount(ctx, a, sealed)
}

func (s *meanwhile) UpdateCredentials(ctx context.Context, id string, fn func(*store.Credentials) error) error {
	if err := s.relink(); err != nil {
		return err
	}
	return s.Accounts.UpdateCredentials(ctx, id, fn)
}

// once calls fn the first time, and does nothing after it.
func once(fn func() error) func() error {
	called := false
	return func() error {
		if called {
			return nil
		}
		called = true
		return fn()
	}
}

// Whatever another process does to an account while it is being linked, it is linked at the
// end.
func TestLinkBesideAnotherProcess(t *testing.T) {
	t.Parallel()
	nothing := func() error { return nil }
	for name, prepare := range map[string]func(*testing.T, *fixture) *meanwhile{
		"it is linked": func(t *testing.T, f *fixture) *meanwhile {
			t.Helper()
			return &meanwhile{relink: nothing, create: once(func() error { f.link(t, profileA, person()); return nil })}
		},
		"it is linked and unlinked": func(*testing.T, *fixture) *meanwhile {
			return &meanwhile{relink: nothing, create: once(func() error { return store.ErrExists })} // it is there now, and gone at the next look
		},
		"it is unlinked": func(t *testing.T, f *fixture) *meanwhile {
			t.Helper()
			a := f.link(t, profileA, person())
			return &meanwhile{create: nothing, relink: once(func() error { return f.Unlink(t.Context(), profileA, a.ID) })}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			s := prepare(t, f)
			s.Accounts = f.store
			a, _, err := f.on(s).Link(t.Context(), profileA, person())
			if err != nil {
				t.Fatal(err)
			}
			list, err := f.List(t.Context(), profileA)
			if err != nil || len(list) != 1 || list[0].ID != a.ID {
				t.Errorf("linked %s; listed %+v, %v", a.ID, list, err)
			}
			f.wantDefaults(t, profileA, a.ID)
			if _, err := f.Token(t.Context(), a.ID); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestLinkGoesOnWithoutItsClient(t *testing.T) {
	t.Parallel()
	f := setup(t)
	ctx, hangUp := context.WithCancel(t.Context())
	a, _, err := f.answering(t, func(*core.Account) { hangUp() }).Link(ctx, profileA, person())
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
	a, _, err := m.Link(t.Context(), profileA, r)
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.Token(t.Context(), a.ID)
	wantKind(t, err, core.KindAuth, core.CodeAccountRelink)
	f.wantStatus(t, a.ID, core.AccountRelinkRequired)
}
