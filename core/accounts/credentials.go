package accounts

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/vault"
)

// plainCredentials are core.Credentials as the vault encrypts them. core.Secret hides itself
// from JSON, so the tokens are spelled out here and nowhere else.
type plainCredentials struct {
	AccessToken      string    `json:"accessToken"`
	RefreshToken     string    `json:"refreshToken,omitempty"`
	ExpiresAt        time.Time `json:"expiresAt,omitzero"`
	RefreshExpiresAt time.Time `json:"refreshExpiresAt,omitzero"`
	Scopes           []string  `json:"scopes,omitempty"`
	App              string    `json:"app,omitempty"`
	IssuedAt         time.Time `json:"issuedAt,omitzero"`
	Binding          string    `json:"binding,omitempty"`
}

func plainOf(c core.Credentials) plainCredentials {
	return plainCredentials{
		AccessToken: c.AccessToken.Reveal(), RefreshToken: c.RefreshToken.Reveal(), ExpiresAt: c.ExpiresAt,
		RefreshExpiresAt: c.RefreshExpiresAt, Scopes: c.Scopes, App: c.App, IssuedAt: c.IssuedAt,
		Binding: c.Binding.Reveal(),
	}
}

func (c plainCredentials) credentials() core.Credentials {
	return core.Credentials{
		AccessToken: core.Secret(c.AccessToken), RefreshToken: core.Secret(c.RefreshToken), ExpiresAt: c.ExpiresAt,
		RefreshExpiresAt: c.RefreshExpiresAt, Scopes: c.Scopes, App: c.App, IssuedAt: c.IssuedAt,
		Binding: core.Secret(c.Binding),
	}
}

// sealedCredentials is what the vault encrypts for an account.
type sealedCredentials struct {
	plainCredentials
	StoredAt  time.Time `json:"storedAt,omitzero"`
	RefusedAt time.Time `json:"refusedAt,omitzero"`
	Renewed   []byte    `json:"renewed,omitempty"`
	Fixed     bool      `json:"fixed,omitempty"`
}

// credentials are what an account is reached with now.
type credentials struct {
	core.Credentials
	// storedAt is when they were; zero: by a version of Crier that did not note it.
	storedAt time.Time
	// refusedAt is when the network refused the access token before this one, if that is
	// why it was renewed.
	refusedAt time.Time
	// renewed is the hash of the refresh token that they were got with, if they were:
	// whoever still holds that one takes these.
	renewed []byte
	// fixed tells that the network does not renew them: the app that they were granted to is
	// not one of the operator's, for example.
	fixed bool
}

// same tells whether two credentials have the same tokens.
func (c credentials) same(o credentials) bool {
	return c.AccessToken == o.AccessToken && c.RefreshToken == o.RefreshToken
}

// unchanged tells whether credentials of an account are those that were read of it before:
// it may have been linked again with the same tokens.
func (c credentials) unchanged(before credentials) bool {
	return c.same(before) && c.ExpiresAt.Equal(before.ExpiresAt) && c.storedAt.Equal(before.storedAt)
}

// issuedAt is when the access token was, as far as that is known: a is its account.
func (c credentials) issuedAt(a core.Account) time.Time {
	return orTime(orTime(c.IssuedAt, c.storedAt), a.LinkedAt)
}

// hashOf stands for a secret where it is only compared, or looked up.
func hashOf(secret core.Secret) []byte {
	sum := sha256.Sum256([]byte(secret.Reveal()))
	return sum[:]
}

// seal encrypts credentials for the account: no other account can open them.
func (m *Manager) seal(accountID string, c credentials) ([]byte, error) {
	plain, err := json.Marshal(sealedCredentials{
		plainCredentials: plainOf(c.Credentials),
		StoredAt:         c.storedAt, RefusedAt: c.refusedAt, Renewed: c.renewed, Fixed: c.fixed,
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
	return credentials{
		Credentials: c.credentials(),
		storedAt:    c.StoredAt, refusedAt: c.RefusedAt, renewed: c.Renewed, fixed: c.Fixed,
	}, nil
}

// credentials returns what the account is reached with. The error is a *core.Error of
// KindNotFound when it was unlinked, of KindTemporary when this process lacks the key that they
// were encrypted with, and of KindInternal when they are damaged.
func (m *Manager) credentials(ctx context.Context, a core.Account) (credentials, error) {
	stored, err := m.store.GetCredentials(ctx, a.ID)
	if err != nil {
		return credentials{}, storeError("get the credentials of account", a.ID, err)
	}
	return m.open(a, stored)
}

// open decrypts what is stored for the account.
func (m *Manager) open(a core.Account, stored store.Credentials) (credentials, error) {
	cred, err := m.unseal(a.ID, stored)
	if errors.Is(err, vault.ErrUnknownKey) { // what another process with the key can do, and this one once it has it
		return credentials{}, &core.Error{
			Kind: core.KindTemporary, Code: core.CodeStoreUnavailable, Op: "accounts.token", Platform: a.Platform,
			Message: fmt.Sprintf("this process lacks the key that the tokens of %s are encrypted with", a.Label()),
			Help:    "The operator starts it with a CRIER_MASTER_KEY that has that key too; if that key is lost, with `crier serve --key-lost`.",
			Err:     err,
		}
	}
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

// isUnreadable tells whether the error of credentials means that no key of this process opens
// them.
func isUnreadable(err error) bool {
	return lacksKey(err) || core.KindOf(err) == core.KindInternal && errors.As(err, new(*core.Error))
}

// lacksKey tells whether the error of credentials means that another process may have a key
// that opens them.
func lacksKey(err error) bool { return errors.Is(err, vault.ErrUnknownKey) }

// damaged tells whether it means that no key ever will.
func damaged(err error) bool {
	return isUnreadable(err) && !lacksKey(err)
}
