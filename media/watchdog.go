package media

import (
	"io"
	"time"
)

// watchdog closes a body that sends nothing for too long.
type watchdog struct {
	body  io.Reader
	limit time.Duration
	timer *time.Timer
	fired chan struct{}
}

func watch(body io.Reader, limit time.Duration) *watchdog {
	w := &watchdog{body: body, limit: limit, fired: make(chan struct{})}
	closer, ok := body.(io.Closer)
	w.timer = time.AfterFunc(limit, func() {
		close(w.fired)
		if ok {
			_ = closer.Close()
		}
	})
	return w
}

func (w *watchdog) Read(p []byte) (int, error) {
	n, err := w.body.Read(p)
	if n > 0 && w.timer.Stop() {
		w.timer.Reset(w.limit)
	}
	return n, err
}

func (w *watchdog) stop() { w.timer.Stop() }

func (w *watchdog) stalled() bool { return closed(w.fired) }
