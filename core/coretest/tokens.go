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
	mu       sync.Mutex
	tokens   map[string]core.Secret
	errs     map[string]error
	refusals []Refusal
	renewals map[string][]core.Secret
	onLost   func(accountID, reason string)
	renewErr error
}

// Refusal is one call of Refused.
type Refusal struct {
	AccountID string
	Token     core.Secret
	Reason    string
}

// NewTokens returns a source of tokens.
func NewTokens() *Tokens {
	return &Tokens{tokens: map[string]core.Secret{}, errs: map[string]error{}, renewals: map[string][]core.Secret{}}
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

// Bound is Token: the tokens are bound to nothing.
func (t *Tokens) Bound(ctx context.Context, accountID string) (token, binding core.Secret, err error) {
	token, err = t.Token(ctx, accountID)
	return token, "", err
}

// FailRenewal lets the next refusal of a token end with the error.
func (t *Tokens) FailRenewal(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.renewErr = err
}

// OnLost lets the source tell of every account that has to be linked again, as Refused finds.
func (t *Tokens) OnLost(f func(accountID, reason string)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.onLost = f
}

// Renewable lets the next refusals of an account's token be followed by these, one each.
func (t *Tokens) Renewable(accountID string, tokens ...core.Secret) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.renewals[accountID] = append(t.renewals[accountID], tokens...)
}

// Refused records the refusal, and renews the token if that was scripted.
func (t *Tokens) Refused(_ context.Context, accountID string, refused core.Secret, reason string) (bool, error) {
	renewed, onLost, err := t.refuse(Refusal{AccountID: accountID, Token: refused, Reason: reason})
	if !renewed && onLost != nil {
		onLost(accountID, reason)
	}
	return renewed, err
}

func (t *Tokens) refuse(r Refusal) (renewed bool, onLost func(accountID, reason string), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.refusals = append(t.refusals, r)
	present, ok := t.tokens[r.AccountID]
	if !ok {
		present = MemberToken
	}
	if err := t.renewErr; err != nil {
		t.renewErr = nil
		return false, nil, err
	}
	if present != r.Token {
		return true, nil, nil
	}
	if next := t.renewals[r.AccountID]; len(next) > 0 {
		t.tokens[r.AccountID], t.renewals[r.AccountID] = next[0], next[1:]
		return true, nil, nil
	}
	return false, t.onLost, nil
}

// Refusals returns the calls of Refused, in order.
func (t *Tokens) Refusals() []Refusal {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.refusals)
}
