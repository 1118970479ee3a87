package accounts

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// The reasons for which an account gets no mark.
var (
	errMarked = errors.New("accounts: marked already")
	errFormer = errors.New("accounts: not about the present credentials")
)

// AuthorizationLost marks the account as one that has to be linked again, with
// the reason in plain words. The first reason stays until it is linked again; an
// account that was unlinked is no error. Refused is for those whom the network refused.
func (m *Manager) AuthorizationLost(ctx context.Context, accountID, reason string) error {
	_, err := m.mark(ctx, accountID, reason, func(credentials) bool { return true })
	return err
}

// mark marks the account if concerned says so of its present credentials; former tells that
// it does not. These are looked at within the update: linking again changes them first and
// the account second, so that it either is seen here or undoes the mark.
func (m *Manager) mark(ctx context.Context, accountID, reason string, concerned func(now credentials) bool) (former bool, err error) {
	a, err := m.get(ctx, accountID)
	if core.KindOf(err) == core.KindNotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	wanted := m.wanted(ctx, a.ProfileID)
	a, err = m.store.UpdateAccount(ctx, accountID, func(a *core.Account) error {
		if a.Status == core.AccountRelinkRequired {
			return errMarked
		}
		now, err := m.credentials(ctx, *a)
		switch {
		case core.KindOf(err) == core.KindNotFound:
			return store.ErrNotFound
		case isUnreadable(err): // and so of no use
		case err != nil:
			return err
		case !concerned(now):
			return errFormer
		}
		m.end(a, reason, wanted)
		return nil
	})
	switch {
	case errors.Is(err, errMarked), errors.Is(err, store.ErrNotFound):
		return false, nil
	case errors.Is(err, errFormer):
		m.log.InfoContext(ctx, "refusal of a former token ignored", "account", accountID, "reason", reason)
		return true, nil
	case err != nil:
		return false, fmt.Errorf("mark account %s: %w", accountID, err)
	}
	m.ended(ctx, a)
	return false, nil
}

// end makes an account one that has to be linked again. One whose authorization has ended by
// itself was lost by that, whoever found it out.
func (m *Manager) end(a *core.Account, reason string, wanted bool) {
	now := m.clock.Now()
	s := core.SocialNotice{Type: core.SocialUnlink, Source: core.SocialBySystem, Reason: core.Clause(reason)}
	lostAt := now
	if ended, over := a.EndedAt(now); over {
		lostAt = a.EndsAt()
		s.RefreshBy, s.Reason = lostAt, ended
	}
	a.Status, a.StatusReason = core.AccountRelinkRequired, s.Reason
	renewed(a)
	a.Upkeep.LostAt, a.Upkeep.NextAt = lostAt, time.Time{}
	if wanted {
		note(a, now, s)
	}
}

// ended tells of an account that end was stored of.
func (m *Manager) ended(ctx context.Context, a core.Account) {
	m.log.WarnContext(ctx, "account has to be linked again", "event", eventLost,
		"account", a.ID, "platform", a.Platform, "profile", a.ProfileID, "reason", a.StatusReason)
	m.tell(ctx, a)
}

// lost marks the account, unless it has other credentials by now, and returns the
// error for it. That marking fails is logged, not returned: the token is of no use
// either way.
func (m *Manager) lost(ctx context.Context, a core.Account, dead credentials, reason string) *core.Error {
	_, err := m.dead(context.WithoutCancel(ctx), a, dead, reason)
	if err != nil {
		m.log.ErrorContext(ctx, "marking the account failed", "account", a.ID, "error", err)
	}
	return core.RelinkError(a, m.lossOf(a, reason))
}

// lossOf tells why an account is lost: what was found out, unless its time was over.
func (m *Manager) lossOf(a core.Account, reason string) string {
	if ended, over := a.EndedAt(m.clock.Now()); over {
		return ended
	}
	return reason
}

// revive takes back the mark of an account whose tokens were being renewed when it got it. A
// process that is suspended in the middle of a renewal loses its claim; another one finds that
// the network does not take the refresh token any more, which the first has traded.
func (m *Manager) revive(ctx context.Context, marked core.Account, fresh credentials) {
	wanted := m.wanted(ctx, marked.ProfileID)
	a, err := m.store.UpdateAccount(ctx, marked.ID, func(a *core.Account) error {
		now, err := m.credentials(ctx, *a)
		if err != nil || !now.same(fresh) || a.Status == core.AccountActive {
			return errReplaced
		}
		a.Status, a.StatusReason, a.Upkeep.LostAt = core.AccountActive, "", time.Time{}
		m.begin(a, fresh, m.clock.Now())
		if wanted {
			note(a, m.clock.Now(), core.SocialNotice{Type: core.SocialLink, Source: core.SocialBySystem})
		}
		return nil
	})
	switch {
	case errors.Is(err, errReplaced), errors.Is(err, store.ErrNotFound):
		return
	case err != nil:
		m.log.ErrorContext(ctx, "taking back the mark of an account failed", "account", marked.ID, "error", err)
		return
	}
	m.log.InfoContext(ctx, "account linked", "event", eventLinked, "account", a.ID, "platform", a.Platform, "profile", a.ProfileID,
		"again", true, "app", a.App, "ends", logged(a.EndsAt()))
	m.tell(ctx, a)
	m.onRelinked(ctx, a.ID)
}
