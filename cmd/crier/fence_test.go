package main

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/sqlite"
	"github.com/crier-social/crier/core/store/sqlite/sqlitetest"
	"github.com/crier-social/crier/core/store/transfer"
)

// pausingStore calls pause once, at a write of a delivery that begins one of its states.
type pausingStore struct {
	store.Store

	state   core.DeliveryState
	written bool // pause once the write is stored
	pause   func()
}

func (s *pausingStore) UpdateDelivery(ctx context.Context, id string, fn func(*core.Delivery) error) (core.Delivery, error) {
	before, err := s.GetDelivery(ctx, id)
	if err != nil {
		return before, err
	}
	begins := before
	due := s.pause != nil && before.State != s.state && fn(&begins) == nil && begins.State == s.state
	pause := func() {
		p := s.pause
		s.pause = nil
		p()
	}
	if due && !s.written {
		pause()
	}
	d, err := s.Store.UpdateDelivery(ctx, id, fn)
	if due && s.written {
		pause()
	}
	return d, err
}

// fenceWorld is a network, and the database of a process, and another one.
type fenceWorld struct {
	clock   *coretest.Clock
	network *coretest.Provider
	from    store.Store
	to      store.Store
}

func newFenceWorld(t *testing.T) *fenceWorld {
	t.Helper()
	clock := coretest.NewClock(coretest.Epoch())
	w := &fenceWorld{clock: clock, network: coretest.NewProvider(coretest.Config{Clock: clock})}
	for _, s := range []*store.Store{&w.from, &w.to} {
		opened, err := sqlite.Open(sqlitetest.NewFile(t), sqlite.Options{Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = opened.Close() })
		*s = opened
	}
	if err := errors.Join(w.from.CreateProfile(t.Context(), coretest.Profile(), []byte("key hash")),
		w.from.CreateAccount(t.Context(), coretest.Account(), []byte("sealed"))); err != nil {
		t.Fatal(err)
	}
	return w
}

// move moves the data once the leases of a process that stands still have ended.
func (w *fenceWorld) move(t *testing.T, lease time.Duration) {
	t.Helper()
	w.clock.Advance(max(presenceTime, lease) + time.Second)
	if _, err := transfer.Run(t.Context(), transfer.Options{
		From: transfer.Side{Store: w.from, Name: "old"}, To: transfer.Side{Store: w.to, Name: "new"}, Clock: w.clock,
	}); err != nil {
		t.Error(err)
	}
}

const fenceLease = 2 * time.Minute

// process is the publisher of a process that works with the store.
func (w *fenceWorld) process(t *testing.T, s store.Store) (store.Store, *publish.Publisher) {
	t.Helper()
	a := &app{store: s, clock: w.clock, log: slog.New(slog.DiscardHandler)}
	if err := enters(t, a, true, false); err != nil {
		t.Fatal(err)
	}
	registry, err := core.NewRegistry(w.network)
	if err != nil {
		t.Fatal(err)
	}
	p, err := publish.New(publish.Config{
		Store: a.store, Registry: registry, Media: coretest.NewAssets(), Tokens: coretest.NewTokens(), Clock: w.clock,
		Log: slog.New(slog.DiscardHandler), Lease: fenceLease, CommitTimeout: 30 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	return a.store, p
}

// work does a due job, and returns its handler's error.
func (w *fenceWorld) work(t *testing.T, s store.Store, p *publish.Publisher) error {
	t.Helper()
	jobs, err := s.Claim(t.Context(), queue.Wanted{Kinds: []string{publish.JobKind}, N: 1, Lease: fenceLease})
	if err != nil || len(jobs) != 1 {
		t.Fatalf("claimed %d jobs, error %v", len(jobs), err)
	}
	return p.Handlers()[publish.JobKind](t.Context(), jobs[0])
}

// TestProcessThatStoodStillSendsNothing: its data is moved at some moment of a delivery, which
// the other database publishes then.
func TestProcessThatStoodStillSendsNothing(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]struct {
		pausingStore
		sends bool // the other database, at once: its copy does not show that the call may have been made
	}{
		"before it is taken up":        {pausingStore{state: core.DeliveryPreparing}, true},
		"when it is taken up":          {pausingStore{state: core.DeliveryPreparing, written: true}, true},
		"before the right to send":     {pausingStore{state: core.DeliveryCommitting}, true},
		"having got the right to send": {pausingStore{state: core.DeliveryCommitting, written: true}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newFenceWorld(t)
			paused := at.pausingStore
			paused.Store = w.from
			s, p := w.process(t, &paused)
			if _, err := p.Accept(t.Context(), publish.Submission{ProfileID: coretest.Profile().ID, Request: coretest.PostRequest("Once")}); err != nil {
				t.Fatal(err)
			}
			paused.pause = func() { w.move(t, fenceLease) }
			err := w.work(t, s, p)
			if _, refused := errors.AsType[*transfer.Refusal](err); !refused || !errors.Is(err, queue.ErrLeaseLost) {
				t.Errorf("it ended with %v, want that the data was moved", err)
			}
			if n := len(w.network.Calls(coretest.OpCommit)); n != 0 {
				t.Errorf("it has sent the post %d times", n)
			}
			next, publisher := w.process(t, w.to)
			if err := w.work(t, next, publisher); at.sends && err != nil {
				t.Error(err)
			}
			if sent := len(w.network.Timeline()) == 1; sent != at.sends {
				t.Errorf("the other database has sent it: %v", sent)
			}
		})
	}
}

// TestFence: every write of a process that stood still is refused, and leaves the store that
// was left as it is.
func TestFence(t *testing.T) {
	t.Parallel()
	w := newFenceWorld(t)
	s, _ := w.process(t, w.from)
	ctx, job := t.Context(), queue.Job{Kind: "x", Key: "1", RunAt: w.clock.Now()}
	if err := s.Enqueue(ctx, job); err != nil {
		t.Fatal(err)
	}
	jobs, err := s.Claim(ctx, queue.Wanted{Kinds: []string{"x"}, N: 1, Lease: time.Second})
	if err != nil || len(jobs) != 1 {
		t.Fatal(jobs, err)
	}
	w.move(t, 0)
	for name, write := range map[string]func() error{
		"enqueue": func() error { return s.Enqueue(ctx, queue.Job{Kind: "x", Key: "2"}) },
		"replace": func() error { return s.Replace(ctx, job) },
		"enter":   func() error { return second(s.Enter(ctx, jobs[0], "lane")) },
		"extend":  func() error { return s.Extend(ctx, jobs[0], time.Minute) },
		"finish":  func() error { return s.Finish(ctx, jobs[0], queue.Disposition{}) },
		"claim": func() error {
			return second(s.Claim(ctx, queue.Wanted{Kinds: []string{"x"}, N: 1, Lease: time.Second}))
		},
		"insert a post": func() error {
			return s.InsertPost(ctx, store.NewPost{Post: core.Post{ID: "p", ProfileID: coretest.Profile().ID}})
		},
		"update a post":     func() error { return second(s.UpdatePost(ctx, "p", func(*core.Post) error { return nil })) },
		"update a delivery": func() error { return second(s.UpdateDelivery(ctx, "d", func(*core.Delivery) error { return nil })) },
		"take a lease":      func() error { return second(s.TakeLease(ctx, "x", "me", time.Minute)) },
	} {
		if _, refused := errors.AsType[*transfer.Refusal](write()); !refused {
			t.Errorf("%s: it was not refused", name)
		}
	}
	if n, err := w.from.Backlog(ctx, []string{"x"}); err != nil || n != 1 {
		t.Errorf("%d jobs are due, error %v", n, err)
	}
	if taken, err := w.from.TakeLease(ctx, "x", "another", time.Minute); err != nil || !taken {
		t.Error("the lease was taken", err)
	}
}

// TestFreshness: a lease proves nothing that a clock shows to be recent which was set, or that
// of a machine which was suspended.
func TestFreshness(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		passes, set time.Duration
		want        bool
	}{
		"at once":              {0, 0, true},
		"in time":              {presenceSure - 1, 0, true},
		"late":                 {presenceSure, 0, false},
		"set ahead, suspended": {0, presenceSure, false},
		"set back":             {time.Second, -2 * time.Second, false},
		"late, and set back":   {presenceSure, -time.Second, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := coretest.NewClock(coretest.Epoch())
			p := &presence{clock: clock, extended: core.ReadClock(clock)}
			clock.Advance(tc.passes)
			clock.Jump(tc.set)
			if got := p.fresh(); got != tc.want {
				t.Errorf("fresh: %v", got)
			}
		})
	}
}

// TestFailedStartLeavesTheMarks: a start that fails after it was asked whether it may work with
// a database has not worked with it.
func TestFailedStartLeavesTheMarks(t *testing.T) {
	t.Parallel()
	const key = "FOREIGN-KEY-0123456789"
	w, right, wrong := newMoveWorld(t), "CRIER_API_KEY=OWN-KEY-0123456789", "CRIER_API_KEY="+key
	target := "CRIER_STORE=sqlite:" + w.to
	serve := func(environ []string, args ...string) result {
		t.Helper()
		return execute(t.Context(), append(serveEnviron(w.dir), environ...), "", append([]string{"serve"}, args...)...)
	}
	run := func(environ []string, args ...string) {
		t.Helper()
		if r := startServer(t, environ, w.dir, append([]string{"serve"}, args...)...).stop(); r.code != exitOK {
			t.Fatalf("it ended with %d:\n%s", r.code, r.stderr)
		}
	}
	run([]string{right})
	s := w.open(t, filepath.Join(w.dir, "crier.db"))
	other := core.Profile{ID: "other", Title: "Other", RefID: core.NewRefID()}
	if err := errors.Join(s.CreateProfile(t.Context(), other, core.HashKey(key)), s.Close()); err != nil {
		t.Fatal(err)
	}
	wantResult(t, w.migrate(t), exitOK)
	wantResult(t, serve([]string{target, wrong}), exitFailure, "key of another profile")
	wantResult(t, w.migrate(t, "--cancel"), exitOK, "go on with "+filepath.Join(w.dir, "crier.db"))
	wantResult(t, w.migrate(t), exitOK)
	wantResult(t, serve([]string{wrong}, "--restored"), exitFailure, "key of another profile")
	wantResult(t, serve([]string{right}), exitFailure, "its data was moved to "+w.to, "--restored")
	run([]string{right}, "--restored")
	run([]string{right})
}
