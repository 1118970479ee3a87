package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/mongo"
)

// ready tells why the server cannot take requests.
func (s *server) ready(ctx context.Context) error {
	if s.stopping.Load() {
		return errors.New("the server is stopping")
	}
	err := s.app.store.Ping(ctx)
	if err == nil {
		return s.app.presence.unable()
	}
	if skew, wrong := errors.AsType[*mongo.SkewError](err); wrong {
		return skew // the store tells the log
	}
	s.app.log.WarnContext(ctx, "the store does not answer", "error", err)
	if trouble, known := store.TroubleOf(errors.Join(err, s.app.store.Trouble())); known {
		return errors.New("the database cannot be written: " + trouble.Reason)
	}
	switch slow := errors.Is(err, context.DeadlineExceeded); {
	case slow && s.app.cfg.Store.Shared():
		return fmt.Errorf("the database has not answered for %v: its server is gone, or slow", readyTimeout)
	case slow:
		return fmt.Errorf("the database has taken no write for %v: its disk is slow, or another program keeps it locked", readyTimeout)
	}
	return errors.New("the store does not answer")
}
