package accounts

import (
	"context"
	"time"

	"github.com/crier-social/crier/core"
)

// refusedAgain is for how long after a token was renewed because the network refused the
// one before it a refusal of the new one is final: that network renews and refuses for ever.
const refusedAgain = 10 * time.Minute

// Refused takes note that the network refused an access token of the account, and tells
// whether the account has another one by now, so that the refused call may be made again: it
// was linked again or renewed meanwhile, or is renewed here. Otherwise it is marked as one
// that has to be linked again, once, with the reason in plain words. An account that was
// unlinked, or is marked already, is no error.
//
// The error is that of a renewal that failed for a reason which may pass, mostly of
// KindTemporary, and the account is not marked then, but notes that the token is
// refused, and that is renewed by the next sweeps; or the store's.
func (m *Manager) Refused(ctx context.Context, accountID string, refused core.Secret, reason string) (renewed bool, err error) {
	return m.refused(ctx, accountID, refused, reason, m.refresh)
}

// refused is Refused with the way in which the tokens are renewed: refresh, or
// refreshUnlessClaimed, whose errClaimed it passes on.
func (m *Manager) refused(ctx context.Context, accountID string, refused core.Secret, reason string,
	refresh func(context.Context, core.Account, credentials, time.Time) (credentials, error),
) (renewed bool, err error) {
	a, err := m.get(ctx, accountID)
	switch {
	case core.KindOf(err) == core.KindNotFound:
		return false, nil
	case err != nil:
		return false, err
	case a.Status != core.AccountActive:
		return false, nil
	}
	cred, err := m.credentials(ctx, a)
	switch {
	case core.KindOf(err) == core.KindNotFound:
		return false, nil
	case damaged(err): // and so of no use
		return false, m.AuthorizationLost(ctx, accountID, reason)
	case err != nil:
		return false, err
	case cred.AccessToken != refused:
		return true, nil
	}
	now := m.clock.Now()
	if !cred.refusedAt.IsZero() && now.Sub(cred.refusedAt) < refusedAgain {
		return m.dead(ctx, a, cred, "the renewed token was refused too: "+core.Clause(reason))
	}
	if !m.renewable(a.Platform, cred) {
		return m.dead(ctx, a, cred, reason)
	}
	_, err = refresh(ctx, a, cred, now)
	switch kind := core.KindOf(err); {
	case err == nil:
		return true, nil
	case kind == core.KindAuth, kind == core.KindNotFound: // marked, or unlinked
		return false, nil
	case kind == core.KindUnsupported:
		return m.dead(ctx, a, cred, reason)
	}
	m.noteRefused(ctx, a.ID, cred, now)
	return false, err
}

// dead marks the account unless it has other tokens by now, which it tells.
func (m *Manager) dead(ctx context.Context, a core.Account, cred credentials, reason string) (renewed bool, err error) {
	return m.mark(ctx, a.ID, reason, func(now credentials) bool { return now.unchanged(cred) })
}
