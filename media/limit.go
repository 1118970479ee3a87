package media

import (
	"context"
	"errors"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/sniff"
)

// timeLimit ends a download that takes too long as a whole.
type timeLimit struct {
	ctx   context.Context //nolint:containedctx // it belongs to the download that it limits
	timer *time.Timer
	began time.Time
	after time.Duration
}

// limited returns a context that ends when the download's time is up.
func (s *Service) limited(ctx context.Context) (context.Context, *timeLimit) {
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(s.timeout, func() { cancel(errTimeout) })
	return ctx, &timeLimit{ctx: ctx, timer: timer, began: time.Now(), after: s.timeout}
}

// extend gives the download more time, counted from its beginning.
func (l *timeLimit) extend(d time.Duration) {
	if d > l.after && l.timer.Stop() {
		l.after = d
		l.timer.Reset(d - time.Since(l.began))
	}
}

func (l *timeLimit) stop() { l.timer.Stop() }

// named gives an error that the time limit caused its name.
func (l *timeLimit) named(err error, received int64) error {
	if err != nil && errors.Is(context.Cause(l.ctx), errTimeout) {
		return tooSlow(l.after, received, err)
	}
	return err
}

// streamed tells whether files of a type are handed out while they arrive, and so
// may take longer.
func streamed(t sniff.Type) bool { return t.Kind == core.MediaVideo }
