package main

import (
	"context"
	"net/http"
)

// drain goes on serving for CRIER_SHUTDOWN_DELAY after the signal to stop, while /readyz
// answers 503: what shares out the requests among several servers sends them elsewhere by
// then, so that none arrives at a closed door. A part that has failed is not waited for.
func (s *server) drain(ctx context.Context) {
	delay := s.app.cfg.ShutdownDelay
	if ctx.Err() == nil || s.api == nil || delay == 0 {
		return
	}
	s.stopping.Store(true)
	s.app.log.InfoContext(ctx, "draining: /readyz answers 503, and requests are still taken", "delay", delay)
	<-s.app.clock.After(delay)
}

// closingOnceDrained has a stopping server end each connection with its next answer. The
// connections that it closes at the end are those then on which nothing was asked for the
// whole of the delay: a request on such a connection could meet the close, and whoever sent
// it could not tell whether it was taken.
func (s *server) closingOnceDrained(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.stopping.Load() {
			w.Header().Set("Connection", "close")
		}
		h.ServeHTTP(w, r)
	})
}
