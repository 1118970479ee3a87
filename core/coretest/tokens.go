package coretest

import (
	"context"
	"slices"
	"sync"

	"github.com/crier-social/crier/core"
)

// Tokens gives out access tokens, as package publish wants it. Every account has
// the token of the scripted network's first member until told otherwise.
type Tokens struct {
	mu     sync.Mutex
	tokens map[string]core.Secret
	errs   map[string]error
	lost   []LostAuthorization
}

// LostAuthorization is one call of AuthorizationLost.
type LostAuthorization struct{ AccountID, Reason string }

// NewTokens returns a source of tokens.
func NewTokens() *Tokens {
	return &Tokens{tokens: map[string]core.Secret{}, errs: map[string]error{}}
}

// Set gives an account a token of its own and ends its failing.
func (t *Tokens) Set(accountID string, token core.Secret) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tokens[accountID] = token
	delete(t.errs, accountID)
}

// Fail lets Token fail for an account; nil ends it.
func (t *Tokens) Fail(accountID string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.errs[accountID] = err
}

// Token returns the account's access token.
func (t *Tokens) Token(ctx context.Context, accountID string) (core.Secret, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.errs[accountID]; err != nil {
		return "", err
	}
	if token, ok := t.tokens[accountID]; ok {
		return token, nil
	}
	return MemberToken, nil
}

// AuthorizationLost records the loss.
func (t *Tokens) AuthorizationLost(_ context.Context, accountID, reason string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lost = append(t.lost, LostAuthorization{AccountID: accountID, Reason: reason})
	return nil
}

// Lost returns the calls of AuthorizationLost, in order.
func (t *Tokens) Lost() []LostAuthorization {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.lost)
}
