// Package transfer moves all data of a store to another one, which may be in another kind of
// database.
//
// Two systems that hold the same scheduled posts would publish each of them, so at any moment
// at most one of the two stores may be worked with, whenever the move is cut off: first the
// target is marked as one that does not have all data yet, then the source as one that is
// left; and once all was compared, first the source as one that has been left, then the
// target as complete. Who starts a server or worker asks Enter, which refuses marked stores.
//
// A move that was cut off, or after which the source was worked with again, is done again in
// the same way: what the target has already is kept, and what the source has no more is removed.
package transfer

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// Side is one of the stores of a move.
type Side struct {
	Store store.Store
	Name  string // what people know it by, without a password
}

// Options are what a move needs.
type Options struct {
	From, To Side
	Clock    core.Clock // nil: the system's
	// Progress, if given, is called now and then: so many records of the kind were looked at in
	// the step.
	Progress func(step Step, kind store.RecordKind, records int)
	// Files, if given, moves what belongs to the data and is not in the store, when all of the
	// store was compared. Its error leaves the move unfinished. It may be called again.
	Files func(ctx context.Context) error
	// Waiting, if given, is called when somebody may still work with a store, until at most the
	// time.
	Waiting func(who store.User)
}

// Step is a part of a move.
type Step string

// The steps, in order.
const (
	Removing  Step = "removing" // what the source does not have (any more)
	Copying   Step = "copying"
	Comparing Step = "comparing"
)

// Report is the outcome of a move.
type Report struct {
	Kinds []Kind
}

// Kind is the outcome for one kind of records.
type Kind struct {
	Name             store.RecordKind
	Source, Target   Sum
	Written, Removed int // in the target
	// Differing are the keys of the first records that are not the same in both, and Different
	// is how many there are.
	Differing []string
	Different int
}

// Same tells whether both stores have the same records of all kinds.
func (r Report) Same() bool {
	for _, k := range r.Kinds {
		if k.Different > 0 || k.Source != k.Target {
			return false
		}
	}
	return true
}

// ErrDiffers means that the target does not have what the source has, although all was
// copied. The move is not finished then, and both stores refuse to be worked with.
var ErrDiffers = errors.New("transfer: the copy differs from its source")

// idBytes is the length of random identifiers.
const idBytes = 10

func newID() string {
	var raw [idBytes]byte
	_, _ = rand.Read(raw[:]) // crypto/rand.Read never fails
	return hex.EncodeToString(raw[:])
}

// mover is a move that is under way.
type mover struct {
	Options

	holder   string                    // of the leases
	extended atomic.Pointer[time.Time] // when the leases were extended last
}

func newMover(o Options) *mover {
	o.Clock = cmp.Or(o.Clock, core.Clock(core.SystemClock{}))
	if o.Progress == nil {
		o.Progress = func(Step, store.RecordKind, int) {}
	}
	if o.Waiting == nil {
		o.Waiting = func(store.User) {}
	}
	return &mover{Options: o, holder: newID()}
}

// Run moves all data, and marks both stores. Where it refuses to (*Refusal), nothing is
// changed. With ErrDiffers there is a report as well.
func Run(ctx context.Context, o Options) (Report, error) {
	m := newMover(o)
	var report Report
	if err := CheckSource(ctx, o.From); err != nil {
		return report, err
	}
	err := m.alone(ctx, func(ctx context.Context) (err error) {
		if err := m.begin(ctx); err != nil {
			return err
		}
		if report, err = m.move(ctx); err != nil {
			return err
		}
		return m.finish(ctx)
	})
	return report, err
}

// Cancel ends a move whose target nobody has worked with: the source can be worked with again,
// and the target cannot.
func Cancel(ctx context.Context, o Options) error {
	m := newMover(o)
	return m.alone(ctx, m.cancel)
}

// move copies and compares all records.
func (m *mover) move(ctx context.Context) (report Report, err error) {
	if err := m.complete(ctx); err != nil {
		return report, err
	}
	for _, kind := range store.RecordKinds() {
		k := Kind{Name: kind}
		if k.Removed, err = m.remove(ctx, kind); err == nil {
			k.Written, err = m.copy(ctx, kind)
		}
		if err != nil {
			return report, fmt.Errorf("moving %s: %w", kind, err)
		}
		report.Kinds = append(report.Kinds, k)
	}
	for i := range report.Kinds {
		if err := m.compare(ctx, &report.Kinds[i]); err != nil {
			return report, fmt.Errorf("comparing %s: %w", report.Kinds[i].Name, err)
		}
	}
	if !report.Same() {
		return report, ErrDiffers
	}
	if err := m.noteTime(ctx); err != nil || m.Files == nil {
		return report, err
	}
	return report, m.Files(ctx)
}

// completeBatch is how many posts are completed at a time.
const completeBatch = 100

// complete completes posts that were half written when a process of the source died.
func (m *mover) complete(ctx context.Context) error {
	for {
		n, err := m.From.Store.CompletePosts(ctx, m.Clock.Now(), completeBatch)
		if err != nil {
			return fmt.Errorf("completing what was half written: %w", err)
		}
		if n < completeBatch {
			return nil
		}
	}
}

// noteTime lets the target know of the latest time that the source knew, so that a clock that
// is behind is noticed there too.
func (m *mover) noteTime(ctx context.Context) error {
	source, err := m.From.Store.LatestTime(ctx)
	if err != nil {
		return err
	}
	target, err := m.To.Store.LatestTime(ctx)
	if err != nil || !target.Before(source) {
		return err
	}
	return m.To.Store.NoteTime(ctx, source.Truncate(time.Microsecond))
}
