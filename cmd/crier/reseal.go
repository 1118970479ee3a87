package main

import (
	"context"
	"fmt"
)

// What operators wait for who change the key, and what tells them to keep the former one.
const (
	resealedMessage    = "tokens and webhook secrets are encrypted with the first key of CRIER_MASTER_KEY"
	notResealedMessage = "not everything could be encrypted with the first key of CRIER_MASTER_KEY: keep the others, and start again"
)

// resealed counts what was encrypted anew.
type resealed struct{ accounts, webhooks int }

// reseal encrypts with the first key of CRIER_MASTER_KEY what the others have encrypted, so
// that these can be taken out. With one key there is nothing to do.
func (a *app) reseal(ctx context.Context) {
	if !a.vault.Rotates() {
		return
	}
	var n resealed
	err := a.awaitReaders(ctx)
	if err == nil {
		err = a.resealProfiles(ctx, &n)
	}
	switch {
	case err == nil:
		a.log.InfoContext(ctx, resealedMessage, "accounts", n.accounts, "webhooks", n.webhooks)
	case ctx.Err() == nil:
		a.log.ErrorContext(ctx, notResealedMessage, "error", err)
	}
}

func (a *app) resealProfiles(ctx context.Context, n *resealed) error {
	return a.eachProfiles(ctx, func(ids []string) error {
		linked, err := a.store.AccountsOf(ctx, ids...)
		if err != nil {
			return fmt.Errorf("reading the linked accounts: %w", err)
		}
		accounts, err := a.accounts.Reseal(ctx, linked)
		n.accounts += accounts
		if err != nil {
			return err
		}
		webhooks, err := a.notifier.Reseal(ctx, ids...)
		n.webhooks += webhooks
		return err
	})
}
