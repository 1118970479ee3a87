package accounts

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// sealedCredentials is what the vault encrypts. core.Secret hides itself from
// JSON, so the tokens are spelled out here and nowhere else.
type sealedCredentials struct {
	AccessToken      string    `json:"accessToken"`
	RefreshToken     string    `json:"refreshToken,omitempty"`
	ExpiresAt        time.Time `json:"expiresAt,omitzero"`
	RefreshExpiresAt time.Time `json:"refreshExpiresAt,omitzero"`
	Scopes           []string  `json:"scopes,omitempty"`
	ReplacedAt       time.Time `json:"replacedAt,omitzero"`
}

// credentials are what an account is reached with now.
type credentials struct {
	core.Credentials
	// replacedAt is when they took the place of others, whose answers may still
	// arrive; zero for the first ones.
	replacedAt time.Time
	version    int64
}

// seal encrypts credentials for the account: no other account can open them.
func (m *Manager) seal(accountID string, c core.Credentials, replacedAt time.Time) ([]byte, error) {
	plain, err := json.Marshal(sealedCredentials{
		AccessToken: c.AccessToken.Reveal(), RefreshToken: c.RefreshToken.Reveal(),
		ExpiresAt: c.ExpiresAt, RefreshExpiresAt: c.RefreshExpiresAt, Scopes: c.Scopes,
		ReplacedAt: replacedAt,
	})
	if err != nil {
		return nil, fmt.Errorf("encode the credentials of account %s: %w", accountID, err)
	}
	sealed, err := m.vault.Seal(plain, []byte(accountID))
	if err != nil {
		return nil, fmt.Errorf("seal the credentials of account %s: %w", accountID, err)
	}
	return sealed, nil
}

func (m *Manager) unseal(accountID string, stored store.Credentials) (credentials, error) {
	plain, err := m.vault.Open(stored.Sealed, []byte(accountID))
	if err != nil {
		return credentials{}, err
	}
	var c sealedCredentials
	if err := json.Unmarshal(plain, &c); err != nil {
		// The decoder's error may quote what it read.
		return credentials{}, errors.New("the credentials are not JSON")
	}
	return credentials{replacedAt: c.ReplacedAt, version: stored.Version, Credentials: core.Credentials{
		AccessToken: core.Secret(c.AccessToken), RefreshToken: core.Secret(c.RefreshToken),
		ExpiresAt: c.ExpiresAt, RefreshExpiresAt: c.RefreshExpiresAt, Scopes: c.Scopes,
	}}, nil
}

// Token returns the account's access token. The error is of KindAuth when the
// account has to be linked again, which the account then shows too, and of
// KindNotFound when it was unlinked.
func (m *Manager) Token(ctx context.Context, accountID string) (core.Secret, error) {
	a, err := m.get(ctx, accountID)
	if err != nil {
		return "", err
	}
	if a.Status != core.AccountActive {
		return "", core.RelinkError(a, cmp.Or(a.StatusReason, "its authorization was lost"))
	}
	cred, err := m.credentials(ctx, a)
	if err != nil {
		return "", err
	}
	switch now := m.clock.Now(); {
	case cred.AccessToken == "":
		return "", m.lost(ctx, a, cred, "it has no access token")
	case !cred.ExpiresAt.IsZero() && !now.Before(cred.ExpiresAt):
		return "", m.lost(ctx, a, cred, "its access token expired at "+cred.ExpiresAt.UTC().Format(time.RFC3339))
	}
	return cred.AccessToken, nil
}

func (m *Manager) credentials(ctx context.Context, a core.Account) (credentials, error) {
	stored, err := m.store.GetCredentials(ctx, a.ID)
	if err != nil {
		return credentials{}, storeError("get the credentials of account", a.ID, err)
	}
	cred, err := m.unseal(a.ID, stored)
	if err != nil {
		return credentials{}, &core.Error{
			Kind: core.KindInternal, Op: "accounts.token", Platform: a.Platform,
			Message: fmt.Sprintf("the stored tokens of %s cannot be decrypted", a.Label()),
			Help:    "The operator puts the encryption key back with which they were stored; otherwise link the account again.",
			Err:     err,
		}
	}
	return cred, nil
}

// lost marks the account, unless it has other credentials by now, and returns the
// error for it. That marking fails is logged, not returned: the token is of no use
// either way.
func (m *Manager) lost(ctx context.Context, a core.Account, dead credentials, reason string) *core.Error {
	err := m.mark(context.WithoutCancel(ctx), a.ID, reason, func(now credentials) bool { return now.version == dead.version })
	if err != nil {
		m.log.ErrorContext(ctx, "marking the account failed", "account", a.ID, "error", err)
	}
	return core.RelinkError(a, reason)
}
