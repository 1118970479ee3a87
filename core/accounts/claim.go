package accounts

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

const (
	// claimFor is how long tokens are claimed by whoever is about to renew them; one that
	// dies gives way then. It is well beyond refreshTimeout.
	claimFor = time.Minute
	// longestHold bounds for how long nobody tries again after a refresh that failed.
	longestHold = time.Hour
)

// What keeps tokens from being claimed.
var (
	errReplaced = errors.New("accounts: there are other tokens by now")
	errClaimed  = errors.New("accounts: somebody else is renewing the tokens")
)

// heldError tells that renewing the tokens has failed a moment ago.
type heldError struct{ wait time.Duration }

func (e *heldError) Error() string { return fmt.Sprintf("accounts: not to be renewed for %v", e.wait) }

// claim is the right to renew a grant's tokens: of all processes that share the store, one
// has it at a time. The accounts are those that hold the tokens, by id.
//
// Accounts that were linked by the same consent, or from the same tokens, share a refresh
// token, which may be good once. So whoever renews it claims them all, in one order, and
// gives the new tokens to all.
type claim struct {
	id       string
	accounts []core.Account
}

// claim tries to get the claim of the tokens, which are those of a. The error is errReplaced
// when a has others by now, errClaimed, or a *heldError.
func (m *Manager) claim(ctx context.Context, a core.Account, tokens credentials) (*claim, error) {
	if err := m.claimable(ctx, a, tokens); err != nil {
		return nil, err // without looking at others: this is how one waits
	}
	holders, err := m.holders(ctx, a, tokens)
	if err != nil {
		return nil, err
	}
	c := &claim{id: core.NewID(m.clock.Now())}
	for _, h := range holders {
		err := m.take(ctx, c.id, h, tokens)
		switch {
		case err == nil:
			c.accounts = append(c.accounts, h)
		case h.ID != a.ID && (errors.Is(err, errReplaced) || core.KindOf(err) == core.KindNotFound && errors.As(err, new(*core.Error))):
			// It shares the tokens no more.
		default:
			m.release(ctx, c, 0)
			return nil, err
		}
	}
	if err := m.stillActive(ctx, a); err != nil {
		m.release(ctx, c, 0)
		return nil, err
	}
	return c, nil
}

// stillActive tells that the account has to be linked again by now: whoever had the claim
// before may have found that out.
func (m *Manager) stillActive(ctx context.Context, a core.Account) error {
	now, err := m.get(ctx, a.ID)
	if err != nil {
		return err
	}
	if now.Status != core.AccountActive {
		return core.RelinkError(now, now.StatusReason)
	}
	return nil
}

// claimable tells what keeps the account's tokens from being claimed.
func (m *Manager) claimable(ctx context.Context, a core.Account, tokens credentials) error {
	stored, err := m.store.GetCredentials(ctx, a.ID)
	if err != nil {
		return storeError("get the credentials of account", a.ID, err)
	}
	cred, err := m.open(a, stored)
	switch {
	case err != nil:
		return err
	case !cred.unchanged(tokens):
		return errReplaced
	}
	return m.free(stored)
}

// take claims the tokens of one account.
func (m *Manager) take(ctx context.Context, claimID string, a core.Account, tokens credentials) error {
	err := m.store.UpdateCredentials(ctx, a.ID, func(c *store.Credentials) error {
		cred, err := m.open(a, *c)
		switch {
		case err != nil:
			return err
		case !cred.same(tokens):
			return errReplaced
		}
		if err := m.free(*c); err != nil {
			return err
		}
		c.Claim, c.ClaimedUntil = claimID, m.clock.Now().Add(claimFor)
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return notFound(a.ID)
	}
	return err
}

// free tells what keeps stored credentials from being claimed. A claim, or a hold, that ends
// later than any can was made by a clock that was set back since.
func (m *Manager) free(stored store.Credentials) error {
	left := stored.ClaimedUntil.Sub(m.clock.Now())
	switch {
	case stored.ClaimedUntil.IsZero() || left <= 0:
		return nil
	case stored.Claim == "" && left <= longestHold:
		return &heldError{left}
	case stored.Claim != "" && left <= claimFor:
		return errClaimed
	}
	return nil
}

// holders returns the accounts that have the same refresh token as a, and a itself, by id. When
// one of them has tokens already that this refresh token was traded for, by a process that
// died before it had given them to all, a gets these, and the error is errReplaced.
func (m *Manager) holders(ctx context.Context, a core.Account, tokens credentials) ([]core.Account, error) {
	all, err := m.List(ctx, a.ProfileID)
	if err != nil {
		return nil, err
	}
	holders := []core.Account{a}
	for _, other := range all {
		if other.Platform != a.Platform || other.ID == a.ID {
			continue
		}
		cred, err := m.credentials(ctx, other)
		switch {
		case errors.As(err, new(*core.Error)):
			continue // unlinked, or of no use to anybody
		case err != nil:
			return nil, err
		case bytes.Equal(cred.renewed, hashOf(tokens.RefreshToken)) && cred.RefreshToken != tokens.RefreshToken:
			return nil, m.adopt(ctx, a, tokens, cred)
		case cred.same(tokens):
			holders = append(holders, other)
		}
	}
	slices.SortFunc(holders, func(a, b core.Account) int { return bytes.Compare([]byte(a.ID), []byte(b.ID)) })
	return holders, nil
}

// release gives the claim back; hold keeps everybody from trying again for that long.
func (m *Manager) release(ctx context.Context, c *claim, hold time.Duration) {
	for _, a := range c.accounts {
		err := m.store.UpdateCredentials(ctx, a.ID, func(stored *store.Credentials) error {
			if stored.Claim != c.id {
				return errReplaced
			}
			stored.Claim, stored.ClaimedUntil = "", time.Time{}
			if hold > 0 {
				stored.ClaimedUntil = m.clock.Now().Add(hold)
			}
			return nil
		})
		if err != nil && !errors.Is(err, errReplaced) && !errors.Is(err, store.ErrNotFound) {
			m.log.WarnContext(ctx, "a claim of tokens ends by itself only", "account", a.ID, "error", err)
		}
	}
}
