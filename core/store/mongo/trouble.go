package mongo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/auth"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// classified is an error of the driver with the store's name for it.
type classified struct{ kind, cause error }

func (c *classified) Error() string   { return c.kind.Error() + ": " + c.cause.Error() }
func (c *classified) Unwrap() []error { return []error{c.kind, c.cause} }

// kinds are the codes of the server that mean trouble:
// https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml
var kinds = map[int]error{
	13:    store.ErrReadOnly, // Unauthorized
	18:    store.ErrDenied,   // AuthenticationFailed
	371:   store.ErrReadOnly, // UserWritesBlocked: by setUserWriteBlockMode
	8000:  store.ErrReadOnly, // AtlasError: a right that is missing, or a quota that is used up
	14031: store.ErrFull,     // OutOfDiskSpace

	// A server that is no primary any more, or not yet, or about to end.
	91:    store.ErrUnreachable, // ShutdownInProgress
	189:   store.ErrUnreachable, // PrimarySteppedDown
	10058: store.ErrUnreachable, // LegacyNotPrimary
	10107: store.ErrUnreachable, // NotWritablePrimary
	11600: store.ErrUnreachable, // InterruptedAtShutdown
	11602: store.ErrUnreachable, // InterruptedDueToReplStateChange
	13435: store.ErrUnreachable, // NotPrimaryNoSecondaryOk
	13436: store.ErrUnreachable, // NotPrimaryOrSecondary

	// What was to be read further was with a server that is no primary any more, or has ended.
	43:  store.ErrUnreachable, // CursorNotFound
	237: store.ErrUnreachable, // CursorKilled

	// A server that does not get hold of those that it needs.
	6:   store.ErrUnreachable, // HostUnreachable
	7:   store.ErrUnreachable, // HostNotFound
	64:  store.ErrUnreachable, // WriteConcernTimeout
	89:  store.ErrUnreachable, // NetworkTimeout
	100: store.ErrUnreachable, // UnsatisfiableWriteConcern
	133: store.ErrUnreachable, // FailedToSatisfyReadPreference
	134: store.ErrUnreachable, // ReadConcernMajorityNotAvailableYet

	50:   store.ErrUnreachable, // MaxTimeMSExpired
	262:  store.ErrUnreachable, // ExceededTimeLimit
	9001: store.ErrUnreachable, // SocketException
}

// classify gives an error of the driver the store's name, where it has one. Other errors
// pass as they are.
func classify(err error) error {
	kind := kindOf(err)
	if _, named := err.(*classified); named || kind == nil || errors.Is(err, kind) { //nolint:errorlint // it was named just now
		return err
	}
	return &classified{kind: kind, cause: err}
}

func kindOf(err error) error {
	if err == nil {
		return nil
	}
	kind := kindOfCode(err)
	login := (*auth.Error)(nil)
	switch {
	case errors.Is(kind, store.ErrUnreachable), isNoAnswer(err):
		return store.ErrUnreachable
	case errors.As(err, &login): // whatever the reason: an unknown user, a mechanism that the server lacks
		return store.ErrDenied
	case kind == nil && errors.As(err, new(topology.ConnectionError)): // not of the login
		return store.ErrUnreachable
	}
	return kind
}

// kindOfCode is what the server's codes mean.
func kindOfCode(err error) error {
	if server := mongo.ServerError(nil); errors.As(err, &server) {
		for _, code := range server.ErrorCodes() {
			if kind := kinds[code]; kind != nil {
				return kind
			}
		}
	}
	if handshake := (driver.Error{}); errors.As(err, &handshake) {
		return kinds[int(handshake.Code)] // of the login: the driver does not say it as it does others
	}
	return nil
}

// isNoAnswer tells whether there is no answer of the server, or one by which it puts a call
// off. Calls that wait for a connection while those of the server are dropped, since another
// call has found it away, fail for that, and have no label of their own.
func isNoAnswer(err error) bool {
	if label := mongo.LabeledError(nil); errors.As(err, &label) &&
		(label.HasErrorLabel(driver.RetryableWriteError) || label.HasErrorLabel(driver.ErrSystemOverloadedError)) {
		return true
	}
	return mongo.IsTimeout(err) || mongo.IsNetworkError(err) ||
		errors.As(err, new(topology.ServerSelectionError)) || errors.As(err, new(driver.RetryablePoolError)) ||
		errors.Is(err, topology.ErrServerClosed) || errors.Is(err, topology.ErrPoolClosed) || errors.Is(err, mongo.ErrClientDisconnected)
}

// done tells in which operation the store failed, gives the error the store's name, and notes
// whether the server answers. What the callers of the store tell apart passes as it is; so
// does the end of ctx, which says nothing about the server.
func (s *Store) done(ctx context.Context, op string, err error) error {
	switch {
	case err == nil:
		if !s.guard.inDoubt() { // else it is the guard that tells when the server is back
			s.troubles.answered()
		}
		return nil
	case ctx.Err() != nil:
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			s.guard.doubt()
		}
		return fmt.Errorf("mongo: %s: %w", op, s.endOf(ctx))
	case isOwn(err):
		return err
	}
	err = classify(s.withCause(err))
	if _, known := store.TroubleOf(err); known {
		s.troubles.failed(err)
	}
	if errors.Is(err, store.ErrUnreachable) {
		s.guard.doubt()
	}
	return fmt.Errorf("mongo: %s: %w", op, err)
}

// withCause names the error of a call that did not get a connection, since another call had
// found the login refused; the driver tells of that in words only.
func (s *Store) withCause(err error) error {
	var pool driver.RetryablePoolError
	if errors.As(err, &pool) && errors.Is(s.Trouble(), store.ErrDenied) {
		return &classified{kind: store.ErrDenied, cause: err}
	}
	return err
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
	telling bool      // the log is told of troubles: whoever prepares the store tells of those before
	present error     // of a trouble that lasts; nil: the server answers
	since   time.Time // of the first failure
	told    time.Time // when the log was last told of a failure, of an earlier trouble too
	shown   bool      // the log was told of this trouble, so that it is told of its end
	last    time.Time // of the last failure
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
	t.present, t.last = err, now
	t.failure++
	if d := now.Sub(t.told); !t.telling || d >= 0 && d < tellEvery {
		return
	}
	t.told, t.shown = now, true
	args := []any{"event", "store.failing", "error", err, "calls_failed", t.failure, "since", t.since}
	if trouble, known := store.TroubleOf(err); known {
		args = append(args, "way_out", trouble.Help)
	}
	t.log.Error("the database does not take what is to be written; nothing is accepted or sent until it does", args...)
}

// tell has the log told of troubles from now on.
func (t *troubles) tell() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.telling = true
}

// settled is for how long nothing may have failed when a trouble of writing is over: of a disk
// that is nearly full, some writes fail and others do not.
const settled = 5 * time.Second

// answered notes that a call has succeeded, which ends a trouble of reaching the server.
func (t *troubles) answered() {
	t.endIf(func() bool { return errors.Is(t.present, store.ErrUnreachable) })
}

// wrote notes that a write has succeeded, which ends any trouble in the end.
func (t *troubles) wrote() {
	t.endIf(func() bool { return t.clock.Now().Sub(t.last) >= settled })
}

func (t *troubles) endIf(over func() bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.present == nil || !over() {
		return
	}
	if t.shown {
		t.log.Info("the database answers again", "event", "store.recovered", "calls_failed", t.failure, "failed_for", t.clock.Now().Sub(t.since))
	}
	t.present, t.shown = nil, false
}
