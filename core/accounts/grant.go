package accounts

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/crier-social/crier/core"
)

// LinkGrant links those of a grant's accounts to the profile that remoteIDs names, as Link
// does, and returns them and all others that got the new credentials, in the order of the
// grant. Those are the accounts of the profile that the grant covers and that need them: a
// network may have ended the former tokens of its app with this consent, and an account that
// has to be linked again is. An account that is linked through another app, and works, is left
// alone unless it is named; Outdone tells which of them better are not.
//
// A remote id that the grant does not cover is an error of KindInvalid; nothing is linked then.
func (m *Manager) LinkGrant(ctx context.Context, profileID string, grant core.Grant, remoteIDs []string) ([]core.Account, error) {
	if err := covers(grant, remoteIDs); err != nil {
		return nil, err
	}
	present, err := m.List(ctx, profileID)
	if err != nil {
		return nil, err
	}
	var all []newAccount
	for _, a := range grant.Accounts {
		if err := m.checkGranted(a); err != nil {
			return nil, err
		}
		if slices.Contains(remoteIDs, a.RemoteID) || m.needsGrant(present, a, grant.Credentials) {
			all = append(all, newAccount{granted(a), lasting(grant.Credentials, a)})
		}
	}
	return m.linkAll(ctx, profileID, all)
}

// covers tells whether a grant covers what is to be linked.
func covers(grant core.Grant, remoteIDs []string) error {
	for _, id := range remoteIDs {
		if !slices.ContainsFunc(grant.Accounts, func(a core.Account) bool { return a.RemoteID == id }) {
			return &core.Error{
				Kind: core.KindInvalid, Code: core.CodeLinkAccount, Op: "accounts.link",
				Message: fmt.Sprintf("the consent does not cover the account %q", id),
				Help:    "Choose among the accounts that the network has named, or sign in to the network as somebody who may post as that account.",
			}
		}
	}
	return nil
}

// checkGranted refuses an account of which the adapter does not tell what it has to.
func (m *Manager) checkGranted(a core.Account) error {
	if _, known := m.registry.Get(a.Platform); known && a.RemoteID != "" {
		return nil
	}
	return &core.Error{
		Kind: core.KindInternal, Op: "accounts.link", Platform: a.Platform,
		Message: "the network did not tell whom the consent is for",
	}
}

// needsGrant tells whether an account that was not chosen is linked and gets the new
// credentials all the same. Those that were granted elsewhere may be the same app's.
func (m *Manager) needsGrant(present []core.Account, granted core.Account, c core.Credentials) bool {
	a, linked := sameAccount(present, granted)
	switch {
	case !linked:
		return false
	case a.App == c.App || !m.works(a):
		return true
	}
	return a.App == "" && m.outdone(a, granted, c) == ""
}

// granted is the account without what is not the network's to say.
func granted(a core.Account) core.Account {
	a.ID, a.Default, a.Upkeep = "", false, core.Upkeep{}
	return a
}

// lasting is what the account is reached with; what the network says of the account itself
// comes before what it said of the tokens.
func lasting(c core.Credentials, a core.Account) core.Credentials {
	c.ExpiresAt = orTime(a.ExpiresAt, c.ExpiresAt)
	c.RefreshExpiresAt = orTime(a.RefreshExpiresAt, c.RefreshExpiresAt)
	if a.Scopes != nil {
		c.Scopes = a.Scopes
	}
	return c
}

func orTime(t, otherwise time.Time) time.Time {
	if t.IsZero() {
		return otherwise
	}
	return t
}
