package main

import "context"

// tendAccounts keeps the accounts alive until ctx ends: it renews tokens and tells in time
// who has to link an account again. It is a loop of its own, so that a network that answers
// slowly holds up nothing else.
func (a *app) tendAccounts(ctx context.Context) {
	defer a.turns.release(ctx, turnAccounts)
	if err := a.planAccounts(ctx); err != nil && ctx.Err() == nil {
		a.log.ErrorContext(ctx, "when accounts need attention could not be looked at", "error", err)
	}
	for {
		if a.turns.take(ctx, turnAccounts, maintainEvery) {
			a.sweepAccounts(ctx)
		}
		select {
		case <-a.clock.After(maintainEvery):
		case <-a.clockMoved:
		case <-ctx.Done():
			return
		}
	}
}

func (a *app) sweepAccounts(ctx context.Context) {
	if err := a.accounts.Sweep(ctx); err != nil && ctx.Err() == nil {
		a.log.ErrorContext(ctx, "the sweep of the accounts failed", "error", err)
	}
}

// planAccounts has the accounts of all profiles follow the settings of this start.
func (a *app) planAccounts(ctx context.Context) error {
	linked, err := a.linkedAccounts(ctx)
	if err != nil {
		return err
	}
	return a.accounts.Plan(ctx, linked)
}
