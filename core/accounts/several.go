package accounts

import (
	"context"
	"fmt"

	"github.com/crier-social/crier/core"
)

// ListOf returns the accounts of several profiles, by the id of the profile; each list as
// List gives it.
func (m *Manager) ListOf(ctx context.Context, profileIDs ...string) (map[string][]core.Account, error) {
	list, err := m.store.AccountsOf(ctx, profileIDs...)
	if err != nil {
		return nil, fmt.Errorf("list the accounts of %d profiles: %w", len(profileIDs), err)
	}
	byProfile := make(map[string][]core.Account, len(profileIDs))
	for _, a := range list {
		byProfile[a.ProfileID] = append(byProfile[a.ProfileID], a)
	}
	return byProfile, nil
}
