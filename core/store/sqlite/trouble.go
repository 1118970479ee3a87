package sqlite

import (
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	modernc "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// classified is an error of SQLite with the store's name for it.
type classified struct{ kind, cause error }

func (c *classified) Error() string   { return c.kind.Error() + ": " + c.cause.Error() }
func (c *classified) Unwrap() []error { return []error{c.kind, c.cause} }

// classify gives an error of SQLite the store's name, where it has one. Other errors
// pass as they are. https://www.sqlite.org/rescode.html
func classify(err error) error {
	var e *modernc.Error
	if err == nil || !errors.As(err, &e) {
		return err
	}
	var kind error
	switch e.Code() & 0xff { // the rest tells the cause
	case sqlite3.SQLITE_FULL:
		kind = store.ErrFull
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		kind = store.ErrReadOnly
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		kind = store.ErrBusy
	case sqlite3.SQLITE_IOERR:
		kind = store.ErrDisk
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		kind = store.ErrDamaged
	default:
		return err
	}
	if errors.Is(err, kind) {
		return err
	}
	return &classified{kind: kind, cause: err}
}

// tellEvery is how often a trouble that lasts is written to the log.
const tellEvery = time.Minute

// troubles tells the log that writing fails, once a minute for as long as it lasts, and
// that it works again. It belongs to the writer's goroutine, except for last. Before anything
// was written it is quiet: whoever opens the store gets the error, and tells it.
type troubles struct {
	log   *slog.Logger
	clock core.Clock

	worked bool                  // something was written
	last   atomic.Pointer[error] // of a trouble that lasts; nil: there is none

	since  time.Time // of the first failure; zero: writing works
	told   time.Time
	writes int // that failed since then
}

func (t *troubles) failed(err error, writes int) {
	err = classify(err)
	t.last.Store(&err)
	if !t.worked {
		return
	}
	now := t.clock.Now()
	t.writes += writes
	if t.since.IsZero() {
		t.since = now
	} else if d := now.Sub(t.told); d >= 0 && d < tellEvery {
		return
	}
	t.told = now
	args := []any{"event", "store.failing", "error", err, "writes_failed", t.writes, "since", t.since}
	if trouble, known := store.TroubleOf(err); known {
		args = append(args, "way_out", trouble.Help)
	}
	t.log.Error("the database cannot be written; what was accepted waits", args...)
}

// note looks at a group that was committed: single writes of it may have failed and been
// undone, all of them even.
func (t *troubles) note(group []*write) {
	failed, cause := 0, error(nil)
	for _, op := range group {
		if _, known := store.TroubleOf(classify(op.err)); known {
			failed, cause = failed+1, op.err
		}
	}
	if failed > 0 {
		t.failed(cause, failed)
		return
	}
	t.succeeded()
}

func (t *troubles) succeeded() {
	t.last.Store(nil)
	if t.since.IsZero() {
		return
	}
	t.log.Info("the database can be written again", "event", "store.recovered", "writes_failed", t.writes, "failed_for", t.clock.Now().Sub(t.since))
	t.since, t.told, t.writes = time.Time{}, time.Time{}, 0
}
