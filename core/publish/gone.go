package publish

import (
	"context"
	"errors"
	"strings"

	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

// What belongs to a profile that was deleted is removed by and by. Until then nothing of it
// may go out: the network is asked for nothing on behalf of a profile that is not there.

// errGone says that the profile was deleted.
var errGone = errors.New("publish: the profile was deleted")

// unlessGone returns the handler for jobs whose profile may have been deleted. Such a job is
// put off for longer than it takes until it is removed with what it belongs to.
func (p *Publisher) unlessGone(handle queue.Handler) queue.Handler {
	return func(ctx context.Context, j queue.Job) error {
		profileID, _, _ := strings.Cut(j.Tenant, tenantPart)
		err := p.checkAlive(ctx, profileID)
		if err == nil {
			err = handle(ctx, j)
		}
		if errors.Is(err, store.ErrNotFound) { // what it worked on was removed under its hands
			if gone := p.checkAlive(context.WithoutCancel(ctx), profileID); gone != nil {
				err = gone
			}
		}
		if !errors.Is(err, errGone) {
			return err
		}
		p.log.DebugContext(ctx, "a job is left alone: its profile was deleted", "profile", profileID, "kind", j.Kind)
		return queue.SnoozeUntil(p.clock.Now().Add(store.PurgeRest), "")
	}
}

// checkAlive returns errGone when the profile was deleted. A job that names none is from an
// earlier version, which deleted none.
func (p *Publisher) checkAlive(ctx context.Context, profileID string) error {
	if profileID == "" {
		return nil
	}
	_, err := p.store.GetProfile(ctx, profileID)
	if errors.Is(err, store.ErrNotFound) {
		return errGone
	}
	return err
}
