package accounts

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

const (
	// sweepBatch is how many accounts a sweep reads at a time.
	sweepBatch = 100
	// sweepersAtOnce is how many of them it works on at a time.
	sweepersAtOnce = 8
)

// Sweep does what has come due for accounts, and is to be called every minute, by any number
// of processes: it renews tokens, asks once a day whether they are still good, tells owners in
// time that an account has to be linked again, ends what has ended, and completes what a crash
// left behind. What fails for one account stops none of the others; it is tried again by the
// next sweep.
func (m *Manager) Sweep(ctx context.Context) error {
	due := func(ctx context.Context) ([]core.Account, error) {
		return m.store.DueAccounts(ctx, m.clock.Now(), sweepBatch)
	}
	untold := func(ctx context.Context) ([]core.Account, error) { return m.store.UntoldAccounts(ctx, sweepBatch) }
	return errors.Join(
		m.eachAccount(ctx, due, m.attend),
		m.eachAccount(ctx, untold, m.catchUp),
	)
}

// eachAccount works on the accounts that list returns, batch by batch, until there are no
// more, or only such as could not be worked on.
func (m *Manager) eachAccount(ctx context.Context, list func(context.Context) ([]core.Account, error), work func(context.Context, core.Account) error) error {
	for {
		batch, err := list(ctx)
		if err != nil {
			return fmt.Errorf("list accounts: %w", err)
		}
		failures := make([]error, len(batch))
		var group errgroup.Group
		group.SetLimit(sweepersAtOnce)
		for i, a := range batch {
			group.Go(func() error { failures[i] = work(ctx, a); return nil })
		}
		_ = group.Wait() // the failures are in the list
		if err := errors.Join(failures...); err != nil || len(batch) < sweepBatch || ctx.Err() != nil {
			return err
		}
	}
}

// catchUp tells what has not been told yet of an account.
func (m *Manager) catchUp(ctx context.Context, a core.Account) error {
	if leaving(a) {
		return m.completeUnlink(ctx, a)
	}
	return m.handOver(ctx, a)
}

// attend does what has come due for an account.
func (m *Manager) attend(ctx context.Context, a core.Account) error {
	if err := m.refreshDue(ctx, a); err != nil {
		return err
	}
	if err := m.introspectDue(ctx, a); err != nil {
		return err
	}
	wanted := m.wanted(ctx, a.ProfileID)
	var told int // the step that the owner is to be told of; 0: none
	var over bool
	stored, err := m.store.UpdateAccount(ctx, a.ID, func(a *core.Account) error {
		var err error
		told, over, err = m.keep(ctx, a, wanted)
		return err
	})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return fmt.Errorf("attend to account %s: %w", a.ID, err)
	case over:
		m.ended(ctx, stored)
		return nil
	}
	if told > 0 {
		m.log.WarnContext(ctx, "account has to be linked again soon", "event", eventExpiring, "account", stored.ID,
			"platform", stored.Platform, "profile", stored.ProfileID, "ends", logged(stored.EndsAt()), "step", told)
	}
	m.tell(ctx, stored)
	return nil
}

// refreshDue renews the tokens of an account if it is time to. Only an error of the store is
// returned: what the network said is noted already.
func (m *Manager) refreshDue(ctx context.Context, a core.Account) error {
	if a.Status != core.AccountActive {
		return nil
	}
	cred, err := m.credentials(ctx, a)
	switch at := m.refreshAt(a, cred); {
	case errors.As(err, new(*core.Error)):
		return nil // unlinked, or without a key: notices come all the same
	case err != nil:
		return err
	case at.IsZero() || at.After(m.clock.Now()) || m.putOff(a):
		return nil
	}
	_, err = m.refreshUnlessClaimed(ctx, a, cred, m.refusedNow(a, cred))
	if errors.As(err, new(*core.Error)) || errors.Is(err, errClaimed) { // or under way elsewhere
		return nil
	}
	return err
}

// keep brings an account up to date with the time: it notes the step of the notices that has
// come, ends an authorization that is over, and sets when attention is needed next.
func (m *Manager) keep(ctx context.Context, a *core.Account, wanted bool) (told int, over bool, err error) {
	if a.Status != core.AccountActive {
		a.Upkeep.NextAt = time.Time{}
		return 0, false, nil
	}
	cred, err := m.credentials(ctx, *a)
	switch {
	case err == nil:
		m.describe(a, cred)
	case core.KindOf(err) == core.KindNotFound:
		return 0, false, store.ErrNotFound
	case !isUnreadable(err):
		return 0, false, err
	}
	now := m.clock.Now()
	if reason, ended := a.EndedAt(now); ended {
		m.end(a, reason, wanted)
		return 0, true, nil
	}
	if step, due := m.dueStep(*a, now); due {
		told = step
		a.Upkeep.ToldDays, a.Upkeep.ToldFor = step, a.EndsAt()
		if wanted {
			note(a, now, core.SocialNotice{
				Type: core.SocialRefresh, Source: core.SocialBySystem, RefreshBy: a.EndsAt(), Days: core.DaysUntil(a.EndsAt(), now),
			})
		}
	}
	a.Upkeep.IntrospectAt = m.introspectAt(*a, now)
	a.Upkeep.NextAt = m.nextAt(*a, cred, now)
	return told, false, nil
}

// Plan brings forward what the steps of the notices ask for earlier than the accounts were
// planned for: they may have been others when a server last ran.
func (m *Manager) Plan(ctx context.Context, list []core.Account) error {
	for _, a := range list {
		if !m.late(a) {
			continue
		}
		_, err := m.store.UpdateAccount(ctx, a.ID, func(a *core.Account) error {
			if m.late(*a) {
				a.Upkeep.NextAt = m.clock.Now()
			}
			return nil
		})
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("plan account %s: %w", a.ID, err)
		}
	}
	return nil
}

// late tells whether the account is not planned to be attended to as early as it has to be.
func (m *Manager) late(a core.Account) bool {
	if a.Status != core.AccountActive {
		return false
	}
	now := m.clock.Now()
	at := earliest(m.nextNotice(a, now), a.EndsAt(), m.introspectAt(a, now))
	if _, due := m.dueStep(a, now); due {
		at = now
	}
	return !at.IsZero() && (a.Upkeep.NextAt.IsZero() || at.Before(a.Upkeep.NextAt))
}
