package accounts

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// newAccount is an account that is to be linked, and what it is reached with.
type newAccount struct {
	core.Account
	credentials core.Credentials
}

// linkAll links accounts to the profile, new ones and those that are there, and returns them
// as they are stored, in the same order.
func (m *Manager) linkAll(ctx context.Context, profileID string, all []newAccount) ([]core.Account, error) {
	// The network has answered: a caller that hangs up now does not leave the
	// profile without a default.
	ctx = context.WithoutCancel(ctx)
	wanted := m.wanted(ctx, profileID)
	linked, again, err := m.saveAll(ctx, profileID, all, wanted)
	for _, a := range linked {
		m.log.InfoContext(ctx, "account linked", "event", eventLinked, "account", a.ID, "platform", a.Platform, "profile", profileID,
			"again", slices.Contains(again, a.ID), "app", a.App, "ends", logged(a.EndsAt()))
		m.tell(ctx, a)
	}
	for _, id := range again {
		m.onRelinked(ctx, id)
	}
	if err != nil {
		return nil, err
	}
	for i, a := range linked {
		if linked[i], err = m.get(ctx, a.ID); err != nil {
			return nil, err
		}
	}
	return linked, nil
}

// saveAll stores accounts, and sees to the defaults of their networks; again are the ids of
// those that had been linked before. Accounts that were stored before an error are returned
// with it.
func (m *Manager) saveAll(ctx context.Context, profileID string, all []newAccount, wanted bool) (linked []core.Account, again []string, err error) {
	m.defaults.Lock()
	defer m.defaults.Unlock()
	for _, n := range all {
		n.ProfileID = profileID
		a, old, err := m.save(ctx, n, wanted)
		if err != nil {
			return linked, again, err
		}
		linked = append(linked, a)
		if old {
			again = append(again, a.ID)
		}
		if err := m.settleDefault(ctx, profileID, a.Platform, ""); err != nil {
			return linked, again, err
		}
	}
	return linked, again, nil
}

// errMeanwhile means that another process has linked, or unlinked, the account between two
// steps.
var errMeanwhile = errors.New("accounts: linked or unlinked by somebody else meanwhile")

// saveTries is how often an account is saved that others link and unlink all the while.
const saveTries = 5

// save creates the account, or links the one that is there again, which again tells.
func (m *Manager) save(ctx context.Context, n newAccount, wanted bool) (a core.Account, again bool, err error) {
	for range saveTries {
		if a, again, err = m.trySave(ctx, n, wanted); !errors.Is(err, errMeanwhile) {
			break
		}
	}
	return a, again, err
}

// trySave is save with the error errMeanwhile.
func (m *Manager) trySave(ctx context.Context, n newAccount, wanted bool) (a core.Account, again bool, err error) {
	old, err := m.store.FindAccount(ctx, n.ProfileID, n.Platform, n.RemoteID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		a, err = m.create(ctx, n, wanted)
		return a, false, err
	case err != nil:
		return core.Account{}, false, fmt.Errorf("find account: %w", err)
	}
	a, err = m.relink(ctx, old.ID, n, wanted)
	return a, true, err
}

// create stores a new account; the error is errMeanwhile when it is there already. The
// first of its network is the default from the start, so that there is one even if
// nothing else gets done.
func (m *Manager) create(ctx context.Context, n newAccount, wanted bool) (core.Account, error) {
	now := m.clock.Now()
	a, cred := n.Account, credentials{Credentials: n.credentials, storedAt: now}
	var err error
	if a.Default, err = m.isFirst(ctx, a.ProfileID, a.Platform); err != nil {
		return core.Account{}, err
	}
	a.ID, a.LinkedAt = core.NewID(now), now
	sealed, err := m.seal(a.ID, cred)
	if err != nil {
		return core.Account{}, err
	}
	m.linked(&a, cred, now, wanted)
	switch err := m.store.CreateAccount(ctx, a, sealed); {
	case errors.Is(err, store.ErrExists):
		return core.Account{}, fmt.Errorf("create account: %w", errMeanwhile)
	case err != nil:
		return core.Account{}, fmt.Errorf("create account: %w", err)
	}
	return a, nil
}

// isFirst tells whether the profile has no account of the network.
func (m *Manager) isFirst(ctx context.Context, profileID, platform string) (bool, error) {
	all, err := m.List(ctx, profileID)
	if err != nil {
		return false, err
	}
	return !slices.ContainsFunc(all, func(a core.Account) bool { return a.Platform == platform }), nil
}

// relink gives the account new tokens and then, since only now it can be posted
// to, its new description. Who is about to renew the former tokens keeps these. The error is
// errMeanwhile when the account is gone.
func (m *Manager) relink(ctx context.Context, id string, n newAccount, wanted bool) (core.Account, error) {
	now := m.clock.Now()
	cred := credentials{Credentials: n.credentials, storedAt: now}
	sealed, err := m.seal(id, cred)
	if err != nil {
		return core.Account{}, err
	}
	err = m.store.UpdateCredentials(ctx, id, func(c *store.Credentials) error {
		c.Sealed, c.Claim, c.ClaimedUntil = sealed, "", time.Time{}
		return nil
	})
	if err != nil {
		return core.Account{}, relinkError(id, err)
	}
	linked, err := m.store.UpdateAccount(ctx, id, func(stored *core.Account) error {
		fresh := n.Account
		fresh.ID, fresh.Default = stored.ID, stored.Default
		// The place in the list stays with the account.
		fresh.LinkedAt = stored.LinkedAt
		fresh.Upkeep.Outbox, fresh.Upkeep.IntrospectAt = stored.Upkeep.Outbox, stored.Upkeep.IntrospectAt
		m.linked(&fresh, cred, now, wanted)
		*stored = fresh
		return nil
	})
	if err != nil {
		return core.Account{}, relinkError(id, err)
	}
	return linked, nil
}

func relinkError(id string, err error) error {
	if errors.Is(err, store.ErrNotFound) {
		err = errMeanwhile
	}
	return fmt.Errorf("relink account %s: %w", id, err)
}

// linked makes an account one that was just linked.
func (m *Manager) linked(a *core.Account, c credentials, now time.Time, wanted bool) {
	a.Status, a.StatusReason = core.AccountActive, ""
	m.describe(a, c)
	m.begin(a, c, now)
	if wanted {
		note(a, now, core.SocialNotice{Type: core.SocialLink, Source: core.SocialByUser})
	}
}
