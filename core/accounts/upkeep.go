package accounts

import (
	"context"
	"errors"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

const (
	day = 24 * time.Hour
	// sameEnd is by how much the end of a grant may differ from what it was and still be
	// the same: networks tell it in seconds from now.
	sameEnd = time.Hour
	// shortLife is the life of an access token below which one that lasts as long as its
	// grant is not renewed any more: each new one would live shorter than the one before.
	shortLife = 2 * day
	// After a refresh that failed the next one is tried after firstRetry, then twice that,
	// up to lastRetry.
	firstRetry = time.Minute
	lastRetry  = time.Hour
	// longestError is how much is kept of what a refresh failed with, in characters.
	longestError = 300
)

// renewable tells whether the credentials can be renewed without a human.
func (m *Manager) renewable(platform string, c credentials) bool {
	provider, known := m.registry.Get(platform)
	if !known || c.RefreshToken == "" || c.fixed {
		return false
	}
	_, able := provider.(core.Refresher)
	return able
}

// refreshAt is when the access token is to be renewed: at 80 % of its life, or once the
// network refuses it. Zero: never.
func (m *Manager) refreshAt(a core.Account, c credentials) time.Time {
	switch {
	case !m.renewable(a.Platform, c):
		return time.Time{}
	case c.awaited(a):
		return a.Upkeep.RefusedAt
	case c.ExpiresAt.IsZero():
		return time.Time{}
	}
	life := c.ExpiresAt.Sub(c.issuedAt(a))
	if life < 0 {
		return c.ExpiresAt
	}
	if life < shortLife && !c.RefreshExpiresAt.IsZero() && !c.ExpiresAt.Before(c.RefreshExpiresAt.Add(-sameEnd)) {
		return time.Time{}
	}
	return c.ExpiresAt.Add(-life / 5)
}

// describe writes into the account what its credentials say of themselves; times as exactly
// as the store keeps them, so that an end which stays the same is the same.
func (m *Manager) describe(a *core.Account, c credentials) {
	a.App, a.Scopes = c.App, c.Scopes
	a.ExpiresAt, a.RefreshExpiresAt = c.ExpiresAt.Truncate(time.Microsecond), c.RefreshExpiresAt.Truncate(time.Microsecond)
	a.Upkeep.Renewable = m.renewable(a.Platform, c)
	if !a.Upkeep.Renewable {
		a.RefreshExpiresAt = time.Time{} // nobody can make use of it
	}
}

// renewed takes note that there is nothing wrong with renewing the tokens.
func renewed(a *core.Account) {
	a.Upkeep.Failures, a.Upkeep.FailedSince, a.Upkeep.LastError, a.Upkeep.RetryAt = 0, time.Time{}, "", time.Time{}
	a.Upkeep.RefusedAt = time.Time{}
}

// awaited tells whether the network refuses the access token, so that it has to be renewed:
// a is its account. A refusal that is older than the tokens was of those before.
func (c credentials) awaited(a core.Account) bool {
	return !a.Upkeep.RefusedAt.IsZero() && !c.storedAt.After(a.Upkeep.RefusedAt)
}

// noteRefused takes note that the network refuses the account's access token while it is not
// renewed, and that this is tried again; nothing if it has another one by now.
func (m *Manager) noteRefused(ctx context.Context, accountID string, refused credentials, at time.Time) {
	_, err := m.store.UpdateAccount(context.WithoutCancel(ctx), accountID, func(a *core.Account) error {
		now, err := m.credentials(ctx, *a)
		if err != nil {
			return err
		}
		if a.Status != core.AccountActive || !now.unchanged(refused) || !a.Upkeep.RefusedAt.IsZero() {
			return errReplaced
		}
		m.awaitRenewal(a, at)
		return nil
	})
	if err != nil && !errors.Is(err, errReplaced) && !errors.Is(err, store.ErrNotFound) {
		m.log.WarnContext(ctx, "noting that a token was refused failed", "account", accountID, "error", err)
	}
}

// awaitRenewal has the sweep renew a token that the network refuses since at.
func (m *Manager) awaitRenewal(a *core.Account, at time.Time) {
	if a.Upkeep.RefusedAt.IsZero() {
		a.Upkeep.RefusedAt = at
	}
	next := a.Upkeep.RetryAt
	if !m.putOff(*a) {
		next = m.clock.Now().Add(firstRetry)
	}
	a.Upkeep.NextAt = earliest(a.Upkeep.NextAt, next)
}

// notRenewedYet takes note of a refresh that failed; the next one is due after hold at the
// earliest.
func (m *Manager) notRenewedYet(a *core.Account, cause *core.Error, hold time.Duration) {
	now := m.clock.Now()
	if a.Upkeep.Failures == 0 {
		a.Upkeep.FailedSince = now
	}
	a.Upkeep.Failures++
	a.Upkeep.LastError = shortened(cause.Message)
	a.Upkeep.RetryAt = now.Add(max(hold, retryAfter(a.Upkeep.Failures)))
}

// putOff tells whether the next refresh is not due yet. A time that is later than any can be
// is one of a clock that was set back.
func (m *Manager) putOff(a core.Account) bool {
	left := a.Upkeep.RetryAt.Sub(m.clock.Now())
	return left > 0 && left <= max(longestHold, lastRetry)
}

// shortened bounds what is kept of a message.
func shortened(message string) string {
	if r := []rune(message); len(r) > longestError {
		return string(r[:longestError-1]) + "…"
	}
	return message
}

// begin starts the upkeep of an account that was given new credentials. Steps that are over
// already are not told: nobody was late.
func (m *Manager) begin(a *core.Account, c credentials, now time.Time) {
	renewed(a)
	a.Upkeep.ToldDays, a.Upkeep.ToldFor = 0, time.Time{}
	ends := a.EndsAt()
	for _, step := range m.steps {
		if !ends.IsZero() && noticeAt(ends, step).Before(now) {
			a.Upkeep.ToldDays, a.Upkeep.ToldFor = step, ends
		}
	}
	if !a.Upkeep.IntrospectAt.After(now) {
		a.Upkeep.IntrospectAt = time.Time{} // these are fresh
	}
	a.Upkeep.IntrospectAt = m.introspectAt(*a, now)
	a.Upkeep.NextAt = m.nextAt(*a, c, now)
}

// noticeAt is when the owner is told that the account ends in so many days.
func noticeAt(ends time.Time, days int) time.Time { return ends.Add(-time.Duration(days) * day) }

// dueStep returns the most urgent step of the notices whose time has come; false: there is
// none, or the owner was told of it.
func (m *Manager) dueStep(a core.Account, now time.Time) (step int, due bool) {
	ends := a.EndsAt()
	if ends.IsZero() {
		return 0, false
	}
	for _, days := range m.steps {
		if !now.Before(noticeAt(ends, days)) {
			step, due = days, true
		}
	}
	told := a.Upkeep.ToldDays > 0 && a.Upkeep.ToldDays <= step && a.Upkeep.ToldFor.Equal(ends)
	return step, due && !told
}

// nextNotice is when the next step of the notices comes; zero: there is none.
func (m *Manager) nextNotice(a core.Account, now time.Time) time.Time {
	ends := a.EndsAt()
	if ends.IsZero() {
		return time.Time{}
	}
	for _, days := range m.steps {
		if at := noticeAt(ends, days); at.After(now) {
			return at
		}
	}
	return time.Time{}
}

// nextAt is when the account needs attention next; zero: never. A refresh whose time has
// come is one that has failed.
func (m *Manager) nextAt(a core.Account, c credentials, now time.Time) time.Time {
	if a.Status != core.AccountActive {
		return time.Time{}
	}
	if _, due := m.dueStep(a, now); due {
		return now
	}
	refresh := m.refreshAt(a, c)
	if !refresh.IsZero() && !refresh.After(now) {
		if refresh = a.Upkeep.RetryAt; !m.putOff(a) {
			refresh = now.Add(retryAfter(a.Upkeep.Failures))
		}
	}
	return earliest(refresh, a.Upkeep.IntrospectAt, m.nextNotice(a, now), a.EndsAt())
}

// retryAfter is how long to wait after so many failures in a row.
func retryAfter(failures int) time.Duration {
	wait := firstRetry
	for ; failures > 1 && wait < lastRetry; failures-- {
		wait *= 2
	}
	return min(wait, lastRetry)
}

// earliest returns the first of the times that are not zero.
func earliest(times ...time.Time) time.Time {
	var first time.Time
	for _, t := range times {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}
