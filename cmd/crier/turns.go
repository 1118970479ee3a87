package main

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// Periodic work on what is stored is done by one of the processes that share the store, each
// kind of it by whichever has its turn. Nothing is wrong if two do it at once, as they may for
// a moment after one of them has stood still: it only costs twice.

// The kinds of work that are done in turns.
const (
	turnMaintain = "maintain"
	turnAccounts = "accounts"
	turnUploads  = "uploads"
)

const (
	// turnPeriods is for how many periods of its work a turn lasts without being renewed. A
	// process that dies holds up the work for as long, where the store cannot know of it.
	turnPeriods = 3
	// releaseTimeout bounds how long a process that stops waits to hand its turns on.
	releaseTimeout = 2 * time.Second
)

// turns tells this process what is its turn.
type turns struct {
	leases store.Leases
	clock  core.Clock
	log    *slog.Logger
	holder string // this process

	mu   sync.Mutex
	mine map[string]time.Time // since when each turn that this process has was renewed last
}

func newTurns(leases store.Leases, clock core.Clock, log *slog.Logger) *turns {
	return &turns{leases: leases, clock: clock, log: log, holder: core.NewID(clock.Now()), mine: map[string]time.Time{}}
}

// take tells whether it is for this process to do a kind of work that comes up once in a
// period. It is called before each step of the work. The turn stays this process's as long as
// it is called about once in a period.
func (t *turns) take(ctx context.Context, name string, period time.Duration) bool {
	if ctx.Err() != nil {
		return false
	}
	now := t.clock.Now()
	renewed, had := t.renewed(name)
	if since := now.Sub(renewed); had && since >= 0 && since < period {
		return true
	}
	mine, err := t.leases.TakeLease(ctx, name, t.holder, turnPeriods*period)
	if err != nil && ctx.Err() == nil {
		t.log.ErrorContext(ctx, "whose turn it is could not be found out", "work", name, "error", err)
	}
	t.note(ctx, name, mine && err == nil, now)
	return mine && err == nil
}

func (t *turns) renewed(name string) (at time.Time, had bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at, had = t.mine[name]
	return at, had
}

// note remembers whose turn it is, and tells the log of changes.
func (t *turns) note(ctx context.Context, name string, mine bool, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, had := t.mine[name]
	if mine {
		t.mine[name] = now
	} else {
		delete(t.mine, name)
	}
	if mine != had {
		t.log.DebugContext(ctx, "the turn to do periodic work has changed", "event", "turn.changed", "work", name, "here", mine, "process", t.holder)
	}
}

// release hands a turn on that this process has; ctx may have ended.
func (t *turns) release(ctx context.Context, name string) {
	if _, had := t.renewed(name); !had {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTimeout)
	defer cancel()
	if err := t.leases.ReleaseLease(ctx, name, t.holder); err != nil {
		t.log.DebugContext(ctx, "a turn could not be handed on; it ends by itself", "work", name, "error", err)
	}
	t.note(ctx, name, false, t.clock.Now())
}
