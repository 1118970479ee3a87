package accounts

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// Notices tells the owners of profiles what happens to their accounts.
type Notices interface {
	// Wants tells whether anybody wants to know of such things for the profile, so that
	// nothing is written where nobody does.
	Wants(ctx context.Context, profileID string, action core.NoticeAction) (bool, error)
	// Tell takes notices over for good. Telling one again changes nothing.
	Tell(ctx context.Context, profileID string, notices ...core.Notice) error
}

// The events of the log.
const (
	eventLinked    = "account.linked"
	eventUnlinked  = "account.unlinked"
	eventRefreshed = "account.refreshed"
	eventExpiring  = "account.expiring"
	eventLost      = "account.lost"
)

// wanted tells whether somebody wants to know what happens to accounts of the profile.
// Where that cannot be found out, whoever is told in the end decides.
func (m *Manager) wanted(ctx context.Context, profileID string) bool {
	if m.notices == nil {
		return false
	}
	wanted, err := m.notices.Wants(ctx, profileID, core.NoticeSocial)
	if err != nil {
		m.log.WarnContext(ctx, "it is not known who wants notices", "profile", profileID, "error", err)
	}
	return wanted || err != nil
}

// note adds a notice to those of the account that are to be told. Of one that is about to be
// unlinked nothing more is, unless it is linked again.
func note(a *core.Account, now time.Time, s core.SocialNotice) {
	if leaving(*a) && s.Type != core.SocialLink {
		return
	}
	s.AccountID, s.Platform, s.RemoteID, s.DisplayName = a.ID, a.Platform, a.RemoteID, a.DisplayName
	a.Upkeep.Outbox = append(slices.Clone(a.Upkeep.Outbox), core.Notice{
		ID: core.NewID(now), Action: core.NoticeSocial, CreatedAt: now, Social: &s,
	})
}

// tell hands over what is to be told of the account, as it was just stored. What fails is
// told by the next sweep.
func (m *Manager) tell(ctx context.Context, a core.Account) {
	if err := m.handOver(ctx, a); err != nil {
		m.log.WarnContext(ctx, "notices of an account are told later", "account", a.ID, "profile", a.ProfileID, "error", err)
	}
}

// handOver is tell with its error. An account that is about to be unlinked is left to whoever
// does that.
func (m *Manager) handOver(ctx context.Context, a core.Account) error {
	if len(a.Upkeep.Outbox) == 0 || leaving(a) {
		return nil
	}
	if m.notices != nil {
		if err := m.notices.Tell(ctx, a.ProfileID, a.Upkeep.Outbox...); err != nil {
			return fmt.Errorf("tell of account %s: %w", a.ID, err)
		}
	}
	_, err := m.store.UpdateAccount(ctx, a.ID, func(stored *core.Account) error {
		stored.Upkeep.Outbox = slices.DeleteFunc(slices.Clone(stored.Upkeep.Outbox), func(n core.Notice) bool {
			return slices.ContainsFunc(a.Upkeep.Outbox, func(told core.Notice) bool { return told.ID == n.ID })
		})
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// leaving tells whether the account is about to be unlinked: that was begun, and it was not
// linked again since.
func leaving(a core.Account) bool {
	n := len(a.Upkeep.Outbox)
	if n == 0 {
		return false
	}
	last := a.Upkeep.Outbox[n-1].Social
	return last != nil && last.Type == core.SocialUnlink && last.Source == core.SocialByUser
}
