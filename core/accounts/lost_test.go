package accounts_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/vault"
)

// interrupted is the fixture's store, to which something happens in the middle.
type interrupted struct {
	store.Accounts
	created func() error // once after an account was created
	read    func()       // once after credentials were read
}

func (s *interrupted) CreateAccount(ctx context.Context, a core.Account, sealed []byte) error {
	return errors.Join(s.Accounts.CreateAccount(ctx, a, sealed), s.created())
}

func (s *interrupted) GetCredentials(ctx context.Context, accountID string) (store.Credentials, error) {
	c, err := s.Accounts.GetCredentials(ctx, accountID)
	s.read()
	return c, err
}

// on returns a manager of a store.
func (f *fixture) on(s store.Accounts) *accounts.Manager {
	return accounts.New(accounts.Config{Store: s, Registry: f.nets, Vault: f.ring, Clock: f.clock, Log: f.slog})
}

func (f *fixture) wantStatus(t *testing.T, id string, want core.AccountStatus) {
	t.Helper()
	a, err := f.Get(t.Context(), profileA, id)
	if err != nil {
		t.Fatal(err)
	}
	if a.Status != want {
		t.Errorf("status %s, want %s: %s", a.Status, want, a.StatusReason)
	}
}

// The new token's own end counts, however fresh it is.
func TestFreshTokenExpires(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.link(t, profileA, person())
	r := person()
	r.Credentials.ExpiresAt = f.clock.Now().Add(time.Minute)
	a := f.link(t, profileA, r)
	f.clock.Advance(time.Minute)
	_, err := f.Token(t.Context(), a.ID)
	wantKind(t, err, core.KindAuth, core.CodeAccountRelink)
	f.wantStatus(t, a.ID, core.AccountRelinkRequired)
}

// An account that is linked again at the very moment at which its former token
// turns out to be dead stays linked.
func TestLinkedAgainMeanwhile(t *testing.T) {
	t.Parallel()
	for name, dies := range map[string]func(context.Context, *accounts.Manager, core.Account) error{
		"refused by the network": func(ctx context.Context, m *accounts.Manager, a core.Account) error {
			renewed, err := m.Refused(ctx, a.ID, coretest.MemberToken, "revoked")
			if err == nil && !renewed {
				return errors.New("the new token was taken for the former one")
			}
			return err
		},
		"expired": func(ctx context.Context, m *accounts.Manager, a core.Account) error {
			_, err := m.Token(ctx, a.ID) // the new one
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			a := f.link(t, profileA, person())
			f.clock.Set(a.ExpiresAt)
			again := person()
			again.Credentials.ExpiresAt = a.ExpiresAt.Add(time.Hour)
			m := f.on(&interrupted{Accounts: f.store, read: sync.OnceFunc(func() { f.link(t, profileA, again) })})
			if err := dies(t.Context(), m, a); err != nil {
				t.Fatal(err)
			}
			f.wantStatus(t, a.ID, core.AccountActive)
			if _, err := f.Token(t.Context(), a.ID); err != nil {
				t.Error(err)
			}
		})
	}
}

// What networks say in sentences stands within those of the account and of its notices.
func TestLossReadsAsAClause(t *testing.T) {
	t.Parallel()
	const want = "the access token has expired"
	w := newWorld(t, coretest.Config{})
	a := w.join(t)[0]
	if err := w.AuthorizationLost(t.Context(), a.ID, "The access token has expired."); err != nil {
		t.Fatal(err)
	}
	if got := w.account(t, a.ID).StatusReason; got != want {
		t.Errorf("the account says %q, want %q", got, want)
	}
	wantTold(t, w, core.SocialNotice{Type: core.SocialUnlink, Source: core.SocialBySystem, AccountID: a.ID, Reason: want})
}

// Tokens that no key opens are of no use: the account is marked.
func TestAuthorizationLostWithoutAKey(t *testing.T) {
	t.Parallel()
	f := setup(t)
	a := f.link(t, profileA, person())
	ring, err := vault.New(vault.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	if err := f.with(ring).AuthorizationLost(t.Context(), a.ID, "revoked"); err != nil {
		t.Fatal(err)
	}
	f.wantStatus(t, a.ID, core.AccountRelinkRequired)
}

// A process that dies right after it stored a network's only account leaves it as
// the default.
func TestDefaultSurvivesACrash(t *testing.T) {
	t.Parallel()
	f := setup(t)
	died := errors.New("killed")
	m := f.on(&interrupted{Accounts: f.store, created: func() error { return died }})
	if _, _, err := m.Link(t.Context(), profileA, person()); !errors.Is(err, died) {
		t.Fatalf("got %v, want %v", err, died)
	}
	list, err := f.List(t.Context(), profileA)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d accounts, %v", len(list), err)
	}
	f.wantDefaults(t, profileA, list[0].ID)
	// The next one does not take its place, not even for a moment.
	if _, _, err := m.Link(t.Context(), profileA, page(1)); !errors.Is(err, died) {
		t.Fatalf("got %v, want %v", err, died)
	}
	f.wantDefaults(t, profileA, list[0].ID)
}
