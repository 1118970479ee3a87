package publish

import (
	"context"
	"fmt"
	"time"
)

// overdueAfter is how long a delivery may be due before it counts as overdue. Posts go out
// at the second; those that are sent at once take a moment.
const overdueAfter = 5 * time.Second

// Overdue counts the deliveries that were due some seconds ago, are not held and have not
// ended, whatever keeps them, up to store.MostNotStarted, and tells for how long the first
// of them has been due. It shows what no other figure does before the posts go out: that a
// network cannot be reached, refuses, or takes too long.
func (p *Publisher) Overdue(ctx context.Context) (n int, longest time.Duration, err error) {
	return p.overdue(ctx, overdueAfter)
}

func (p *Publisher) overdue(ctx context.Context, after time.Duration) (n int, longest time.Duration, err error) {
	return p.oldest(p.store.Overdue(ctx, p.clock.Now().Add(-after)))
}

// WatchOverdue tells when posts have been due for more than a minute and are not out, once
// until none is. It is called every few seconds.
func (p *Publisher) WatchOverdue(ctx context.Context) error {
	n, longest, err := p.overdue(ctx, lateAfter)
	if err != nil {
		return fmt.Errorf("counting what is overdue: %w", err)
	}
	began, ended, took := p.overdueNow.turn(p.clock.Now(), n > 0)
	switch {
	case began:
		p.log.WarnContext(ctx, "posts are overdue; each of them says what it waits for", "event", eventOverdue, "deliveries", n, "longest", longest)
	case ended:
		p.log.InfoContext(ctx, "no post is overdue any more", "event", eventOnTime, "took", took)
	}
	return nil
}
