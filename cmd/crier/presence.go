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
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/transfer"
)

// Who works with a store says so by a lease, so that its data is not moved away meanwhile; and
// looks whether it is when it has stood still for so long that the lease has ended.

const (
	presenceTime  = 30 * time.Second
	presenceEvery = 5 * time.Second
	// presenceSure is for how long after an extension it is certain that nobody has begun to
	// move the data: what is begun then is over before the lease ends.
	presenceSure = 15 * time.Second
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

	mu       sync.Mutex
	extended time.Time // and the data was not being moved then
	blind    error     // why this process cannot read the tokens; nil: it can
}

// unknownHost is the name of a machine that does not tell it.
const unknownHost = "unknown machine"

// enterStore makes this process one that works with the store. It refuses a store whose data
// is moved, unless it was restored.
func (a *app) enterStore(ctx context.Context, server, restored bool) error {
	p := &presence{store: a.store, clock: a.clock, log: a.log, id: core.NewID(a.clock.Now())}
	if err := p.appear(ctx, server); err != nil {
		return notOpened(a.cfg, err)
	}
	a.closers = append(a.closers, p)
	if err := transfer.Enter(ctx, a.store, restored, a.clock.Now()); err != nil {
		if refusal, refused := errors.AsType[*transfer.Refusal](err); refused {
			return fmt.Errorf("CRIER_STORE: %s: %w", storeName(a.cfg), refusal)
		}
		return notOpened(a.cfg, err)
	}
	a.presence, a.store = p, guardedStore{a.store, p}
	return p.renew(ctx)
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
	began := p.clock.Now()
	taken, err := p.take(ctx)
	if err != nil {
		return err
	}
	if !taken { // it has ended, and another process of this machine has the name
		if err := p.appear(ctx, false); err != nil {
			return err
		}
	}
	if !taken || p.age() >= presenceTime { // then the note may have gone with the lease
		if err := p.tellAgain(ctx); err != nil {
			return err
		}
	}
	m, err := p.store.GetMove(ctx)
	if err == nil {
		err = transfer.CheckUnmoved(m)
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

// age is for how long the lease has not been extended; negative when the clock was set back.
func (p *presence) age() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.clock.Now().Sub(p.extended)
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
	if age := p.age(); age >= 0 && age < presenceSure {
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

// guardedStore is a store that accepts and gives no work while its data may be moving, and
// gives none that this process has no key for.
type guardedStore struct {
	store.Store

	presence *presence
}

// Claim implements queue.Backend.
func (g guardedStore) Claim(ctx context.Context, w queue.Wanted) ([]queue.Job, error) {
	if err := g.presence.sure(ctx); err != nil {
		return nil, err
	}
	if g.presence.unable() != nil {
		return nil, nil // another process can do it
	}
	return g.Store.Claim(ctx, w)
}

// InsertPost implements store.Posts.
func (g guardedStore) InsertPost(ctx context.Context, n store.NewPost) error {
	if err := g.presence.sure(ctx); err != nil {
		return err
	}
	return g.Store.InsertPost(ctx, n)
}
