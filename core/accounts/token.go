package accounts

import (
	"cmp"
	"context"
	"time"

	"github.com/crier-social/crier/core"
)

// Token returns the account's access token. One that has ended, or that the network refuses, is
// renewed on the spot, where that goes without a human; the error is what that failed with,
// mostly of KindTemporary. It is of KindAuth when the account has to be linked again, which the
// account then shows too, and of KindNotFound when it was unlinked.
func (m *Manager) Token(ctx context.Context, accountID string) (core.Secret, error) {
	c, err := m.usable(ctx, accountID)
	return c.AccessToken, err
}

// Bound is Token, with what the token is bound to, as its adapter has written it.
func (m *Manager) Bound(ctx context.Context, accountID string) (token, binding core.Secret, err error) {
	c, err := m.usable(ctx, accountID)
	return c.AccessToken, c.Binding, err
}

// usable returns what the account is reached with, its access token renewed if need be. Its
// errors are those of Token.
func (m *Manager) usable(ctx context.Context, accountID string) (core.Credentials, error) {
	a, err := m.get(ctx, accountID)
	if err != nil {
		return core.Credentials{}, err
	}
	if a.Status != core.AccountActive {
		return core.Credentials{}, core.RelinkError(a, cmp.Or(a.StatusReason, "its authorization was lost"))
	}
	cred, err := m.credentials(ctx, a)
	if err != nil {
		return core.Credentials{}, err
	}
	expired := !cred.ExpiresAt.IsZero() && !m.clock.Now().Before(cred.ExpiresAt)
	if (expired || cred.awaited(a) || cred.AccessToken == "") && m.renewable(a.Platform, cred) {
		fresh, err := m.refresh(ctx, a, cred, m.refusedNow(a, cred))
		if core.KindOf(err) != core.KindUnsupported {
			return fresh.Credentials, err
		}
	}
	switch {
	case cred.AccessToken == "":
		return core.Credentials{}, m.lost(ctx, a, cred, "it has no access token")
	case expired:
		return core.Credentials{}, m.lost(ctx, a, cred, "its authorization ended at "+cred.ExpiresAt.UTC().Format(time.RFC3339))
	}
	return cred.Credentials, nil
}

// refusedNow is the time of a renewal that replaces a token which the network refuses; zero:
// it does not.
func (m *Manager) refusedNow(a core.Account, c credentials) time.Time {
	if c.awaited(a) {
		return m.clock.Now()
	}
	return time.Time{}
}
