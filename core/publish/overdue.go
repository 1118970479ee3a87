package publish

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// overdueAfter is how long a delivery may be due before it counts as overdue. Posts go out
// at the second; those that are sent at once take a moment.
const overdueAfter = 5 * time.Second

// overdueWatch remembers whether it was told that deliveries are overdue.
type overdueWatch struct {
	mu    sync.Mutex
	since time.Time // when it was told; zero: there is nothing to tell
}

// Overdue counts the deliveries that were due some seconds ago, are not held and have not
// ended, whatever keeps them, up to store.MostNotStarted, and tells for how long the first
// of them has been due. It shows what no other figure does before the posts go out: that a
// network cannot be reached, refuses, or takes too long.
func (p *Publisher) Overdue(ctx context.Context) (n int, longest time.Duration, err error) {
	return p.overdue(ctx, overdueAfter)
}

func (p *Publisher) overdue(ctx context.Context, after time.Duration) (n int, longest time.Duration, err error) {
	now := p.clock.Now()
	n, oldest, err := p.store.Overdue(ctx, now.Add(-after))
	if err != nil || n == 0 {
		return 0, 0, err
	}
	return n, now.Sub(oldest), nil
}

// WatchOverdue tells when posts have been due for more than a minute and are not out, once
// until none is. It is called every few seconds.
func (p *Publisher) WatchOverdue(ctx context.Context) error {
	n, longest, err := p.overdue(ctx, lateAfter)
	if err != nil {
		return fmt.Errorf("counting what is overdue: %w", err)
	}
	w := &p.overdueWatch
	w.mu.Lock()
	defer w.mu.Unlock()
	now := p.clock.Now()
	switch {
	case n > 0 && w.since.IsZero():
		w.since = now
		p.log.WarnContext(ctx, "posts are overdue; each of them says what it waits for", "event", eventOverdue, "deliveries", n, "longest", longest)
	case n == 0 && !w.since.IsZero():
		p.log.InfoContext(ctx, "no post is overdue any more", "event", eventOnTime, "took", now.Sub(w.since))
		w.since = time.Time{}
	}
	return nil
}
