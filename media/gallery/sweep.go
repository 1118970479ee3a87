package gallery

import (
	"context"
	"errors"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

const (
	sweepEvery = 10 * time.Minute
	// searchEvery is how often all blobs are looked at: in a bucket each thousand of
	// them cost a request.
	searchEvery = 24 * time.Hour
	// leftoverAge is how old a blob without a description has to be to be removed.
	leftoverAge = 24 * time.Hour
	sweepBatch  = 100
)

// Run sweeps now and then until ctx ends. Several servers may do so at once.
func (g *Gallery) Run(ctx context.Context) {
	var searched time.Time
	for {
		err := g.sweepExpired(ctx)
		if now := g.clock.Now(); now.Sub(searched) >= searchEvery {
			searched = now
			err = errors.Join(err, g.sweepLeftovers(ctx))
		}
		if err != nil && ctx.Err() == nil {
			g.log.ErrorContext(ctx, "expired uploads could not be removed", "error", err)
		}
		select {
		case <-g.clock.After(sweepEvery):
		case <-ctx.Done():
			return
		}
	}
}

// Sweep removes uploads that have expired, complete or not, and what crashes left
// behind more than a day ago.
func (g *Gallery) Sweep(ctx context.Context) error {
	return errors.Join(g.sweepExpired(ctx), g.sweepLeftovers(ctx))
}

// sweepExpired goes on to the next batch as long as all of one could be removed.
func (g *Gallery) sweepExpired(ctx context.Context) error {
	for {
		list, err := g.index.ExpiredUploads(ctx, g.clock.Now(), sweepBatch)
		if err != nil {
			return err
		}
		var failed error
		for _, u := range list {
			failed = errors.Join(failed, g.expire(ctx, u.ID))
		}
		if failed != nil || len(list) < sweepBatch {
			return failed
		}
	}
}

// expire removes an upload unless its life was prolonged meanwhile.
func (g *Gallery) expire(ctx context.Context, id string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	u, err := g.index.UpdateUpload(ctx, id, func(u *core.Upload) error {
		if !u.ExpiresAt.Before(g.clock.Now()) {
			return errSuperseded
		}
		if u.State != core.UploadDeleted {
			g.markDeleted(u)
		}
		return nil
	})
	if errors.Is(err, errSuperseded) || errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return g.erase(ctx, u)
}

// sweepLeftovers removes blobs that no description names, and what broken puts left.
// A description is written before its blob, so that a blob that is found without
// one does not belong to an upload that is arriving.
func (g *Gallery) sweepLeftovers(ctx context.Context) error {
	before := g.clock.Now().Add(-leftoverAge)
	removed := 0
	err := g.blobs.Walk(ctx, before, func(key string) error {
		u, err := g.index.GetUpload(ctx, owner(key))
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if err == nil && u.Blob == key {
			return nil
		}
		removed++
		return g.blobs.Delete(ctx, key)
	})
	if removed > 0 {
		g.log.WarnContext(ctx, "files without an upload were removed", "count", removed)
	}
	return errors.Join(err, g.blobs.Clean(ctx, before))
}
