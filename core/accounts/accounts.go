// Package accounts keeps the linked accounts of the profiles: it links them from
// tokens, guards the tokens, decides which account of a network is the default,
// and gives the publisher the token of an account.
package accounts

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/vault"
)

// Config is what a Manager works with. Clock and Log may be nil.
type Config struct {
	Store    store.Accounts
	Registry *core.Registry
	Vault    *vault.Ring
	Clock    core.Clock
	Log      *slog.Logger
}

// Manager links accounts and gives out their tokens. It may be used concurrently.
//
// Its errors are *core.Error where the caller or an operator can do something
// about them; all others mean that the store failed.
type Manager struct {
	store    store.Accounts
	registry *core.Registry
	vault    *vault.Ring
	clock    core.Clock
	log      *slog.Logger

	// defaults serializes what changes the set of accounts, so that there is one
	// default for each network. What another process changes meanwhile is put
	// right by the next change.
	defaults sync.Mutex
}

// New returns a Manager.
func New(c Config) *Manager {
	m := &Manager{
		store: c.Store, registry: c.Registry, vault: c.Vault, clock: c.Clock,
		log: cmp.Or(c.Log, slog.New(slog.DiscardHandler)),
	}
	if m.clock == nil {
		m.clock = core.SystemClock{}
	}
	return m
}

// List returns the profile's accounts, by network, then by the time they were
// linked.
func (m *Manager) List(ctx context.Context, profileID string) ([]core.Account, error) {
	list, err := m.store.ListAccounts(ctx, profileID)
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	return list, nil
}

// Get returns an account of the profile. One that does not exist, or belongs to
// another profile, is an error of KindNotFound with CodeAccountNotFound.
func (m *Manager) Get(ctx context.Context, profileID, id string) (core.Account, error) {
	a, err := m.get(ctx, id)
	if err == nil && a.ProfileID != profileID {
		return core.Account{}, notFound(id)
	}
	return a, err
}

func (m *Manager) get(ctx context.Context, id string) (core.Account, error) {
	a, err := m.store.GetAccount(ctx, id)
	if err != nil {
		return core.Account{}, storeError("get account", id, err)
	}
	return a, nil
}

// storeError names the account in an error of the store.
func storeError(op, id string, err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return notFound(id)
	}
	return fmt.Errorf("%s %s: %w", op, id, err)
}

func notFound(id string) *core.Error {
	return &core.Error{
		Kind: core.KindNotFound, Code: core.CodeAccountNotFound, Op: "accounts.get",
		Message: fmt.Sprintf("there is no account %q", id),
	}
}

// SetDefault makes the account the default of its network.
func (m *Manager) SetDefault(ctx context.Context, profileID, id string) (core.Account, error) {
	m.defaults.Lock()
	defer m.defaults.Unlock()
	a, err := m.Get(ctx, profileID, id)
	if err != nil {
		return core.Account{}, err
	}
	if err := m.settleDefault(ctx, profileID, a.Platform, id); err != nil {
		return core.Account{}, err
	}
	return m.Get(ctx, profileID, id)
}

// settleDefault makes sure that exactly one of the profile's accounts of the
// network is its default: the wanted one if it is there, else the one that is
// already, else the one linked first. The new default is marked before the old
// one loses its mark, so that there is one at any moment.
func (m *Manager) settleDefault(ctx context.Context, profileID, platform, wanted string) error {
	all, err := m.List(ctx, profileID)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(a core.Account) bool { return a.Platform != platform })
	if len(all) == 0 {
		return nil
	}
	chosen := chooseDefault(all, wanted)
	if err := m.markDefault(ctx, all[chosen], true); err != nil {
		return err
	}
	for i, a := range all {
		if i == chosen {
			continue
		}
		if err := m.markDefault(ctx, a, false); err != nil {
			return err
		}
	}
	return nil
}

// chooseDefault returns the index of the account that is to be the default.
func chooseDefault(all []core.Account, wanted string) int {
	if i := slices.IndexFunc(all, func(a core.Account) bool { return a.ID == wanted }); i >= 0 {
		return i
	}
	return max(0, slices.IndexFunc(all, func(a core.Account) bool { return a.Default }))
}

func (m *Manager) markDefault(ctx context.Context, a core.Account, isDefault bool) error {
	if a.Default == isDefault {
		return nil
	}
	_, err := m.store.UpdateAccount(ctx, a.ID, func(a *core.Account) error {
		a.Default = isDefault
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil // unlinked by another process meanwhile
	}
	if err != nil {
		return storeError("set the default", a.ID, err)
	}
	return nil
}

// Unlink removes the account and its tokens. If it was its network's default, the
// account linked first becomes it.
func (m *Manager) Unlink(ctx context.Context, profileID, id string) error {
	m.defaults.Lock()
	defer m.defaults.Unlock()
	a, err := m.Get(ctx, profileID, id)
	if err != nil {
		return err
	}
	if err := m.delete(ctx, a); err != nil {
		return err
	}
	return m.settleDefault(ctx, profileID, a.Platform, "")
}

// UnlinkPlatform removes all of the profile's accounts of the network and returns
// how many there were.
func (m *Manager) UnlinkPlatform(ctx context.Context, profileID, platform string) (int, error) {
	m.defaults.Lock()
	defer m.defaults.Unlock()
	all, err := m.List(ctx, profileID)
	if err != nil {
		return 0, err
	}
	unlinked := 0
	for _, a := range all {
		if a.Platform != platform {
			continue
		}
		if err := m.delete(ctx, a); err != nil {
			return unlinked, errors.Join(err, m.settleDefault(context.WithoutCancel(ctx), profileID, platform, ""))
		}
		unlinked++
	}
	return unlinked, nil
}

// delete removes the account; one that is gone already is no error.
func (m *Manager) delete(ctx context.Context, a core.Account) error {
	err := m.store.DeleteAccount(ctx, a.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return storeError("unlink account", a.ID, err)
	}
	m.log.InfoContext(ctx, "account unlinked", "account", a.ID, "platform", a.Platform, "profile", a.ProfileID)
	return nil
}
