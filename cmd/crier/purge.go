package main

import (
	"context"
	"errors"
	"time"

	"github.com/crier-social/crier/core/store"
)

const (
	// purgeBatch is how many records of deleted profiles are removed in one step, between
	// which others write.
	purgeBatch = 200
	// purgeProfiles is how many deleted profiles are looked at in one turn.
	purgeProfiles = 1000
	// purgeTurn is how long one turn may take: the rest waits for the next.
	purgeTurn = 20 * time.Second
)

// purgeDeleted removes what is left of deleted profiles, for as long as its turn lasts.
func (a *app) purgeDeleted(ctx context.Context) error {
	end := a.clock.Now().Add(purgeTurn)
	deleted, err := a.store.DeletedProfiles(ctx, purgeProfiles)
	if err != nil {
		return err
	}
	for _, id := range deleted {
		for done := false; !done; {
			done, err = a.store.PurgeProfile(ctx, id, purgeBatch)
			if errors.Is(err, store.ErrNotFound) {
				break // another process was faster
			}
			if err != nil || a.clock.Now().After(end) {
				return err
			}
		}
	}
	return nil
}
