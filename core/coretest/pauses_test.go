package coretest_test

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core/coretest"
)

// TestPausesLeaveOutEarlierWaits: a wait that nobody is interested in any more does not pass for
// one that has begun since.
func TestPausesLeaveOutEarlierWaits(t *testing.T) {
	t.Parallel()
	clock := coretest.NewClock(coretest.Epoch())
	clock.After(time.Hour)
	pauses := clock.Follow(nil)
	woken := make(chan time.Time, 1)
	go func() { woken <- <-clock.After(time.Second) }()
	if d := pauses.Next(t); d != time.Second {
		t.Errorf("the pause is %s", d)
	}
	clock.Advance(time.Second)
	coretest.Receive(t, "who waits", woken)
}

func TestPausesOfALength(t *testing.T) {
	t.Parallel()
	clock := coretest.NewClock(coretest.Epoch())
	all, exactly, below := clock.Follow(nil), clock.Follow(coretest.Exactly(2)), clock.Follow(coretest.Below(2))
	for _, d := range []time.Duration{1, 2, 0, 3, 2, 1} { // 0 is no pause
		clock.After(d)
	}
	for name, tc := range map[string]struct {
		pauses *coretest.Pauses
		want   []time.Duration
	}{
		"all":     {all, []time.Duration{1, 2, 3, 2, 1}},
		"exactly": {exactly, []time.Duration{2, 2}},
		"below":   {below, []time.Duration{1, 1}},
	} {
		var got []time.Duration
		for range tc.want {
			got = append(got, tc.pauses.Next(t))
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestPass: time passes for who waits again and again, and not for what waits once.
func TestPass(t *testing.T) {
	t.Parallel()
	clock := coretest.NewClock(coretest.Epoch())
	clock.After(time.Hour)
	pauses := clock.Follow(nil)
	var turns atomic.Int32
	go func() {
		for range 5 {
			<-clock.After(time.Second)
			turns.Add(1)
		}
	}()
	pauses.Pass(t, "five turns", func() bool { return turns.Load() == 5 })
	if took := clock.Now().Sub(coretest.Epoch()); took != 5*time.Second {
		t.Errorf("it took %s", took)
	}
}

// failing is a test that notes that it has failed.
type failing struct {
	testing.TB
	said []string
}

func (f *failing) Helper() {}

func (f *failing) Logf(format string, args ...any) {
	f.said = append(f.said, fmt.Sprintf(format, args...))
}

func (f *failing) Fatal(args ...any) { f.Fatalf("%s", fmt.Sprint(args...)) }

func (f *failing) Fatalf(format string, args ...any) {
	f.Logf(format, args...)
	runtime.Goexit()
}

// said runs what fails and returns what it says.
func said(fails func(t testing.TB)) []string {
	f := &failing{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		fails(f)
	}()
	<-done
	return f.said
}

// TestPatienceEnds: what never happens ends the test with its name, and the place where
// somebody waits for something else.
func TestPatienceEnds(t *testing.T) {
	t.Parallel()
	for name, wait := range map[string]func(t testing.TB){
		"Await":   func(t testing.TB) { coretest.Await(t, "the moon", func() bool { return false }) },
		"Receive": func(t testing.TB) { coretest.Receive(t, "the moon", make(chan int)) },
		"Next":    func(t testing.TB) { coretest.NewClock(coretest.Epoch()).Follow(nil).Next(t) },
		"Pass": func(t testing.TB) {
			coretest.NewClock(coretest.Epoch()).Follow(nil).Pass(t, "the moon", func() bool { return false })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { // two minutes in no time
				got := said(wait)
				what := map[bool]string{true: "a pause", false: "the moon"}[name == "Next"]
				if len(got) != 1 || !strings.Contains(got[0], "not within 2m0s: "+what) || !strings.Contains(got[0], "TestPatienceEnds") {
					t.Errorf("it says %q", got)
				}
			})
		})
	}
}

func TestReceive(t *testing.T) {
	t.Parallel()
	ch := make(chan int, 1)
	ch <- 7
	if got := coretest.Receive(t, "a number", ch); got != 7 {
		t.Errorf("received %d", got)
	}
	close(ch)
	if got := coretest.Receive(t, "the end", ch); got != 0 {
		t.Errorf("received %d from a closed channel", got)
	}
}

func TestLongEnough(t *testing.T) {
	t.Parallel()
	var tried []time.Duration
	try := func(enough time.Duration) func(time.Duration) error {
		return func(limit time.Duration) error {
			if tried = append(tried, limit); limit < enough {
				return errors.New("too short")
			}
			return nil
		}
	}
	for name, tc := range map[string]struct {
		enough time.Duration
		tried  []time.Duration
		says   []string
	}{
		"at once": {time.Second, []time.Duration{time.Second}, nil},
		"later":   {10 * time.Second, []time.Duration{time.Second, 4 * time.Second, 16 * time.Second}, []string{"once more, with a limit of 4s: too short", "once more, with a limit of 16s: too short"}},
		"never": {time.Hour, []time.Duration{time.Second, 4 * time.Second, 16 * time.Second, 64 * time.Second}, []string{
			"once more, with a limit of 4s: too short", "once more, with a limit of 16s: too short", "once more, with a limit of 1m4s: too short", "too short",
		}},
	} {
		tried = nil
		says := said(func(t testing.TB) { coretest.LongEnough(t, time.Second, try(tc.enough)) })
		if diff := cmp.Diff(tc.tried, tried); diff != "" || !slices.Equal(tc.says, says) {
			t.Errorf("%s: says %q; tried (-want +got):\n%s", name, says, diff)
		}
	}
}
