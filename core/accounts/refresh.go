package accounts

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// RefreshResult is what came of a try to renew tokens.
type RefreshResult string

// The results.
const (
	RefreshRenewed RefreshResult = "renewed"
	RefreshFailed  RefreshResult = "failed" // it is tried again
	RefreshLost    RefreshResult = "lost"   // the grant has ended
)

// RefreshResults lists every result.
func RefreshResults() []RefreshResult {
	return []RefreshResult{RefreshRenewed, RefreshFailed, RefreshLost}
}

const (
	// refreshTimeout bounds the one call to the network. It is below how long a server that
	// stops waits by default: one that is killed during the call may lose the only refresh
	// token that is still good.
	refreshTimeout = 20 * time.Second
	// Whoever finds tokens claimed looks again after firstLook, then twice that, up to
	// lastLook, for longestWait in all.
	firstLook   = 2 * time.Millisecond
	lastLook    = 250 * time.Millisecond
	longestWait = claimFor + 5*time.Second
	// shortHold is for how long at least nobody repeats a refresh that failed: those who
	// waited for it share its outcome.
	shortHold = 5 * time.Second
)

// refresh renews the tokens of an account and returns the new ones, or those which somebody
// else has put in their place; refusedAt is when the network refused the access token, if
// it did. One process at a time does this for a grant; the others wait, for as long as their
// ctx allows.
//
// The error is of KindAuth when the grant has ended: the accounts that had it are marked
// then. It is of KindUnsupported when the network does not renew these tokens, which is not
// tried again. Other errors of the network leave everything as it is.
func (m *Manager) refresh(ctx context.Context, a core.Account, tokens credentials, refusedAt time.Time) (credentials, error) {
	giveUp := m.clock.Now().Add(longestWait)
	for look := firstLook; ; look = min(2*look, lastLook) {
		fresh, err := m.refreshUnlessClaimed(ctx, a, tokens, refusedAt)
		switch {
		case !errors.Is(err, errClaimed):
			return fresh, err
		case !m.clock.Now().Before(giveUp):
			return credentials{}, notRenewed(a, shortHold, err)
		}
		select {
		case <-m.clock.After(look):
		case <-ctx.Done():
			return credentials{}, notRenewed(a, shortHold, context.Cause(ctx))
		}
	}
}

// refreshUnlessClaimed is refresh without the wait: its error is errClaimed while somebody
// else renews the tokens.
func (m *Manager) refreshUnlessClaimed(ctx context.Context, a core.Account, tokens credentials, refusedAt time.Time) (credentials, error) {
	claimed, err := m.claim(ctx, a, tokens)
	switch held := (*heldError)(nil); {
	case err == nil:
		return m.renew(ctx, a, tokens, refusedAt, claimed)
	case errors.Is(err, errReplaced):
		return m.credentials(ctx, a)
	case errors.As(err, &held):
		if now, unread := m.get(ctx, a.ID); unread == nil {
			a = now // it shows what the refresh failed with
		}
		return credentials{}, notRenewed(a, held.wait, err)
	}
	return credentials{}, err
}

// notRenewed tells that the tokens could not be renewed for now.
func notRenewed(a core.Account, wait time.Duration, err error) *core.Error {
	message := fmt.Sprintf("the access token of %s is being renewed, which has not succeeded yet", a.Label())
	if a.Upkeep.LastError != "" {
		message += ": " + core.Clause(a.Upkeep.LastError)
	}
	return &core.Error{
		Kind: core.KindTemporary, Op: "accounts.refresh", Platform: a.Platform, RetryAfter: wait, Unsent: true,
		Message: message,
		Help:    "Nothing is to be done: it is tried again.",
		Err:     err,
	}
}

// renew trades the claimed tokens for new ones and gives these to all accounts that had
// them. It is seen through once it has begun: the answer may hold the only refresh token
// that is still good.
func (m *Manager) renew(ctx context.Context, a core.Account, tokens credentials, refusedAt time.Time, c *claim) (credentials, error) {
	ctx = context.WithoutCancel(ctx)
	fresh, err := m.trade(ctx, a.Platform, tokens)
	switch {
	case core.KindOf(err) == core.KindAuth:
		return m.grantEnded(ctx, a, tokens, c, core.AsError(err))
	case core.KindOf(err) == core.KindUnsupported:
		return credentials{}, errors.Join(err, m.notRenewable(ctx, tokens, c))
	case err != nil:
		return credentials{}, m.refreshFailed(ctx, a, c, err, refusedAt)
	}
	fresh.refusedAt = refusedAt
	for _, holder := range c.accounts {
		if stored := m.give(ctx, holder, tokens, fresh, c.id); stored != nil {
			err = errors.Join(err, stored)
			continue
		}
		m.describeRenewed(ctx, holder, fresh)
	}
	m.onRefresh(a.Platform, RefreshRenewed)
	return fresh, err
}

// notRenewable takes note that the network does not renew the claimed tokens.
func (m *Manager) notRenewable(ctx context.Context, tokens credentials, c *claim) error {
	tokens.fixed = true
	var all error
	for _, holder := range c.accounts {
		if err := m.give(ctx, holder, tokens, tokens, c.id); err != nil {
			all = errors.Join(all, err)
			continue
		}
		if a, done := m.describeFresh(ctx, holder, tokens); done {
			m.log.WarnContext(ctx, "the network does not renew the access token", "account", a.ID, "platform", a.Platform, "profile", a.ProfileID, "ends", logged(a.EndsAt()))
		}
	}
	return all
}

// trade calls the network.
func (m *Manager) trade(ctx context.Context, platform string, tokens credentials) (_ credentials, err error) {
	provider, _ := m.registry.Get(platform)
	refresher, able := provider.(core.Refresher)
	if !able {
		return credentials{}, &core.Error{Kind: core.KindInternal, Op: "accounts.refresh", Platform: platform, Message: "tokens of this network cannot be renewed"}
	}
	ctx, cancel := context.WithTimeout(ctx, refreshTimeout)
	defer cancel()
	defer m.recovered(ctx, "accounts.refresh", platform, &err)
	got, err := refresher.Refresh(ctx, tokens.Credentials)
	if err != nil {
		return credentials{}, err
	}
	return m.completed(got, tokens), nil
}

// recovered, deferred, makes an error of an adapter's panic.
func (m *Manager) recovered(ctx context.Context, op, platform string, err *error) {
	if v := recover(); v != nil {
		m.log.ErrorContext(ctx, "adapter panicked", "platform", platform, "panic", v, "stack", string(debug.Stack()))
		*err = &core.Error{Kind: core.KindInternal, Op: op, Platform: platform, Message: "an internal error occurred", Err: fmt.Errorf("panic: %v", v)}
	}
}

// completed is what a refresh has brought, with what stays of the tokens before.
func (m *Manager) completed(got core.Credentials, former credentials) credentials {
	now := m.clock.Now()
	if got.RefreshToken == "" {
		got.RefreshToken, got.RefreshExpiresAt = former.RefreshToken, former.RefreshExpiresAt
	}
	if d := got.RefreshExpiresAt.Sub(former.RefreshExpiresAt); !former.RefreshExpiresAt.IsZero() && d.Abs() < sameEnd {
		got.RefreshExpiresAt = former.RefreshExpiresAt
	}
	if d := got.ExpiresAt.Sub(got.RefreshExpiresAt); !got.RefreshExpiresAt.IsZero() && d > 0 && d < sameEnd {
		got.ExpiresAt = got.RefreshExpiresAt // the last token of a grant ends with it
	}
	if got.Scopes == nil {
		got.Scopes = former.Scopes
	}
	if got.Binding == "" {
		got.Binding = former.Binding
	}
	got.App = former.App
	return credentials{Credentials: got, storedAt: now, renewed: hashOf(former.RefreshToken)}
}

// give stores new tokens for an account that still has the former ones.
func (m *Manager) give(ctx context.Context, a core.Account, former, fresh credentials, claimID string) error {
	sealed, err := m.seal(a.ID, fresh)
	if err != nil {
		return err
	}
	for try := range storeTries {
		err = m.store.UpdateCredentials(ctx, a.ID, func(c *store.Credentials) error {
			if now, err := m.open(a, *c); c.Claim != claimID && (err != nil || !now.same(former)) {
				return errReplaced // it was linked again
			}
			c.Sealed, c.Claim, c.ClaimedUntil = sealed, "", time.Time{}
			return nil
		})
		if err == nil || errors.Is(err, errReplaced) || errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if try < storeTries-1 {
			<-m.clock.After(storePause)
		}
	}
	return fmt.Errorf("store the new tokens of account %s: %w", a.ID, err)
}

// A database that is busy or full for a moment does not cost new tokens.
const (
	storeTries = 5
	storePause = time.Second
)

// describeRenewed describes the new tokens in their account, which is given as it was before
// they were traded.
func (m *Manager) describeRenewed(ctx context.Context, before core.Account, fresh credentials) {
	a, done := m.describeFresh(ctx, before, fresh)
	if !done {
		return
	}
	m.log.InfoContext(ctx, "access token renewed", "event", eventRefreshed, "account", a.ID, "platform", a.Platform,
		"profile", a.ProfileID, "expires", logged(a.ExpiresAt), "ends", logged(a.EndsAt()))
	if before.Status == core.AccountActive && a.Status != core.AccountActive {
		m.revive(ctx, a, fresh)
	}
}

// describeFresh describes credentials in their account, unless that has others by now.
func (m *Manager) describeFresh(ctx context.Context, a core.Account, fresh credentials) (_ core.Account, done bool) {
	a, err := m.store.UpdateAccount(ctx, a.ID, func(a *core.Account) error {
		now, err := m.credentials(ctx, *a)
		if err != nil || !now.same(fresh) {
			return errReplaced
		}
		ends := a.EndsAt()
		m.describe(a, fresh)
		if fresh.Holder.RemoteID == a.RemoteID {
			m.rename(ctx, a, fresh.Holder.Username)
		}
		renewed(a)
		if a.EndsAt().Equal(ends) {
			a.Upkeep.NextAt = m.nextAt(*a, fresh, m.clock.Now())
		} else {
			m.begin(a, fresh, m.clock.Now())
		}
		return nil
	})
	switch {
	case errors.Is(err, errReplaced), errors.Is(err, store.ErrNotFound):
		return core.Account{}, false
	case err != nil: // the sweep makes up for it: the account is still due
		m.log.ErrorContext(ctx, "describing new tokens in their account failed", "account", a.ID, "error", err)
		return core.Account{}, false
	}
	return a, true
}

// adopt gives an account tokens that its own were traded for. The error is errReplaced, or
// the store's.
func (m *Manager) adopt(ctx context.Context, a core.Account, former, fresh credentials) error {
	if err := m.give(ctx, a, former, fresh, ""); err != nil {
		return err
	}
	m.describeRenewed(ctx, a, fresh)
	return errReplaced
}

// refreshFailed takes note of a refresh that failed for a reason which may pass, and of a token
// that the network refused meanwhile, if it did, and returns the error.
func (m *Manager) refreshFailed(ctx context.Context, a core.Account, c *claim, cause error, refusedAt time.Time) error {
	hold := min(max(shortHold, core.AsError(cause).RetryAfter), longestHold)
	m.release(ctx, c, hold)
	for _, holder := range c.accounts {
		noted, err := m.store.UpdateAccount(ctx, holder.ID, func(a *core.Account) error {
			m.notRenewedYet(a, core.AsError(cause), hold)
			if !refusedAt.IsZero() {
				m.awaitRenewal(a, refusedAt)
			}
			return nil
		})
		switch {
		case errors.Is(err, store.ErrNotFound):
		case err != nil:
			m.log.WarnContext(ctx, "noting a failed refresh failed", "account", holder.ID, "error", err)
		case holder.ID == a.ID:
			a = noted
		}
	}
	m.log.WarnContext(ctx, "renewing the access token failed", "account", a.ID, "platform", a.Platform, "profile", a.ProfileID,
		"failures", a.Upkeep.Failures, "since", a.Upkeep.FailedSince, "next", a.Upkeep.RetryAt, "expires", a.ExpiresAt, "error", cause)
	m.onRefresh(a.Platform, RefreshFailed)
	return cause
}

// grantEnded marks the accounts whose refresh token the network does not take any more. The
// error is the one that the first of them shows; it has none, but other tokens, when it was
// linked again meanwhile, or renewed by a process that took this one for dead.
func (m *Manager) grantEnded(ctx context.Context, a core.Account, tokens credentials, c *claim, cause *core.Error) (credentials, error) {
	reason := core.Clause(cause.Message)
	replaced := false
	for _, holder := range c.accounts {
		former, err := m.mark(ctx, holder.ID, reason, func(now credentials) bool { return now.same(tokens) })
		if err != nil {
			m.log.ErrorContext(ctx, "marking the account failed", "account", holder.ID, "error", err)
		}
		replaced = replaced || former && holder.ID == a.ID
	}
	m.release(ctx, c, 0)
	if replaced {
		return m.credentials(ctx, a)
	}
	m.log.WarnContext(ctx, "the grant of an account has ended", "account", a.ID, "platform", a.Platform, "profile", a.ProfileID, "error", cause)
	m.onRefresh(a.Platform, RefreshLost)
	return credentials{}, core.RelinkError(a, m.lossOf(a, reason))
}
