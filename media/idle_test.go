package media_test

import (
	"testing"
	"time"

	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/media"
	"github.com/crier-social/crier/media/mediatest"
)

const (
	idleFor    = 30 * time.Minute
	sweepEvery = 10 * time.Minute
)

// swept is a service whose clock the test moves, by whole turns of its sweeper.
type swept struct {
	*env
	clock *coretest.Clock
	turns *coretest.Pauses
}

func newSwept(t *testing.T) *swept {
	t.Helper()
	clock := coretest.NewClock(coretest.Epoch())
	turns := clock.Follow(coretest.Exactly(sweepEvery))
	s := &swept{setup(t, func(c *media.Config) { c.Clock = clock }), clock, turns}
	turns.Next(t)
	return s
}

// pass moves the clock and returns once the service has swept and waits for its next turn.
func (s *swept) pass(t *testing.T, d time.Duration) {
	t.Helper()
	for ; d > 0; d -= sweepEvery {
		s.clock.Advance(sweepEvery)
		s.turns.Next(t)
	}
}

// A call that comes after the release begins the group anew, and nobody will
// release it again.
func TestIdleGroupsAreSwept(t *testing.T) {
	t.Parallel()
	e := newSwept(t)
	e.server.File("a.webp", mediatest.WebP(40, 30))
	e.Release(post)
	e.fetch(t, e.need("/ok/a.webp"))
	e.pass(t, idleFor-sweepEvery)
	if files := e.spooled(t); len(files) != 2 {
		t.Fatalf("files %q before their time, want the source and the converted picture", files)
	}
	e.pass(t, sweepEvery)
	if files := e.spooled(t); files != nil {
		t.Errorf("files %q are left of a group that nobody uses", files)
	}
	if again, _ := e.fetch(t, e.need("/ok/a.webp")); again.MIME != "image/jpeg" {
		t.Errorf("fetched again as %s", again.MIME)
	}
}

func TestGroupsInUseAreKept(t *testing.T) {
	t.Parallel()
	t.Run("asked for now and then", func(t *testing.T) {
		t.Parallel()
		e := newSwept(t)
		e.server.File("a.png", mediatest.PNG(8, 8))
		for range 4 {
			e.fetch(t, e.need("/ok/a.png"))
			e.pass(t, idleFor-sweepEvery)
		}
		if n := e.server.Calls("/ok/a.png"); n != 1 {
			t.Errorf("the file was asked for %d times, want once", n)
		}
	})
	t.Run("being downloaded", func(t *testing.T) {
		t.Parallel()
		e := newSwept(t)
		e.server.File("a.png", mediatest.EncodePNG(mediatest.Noise(60, 60)))
		a := e.begin(t, post, e.need("/hold/a.png"))
		e.pass(t, 2*idleFor)
		e.server.Resume()
		<-a.done
		if a.err != nil {
			t.Error(a.err)
		}
	})
	t.Run("being read", func(t *testing.T) {
		t.Parallel()
		e := newSwept(t)
		e.server.File("a.png", mediatest.PNG(8, 8))
		a, content := e.fetch(t, e.need("/ok/a.png"))
		r, err := a.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		e.pass(t, 2*idleFor)
		if second, err := a.Open(t.Context()); err != nil {
			t.Errorf("another reader: %v", err)
		} else if err := second.Close(); err != nil {
			t.Error(err)
		}
		if n, err := r.ReadAt(make([]byte, len(content)), 0); n != len(content) {
			t.Errorf("read %d of %d bytes: %v", n, len(content), err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		e.pass(t, idleFor)
		if files := e.spooled(t); files != nil {
			t.Errorf("files %q are left after the last reader", files)
		}
	})
}
