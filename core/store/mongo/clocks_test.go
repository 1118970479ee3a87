package mongo

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/mongo/mongotest"
	"github.com/crier-social/crier/core/store/record"
)

// compared is a store whose clock shows the time at which the test began, until it is moved,
// and is compared with the server's.
func compared(t *testing.T) (*Store, *coretest.Clock, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	clock := coretest.NewClock(time.Now())
	s, err := Open(mongotest.NewURL(t), Options{Clock: clock, Log: slog.New(slog.NewTextHandler(&log, nil))})
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	s.clocks.compared = true
	must(t, s.Migrate(t.Context()))
	return s, clock, &log
}

// noted is the latest time that the store knows of.
func noted(t *testing.T, s *Store) time.Time {
	t.Helper()
	doc, err := get[struct {
		At int64 `bson:"at"`
	}](t.Context(), s, "test", meta, byID(clockID))
	must(t, err)
	return record.FromMicros(doc.At)
}

var anyJob = queue.Wanted{Kinds: []string{"deliver"}, N: 1, Lease: time.Minute}

// TestClockThatIsSet: from the moment on at which this machine's clock is set, nothing is done
// that depends on it, and the time is not noted; what was under way is recorded. It goes on
// once the clock is right.
func TestClockThatIsSet(t *testing.T) {
	t.Parallel()
	for name, by := range map[string]time.Duration{"ahead": time.Minute, "a little too much": 15 * time.Second, "behind": -time.Minute} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, clock, log := compared(t)
			ctx, now := t.Context(), clock.Now()
			must(t, s.Enqueue(ctx, queue.Job{Kind: "deliver", Key: "held", RunAt: now.Add(-2 * time.Hour)}))
			must(t, s.Enqueue(ctx, queue.Job{Kind: "deliver", Key: "due", RunAt: now.Add(-time.Hour)}))
			held, err := s.Claim(ctx, anyJob)
			must(t, err)
			must(t, s.Ping(ctx))
			before := noted(t, s)

			clock.Jump(by)
			for op, call := range map[string]func() error{
				"claim":  func() error { _, err := s.Claim(ctx, anyJob); return err },
				"extend": func() error { return s.Extend(ctx, held[0], time.Minute) },
				"enter":  func() error { _, err := s.Enter(ctx, held[0], "lane"); return err },
				"insert": func() error {
					return s.InsertPost(ctx, store.NewPost{Post: core.Post{ID: "post", ProfileID: "p"}})
				},
				"turn":        func() error { _, err := s.TakeLease(ctx, "maintain", "me", time.Minute); return err },
				"cut leases":  func() error { _, err := s.CutLeases(ctx, clock.Now(), clock.Now()); return err },
				"cut waits":   func() error { _, err := s.CutWaits(ctx, "deliver", clock.Now(), clock.Now()); return err },
				"note time":   func() error { return s.NoteTime(ctx, clock.Now()) },
				"latest time": func() error { _, err := s.LatestTime(ctx); return err },
				"ping":        func() error { return s.Ping(ctx) },
			} {
				err := call()
				if skew, wrong := errors.AsType[*SkewError](err); !wrong || !errors.Is(err, store.ErrClock) || (skew.Ahead-by).Abs() > skewTold {
					t.Errorf("%s: error %v, want that the clock is %s ahead", op, err, by)
				}
			}
			must(t, s.Finish(ctx, held[0], queue.Disposition{Outcome: queue.Done}))
			if after := noted(t, s); !after.Equal(before) {
				t.Errorf("the latest time is %v, was %v", after, before)
			}
			if told := strings.Count(log.String(), "store.clock_skew"); told != 1 || !strings.Contains(log.String(), "NTP") {
				t.Errorf("the log is told %d times: %s", told, log)
			}

			clock.Jump(-by)
			if given, err := s.Claim(ctx, anyJob); err != nil || len(given) != 1 || given[0].Key != "due" {
				t.Errorf("with the right clock: %v, %v", given, err)
			}
			if !strings.Contains(log.String(), "store.clock_right") {
				t.Errorf("the log is not told that it goes on: %s", log)
			}
		})
	}
}

// TestSuspendedMachine: after it has stood still its clock shows more than has passed on it, and
// is right.
func TestSuspendedMachine(t *testing.T) {
	t.Parallel()
	s, clock, log := compared(t)
	s.clocks.read.At = s.clocks.read.At.Add(-8 * time.Hour)
	must(t, s.Enqueue(t.Context(), queue.Job{Kind: "deliver", Key: "due", RunAt: clock.Now()}))
	if given, err := s.Claim(t.Context(), anyJob); err != nil || len(given) != 1 {
		t.Errorf("given %v, %v", given, err)
	}
	if log.Len() > 0 {
		t.Errorf("the log is told: %s", log)
	}
}

// TestClocksAreNotComparedForEachClaim, but again after a while.
func TestClocksAreNotComparedForEachClaim(t *testing.T) {
	t.Parallel()
	s, clock, _ := compared(t)
	first := s.clocks.read
	for range 3 {
		_, err := s.Claim(t.Context(), anyJob)
		must(t, err)
	}
	if s.clocks.read != first {
		t.Error("compared again at once")
	}
	clock.Advance(skewKnown + 1) // which the server's does not
	if _, err := s.Claim(t.Context(), anyJob); !errors.Is(err, store.ErrClock) {
		t.Errorf("after a while: %v", err)
	}
}

// TestPresenceWithAWrongClock: the lease of who works with the store is renewed with a wrong
// clock, too, and ends when it would with the right one.
func TestPresenceWithAWrongClock(t *testing.T) {
	t.Parallel()
	for name, by := range map[string]time.Duration{"ahead": time.Hour, "behind": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, clock, _ := compared(t)
			right := clock.Now()
			clock.Jump(by)
			if taken, err := s.TakeLease(t.Context(), store.UserLease+"server 1", "me", time.Minute); err != nil || !taken {
				t.Fatalf("taken %v, %v", taken, err)
			}
			doc, err := get[struct {
				Until int64 `bson:"until"`
			}](t.Context(), s, "test", leases, byID(store.UserLease+"server 1"))
			must(t, err)
			if off := record.FromMicros(doc.Until).Sub(right.Add(time.Minute)); off.Abs() > skewRefused {
				t.Errorf("the lease ends %s after the time that is right", off)
			}
		})
	}
}

// TestServerWithoutAnAnswer: what depends on the clock is not done as long as nobody knows
// whether it is right.
func TestServerWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	s, clock, _ := compared(t)
	clock.Jump(time.Minute)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Claim(ctx, anyJob); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	const s = time.Second
	for name, c := range map[string]struct{ known, least, most, want time.Duration }{
		"a quick answer":                    {0, 60 * s, 60*s + 1, 60 * s},
		"a slow answer to a right clock":    {0, -2 * s, 3 * s, 0},
		"a slow answer to a wrong clock":    {60 * s, -2 * s, 70 * s, 60 * s},
		"a slow answer says that it is not": {60 * s, -2 * s, 3 * s, 3 * s},
		"and that it is":                    {0, -70 * s, -60 * s, -60 * s},
	} {
		if got := nearest(c.known, c.least, c.most); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
