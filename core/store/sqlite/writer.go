package sqlite

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	modernc "modernc.org/sqlite"

	"github.com/crier-social/crier/core"
)

// maxGroup bounds how many writes share one transaction, and so how long the
// first of them waits for the last.
const maxGroup = 256

// errClosed is the answer to whoever uses a store after Close.
var errClosed = errors.New("sqlite: the store is closed")

// errSpoiled means that a write failed halfway and the group has to begin again.
var errSpoiled = errors.New("sqlite: group spoiled")

// The states of a write. Whoever moves it away from queued owns it: the writer
// that begins it, or the caller that gives up.
const (
	writeQueued int32 = iota
	writeBegun
	writeDropped
)

// write is one caller's wish. run may be called twice, each time in a
// transaction that does not know of the other; its error undoes what it did,
// and nothing else.
type write struct {
	run   func(*conn) error
	state atomic.Int32
	err   error
	done  chan struct{} // closed when err is final and what was written is durable
}

// writer owns the one connection that writes. Its goroutine takes all writes that
// have gathered while the last commit was under way and commits them together,
// so that one wait for the disk serves all of them.
type writer struct {
	conn     *conn
	log      *slog.Logger
	clock    core.Clock
	troubles troubles
	room     func() error // why there is no room for more than small writes
	stamps   atomic.Bool  // the schema has the place for the time of the last write
	stamped  time.Time    // what was written there last; the writer's goroutine alone

	mu     sync.Mutex
	queue  []*write
	closed bool
	wake   chan struct{} // holds a token while the queue may have something
	ended  chan struct{}
}

// newWriter starts the goroutine; stop ends it.
func newWriter(c *conn, clock core.Clock, log *slog.Logger, room func() error) *writer {
	w := &writer{conn: c, log: log, clock: clock, room: room, troubles: troubles{log: log, clock: clock}, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	go w.loop()
	return w
}

// do performs a write and returns when it is durable. A context that ends before
// the write has begun ends it; afterwards the result is waited for, so that nil
// always means stored and an error always means not stored.
func (w *writer) do(ctx context.Context, run func(*conn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	op := &write{run: run, done: make(chan struct{})}
	if err := w.enqueue(op); err != nil {
		return err
	}
	select {
	case <-op.done:
		return classify(op.err)
	case <-ctx.Done():
	}
	if op.state.CompareAndSwap(writeQueued, writeDropped) {
		return ctx.Err()
	}
	<-op.done
	return classify(op.err)
}

// probe finds out whether writing works: it performs a write that nobody needs, and waits no
// longer than ctx for it, be it begun or not. What has kept others from writing is part of
// the error then.
func (w *writer) probe(ctx context.Context, run func(*conn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	op := &write{run: run, done: make(chan struct{})}
	if err := w.enqueue(op); err != nil {
		return err
	}
	select {
	case <-op.done:
		return classify(op.err)
	case <-ctx.Done():
	}
	op.state.CompareAndSwap(writeQueued, writeDropped)
	if last := w.troubles.present.Load(); last != nil {
		return fmt.Errorf("%w; writing failed before: %w", ctx.Err(), *last)
	}
	return ctx.Err()
}

func (w *writer) enqueue(op *write) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return errClosed
	}
	w.queue = append(w.queue, op)
	w.signal()
	return nil
}

func (w *writer) signal() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// stop refuses further writes, lets the queued ones finish and waits for that.
func (w *writer) stop() {
	w.mu.Lock()
	w.closed = true
	w.signal()
	w.mu.Unlock()
	<-w.ended
}

func (w *writer) loop() {
	defer close(w.ended)
	for {
		group := w.next()
		if group == nil {
			return
		}
		w.commit(group)
		for _, op := range group {
			close(op.done)
		}
	}
}

// next waits for writes and begins them: none of them can be dropped any more.
// It returns nil once the writer is stopped and the queue is empty.
func (w *writer) next() []*write {
	for {
		taken, closed := w.take()
		group := taken[:0]
		for _, op := range taken {
			if op.state.CompareAndSwap(writeQueued, writeBegun) {
				group = append(group, op)
			}
		}
		switch {
		case len(group) > 0:
			return group
		case closed:
			return nil
		case len(taken) == 0:
			w.rest()
		}
	}
}

// rest waits for writes. During a trouble it looks now and then whether that is over: there
// may be nothing to write that would show it.
func (w *writer) rest() {
	var probe <-chan time.Time // never, without a trouble
	if wait, troubled := w.troubles.nextProbe(); troubled {
		probe = w.clock.After(wait)
	}
	select {
	case <-w.wake:
	case <-probe:
		w.lookForEnd()
	}
}

// take removes up to maxGroup writes from the queue. closed is told only when
// there are none left.
func (w *writer) take() (taken []*write, closed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := min(len(w.queue), maxGroup)
	taken = w.queue[:n:n]
	if w.queue = w.queue[n:]; len(w.queue) == 0 {
		w.queue = nil
	}
	return taken, w.closed && n == 0
}

// commit runs the group in one transaction. In the usual case, in which every
// write either succeeds or fails before it has changed anything, that takes no
// savepoints; otherwise the group is done over with one around each write.
func (w *writer) commit(group []*write) {
	err := w.transaction(group, false)
	if errors.Is(err, errSpoiled) {
		err = w.transaction(group, true)
	}
	if err == nil {
		w.troubles.note(group)
		if wait, troubled := w.troubles.nextProbe(); troubled && wait == 0 {
			w.lookForEnd()
		}
		return
	}
	w.troubles.failed(err, len(group))
	for _, op := range group {
		op.err = err
	}
}

// transaction runs the group; its error means that nothing was stored.
func (w *writer) transaction(group []*write, savepoints bool) (err error) {
	// IMMEDIATE: a transaction that reads before it writes could otherwise fail
	// when another process writes in between.
	if err := w.conn.control("BEGIN IMMEDIATE"); err != nil {
		return fmt.Errorf("sqlite: begin: %w", err)
	}
	defer func() {
		if err != nil {
			// Fails where SQLite has undone the transaction by itself.
			_ = w.conn.control("ROLLBACK")
		}
	}()
	changed := false
	for _, op := range group {
		w.conn.changed = 0
		if savepoints {
			err = w.attemptInSavepoint(op)
		} else {
			err = w.attempt(op)
		}
		if err != nil {
			return err
		}
		changed = changed || w.conn.changed > 0
	}
	if changed {
		if err := w.stamp(); err != nil {
			return fmt.Errorf("sqlite: stamp: %w", err)
		}
	}
	if err := w.conn.control("COMMIT"); err != nil {
		return fmt.Errorf("sqlite: commit: %w", err)
	}
	w.troubles.worked = w.troubles.worked || changed
	return nil
}

// attempt runs a write without a savepoint. It fails with errSpoiled when the
// write failed after a change, or in a way after which SQLite may have undone
// the whole transaction.
func (w *writer) attempt(op *write) error {
	op.err = w.call(op)
	if op.err != nil && (w.conn.changed > 0 || isDriverError(op.err)) {
		return errSpoiled
	}
	return nil
}

// attemptInSavepoint runs a write so that its failure undoes only itself. It
// fails when the transaction as a whole is lost.
func (w *writer) attemptInSavepoint(op *write) error {
	if err := w.conn.control("SAVEPOINT write"); err != nil {
		return fmt.Errorf("sqlite: savepoint: %w", err)
	}
	if op.err = w.call(op); op.err != nil {
		// There is no savepoint left when SQLite has undone the transaction.
		if err := w.conn.control("ROLLBACK TO write"); err != nil {
			return op.err
		}
	}
	if err := w.conn.control("RELEASE write"); err != nil {
		return fmt.Errorf("sqlite: release: %w", err)
	}
	return nil
}

// call runs the write and turns a panic into an error.
func (w *writer) call(op *write) (err error) {
	defer func() {
		if p := recover(); p != nil {
			w.log.Error("a write panicked", "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("sqlite: write panicked: %v", p)
		}
	}()
	return op.run(w.conn)
}

// isDriverError tells whether the error is SQLite's own, not one of ours.
func isDriverError(err error) bool {
	var e *modernc.Error
	return errors.As(err, &e)
}
