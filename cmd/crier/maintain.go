package main

import (
	"context"
	"time"
)

const (
	maintainEvery = time.Minute
	// keepRequests is how long the answer to an Idempotency-Key is kept.
	keepRequests = 24 * time.Hour
)

// maintain does the periodic work until ctx ends: what concerns the store, when it is this
// process's turn. Work that is broken off by the end of ctx is no failure.
func (a *app) maintain(ctx context.Context) {
	defer a.turns.release(ctx, turnMaintain)
	said := versionNotices{}
	for {
		a.checkVersions(ctx, said)
		for _, step := range []func(context.Context){
			a.completePosts, a.sweepDeliveries, a.sweepNotices, a.forgetRequests, a.forgetLinks, a.removeDeleted,
		} {
			if !a.turns.take(ctx, turnMaintain, maintainEvery) {
				break
			}
			step(ctx)
		}
		select {
		case <-a.clock.After(maintainEvery):
		case <-ctx.Done():
			return
		}
	}
}

// completePosts stores what belongs to posts whose process died while it stored them. It comes
// before the sweep for deliveries, which then finds theirs.
func (a *app) completePosts(ctx context.Context) {
	n, err := a.publisher.CompletePosts(ctx)
	if err != nil && ctx.Err() == nil {
		a.log.ErrorContext(ctx, "half-written posts could not be completed", "error", err)
	}
	if n > 0 {
		a.log.WarnContext(ctx, "posts that were half-written were completed", "count", n)
	}
}

// sweepDeliveries takes up deliveries that have no job.
func (a *app) sweepDeliveries(ctx context.Context) {
	n, err := a.publisher.Sweep(ctx)
	if err != nil && ctx.Err() == nil {
		a.log.ErrorContext(ctx, "the sweep for stranded deliveries failed", "error", err)
	}
	if n > 0 {
		a.log.WarnContext(ctx, "stranded deliveries were taken up again", "count", n)
	}
}

// forgetRequests deletes the answers to requests with an Idempotency-Key that are too old to be
// repeated.
func (a *app) forgetRequests(ctx context.Context) {
	if _, err := a.store.DeleteRequests(ctx, a.clock.Now().Add(-keepRequests)); err != nil && ctx.Err() == nil {
		a.log.ErrorContext(ctx, "old idempotency keys could not be deleted", "error", err)
	}
}

// removeDeleted removes what is left of deleted profiles.
func (a *app) removeDeleted(ctx context.Context) {
	if err := a.purgeDeleted(ctx); err != nil && ctx.Err() == nil {
		a.log.ErrorContext(ctx, "what belongs to deleted profiles could not be removed", "error", err)
	}
}
