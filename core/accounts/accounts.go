// Package accounts keeps the linked accounts of the profiles: it links them, from tokens
// or from what a person has consented to, guards the tokens and renews them in time,
// decides which account of a network is the default, gives the publisher the token of an
// account, and tells the owner when an account has to be linked again.
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

// Config is what a Manager works with. Clock, Log, Notices and the functions may be nil.
type Config struct {
	Store    store.Accounts
	Registry *core.Registry
	Vault    *vault.Ring
	Clock    core.Clock
	Log      *slog.Logger

	// Notices learns what happens to accounts, to tell their owners; nil: nobody is told.
	Notices Notices
	// NoticeDays are the steps at which an owner is told that an account has to be linked
	// again: days before core.Account.EndsAt. None: nobody is told before.
	NoticeDays []int
	// OnRelinked is called after an account was linked again: what waits for it can go on.
	OnRelinked func(ctx context.Context, accountID string)
	// OnRefresh is called after each try to renew tokens.
	OnRefresh func(platform string, result RefreshResult)
}

// Manager links accounts and gives out their tokens. It may be used concurrently.
//
// Its errors are *core.Error where the caller or an operator can do something
// about them; all others mean that the store failed.
type Manager struct {
	store      store.Accounts
	registry   *core.Registry
	vault      *vault.Ring
	clock      core.Clock
	log        *slog.Logger
	notices    Notices
	steps      []int // of the notices: days, the largest first
	onRelinked func(ctx context.Context, accountID string)
	onRefresh  func(platform string, result RefreshResult)

	// defaults serializes what this process changes of the set of accounts, so that each
	// network has a default at any moment; settleDefault sees to what other processes change
	// meanwhile.
	defaults sync.Mutex
}

// New returns a Manager.
func New(c Config) *Manager {
	m := &Manager{
		store: c.Store, registry: c.Registry, vault: c.Vault, clock: c.Clock,
		log: cmp.Or(c.Log, slog.New(slog.DiscardHandler)), notices: c.Notices,
		steps: slices.Clone(c.NoticeDays), onRelinked: c.OnRelinked, onRefresh: c.OnRefresh,
	}
	slices.SortFunc(m.steps, func(a, b int) int { return cmp.Compare(b, a) })
	if m.clock == nil {
		m.clock = core.SystemClock{}
	}
	if m.onRelinked == nil {
		m.onRelinked = func(context.Context, string) {}
	}
	if m.onRefresh == nil {
		m.onRefresh = func(string, RefreshResult) {}
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
