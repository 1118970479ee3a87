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

// linkedAccounts lists the accounts of all profiles.
func (a *app) linkedAccounts(ctx context.Context) ([]core.Account, error) {
	var all []core.Account
	err := a.eachProfiles(ctx, func(ids []string) error {
		linked, err := a.store.AccountsOf(ctx, ids...)
		if err != nil {
			return fmt.Errorf("reading the linked accounts: %w", err)
		}
		all = append(all, linked...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// eachProfiles calls f with the ids of all profiles, some at a time. Before the first start
// there is not even the primary one.
func (a *app) eachProfiles(ctx context.Context, f func(ids []string) error) error {
	primary, err := a.store.PrimaryProfile(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the primary profile: %w", err)
	}
	for ids, last := []string{primary.ID}, ""; len(ids) > 0; {
		if err := f(ids); err != nil {
			return err
		}
		if ids, err = a.userProfiles(ctx, last); err != nil {
			return fmt.Errorf("reading the profiles: %w", err)
		}
		if len(ids) > 0 {
			last = ids[len(ids)-1]
		}
	}
	return nil
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
