package accounts

import (
	"context"
	"slices"

	"github.com/crier-social/crier/core"
)

// Advantage is what an account's present authorization has over a new one.
type Advantage string

// The advantages.
const (
	LastsLonger Advantage = "lasts longer"
	AllowsMore  Advantage = "allows more"
)

// Outdone is an account whose present authorization is better than a new one.
type Outdone struct {
	core.Account // as it is linked
	By           Advantage
}

// Outdone lists those of a grant's accounts that are linked to the profile, work, and have
// from another app an authorization that lasts longer than the new one, or allows more. To
// replace it is a loss, which their owner has to ask for.
func (m *Manager) Outdone(ctx context.Context, profileID string, grant core.Grant) ([]Outdone, error) {
	present, err := m.List(ctx, profileID)
	if err != nil {
		return nil, err
	}
	var list []Outdone
	for _, granted := range grant.Accounts {
		a, linked := sameAccount(present, granted)
		if !linked {
			continue
		}
		if by := m.outdone(a, granted, grant.Credentials); by != "" {
			list = append(list, Outdone{a, by})
		}
	}
	return list, nil
}

// sameAccount finds an account of a grant among those that are linked.
func sameAccount(present []core.Account, granted core.Account) (core.Account, bool) {
	i := slices.IndexFunc(present, func(a core.Account) bool { return a.Platform == granted.Platform && a.RemoteID == granted.RemoteID })
	if i < 0 {
		return core.Account{}, false
	}
	return present[i], true
}

// works tells whether an account can be posted to, as far as is known.
func (m *Manager) works(a core.Account) bool {
	_, ended := a.EndedAt(m.clock.Now())
	return a.Status == core.AccountActive && !ended
}

// outdone tells what a linked account's authorization has over a new one of another app;
// empty: nothing. A day more or less is none.
func (m *Manager) outdone(a, granted core.Account, c core.Credentials) Advantage {
	if a.App == c.App || !m.works(a) {
		return ""
	}
	c = lasting(c, granted)
	next := core.Account{Platform: granted.Platform}
	m.describe(&next, credentials{Credentials: c})
	missing := func(scope string) bool { return !slices.Contains(c.Scopes, scope) }
	switch {
	case endsLater(a, next):
		return LastsLonger
	case len(c.Scopes) > 0 && len(a.Scopes) > len(c.Scopes) && slices.ContainsFunc(a.Scopes, missing):
		return AllowsMore
	}
	return ""
}

// endsLater tells whether a is known to last longer than b.
func endsLater(a, b core.Account) bool {
	switch {
	case b.EndsAt().IsZero():
		return false
	case a.EndsAt().IsZero():
		return a.Upkeep.Renewable // as long as its owner likes
	}
	return a.EndsAt().After(b.EndsAt().Add(day))
}
