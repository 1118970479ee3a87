package accounts

import (
	"context"
	"errors"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/vault"
)

// Unreadable returns those of the accounts whose stored tokens were encrypted with a
// key that is not on the ring, so that they would fail at their next post. Accounts
// that have to be linked again anyway are left out, and tokens that are damaged say
// nothing about the ring.
func (m *Manager) Unreadable(ctx context.Context, list []core.Account) ([]core.Account, error) {
	var unreadable []core.Account
	for _, a := range list {
		if a.Status != core.AccountActive {
			continue
		}
		_, err := m.credentials(ctx, a)
		switch {
		case errors.Is(err, vault.ErrUnknownKey):
			unreadable = append(unreadable, a)
		case err != nil && !errors.As(err, new(*core.Error)):
			return nil, err
		}
	}
	return unreadable, nil
}
