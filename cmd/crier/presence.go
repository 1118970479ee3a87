package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/transfer"
)

// Who works with a store says so by a lease, so that its data is not moved away meanwhile; and
// looks whether it is when it has stood still for so long that the lease has ended.

const (
	presenceTime  = 30 * time.Second
	presenceEvery = 5 * time.Second
	// presenceSure is for how long after an extension it is certain that nobody has begun to
	// move the data: no lease ends earlier by the clock of another machine, which may differ by
	// 20 seconds, 10 on either side of the database's.
	presenceSure = 10 * time.Second
	// mostPresent bounds how many processes of a machine can be told apart.
	mostPresent = 1000
)

// presence is the lease of this process.
type presence struct {
	store store.Store
	clock core.Clock
	log   *slog.Logger
	name  string
	id    string

	// note is what this process tells the others, and readable finds out whether it can read
	// what they encrypt; empty and nil until it is known. Both are set before it runs.
	note     string
	readable func(context.Context) error

	// lost is the move of which the operator says that its other database is; zero: none.
	lost store.Move

	mu       sync.Mutex
	entered  bool              // the store is marked as one that is worked with
	extended core.ClockReading // and the data was not being moved then
	blind    error             // why this process cannot read the tokens; nil: it can
}

// unknownHost is the name of a machine that does not tell it.
const unknownHost = "unknown machine"

// approachStore shows that this process is about to work with the store. It refuses a store
// whose data is moved, unless it was restored. It leaves the marks of a move as they are, which
// a start that fails must not change.
func (a *app) approachStore(ctx context.Context, server, restored bool) error {
	p := &presence{store: a.store, clock: a.clock, log: a.log, id: core.NewID(a.clock.Now())}
	if err := p.appear(ctx, server); err != nil {
		return notOpened(a.cfg, err)
	}
	a.closers = append(a.closers, p)
	if restored {
		var err error
		if p.lost, err = p.store.GetMove(ctx); err != nil {
			return notOpened(a.cfg, err)
		}
	}
	if err := p.renew(ctx); err != nil {
		return a.notEntered(err)
	}
	a.presence, a.store = p, guardedStore{a.store, p}
	return nil
}

// enterStore makes this process one that works with the store, once nothing else can keep it
// from that, and what a restored store has due is held.
func (a *app) enterStore(ctx context.Context) error {
	p := a.presence
	if err := transfer.Enter(ctx, p.store, p.lost, a.clock.Now()); err != nil {
		return a.notEntered(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.entered = true
	return nil
}

func (a *app) notEntered(err error) error {
	if refusal, refused := errors.AsType[*transfer.Refusal](err); refused {
		return fmt.Errorf("CRIER_STORE: %s: %w", storeName(a.cfg), refusal)
	}
	return notOpened(a.cfg, err)
}

// appear takes a lease under a name that no other process has at present.
func (p *presence) appear(ctx context.Context, server bool) error {
	kind := "worker"
	if server {
		kind = "server"
	}
	host, err := os.Hostname()
	if err != nil {
		host = unknownHost
	}
	for i := range mostPresent {
		p.name = fmt.Sprintf("%s%s %d on %s", store.UserLease, kind, i+1, host)
		switch taken, err := p.take(ctx); {
		case err != nil:
			return err
		case taken:
			return nil
		}
	}
	return fmt.Errorf("there are %d processes of this machine", mostPresent)
}

func (p *presence) take(ctx context.Context) (bool, error) {
	return p.store.TakeLease(ctx, p.name, p.id, presenceTime)
}

// renew extends the lease. A refusal means that the data is moved.
func (p *presence) renew(ctx context.Context) error {
	began := core.ReadClock(p.clock)
	taken, err := p.take(ctx)
	if err != nil {
		return err
	}
	if !taken { // it has ended, and another process of this machine has the name
		if err := p.appear(ctx, false); err != nil {
			return err
		}
	}
	if !taken || p.lapsed() { // then the note may have gone with the lease
		if err := p.tellAgain(ctx); err != nil {
			return err
		}
	}
	m, err := p.store.GetMove(ctx)
	if err == nil {
		err = p.check(m)
	}
	if err == nil {
		err = p.look(ctx)
	}
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.extended = began
	return nil
}

// check refuses a store with these marks. Of a restored one they stay until it is entered.
func (p *presence) check(m store.Move) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.entered {
		return transfer.CheckUnmoved(m)
	}
	return transfer.CheckEntry(m, p.lost)
}

// lapsed tells that the lease may have ended since it was extended.
func (p *presence) lapsed() bool { return !p.within(presenceTime) }

// fresh tells that nobody can have begun to move the data.
func (p *presence) fresh() bool { return p.within(presenceSure) }

// within tells whether the lease was extended less than d ago, both by the clock and by the
// steady time beside it: a clock that was set proves nothing, nor does a machine that was
// suspended, whose steady time may not have passed.
func (p *presence) within(d time.Duration) bool {
	p.mu.Lock()
	extended := p.extended
	p.mu.Unlock()
	now := core.ReadClock(p.clock)
	shown, passed := now.At.Sub(extended.At), now.Passed(extended)
	return shown >= 0 && shown < d && passed >= 0 && passed < d
}

// keep renews the lease until ctx ends; its error is why this process must not go on. That the
// store does not answer is not: nothing can be begun then.
func (p *presence) keep(ctx context.Context) error {
	for {
		select {
		case <-p.clock.After(presenceEvery):
		case <-ctx.Done():
			return nil
		}
		if refusal, refused := errors.AsType[*transfer.Refusal](p.renew(ctx)); refused {
			return fmt.Errorf("CRIER_STORE: %w", refusal)
		}
	}
}

// sure makes certain that the data is not being moved. It costs nothing as long as the lease
// is extended in time.
func (p *presence) sure(ctx context.Context) error {
	if p.fresh() {
		return nil
	}
	return p.renew(ctx)
}

// Close tells that this process works with the store no longer.
func (p *presence) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), releaseTimeout)
	defer cancel()
	_ = p.store.ReleaseLease(ctx, p.name, p.id) // else it ends by itself
	return nil
}
