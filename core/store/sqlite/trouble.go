package sqlite

import (
	"cmp"
	"errors"
	"io/fs"
	"log/slog"
	"os"
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

const (
	// tellEvery is how often a trouble that lasts, or comes and goes, is written to the log.
	tellEvery = time.Minute
	// quietFor is how long nothing must have failed before it is looked whether a trouble
	// is over, and how often that is looked at.
	quietFor = 5 * time.Second
)

// troubles tells the log that writing fails, and that it works again, each at the most once
// a minute. Small writes find room in the files of the database where larger ones do not,
// so that a write that succeeds does not show that a trouble is over: only a probe does.
// It belongs to the writer's goroutine, except for present. Before anything was written it
// is quiet: whoever opens the store gets the error, and tells it.
type troubles struct {
	log   *slog.Logger
	clock core.Clock

	worked  bool                  // something was written
	present atomic.Pointer[error] // of a trouble that lasts; nil: writing works

	since  time.Time // of the first failure; zero: writing works
	last   time.Time // of the latest failure, or the latest probe that failed
	told   time.Time // when the log was last told of a failure, of an earlier trouble too
	shown  bool      // the log was told of this trouble, so that it is told of its end
	writes int       // that failed since the log was last told of an end
}

// Trouble implements store.Watch.
func (s *Store) Trouble() error {
	if err := s.writer.troubles.present.Load(); err != nil {
		return *err
	}
	return nil
}

func (t *troubles) failed(err error, writes int) {
	err = classify(err)
	t.present.Store(&err)
	now := t.clock.Now()
	t.writes += writes
	t.last = now
	if t.since.IsZero() {
		t.since = now
	}
	if d := now.Sub(t.told); !t.worked || d >= 0 && d < tellEvery {
		return
	}
	t.told, t.shown = now, true
	args := []any{"event", "store.failing", "error", err, "writes_failed", t.writes, "since", t.since}
	if trouble, known := store.TroubleOf(err); known {
		args = append(args, "way_out", trouble.Help)
	}
	t.log.Error("the database cannot be written; nothing is accepted or sent until it can", args...)
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
	}
}

// nextProbe tells in how long it is time to look whether a trouble is over, if there is one.
// A clock that was set back does not put that off.
func (t *troubles) nextProbe() (wait time.Duration, troubled bool) {
	if t.since.IsZero() {
		return 0, false
	}
	d := t.clock.Now().Sub(t.last)
	if d < 0 {
		return 0, true
	}
	return max(0, quietFor-d), true
}

// over notes that a probe has succeeded.
func (t *troubles) over() {
	if t.shown {
		t.log.Info("the database can be written again", "event", "store.recovered", "writes_failed", t.writes, "failed_for", t.clock.Now().Sub(t.since))
		t.writes = 0
	}
	t.since, t.last, t.shown = time.Time{}, time.Time{}, false
	t.present.Store(nil)
}

// lookForEnd looks whether a trouble is over: whether there is room for more than a small
// write, and a write gets through.
func (w *writer) lookForEnd() {
	if err := w.room(); err != nil {
		w.log.Debug("there is no room for a probe yet", "error", err)
		w.troubles.failed(*w.troubles.present.Load(), 0)
		return
	}
	now := w.clock.Now()
	op := &write{run: func(c *conn) error { return noteLatest(c, now) }}
	if err := cmp.Or(w.transaction([]*write{op}, true), op.err); err != nil {
		w.troubles.failed(err, 0)
		return
	}
	w.troubles.over()
}

// probeSize is how much room there must be before a full disk counts as one that is not:
// as much as a file of posts, or the database's next growth, may take.
const probeSize = 1 << 20

// hasRoom tells why there is no room for as much as a probe takes beside the database. Where
// no file can be made at all, that says nothing about room.
func hasRoom(database string) error {
	name := database + ".room"
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) //nolint:gosec // beside the database that the operator names
	if err != nil {
		return nil //nolint:nilerr // see above
	}
	_, err = f.Write(make([]byte, probeSize))
	if err == nil {
		err = f.Sync()
	}
	err = cmp.Or(err, f.Close())
	if gone := os.Remove(name); !errors.Is(gone, fs.ErrNotExist) { // another process may probe too
		err = cmp.Or(err, gone)
	}
	return err
}
