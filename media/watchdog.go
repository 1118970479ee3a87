package media

import (
	"context"
	"io"
	"sync/atomic"
	"time"
)

// watchdog closes a body that sends nothing for too long, or whose context ends, so
// that a Read which waits for it returns. The time between two calls of Read does not
// count: then it is not the source that is slow.
type watchdog struct {
	body   io.ReadCloser // its Close may be called while Read runs
	limit  time.Duration
	timer  *time.Timer // runs during Read
	fired  atomic.Bool
	detach func() bool
}

// watch guards a body until stop is called.
func watch(ctx context.Context, body io.ReadCloser, limit time.Duration) *watchdog {
	w := &watchdog{body: body, limit: limit}
	w.timer = time.AfterFunc(limit, func() {
		w.fired.Store(true)
		_ = body.Close()
	})
	w.timer.Stop()
	w.detach = context.AfterFunc(ctx, func() { _ = body.Close() })
	return w
}

func (w *watchdog) Read(p []byte) (int, error) {
	w.timer.Reset(w.limit)
	defer w.timer.Stop()
	return w.body.Read(p)
}

func (w *watchdog) stop() {
	w.timer.Stop()
	w.detach()
}

func (w *watchdog) stalled() bool { return w.fired.Load() }
