package accounts

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// lateAnswers is for how long after an account was linked again the network may
// still refuse its former token: work on a post that began with it goes on with it.
const lateAnswers = 10 * time.Minute

// The reasons for which an account gets no mark.
var (
	errMarked = errors.New("accounts: marked already")
	errFormer = errors.New("accounts: not about the present credentials")
)

// AuthorizationLost marks the account as one that has to be linked again, with
// the reason in plain words. The first reason stays until it is linked again; an
// account that was unlinked is no error.
//
// Within ten minutes after an account was linked again nothing is marked: the
// network has just confirmed the new token, so it is the former one that it
// refuses. Should the new one be dead all the same, a later refusal tells.
func (m *Manager) AuthorizationLost(ctx context.Context, accountID, reason string) error {
	return m.mark(ctx, accountID, reason, func(now credentials) bool {
		return now.replacedAt.IsZero() || m.clock.Now().Sub(now.replacedAt) >= lateAnswers
	})
}

// mark marks the account if concerned says so of its present credentials. These
// are looked at within the update: linking again changes them first and the
// account second, so that it either is seen here or undoes the mark.
func (m *Manager) mark(ctx context.Context, accountID, reason string, concerned func(now credentials) bool) error {
	a, err := m.store.UpdateAccount(ctx, accountID, func(a *core.Account) error {
		if a.Status == core.AccountRelinkRequired {
			return errMarked
		}
		now, err := m.credentials(ctx, *a)
		switch {
		case core.KindOf(err) == core.KindNotFound:
			return store.ErrNotFound
		case errors.As(err, new(*core.Error)): // no key opens them, so they are of no use
		case err != nil:
			return err
		case !concerned(now):
			return errFormer
		}
		a.Status, a.StatusReason = core.AccountRelinkRequired, reason
		return nil
	})
	switch {
	case errors.Is(err, errMarked), errors.Is(err, store.ErrNotFound):
		return nil
	case errors.Is(err, errFormer):
		m.log.InfoContext(ctx, "refusal of a former token ignored", "account", accountID, "reason", reason)
		return nil
	case err != nil:
		return fmt.Errorf("mark account %s: %w", accountID, err)
	}
	m.log.WarnContext(ctx, "account has to be linked again",
		"account", a.ID, "platform", a.Platform, "profile", a.ProfileID, "reason", reason)
	return nil
}
