package publish

import (
	"context"
	"fmt"
	"time"
)

// notStartedAfter is how long a delivery may be due without anybody at work on it before
// that is worth telling. Workers look at the store every second.
const notStartedAfter = 5 * time.Second

// NotStarted counts the deliveries whose time has come and on which nobody has been at
// work for some seconds, up to store.MostNotStarted, and tells for how long the first of
// them has been waiting: there are too few workers, none runs, or the store does not let
// them work. Of an account's posts that are ready only the first counts, and it only while
// none of them is being sent: those behind it have to wait for their turn.
func (p *Publisher) NotStarted(ctx context.Context) (n int, longest time.Duration, err error) {
	return p.oldest(p.store.NotStarted(ctx, JobKind, p.clock.Now().Add(-notStartedAfter)))
}

// WatchStarts tells when deliveries that are due are not started, once until all are. It is
// called every few seconds.
func (p *Publisher) WatchStarts(ctx context.Context) error {
	n, longest, err := p.NotStarted(ctx)
	if err != nil {
		return fmt.Errorf("counting what is due: %w", err)
	}
	began, ended, took := p.notStarting.turn(p.clock.Now(), n > 0)
	switch {
	case began:
		p.log.WarnContext(ctx, "posts are due and nobody has taken them up", "event", eventNotStarted, "deliveries", n, "longest", longest)
	case ended:
		p.log.InfoContext(ctx, "every post that is due has been taken up", "event", eventCaughtUp, "took", took)
	}
	return nil
}
