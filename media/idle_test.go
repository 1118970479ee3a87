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

// clocked is a service whose clock the test moves.
func clocked(t *testing.T) (*env, *coretest.Clock) {
	t.Helper()
	clock := coretest.NewClock(coretest.Epoch())
	return setup(t, func(c *media.Config) { c.Clock = clock }), clock
}

// pass moves the clock and returns once the service has swept.
func pass(clock *coretest.Clock, d time.Duration) {
	for ; d > 0; d -= sweepEvery {
		clock.BlockUntil(1) // it waits for its next turn
		clock.Advance(min(d, sweepEvery))
	}
	clock.BlockUntil(1)
}

// A call that comes after the release begins the group anew, and nobody will
// release it again.
func TestIdleGroupsAreSwept(t *testing.T) {
	t.Parallel()
	e, clock := clocked(t)
	e.server.File("a.webp", mediatest.WebP(40, 30))
	e.Release(post)
	e.fetch(t, e.need("/ok/a.webp"))
	pass(clock, idleFor-sweepEvery)
	if files := e.spooled(t); len(files) != 2 {
		t.Fatalf("files %q before their time, want the source and the converted picture", files)
	}
	pass(clock, sweepEvery)
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
		e, clock := clocked(t)
		e.server.File("a.png", mediatest.PNG(8, 8))
		for range 4 {
			e.fetch(t, e.need("/ok/a.png"))
			pass(clock, idleFor-sweepEvery)
		}
		if n := e.server.Calls("/ok/a.png"); n != 1 {
			t.Errorf("the file was asked for %d times, want once", n)
		}
	})
	t.Run("being downloaded", func(t *testing.T) {
		t.Parallel()
		e, clock := clocked(t)
		e.server.File("a.png", mediatest.EncodePNG(mediatest.Noise(60, 60)))
		a := e.begin(t, post, e.need("/hold/a.png"))
		pass(clock, 2*idleFor)
		e.server.Resume()
		<-a.done
		if a.err != nil {
			t.Error(a.err)
		}
	})
	t.Run("being read", func(t *testing.T) {
		t.Parallel()
		e, clock := clocked(t)
		e.server.File("a.png", mediatest.PNG(8, 8))
		a, content := e.fetch(t, e.need("/ok/a.png"))
		r, err := a.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		pass(clock, 2*idleFor)
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
		pass(clock, idleFor)
		if files := e.spooled(t); files != nil {
			t.Errorf("files %q are left after the last reader", files)
		}
	})
}
