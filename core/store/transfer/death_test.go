package transfer_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/transfer"
)

var errDied = errors.New("the process has died")

// life counts the calls of a process, which dies in one of them: before it takes effect, or
// after that.
type life struct {
	left  atomic.Int64 // calls until it dies
	after bool
	marks bool // only those that mark a store count
}

// call performs a call unless the process is dead.
func (l *life) call(mark bool, fn func() error) error {
	counts := mark || !l.marks
	left := l.left.Load()
	if counts {
		left = l.left.Add(-1)
	}
	switch {
	case left > 0:
		return fn()
	case left == 0 && counts && l.after:
		return errors.Join(errDied, fn())
	}
	return errDied
}

// mortal is a store as a process sees it that dies.
type mortal struct {
	store.Store
	*life
}

func (m mortal) ReadRecords(ctx context.Context, kind store.RecordKind, after string, limit int) (records []store.Record, err error) {
	err = m.call(false, func() (err error) { records, err = m.Store.ReadRecords(ctx, kind, after, limit); return err })
	return records, err
}

func (m mortal) InsertRecords(ctx context.Context, kind store.RecordKind, records []store.Record) error {
	return m.call(false, func() error { return m.Store.InsertRecords(ctx, kind, records) })
}

func (m mortal) DeleteRecords(ctx context.Context, kind store.RecordKind, keys []string) error {
	return m.call(false, func() error { return m.Store.DeleteRecords(ctx, kind, keys) })
}

func (m mortal) UpdateMove(ctx context.Context, fn func(*store.Move) error) (move store.Move, err error) {
	err = m.call(true, func() (err error) { move, err = m.Store.UpdateMove(ctx, fn); return err })
	return move, err
}

func (m mortal) TakeLease(ctx context.Context, name, holder string, d time.Duration) (taken bool, err error) {
	err = m.call(false, func() (err error) { taken, err = m.Store.TakeLease(ctx, name, holder, d); return err })
	return taken, err
}

func (m mortal) ReleaseLease(ctx context.Context, name, holder string) error {
	return m.call(false, func() error { return m.Store.ReleaseLease(ctx, name, holder) })
}

// TestDeath cuts moves off at any call. At no moment can both stores be worked with, and what
// was cut off is done by another run.
func TestDeath(t *testing.T) {
	t.Parallel()
	for _, marks := range []bool{false, true} {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("marks=%v,after=%v", marks, after), func(t *testing.T) {
				t.Parallel()
				for n := int64(1); !worldOf(t, little).dies(t, n, &life{after: after, marks: marks}); n = next(n, marks) {
				}
			})
		}
	}
}

// TestDeathOfAnotherRun is TestDeath where the target has everything from an earlier run, and
// the source was worked with since.
func TestDeathOfAnotherRun(t *testing.T) {
	t.Parallel()
	w := worldOf(t, little)
	w.run(t, w.Options)
	for n, last := int64(1), int64(0); ; n, last = next(n, false), n {
		if err := transfer.Cancel(t.Context(), w.Options); err != nil {
			t.Fatal(err)
		}
		change(t, w.From.Store, n, last)
		if w.dies(t, n, &life{after: n%2 == 0}) {
			return
		}
	}
}

// next is the next call in which to die: each of the first ones, or of those that mark stores,
// and some of the others.
func next(n int64, marks bool) int64 {
	const some = 2
	if marks {
		return n + 1
	}
	return n + 1 + n/some
}

// change lets the source be worked with for a moment: a record comes, and another goes.
func change(t *testing.T, s store.Store, n, last int64) {
	t.Helper()
	mustEnter(t, s)
	if err := s.AnswerRequest(t.Context(), store.Request{ProfileID: "profile-a", Key: fmt.Sprint("change ", n)}); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteRecords(t.Context(), store.RequestRecords, []string{"profile-a\x00" + fmt.Sprint("change ", last)}); err != nil {
		t.Fatal(err)
	}
}

// dies lets a run die in the n-th call, and the next one do the rest. It tells whether the run
// was done before.
func (w *world) dies(t *testing.T, n int64, l *life) (done bool) {
	t.Helper()
	l.left.Store(n)
	o := w.Options
	o.From.Store, o.To.Store = mortal{o.From.Store, l}, mortal{o.To.Store, l}
	_, err := transfer.Run(t.Context(), o)
	if done = err == nil; !done && !errors.Is(err, errDied) && !errors.Is(err, context.Canceled) {
		t.Fatalf("call %d: %v", n, err)
	}
	w.oneAtMost(t, n)
	if !done {
		w.clock.Advance(time.Minute) // the lease of the dead run ends
		w.run(t, w.Options)
	}
	w.check(t, w.Options)
	return done
}

// oneAtMost fails when both stores can be worked with.
func (w *world) oneAtMost(t *testing.T, n int64) {
	t.Helper()
	usable := 0
	for _, side := range []transfer.Side{w.From, w.To} {
		m, err := side.Store.GetMove(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if transfer.CheckUnmoved(m) == nil && (side.Name == w.From.Name || len(contents(t, side.Store)) > 0) {
			usable++
		}
	}
	if usable > 1 {
		t.Errorf("call %d: both stores can be worked with", n)
	}
}

// A source that cannot be read any more is not taken for an empty one.
func TestSourceFails(t *testing.T) {
	t.Parallel()
	w := worldOf(t, little)
	w.run(t, w.Options)
	want := contents(t, w.To.Store)
	for n := int64(1); n < 40; n += 3 {
		l := &life{}
		l.left.Store(n)
		o := w.Options
		o.From.Store = unreadable{mortal{o.From.Store, l}}
		if _, err := transfer.Run(t.Context(), o); !errors.Is(err, errDied) {
			t.Fatalf("read %d: %v", n, err)
		}
		if got := contents(t, w.To.Store); len(got) != len(want) {
			t.Fatalf("read %d: the target has %d records, want %d", n, len(got), len(want))
		}
	}
	w.run(t, w.Options)
}

// unreadable is a store of which only reading fails.
type unreadable struct{ mortal }

func (u unreadable) UpdateMove(ctx context.Context, fn func(*store.Move) error) (store.Move, error) {
	return u.Store.UpdateMove(ctx, fn)
}

func (u unreadable) TakeLease(ctx context.Context, name, holder string, d time.Duration) (bool, error) {
	return u.Store.TakeLease(ctx, name, holder, d)
}

func (u unreadable) ReleaseLease(ctx context.Context, name, holder string) error {
	return u.Store.ReleaseLease(ctx, name, holder)
}
