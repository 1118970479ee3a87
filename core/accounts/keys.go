package accounts

import (
	"context"
	"errors"
	"fmt"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
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

// Reseal encrypts the tokens of the accounts with the first key of the ring, where another
// one has, and tells of how many. Tokens that no key opens are left as they are: their
// accounts have to be linked again in any case.
func (m *Manager) Reseal(ctx context.Context, list []core.Account) (int, error) {
	resealed := 0
	for _, a := range list {
		err := m.store.UpdateCredentials(ctx, a.ID, func(c *store.Credentials) error {
			fresh, renewed, err := m.vault.Reseal(c.Sealed, []byte(a.ID))
			if err != nil || !renewed {
				return errReplaced // there is nothing to write
			}
			c.Sealed = fresh
			return nil
		})
		switch {
		case err == nil:
			resealed++
		case errors.Is(err, errReplaced), errors.Is(err, store.ErrNotFound):
		default:
			return resealed, fmt.Errorf("reseal the credentials of account %s: %w", a.ID, err)
		}
	}
	return resealed, nil
}
