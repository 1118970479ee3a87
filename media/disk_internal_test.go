package media

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// asked is a claim that waits for its space.
type asked struct{ err chan error }

func grow(t *testing.T, c *claim, bytes int64) asked {
	a := asked{err: make(chan error, 1)}
	go func() { a.err <- c.grow(t.Context(), bytes) }()
	return a
}

// queued waits until so many requests wait.
func (d *disk) queued(t *testing.T, n int) {
	t.Helper()
	coretest.Await(t, "as many requests that wait", func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		return len(d.waiting) == n
	})
}

func (a asked) given(t *testing.T, name string) {
	t.Helper()
	if err := coretest.Receive(t, name, a.err); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

func (a asked) waits(t *testing.T, name string) {
	t.Helper()
	select {
	case err := <-a.err:
		t.Errorf("%s has its answer already: %v", name, err)
	default:
	}
}

func TestSpaceIsSharedInOrder(t *testing.T) {
	t.Parallel()
	d := newDisk(100, time.Hour, coretest.NewClock(time.Now()))
	first, second, third := d.claim(&tenant{}), d.claim(&tenant{}), d.claim(&tenant{})
	grow(t, first, 60).given(t, "first")
	large := grow(t, second, 50)
	d.queued(t, 1)
	small := grow(t, third, 10)
	d.queued(t, 2)
	large.waits(t, "the second, for which there is no room")
	small.waits(t, "the third, which came later")
	first.release()
	large.given(t, "second")
	small.given(t, "third")
	second.release()
	third.release()
	if d.used != 0 || len(d.active) != 0 || len(d.waiting) != 0 {
		t.Errorf("left behind: %d bytes, %d tenants, %d requests", d.used, len(d.active), len(d.waiting))
	}
}

// Two posts that each hold what the other lacks would wait for ever.
func TestTheEldestNeverWaits(t *testing.T) {
	t.Parallel()
	d := newDisk(100, time.Hour, coretest.NewClock(time.Now()))
	eldest, younger := &tenant{}, &tenant{}
	a, b := d.claim(eldest), d.claim(younger)
	grow(t, a, 50).given(t, "the eldest")
	grow(t, b, 50).given(t, "the younger")
	more := grow(t, d.claim(younger), 20)
	d.queued(t, 1)
	grow(t, d.claim(eldest), 40).given(t, "the eldest again")
	more.waits(t, "the younger")
	a.release()
	more.waits(t, "the younger, while the eldest has too much")
}

// A large post that waited in vain keeps its turn while small ones come and go.
func TestWhoWaitedInVainKeepsItsTurn(t *testing.T) {
	t.Parallel()
	clock := coretest.NewClock(time.Now())
	d := newDisk(100, time.Minute, clock)
	first, large := d.claim(&tenant{}), d.claim(&tenant{})
	grow(t, first, 60).given(t, "the first")
	patience := clock.Follow(nil)
	impatient := grow(t, large, 80)
	d.queued(t, 1)
	clock.Advance(patience.Next(t))
	if err := coretest.Receive(t, "the refusal", impatient.err); core.KindOf(err) != core.KindRateLimited {
		t.Fatalf("after waiting: %v", err)
	}
	small := d.claim(&tenant{})
	grow(t, small, 40).given(t, "a small one meanwhile")
	first.release()
	grow(t, large, 80).given(t, "the large one, which is the eldest now")
	later := grow(t, d.claim(&tenant{}), 10)
	d.queued(t, 1)
	later.waits(t, "one that came later")
	large.release()
	later.given(t, "one that came later")

	gone := &tenant{}
	grow(t, d.claim(&tenant{}), 40).given(t, "another")
	patience = clock.Follow(nil)
	waits := grow(t, d.claim(gone), 90)
	d.queued(t, 1)
	clock.Advance(patience.Next(t))
	if err := coretest.Receive(t, "the refusal", waits.err); core.KindOf(err) != core.KindRateLimited {
		t.Fatalf("after waiting: %v", err)
	}
	d.dismiss(gone)
	if _, there := d.active[gone]; there {
		t.Error("a post that ended has its turn still")
	}
}

func TestSpaceThatIsNotThere(t *testing.T) {
	t.Parallel()
	clock := coretest.NewClock(time.Now())
	d := newDisk(1000, time.Minute, clock)
	holder := d.claim(&tenant{})
	grow(t, holder, 900).given(t, "holder")

	err := d.claim(&tenant{}).grow(t.Context(), 1001)
	if e := core.AsError(err); e.Kind != core.KindMedia || !strings.Contains(e.Message, "1001 bytes, this server keeps at most 1000 bytes") {
		t.Errorf("more than there ever is: %v", err)
	}

	patience := clock.Follow(nil)
	impatient := grow(t, d.claim(&tenant{}), 200)
	d.queued(t, 1)
	clock.Advance(patience.Next(t))
	if e := core.AsError(coretest.Receive(t, "the refusal", impatient.err)); e.Kind != core.KindRateLimited || e.Code != core.CodeMediaSpace || e.RetryAfter <= 0 {
		t.Errorf("after waiting: %v", e)
	}

	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() { gone <- d.claim(&tenant{}).grow(ctx, 200) }()
	d.queued(t, 1)
	cancel()
	if err := coretest.Receive(t, "who gives up", gone); !errors.Is(err, context.Canceled) {
		t.Errorf("after giving up: %v", err)
	}
	d.queued(t, 0)
	holder.release()
	if d.used != 0 || len(d.active) != 1 {
		t.Errorf("left behind: %d bytes, %d tenants; want that one which will come again", d.used, len(d.active))
	}
}
