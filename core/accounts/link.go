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

// LinkRequest names what is to be linked.
type LinkRequest struct {
	Platform string
	// RemoteID is the network's id of the author to post as; empty means the
	// person who granted the tokens.
	RemoteID    string
	Credentials core.Credentials
}

// Link asks the network whom the tokens belong to and links that account to the
// profile. An account that is linked already keeps its id, its posts and its
// place as default, and gets the new tokens; the first account of a network
// becomes its default.
func (m *Manager) Link(ctx context.Context, profileID string, r LinkRequest) (core.Account, error) {
	a, err := m.identify(ctx, r)
	if err != nil {
		return core.Account{}, err
	}
	a.ProfileID = profileID
	cred := r.Credentials
	cred.ExpiresAt, cred.RefreshExpiresAt, cred.Scopes = a.ExpiresAt, a.RefreshExpiresAt, a.Scopes

	m.defaults.Lock()
	defer m.defaults.Unlock()
	// The network has answered: a caller that hangs up now does not leave the
	// account without a default.
	ctx = context.WithoutCancel(ctx)
	a, err = m.save(ctx, a, cred)
	if err != nil {
		return core.Account{}, err
	}
	if err := m.settleDefault(ctx, profileID, a.Platform, ""); err != nil {
		return core.Account{}, err
	}
	m.log.InfoContext(ctx, "account linked", "account", a.ID, "platform", a.Platform, "profile", profileID)
	return m.get(ctx, a.ID)
}

// identify asks the network whose tokens these are. The account is active, and
// as complete as the network and the request together make it.
func (m *Manager) identify(ctx context.Context, r LinkRequest) (core.Account, error) {
	provider, known := m.registry.Get(r.Platform)
	if !known {
		return core.Account{}, &core.Error{
			Kind: core.KindInvalid, Code: core.CodeUnknownPlatform, Op: "accounts.link", Field: "platform",
			Message: fmt.Sprintf("there is no network %q on this server", r.Platform),
		}
	}
	identifier, able := provider.(core.Identifier)
	if !able {
		return core.Account{}, &core.Error{
			Kind: core.KindUnsupported, Op: "accounts.link", Platform: r.Platform, Field: "platform",
			Message: fmt.Sprintf("accounts of %s cannot be linked from tokens", provider.Info().Title),
		}
	}
	a, err := identifier.Identify(ctx, r.Credentials, r.RemoteID)
	if err != nil {
		return core.Account{}, refusedToken(err, provider.Info().Title)
	}
	if a.RemoteID == "" {
		return core.Account{}, &core.Error{
			Kind: core.KindInternal, Op: "accounts.link", Platform: r.Platform,
			Message: "the network did not tell whom the tokens belong to",
		}
	}
	a.Platform = r.Platform
	a.Status, a.StatusReason = core.AccountActive, ""
	a.LinkedAt = m.clock.Now()
	a.ExpiresAt = orTime(a.ExpiresAt, r.Credentials.ExpiresAt)
	a.RefreshExpiresAt = orTime(a.RefreshExpiresAt, r.Credentials.RefreshExpiresAt)
	if a.Scopes == nil {
		a.Scopes = r.Credentials.Scopes
	}
	a.Default = false
	return a, nil
}

// refusedToken tells who is linking an account that the token is of no use. Linking
// again, which the error's kind means everywhere else, would end here once more.
func refusedToken(err error, network string) error {
	if core.KindOf(err) != core.KindAuth {
		return err
	}
	e := *core.AsError(err)
	e.Field = "accessToken"
	e.Help = "Get a new access token from " + network + " and send it as accessToken."
	return &e
}

func orTime(t, otherwise time.Time) time.Time {
	if t.IsZero() {
		return otherwise
	}
	return t
}

// save creates the account, or links the one that is there again.
func (m *Manager) save(ctx context.Context, a core.Account, cred core.Credentials) (core.Account, error) {
	old, err := m.store.FindAccount(ctx, a.ProfileID, a.Platform, a.RemoteID)
	if errors.Is(err, store.ErrNotFound) {
		var created bool
		if a, created, err = m.create(ctx, a, cred); created || err != nil {
			return a, err
		}
		// Another process was faster.
		old, err = m.store.FindAccount(ctx, a.ProfileID, a.Platform, a.RemoteID)
	}
	if err != nil {
		return core.Account{}, fmt.Errorf("find account: %w", err)
	}
	return m.relink(ctx, old.ID, a, cred)
}

// create stores a new account; created is false when it is there already. The
// first of its network is the default from the start, so that there is one even if
// nothing else gets done.
func (m *Manager) create(ctx context.Context, a core.Account, cred core.Credentials) (_ core.Account, created bool, err error) {
	if a.Default, err = m.isFirst(ctx, a.ProfileID, a.Platform); err != nil {
		return core.Account{}, false, err
	}
	a.ID = core.NewID(a.LinkedAt)
	sealed, err := m.seal(a.ID, cred, time.Time{})
	if err != nil {
		return core.Account{}, false, err
	}
	switch err := m.store.CreateAccount(ctx, a, sealed); {
	case errors.Is(err, store.ErrExists):
		return a, false, nil
	case err != nil:
		return core.Account{}, false, fmt.Errorf("create account: %w", err)
	}
	return a, true, nil
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
// to, its new description.
func (m *Manager) relink(ctx context.Context, id string, a core.Account, cred core.Credentials) (core.Account, error) {
	sealed, err := m.seal(id, cred, m.clock.Now())
	if err != nil {
		return core.Account{}, err
	}
	err = m.store.UpdateCredentials(ctx, id, func(c *store.Credentials) error {
		c.Sealed = sealed
		return nil
	})
	if err != nil {
		return core.Account{}, storeError("relink account", id, err)
	}
	linked, err := m.store.UpdateAccount(ctx, id, func(stored *core.Account) error {
		fresh := a
		fresh.ID, fresh.Default = stored.ID, stored.Default
		// The place in the list stays with the account.
		fresh.LinkedAt = stored.LinkedAt
		*stored = fresh
		return nil
	})
	if err != nil {
		return core.Account{}, storeError("relink account", id, err)
	}
	return linked, nil
}
