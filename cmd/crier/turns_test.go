package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/providers"
)

// TestTurns: of several processes one has the turn, each period anew; it goes to another once
// it was handed on, or has ended without being renewed.
func TestTurns(t *testing.T) {
	t.Parallel()
	clock := coretest.NewClock(coretest.Epoch())
	s := newStore(t, clock)
	one, other := newTurns(s, clock, slog.New(slog.DiscardHandler)), newTurns(s, clock, slog.New(slog.DiscardHandler))
	want := func(name string, who *turns, has bool) {
		t.Helper()
		if got := who.take(t.Context(), name, time.Minute); got != has {
			t.Fatalf("at %s %s has the turn for %s: %v", clock.Now().Sub(coretest.Epoch()), who.holder, name, got)
		}
	}
	for range 5 { // longer than a turn lasts without being renewed
		want("a", one, true)
		want("a", one, true) // before each step
		want("a", other, false)
		clock.Advance(time.Minute)
	}
	want("b", other, true) // another kind of work
	one.release(t.Context(), "a")
	want("a", other, true)
	want("a", one, false)
	one.release(t.Context(), "a") // is not its own any more
	want("a", one, false)

	clock.Advance(3*time.Minute - time.Second) // the other one stands still
	want("a", one, false)
	clock.Advance(time.Second)
	want("a", one, true)
	want("a", other, false)
}

// brokenLeases are those of a store that does not answer.
type brokenLeases struct{ store.Leases }

func (brokenLeases) TakeLease(context.Context, string, string, time.Duration) (bool, error) {
	return false, store.ErrUnreachable
}

// TestNoTurnWithoutAStore: a process that cannot find out whose turn it is does nothing, and
// says so, unless it was told to stop.
func TestNoTurnWithoutAStore(t *testing.T) {
	t.Parallel()
	clock := coretest.NewClock(coretest.Epoch())
	messages := make(chanHandler, 10)
	own := newTurns(newStore(t, clock), clock, slog.New(messages))
	if !own.take(t.Context(), "a", time.Minute) {
		t.Fatal("nobody else has the turn")
	}
	own.leases = brokenLeases{own.leases}
	clock.Advance(time.Minute)
	if own.take(t.Context(), "a", time.Minute) {
		t.Error("it has the turn without a store")
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if own.take(stopped, "a", time.Minute) {
		t.Error("it has the turn although it stops")
	}
	close(messages)
	var got []string
	for m := range messages {
		got = append(got, m)
	}
	const changed = "the turn to do periodic work has changed"
	if diff := cmp.Diff([]string{changed, "whose turn it is could not be found out", changed}, got); diff != "" {
		t.Errorf("logged (-want +got):\n%s", diff)
	}
}

// sweepStore notes which process sweeps, and when.
type sweepStore struct {
	store.Store
	process string
	journal *sweepJournal
}

type sweepJournal struct {
	mu      sync.Mutex
	clock   core.Clock
	entries []string
}

func (j *sweepJournal) note(process, sweep string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = append(j.entries, sweep+" by "+process+" at "+j.clock.Now().Sub(coretest.Epoch()).String())
}

// take returns what was noted since.
func (j *sweepJournal) take() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	entries := j.entries
	j.entries = nil
	slices.Sort(entries)
	return entries
}

func (s sweepStore) CompletePosts(ctx context.Context, before time.Time, limit int) (int, error) {
	s.journal.note(s.process, "complete")
	return s.Store.CompletePosts(ctx, before, limit)
}

func (s sweepStore) DeletedProfiles(ctx context.Context, limit int) ([]string, error) {
	s.journal.note(s.process, "remove")
	return s.Store.DeletedProfiles(ctx, limit)
}

// turnScene is two processes on one store, with a clock that the test moves.
type turnScene struct {
	t       *testing.T
	clock   *coretest.Clock
	journal *sweepJournal
	cfg     config.Config
	// running and ended are how many processes there are and were.
	running, ended int
}

// start starts the periodic work of a process that has the name; kill ends it as a death
// does, without handing anything on.
func (s *turnScene) start(name string) (stop, kill func()) {
	s.t.Helper()
	a, err := newApp(s.t.Context(), s.cfg, appOptions{clock: s.clock}, slog.New(slog.DiscardHandler))
	if err != nil {
		s.t.Fatal(err)
	}
	a.store = sweepStore{a.store, name, s.journal}
	if a.publisher, err = publish.New(publish.Config{
		Store: a.store, Registry: a.registry, Media: a.media, Pages: a.media, Tokens: a.accounts, Clock: a.clock, Wake: func() {},
	}); err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(s.t.Context())
	done := make(chan struct{})
	go func() { a.maintain(ctx); close(done) }()
	s.running++
	end := func() {
		s.running, s.ended = s.running-1, s.ended+1
		cancel()
		<-done
		if err := a.Close(); err != nil {
			s.t.Error(err)
		}
	}
	return end, func() {
		a.turns.leases = mute{a.turns.leases}
		end()
	}
}

// mute are the leases of a process that dies.
type mute struct{ store.Leases }

func (mute) ReleaseLease(context.Context, string, string) error { return errors.New("dead") }

// swept waits until all processes sleep, and returns which has swept. Two loops sleep in each,
// and what one of those slept for that have ended, the gallery's, is not over yet.
func (s *turnScene) swept() string {
	s.clock.BlockUntil(2*s.running + s.ended)
	return strings.Join(s.journal.take(), ", ")
}

// TestSweepsAreDoneOnce: two processes sweep once a period, whichever ends.
func TestSweepsAreDoneOnce(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load(serveEnviron(migratedDir(t)), "", providers.Adapters()...)
	if err != nil {
		t.Fatal(err)
	}
	clock := coretest.NewClock(coretest.Epoch())
	s := &turnScene{t: t, clock: clock, journal: &sweepJournal{clock: clock}, cfg: cfg}
	equal := func(want string) {
		t.Helper()
		if diff := cmp.Diff(want, s.swept()); diff != "" {
			t.Fatalf("swept (-want +got):\n%s", diff)
		}
	}
	stopA, _ := s.start("A")
	equal("complete by A at 0s, remove by A at 0s")
	_, killB := s.start("B")
	equal("")
	s.clock.Advance(time.Minute)
	equal("complete by A at 1m0s, remove by A at 1m0s")
	stopA() // hands its turn on
	s.clock.Advance(time.Minute)
	equal("complete by B at 2m0s, remove by B at 2m0s")
	stopC, _ := s.start("C")
	equal("")
	killB() // hands nothing on
	for range 2 {
		s.clock.Advance(time.Minute)
		equal("")
	}
	s.clock.Advance(time.Minute)
	equal("complete by C at 5m0s, remove by C at 5m0s")
	stopC()
}
