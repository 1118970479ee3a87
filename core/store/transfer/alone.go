package transfer

import (
	"context"
	"errors"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/crier-social/crier/core/store"
)

const (
	// leaseName is the lease of who moves data from or to a store.
	leaseName = store.UserLease + "crier migrate"
	leaseTime = 20 * time.Second
	// leaseEvery is how often it is extended: it lasts although some extensions fail.
	leaseEvery = 5 * time.Second
	// lookEvery is how often it is looked whether somebody is gone.
	lookEvery = 500 * time.Millisecond
)

// errLeaseLost means that this process was stopped for so long that another may have begun.
var errLeaseLost = errors.New("the lease of this move was lost, since this process or a database stood still for too long: run it again")

// alone calls fn while nobody else works with the stores, as far as leases show. Its context
// ends when that cannot be relied on any more.
func (m *mover) alone(ctx context.Context, fn func(context.Context) error) (err error) {
	if err := m.quiet(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.release(context.WithoutCancel(ctx))) }()
	if err := m.extend(ctx); err != nil {
		return err
	}
	group, running := errgroup.WithContext(ctx)
	done := make(chan struct{})
	group.Go(func() error { return m.keep(running, done) })
	group.Go(func() error {
		defer close(done)
		if err := m.quiet(running); err != nil { // two may have begun at the same time
			return err
		}
		return fn(running)
	})
	return group.Wait()
}

// keep extends the leases until done.
func (m *mover) keep(ctx context.Context, done <-chan struct{}) error {
	for {
		select {
		case <-done:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-m.Clock.After(leaseEvery):
		}
		if err := m.extend(ctx); err != nil {
			return err
		}
	}
}

func (m *mover) stores() []store.Store { return []store.Store{m.From.Store, m.To.Store} }

func (m *mover) extend(ctx context.Context) error {
	began := m.Clock.Now()
	for _, s := range m.stores() {
		taken, err := s.TakeLease(ctx, leaseName, m.holder, leaseTime)
		if err != nil {
			return err
		}
		if !taken {
			return errLeaseLost
		}
	}
	m.extended.Store(&began)
	return nil
}

// still makes sure, before something is written, that the leases last longer than that takes:
// this process may have been stopped for a while.
func (m *mover) still(ctx context.Context) error {
	if m.Clock.Now().Sub(*m.extended.Load()) < leaseTime/2 {
		return ctx.Err()
	}
	return m.extend(ctx)
}

func (m *mover) release(ctx context.Context) error {
	var all error
	for _, s := range m.stores() {
		all = errors.Join(all, s.ReleaseLease(ctx, leaseName, m.holder))
	}
	return all
}

// quiet waits until nobody works with the stores any more who may be dead, and refuses when
// somebody is alive: when a lease is extended, or is one that ends with its process.
func (m *mover) quiet(ctx context.Context) error {
	for _, side := range []Side{m.From, m.To} {
		if err := m.quietSide(ctx, side); err != nil {
			return err
		}
	}
	return nil
}

func (m *mover) quietSide(ctx context.Context, side Side) error {
	known := map[string]time.Time{}
	for first := true; ; first = false {
		users, err := side.Store.Users(ctx, m.holder)
		if err != nil || len(users) == 0 {
			return err
		}
		for _, u := range users {
			until, seen := known[u.Name]
			if u.Until.IsZero() || !first && !seen || seen && u.Until.After(until) {
				return refuse("Stop all servers and workers of both databases, and run it again", "%s works with %s", names(users), side.Name)
			}
			known[u.Name] = u.Until
			if first {
				m.Waiting(u)
			}
		}
		select {
		case <-m.Clock.After(lookEvery):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func names(users []store.User) string {
	list := make([]string, len(users))
	for i, u := range users {
		list[i] = u.Name
	}
	return strings.Join(list, ", ")
}
