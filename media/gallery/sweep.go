package gallery

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// SweepEvery is how often Run sweeps.
const SweepEvery = 10 * time.Minute

const (
	// searchEvery is how often all blobs are looked at: in a bucket each thousand of
	// them cost a request.
	searchEvery = 24 * time.Hour
	// leftoverAge is how old a blob without a description has to be to be removed.
	leftoverAge = 24 * time.Hour
	sweepBatch  = 100
	// mostLeftovers bounds how many keys a search holds in memory.
	mostLeftovers = 10_000
)

// Run sweeps now and then, when it is its turn, until ctx ends. Several servers may do so at
// once.
func (g *Gallery) Run(ctx context.Context) {
	var searched time.Time
	for {
		if g.turn(ctx) {
			g.sweepInTurn(ctx, &searched)
		}
		select {
		case <-g.clock.After(SweepEvery):
		case <-ctx.Done():
			return
		}
	}
}

// sweepInTurn removes what has expired and, once a day, looks for leftovers.
func (g *Gallery) sweepInTurn(ctx context.Context, searched *time.Time) {
	err := g.sweepExpired(ctx)
	if now := g.clock.Now(); now.Sub(*searched) >= searchEvery {
		*searched = now
		err = errors.Join(err, g.sweepLeftovers(ctx))
	}
	if err != nil && ctx.Err() == nil {
		g.log.ErrorContext(ctx, "expired uploads could not be removed", "error", err)
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
//
// Crashes leave few. Where more blobs are without a description than have one, the
// index is more likely to be the wrong one, an empty one or an old backup, and they
// stay.
func (g *Gallery) sweepLeftovers(ctx context.Context) error {
	before := g.clock.Now().Add(-leftoverAge)
	known, leftovers, err := g.findLeftovers(ctx, before)
	if err != nil {
		return err
	}
	if len(leftovers) > known {
		g.log.WarnContext(ctx, "files that belong to no upload are left alone, because there are more of them than others",
			"files", len(leftovers), "others", known,
			"help", "make sure that the database and the place of uploads belong together; files that are nobody's can be removed by hand")
		return g.blobs.Clean(ctx, before)
	}
	for i, key := range leftovers {
		if err := g.blobs.Delete(ctx, key); err != nil {
			return fmt.Errorf("after %d of %d files without an upload: %w", i, len(leftovers), err)
		}
	}
	if len(leftovers) > 0 {
		g.log.WarnContext(ctx, "files that belong to no upload were removed", "files", len(leftovers))
	}
	return g.blobs.Clean(ctx, before)
}

// findLeftovers looks at the blobs that are older than the time: how many belong to
// an upload, and which do not. It stops when it has found very many of these.
func (g *Gallery) findLeftovers(ctx context.Context, before time.Time) (known int, leftovers []string, err error) {
	err = g.blobs.Walk(ctx, before, func(key string) error {
		u, err := g.index.GetUpload(ctx, owner(key))
		switch {
		case err != nil && !errors.Is(err, store.ErrNotFound):
			return err
		case err == nil && u.Blob == key:
			known++
			return nil
		}
		if leftovers = append(leftovers, key); len(leftovers) == mostLeftovers {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return known, leftovers, err
}

// errEnough ends a walk.
var errEnough = errors.New("enough was found")
