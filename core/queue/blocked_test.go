package queue_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/queue"
)

// blockedBackend has a job outside lanes that is due and that nobody can have.
type blockedBackend struct {
	queue.Backend
	clock *coretest.Clock

	mu   sync.Mutex
	next time.Time // zero: now
	give bool
}

func (b *blockedBackend) set(change func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change()
}

func (b *blockedBackend) NextRunAt(_ context.Context, _ []string, pool queue.Pool) (time.Time, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case pool == queue.InLanes:
		return time.Time{}, nil
	case b.next.IsZero():
		return b.clock.Now(), nil
	}
	return b.next, nil
}

func (b *blockedBackend) Claim(context.Context, queue.Wanted) ([]queue.Job, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.give {
		return nil, nil
	}
	b.give = false
	return []queue.Job{{Kind: kind, Key: "a", Lease: "l"}}, nil
}

func (b *blockedBackend) Finish(context.Context, queue.Job, queue.Disposition) error { return nil }

// TestBlockedCrewLooksLessOften: while no job can be had the pauses grow, and they are short
// again after whatever may have changed that.
func TestBlockedCrewLooksLessOften(t *testing.T) {
	t.Parallel()
	const ms, poll = time.Millisecond, time.Hour
	clock := coretest.NewClock(coretest.Epoch())
	pauses := clock.Follow(coretest.Below(poll))
	b := &blockedBackend{clock: clock}
	ran := make(chan struct{}, 1)
	r, err := queue.NewRunner(queue.RunnerConfig{
		Backend: b, Clock: clock, Log: slog.New(slog.DiscardHandler), Poll: poll, Lease: 3 * poll, // renewed after one poll
		Handlers: map[string]queue.Handler{kind: func(context.Context, queue.Job) error { ran <- struct{}{}; return nil }},
	})
	if err != nil {
		t.Fatal(err)
	}
	r.Start(t.Context())
	t.Cleanup(func() { _ = r.Stop(context.Background()) })
	later := func() { b.next = clock.Now().Add(500 * ms) }
	now := func() { b.next = time.Time{} }
	give := func() { b.give = true }
	for i, step := range []struct {
		pause  time.Duration
		change func() // during the pause
		woken  bool   // the pause ends before its time
	}{
		{50 * ms, nil, false},
		{100 * ms, nil, false},
		{200 * ms, nil, false},
		{400 * ms, nil, false},
		{800 * ms, nil, false},
		{time.Second, nil, false},
		{time.Second, nil, true},
		{50 * ms, nil, false},
		{100 * ms, later, false}, // nothing is due when it ends
		{400 * ms, now, false},
		{50 * ms, nil, false},
		{100 * ms, nil, false},
		{200 * ms, give, false}, // one can be had when it ends
		{50 * ms, nil, false},
	} {
		if got := pauses.Next(t); got != step.pause {
			t.Fatalf("pause %d is %s, want %s", i, got, step.pause)
		}
		if step.change != nil {
			b.set(step.change)
		}
		if step.woken {
			r.Wake()
			continue
		}
		clock.Advance(step.pause)
	}
	coretest.Receive(t, "the job", ran)
}
