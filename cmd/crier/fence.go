package main

import (
	"context"
	"errors"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/transfer"
)

// guardedStore keeps a process from working with a store that is left: one that stood still
// for longer than its lease lasts may find its data moved when it goes on, in the middle of a
// delivery. What leads to a publication is written only where the data was not moved before,
// and counts only where it was not moved until it was written: the other database has it then.
// It gives no work that this process has no key for.
type guardedStore struct {
	store.Store

	presence *presence
}

// fence refuses a store whose data is moved. It costs nothing as long as the lease is extended
// in time; else it looks, which needs no clock.
func (p *presence) fence(ctx context.Context) error {
	if p.fresh() {
		return nil
	}
	m, err := p.store.GetMove(ctx)
	if err != nil {
		return err
	}
	return p.check(m)
}

// fenced writes before and behind a fence. That it could not be seen whether the data was
// moved before the write is like an answer that was lost.
func (g guardedStore) fenced(ctx context.Context, write func() error) error {
	if err := g.presence.fence(ctx); err != nil {
		return err
	}
	if err := write(); err != nil {
		return err
	}
	err := g.presence.fence(ctx)
	if _, refused := errors.AsType[*transfer.Refusal](err); err != nil && !refused {
		err = errors.Join(store.ErrUnreachable, err)
	}
	return err
}

// held is fenced for what only the holder of a job may do, who is told that it is not any more.
func (g guardedStore) held(ctx context.Context, write func() error) error {
	err := g.fenced(ctx, write)
	if _, refused := errors.AsType[*transfer.Refusal](err); refused {
		err = errors.Join(queue.ErrLeaseLost, err)
	}
	return err
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

// Enter implements queue.Backend.
func (g guardedStore) Enter(ctx context.Context, j queue.Job, lane string) (entered bool, err error) {
	err = g.held(ctx, func() (err error) { entered, err = g.Store.Enter(ctx, j, lane); return err })
	return entered && err == nil, err
}

// Extend implements queue.Backend.
func (g guardedStore) Extend(ctx context.Context, j queue.Job, lease time.Duration) error {
	return g.held(ctx, func() error { return g.Store.Extend(ctx, j, lease) })
}

// Finish implements queue.Backend.
func (g guardedStore) Finish(ctx context.Context, j queue.Job, d queue.Disposition) error {
	return g.held(ctx, func() error { return g.Store.Finish(ctx, j, d) })
}

// Enqueue implements queue.Backend.
func (g guardedStore) Enqueue(ctx context.Context, jobs ...queue.Job) error {
	return g.fenced(ctx, func() error { return g.Store.Enqueue(ctx, jobs...) })
}

// Replace implements queue.Backend.
func (g guardedStore) Replace(ctx context.Context, jobs ...queue.Job) error {
	return g.fenced(ctx, func() error { return g.Store.Replace(ctx, jobs...) })
}

// InsertPost implements store.Posts.
func (g guardedStore) InsertPost(ctx context.Context, n store.NewPost) error {
	if err := g.presence.sure(ctx); err != nil {
		return err
	}
	return g.fenced(ctx, func() error { return g.Store.InsertPost(ctx, n) })
}

// UpdatePost implements store.Posts.
func (g guardedStore) UpdatePost(ctx context.Context, id string, fn func(*core.Post) error) (p core.Post, err error) {
	err = g.fenced(ctx, func() (err error) { p, err = g.Store.UpdatePost(ctx, id, fn); return err })
	return p, err
}

// UpdateDelivery implements store.Deliveries. By it a delivery is taken up, and the one call is
// permitted that cannot be taken back.
func (g guardedStore) UpdateDelivery(ctx context.Context, id string, fn func(*core.Delivery) error) (d core.Delivery, err error) {
	err = g.held(ctx, func() (err error) { d, err = g.Store.UpdateDelivery(ctx, id, fn); return err })
	return d, err
}

// TakeLease implements store.Leases: it begins what only one process may do, such as using a
// refresh token.
func (g guardedStore) TakeLease(ctx context.Context, name, holder string, d time.Duration) (taken bool, err error) {
	err = g.fenced(ctx, func() (err error) { taken, err = g.Store.TakeLease(ctx, name, holder, d); return err })
	return taken && err == nil, err
}
