package main

import (
	"context"
	"time"
)

// watchEvery is how often it is looked whether time goes as it should.
const watchEvery = 5 * time.Second

// watch looks, until ctx ends, whether the clock was set and whether what is due is taken
// up. A look that ctx broke off is no failure.
func (a *app) watch(ctx context.Context) {
	for {
		if err := a.publisher.CheckClock(ctx); err != nil && ctx.Err() == nil {
			a.log.ErrorContext(ctx, "the clock could not be checked", "error", err)
		}
		if err := a.publisher.WatchStarts(ctx); err != nil && ctx.Err() == nil {
			a.log.ErrorContext(ctx, "what is due could not be counted", "error", err)
		}
		select {
		case <-a.clock.After(watchEvery):
		case <-ctx.Done():
			return
		}
	}
}
