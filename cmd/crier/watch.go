package main

import (
	"context"
	"errors"
	"time"

	"github.com/crier-social/crier/core/store"
)

// watchEvery is how often it is looked whether time goes as it should.
const watchEvery = 5 * time.Second

// watch looks, until ctx ends, whether the clock was set, whether processes have died, and
// whether what is due is taken up and goes out. A look that ctx broke off is no failure.
func (a *app) watch(ctx context.Context) {
	for {
		if err := a.releaseDead(ctx); err != nil && ctx.Err() == nil {
			a.log.ErrorContext(ctx, "what dead processes held could not be freed", "error", err)
		}
		err := a.publisher.CheckClock(ctx)
		wrong := errors.Is(err, store.ErrClock) // which the store tells the log
		if err != nil && !wrong && ctx.Err() == nil {
			a.log.ErrorContext(ctx, "the clock could not be checked", "error", err)
		}
		if !wrong { // else nobody knows here what is due
			a.watchDue(ctx)
		}
		select {
		case <-a.clock.After(watchEvery):
		case <-ctx.Done():
			return
		}
	}
}

// watchDue looks whether what is due is taken up and goes out.
func (a *app) watchDue(ctx context.Context) {
	if err := a.publisher.WatchStarts(ctx); err != nil && ctx.Err() == nil {
		a.log.ErrorContext(ctx, "what is due could not be counted", "error", err)
	}
	if err := a.publisher.WatchOverdue(ctx); err != nil && ctx.Err() == nil {
		a.log.ErrorContext(ctx, "what is overdue could not be counted", "error", err)
	}
}

// releaseDead frees the deliveries of processes that have ended without giving them back.
func (a *app) releaseDead(ctx context.Context) error {
	n, err := a.store.ReleaseDead(ctx)
	if n > 0 {
		a.log.WarnContext(ctx, "a process has ended in the middle of deliveries; they go on here", "count", n)
		a.runner.Wake()
	}
	return err
}
