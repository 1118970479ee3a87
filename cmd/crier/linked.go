package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// profilesAtOnce is how many profiles are read in one step.
const profilesAtOnce = 500

// linkedAccounts lists the accounts of all profiles. Before the first start there is not
// even the primary one.
func (a *app) linkedAccounts(ctx context.Context) ([]core.Account, error) {
	primary, err := a.store.PrimaryProfile(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the primary profile: %w", err)
	}
	var all []core.Account
	for ids, last := []string{primary.ID}, ""; len(ids) > 0; {
		linked, err := a.store.AccountsOf(ctx, ids...)
		if err != nil {
			return nil, fmt.Errorf("reading the linked accounts: %w", err)
		}
		all = append(all, linked...)
		if ids, err = a.userProfiles(ctx, last); err != nil {
			return nil, fmt.Errorf("reading the profiles: %w", err)
		}
		if len(ids) > 0 {
			last = ids[len(ids)-1]
		}
	}
	return all, nil
}

// userProfiles returns the ids of the user profiles that come after the one of an id.
func (a *app) userProfiles(ctx context.Context, after string) ([]string, error) {
	list, err := a.store.ListProfiles(ctx, store.ProfileQuery{Limit: profilesAtOnce, After: after})
	ids := make([]string, len(list))
	for i, p := range list {
		ids[i] = p.ID
	}
	return ids, err
}
