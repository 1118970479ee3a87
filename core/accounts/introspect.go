package accounts

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

const (
	// introspectTimeout bounds the question about one token.
	introspectTimeout = 15 * time.Second
	// introspectApart is how far apart at least the questions about an account are: a day, but
	// for the time by which a sweep may be late.
	introspectApart = day - time.Hour
)

// errAsked means that somebody else has asked about the token of an account today.
var errAsked = errors.New("accounts: asked already")

// introspector returns the adapter of a network that tells of its tokens; nil: it does not.
func (m *Manager) introspector(platform string) core.Introspector {
	provider, _ := m.registry.Get(platform)
	i, _ := provider.(core.Introspector)
	return i
}

// introspectAt is when the account's network is asked next about its token; zero: never. A
// time that is later than any can be is one of a clock that was set back.
func (m *Manager) introspectAt(a core.Account, now time.Time) time.Time {
	at := a.Upkeep.IntrospectAt
	switch {
	case a.Status != core.AccountActive || m.introspector(a.Platform) == nil:
		return time.Time{}
	case at.IsZero() || at.Sub(now) > introspectApart+day:
		return dailyAfter(a.ID, now)
	}
	return at
}

// introspectionDue tells whether it is time to ask about the account's token.
func (m *Manager) introspectionDue(a core.Account, now time.Time) bool {
	at := m.introspectAt(a, now)
	return !at.IsZero() && !at.After(now)
}

// dailyAfter returns the first time after t of those at which it is the account's turn, one a
// day: by its id, so that the turns of many are spread over the day.
func dailyAfter(accountID string, t time.Time) time.Time {
	const seconds = uint32(day / time.Second)
	h := fnv.New32a()
	_, _ = h.Write([]byte(accountID)) // never fails
	at := t.UTC().Truncate(day).Add(time.Duration(h.Sum32()%seconds) * time.Second)
	if !at.After(t) {
		at = at.Add(day)
	}
	return at
}

// introspectDue asks the network about the account's token if it is time to. One that has
// ended is as good as refused: it is renewed where that is possible, and lost otherwise. Only
// an error of the store is returned.
func (m *Manager) introspectDue(ctx context.Context, a core.Account) error {
	if !m.introspectionDue(a, m.clock.Now()) {
		return nil
	}
	a, err := m.takeTurn(ctx, a.ID)
	switch {
	case errors.Is(err, errAsked), errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return fmt.Errorf("ask about the token of an account: %w", err)
	}
	cred, err := m.credentials(ctx, a)
	switch {
	case errors.As(err, new(*core.Error)):
		return nil // unlinked, or without a key
	case err != nil:
		return err
	}
	state, err := m.introspect(ctx, a.Platform, cred)
	switch {
	case err != nil:
		m.log.WarnContext(ctx, "whether the access token is still good could not be found out", "account", a.ID,
			"platform", a.Platform, "profile", a.ProfileID, "next", a.Upkeep.IntrospectAt, "error", err)
		return nil
	case state.Standing != core.TokenEnded:
		return nil
	}
	_, err = m.refused(ctx, a.ID, cred.AccessToken, state.Reason, m.refreshUnlessClaimed)
	if errors.As(err, new(*core.Error)) || errors.Is(err, errClaimed) { // noted, or under way elsewhere
		return nil
	}
	return err
}

// takeTurn plans the next question about an account before this one is asked, so that of all
// processes one asks it, and a crash does not repeat it. The error is errAsked where it is not
// due any more.
func (m *Manager) takeTurn(ctx context.Context, accountID string) (core.Account, error) {
	return m.store.UpdateAccount(ctx, accountID, func(a *core.Account) error {
		now := m.clock.Now()
		if !m.introspectionDue(*a, now) {
			return errAsked
		}
		a.Upkeep.IntrospectAt = dailyAfter(a.ID, now.Add(introspectApart))
		return nil
	})
}

// introspect calls the network.
func (m *Manager) introspect(ctx context.Context, platform string, tokens credentials) (_ core.TokenState, err error) {
	ctx, cancel := context.WithTimeout(ctx, introspectTimeout)
	defer cancel()
	defer m.recovered(ctx, "accounts.introspect", platform, &err)
	return m.introspector(platform).Introspect(ctx, tokens.Credentials)
}
