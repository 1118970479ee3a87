package rest

import (
	"context"
	"time"
)

// countdown ends an attempt that makes no progress any more.
type countdown struct {
	timer *time.Timer
	limit time.Duration
}

// withCountdown returns a context that ends, with context.DeadlineExceeded as its
// cause, when the limit has passed since the last call of restart.
func withCountdown(ctx context.Context, limit time.Duration) (context.Context, *countdown, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(limit, func() { cancel(context.DeadlineExceeded) })
	return ctx, &countdown{timer: timer, limit: limit}, func() {
		timer.Stop()
		cancel(context.Canceled)
	}
}

// restart begins the countdown anew, unless it is over.
func (c *countdown) restart() {
	if c.timer.Stop() {
		c.timer.Reset(c.limit)
	}
}

// outcome returns what an error in ctx is about: the end of the countdown, if that
// was its cause.
func outcome(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}
