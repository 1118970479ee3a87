package accounts

import (
	"context"
	"errors"
	"fmt"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// Unlink removes the account and its tokens. If it was its network's default, the
// account linked first becomes it.
func (m *Manager) Unlink(ctx context.Context, profileID, id string) error {
	m.defaults.Lock()
	defer m.defaults.Unlock()
	a, err := m.Get(ctx, profileID, id)
	if err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx) // what was begun is completed
	if err := m.remove(ctx, a); err != nil {
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
	ctx = context.WithoutCancel(ctx)
	unlinked := 0
	for _, a := range all {
		if a.Platform != platform {
			continue
		}
		if err := m.remove(ctx, a); err != nil {
			return unlinked, errors.Join(err, m.settleDefault(ctx, profileID, platform, ""))
		}
		unlinked++
	}
	return unlinked, nil
}

// remove unlinks the account; one that is gone already is no error. Where its owner is to be
// told, the notice is stored first: whoever finds it completes the removal.
func (m *Manager) remove(ctx context.Context, a core.Account) error {
	if m.wanted(ctx, a.ProfileID) {
		var err error
		a, err = m.store.UpdateAccount(ctx, a.ID, func(a *core.Account) error {
			note(a, m.clock.Now(), core.SocialNotice{Type: core.SocialUnlink, Source: core.SocialByUser})
			return nil
		})
		switch {
		case errors.Is(err, store.ErrNotFound):
			return nil
		case err != nil:
			return storeError("unlink account", a.ID, err)
		}
		if err := m.notices.Tell(ctx, a.ProfileID, a.Upkeep.Outbox...); err != nil {
			return fmt.Errorf("tell that account %s is unlinked: %w", a.ID, err)
		}
	}
	err := m.store.DeleteAccount(ctx, a.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return storeError("unlink account", a.ID, err)
	}
	m.log.InfoContext(ctx, "account unlinked", "event", eventUnlinked, "account", a.ID, "platform", a.Platform, "profile", a.ProfileID)
	return nil
}

// completeUnlink removes an account whose unlinking was begun.
func (m *Manager) completeUnlink(ctx context.Context, a core.Account) error {
	m.defaults.Lock()
	defer m.defaults.Unlock()
	now, err := m.store.GetAccount(ctx, a.ID)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && !leaving(now):
		return nil
	case err != nil:
		return storeError("get account", a.ID, err)
	}
	if err := m.remove(ctx, now); err != nil {
		return err
	}
	return m.settleDefault(ctx, now.ProfileID, now.Platform, "")
}
