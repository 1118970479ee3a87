package mongo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// classified is an error of the driver with the store's name for it.
type classified struct{ kind, cause error }

func (c *classified) Error() string   { return c.kind.Error() + ": " + c.cause.Error() }
func (c *classified) Unwrap() []error { return []error{c.kind, c.cause} }

// Codes of the server: https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml
const (
	codeUnauthorized    = 13
	codeOutOfDiskSpace  = 14031
	codeWriteConcern    = 64 // WriteConcernTimeout
	codeMaxTimeExpired  = 50
	codeNotWritable     = 10107 // NotWritablePrimary
	codeUnsatisfiableWC = 100   // UnsatisfiableWriteConcern
)

// classify gives an error of the driver the store's name, where it has one. Other errors
// pass as they are.
func classify(err error) error {
	kind := kindOf(err)
	if kind == nil || errors.Is(err, kind) {
		return err
	}
	return &classified{kind: kind, cause: err}
}

func kindOf(err error) error {
	var server mongo.ServerError
	var selection topology.ServerSelectionError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &server) && server.HasErrorCode(codeOutOfDiskSpace):
		return store.ErrFull
	case errors.As(err, &server) && server.HasErrorCode(codeUnauthorized):
		return store.ErrReadOnly
	case mongo.IsTimeout(err), mongo.IsNetworkError(err), errors.As(err, &selection), errors.Is(err, mongo.ErrClientDisconnected):
		return store.ErrUnreachable
	case errors.As(err, &server) && (server.HasErrorCode(codeNotWritable) || server.HasErrorCode(codeWriteConcern) ||
		server.HasErrorCode(codeUnsatisfiableWC) || server.HasErrorCode(codeMaxTimeExpired)):
		return store.ErrUnreachable
	}
	return nil
}

// done tells in which operation the store failed, gives the error the store's name, and notes
// whether the server answers. What the callers of the store tell apart passes as it is; so
// does the end of ctx, which says nothing about the server.
func (s *Store) done(ctx context.Context, op string, err error) error {
	switch {
	case err == nil:
		s.troubles.over()
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("mongo: %s: %w", op, s.endOf(ctx))
	case isOwn(err):
		return err
	}
	err = classify(err)
	if _, known := store.TroubleOf(err); known {
		s.troubles.failed(err)
	}
	return fmt.Errorf("mongo: %s: %w", op, err)
}

// endOf is why ctx has ended. That a call was too slow is told together with why others fail
// at present.
func (s *Store) endOf(ctx context.Context) error {
	err := ctx.Err()
	if present := s.Trouble(); present != nil && errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", err, present)
	}
	return err
}

// isOwn tells whether the error is one of package store, of queue or of a caller, which is
// told as it is.
func isOwn(err error) bool {
	var server mongo.ServerError
	var label mongo.LabeledError
	return !errors.As(err, &server) && !errors.As(err, &label) && kindOf(err) == nil
}

// tellEvery is how often a trouble that lasts is written to the log.
const tellEvery = time.Minute

// troubles tells the log that the server does not answer, and that it does again.
type troubles struct {
	log   *slog.Logger
	clock core.Clock

	mu      sync.Mutex
	present error     // of a trouble that lasts; nil: the server answers
	since   time.Time // of the first failure
	told    time.Time // when the log was last told of a failure, of an earlier trouble too
	shown   bool      // the log was told of this trouble, so that it is told of its end
	failure int       // calls that failed since
}

// Trouble implements store.Watch.
func (s *Store) Trouble() error {
	s.troubles.mu.Lock()
	defer s.troubles.mu.Unlock()
	return s.troubles.present
}

func (t *troubles) failed(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.clock.Now()
	if t.present == nil {
		t.since, t.failure = now, 0
	}
	t.present = err
	t.failure++
	if d := now.Sub(t.told); d >= 0 && d < tellEvery {
		return
	}
	t.told, t.shown = now, true
	args := []any{"event", "store.failing", "error", err, "calls_failed", t.failure, "since", t.since}
	if trouble, known := store.TroubleOf(err); known {
		args = append(args, "way_out", trouble.Help)
	}
	t.log.Error("the database does not take what is to be written; what was accepted waits", args...)
}

// over notes that a call has succeeded.
func (t *troubles) over() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.present == nil {
		return
	}
	if t.shown {
		t.log.Info("the database answers again", "event", "store.recovered", "calls_failed", t.failure, "failed_for", t.clock.Now().Sub(t.since))
	}
	t.present, t.shown = nil, false
}
