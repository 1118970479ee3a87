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
