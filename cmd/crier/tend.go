package main

import (
	"context"
	"fmt"

	"github.com/crier-social/crier/core/store"
)

// tendAccounts keeps the accounts alive until ctx ends: it renews tokens and tells in time
// who has to link an account again. It is a loop of its own, so that a network that answers
// slowly holds up nothing else.
func (a *app) tendAccounts(ctx context.Context) {
	if err := a.planAccounts(ctx); err != nil && ctx.Err() == nil {
		a.log.ErrorContext(ctx, "when accounts need attention could not be looked at", "error", err)
	}
	for {
		if err := a.accounts.Sweep(ctx); err != nil && ctx.Err() == nil {
			a.log.ErrorContext(ctx, "the sweep of the accounts failed", "error", err)
		}
		select {
		case <-a.clock.After(maintainEvery):
		case <-ctx.Done():
			return
		}
	}
}

// planAccounts has the accounts of all profiles follow the settings of this start.
func (a *app) planAccounts(ctx context.Context) error {
	primary, err := a.store.PrimaryProfile(ctx)
	if err != nil {
		return fmt.Errorf("reading the primary profile: %w", err)
	}
	ids := []string{primary.ID}
	for after := ""; len(ids) > 0; {
		list, err := a.store.AccountsOf(ctx, ids...)
		if err != nil {
			return fmt.Errorf("reading the linked accounts: %w", err)
		}
		if err := a.accounts.Plan(ctx, list); err != nil {
			return err
		}
		profiles, err := a.store.ListProfiles(ctx, store.ProfileQuery{After: after})
		if err != nil {
			return fmt.Errorf("reading the profiles: %w", err)
		}
		ids = ids[:0]
		for _, p := range profiles {
			ids, after = append(ids, p.ID), p.ID
		}
	}
	return nil
}
