package accounts

import (
	"context"

	"github.com/crier-social/crier/core"
)

// rename gives an account the name that its network calls it by now; empty: the network does
// not tell it. Where the account is shown by that name, it is shown by the new one.
func (m *Manager) rename(ctx context.Context, a *core.Account, username string) {
	if username == "" || username == a.Username {
		return
	}
	m.log.InfoContext(ctx, "the account has another name at its network", "account", a.ID, "platform", a.Platform,
		"profile", a.ProfileID, "former", a.Username, "username", username)
	if a.DisplayName == a.Username {
		a.DisplayName = username
	}
	a.Username = username
}

// named takes note of the name that the network has told of an account, and returns the
// account with it.
func (m *Manager) named(ctx context.Context, a core.Account, username string) core.Account {
	if username == "" || username == a.Username {
		return a
	}
	renamed, err := m.store.UpdateAccount(ctx, a.ID, func(a *core.Account) error {
		m.rename(ctx, a, username)
		return nil
	})
	if err != nil {
		m.log.WarnContext(ctx, "the name of an account could not be noted; the next check does it", "account", a.ID, "error", err)
		return a
	}
	return renamed
}
