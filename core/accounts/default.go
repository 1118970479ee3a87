package accounts

import (
	"context"
	"errors"
	"slices"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

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

// settleTries is how often the default is settled while others change the accounts all the
// while.
const settleTries = 10

// settleDefault makes sure that exactly one of the profile's accounts of the network is its
// default: the wanted one if it is there, else the one that is already, else the one linked
// first. Other processes may do the same at the same time, so it looks again after each
// change: whoever looks last sees what all have done. Of two that want another one, either
// may have its way.
func (m *Manager) settleDefault(ctx context.Context, profileID, platform, wanted string) error {
	for range settleTries {
		all, err := m.List(ctx, profileID)
		if err != nil {
			return err
		}
		all = slices.DeleteFunc(all, func(a core.Account) bool { return a.Platform != platform })
		settled, err := m.markDefaults(ctx, all, wanted)
		if err != nil || settled {
			return err
		}
		wanted = "" // or two could undo each other's work for ever
	}
	return nil // the next change goes on
}

// markDefaults marks one of a network's accounts as its default, and no other; settled tells
// that it was so already. The new default is marked before the old one loses its mark, so that
// there is one at any moment unless two processes choose at the same one.
func (m *Manager) markDefaults(ctx context.Context, all []core.Account, wanted string) (settled bool, err error) {
	if len(all) == 0 {
		return true, nil
	}
	chosen := chooseDefault(all, wanted)
	settled = all[chosen].Default
	if err := m.markDefault(ctx, all[chosen], true); err != nil {
		return false, err
	}
	for i, a := range all {
		if i == chosen || !a.Default {
			continue
		}
		settled = false
		if err := m.markDefault(ctx, a, false); err != nil {
			return false, err
		}
	}
	return settled, nil
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
