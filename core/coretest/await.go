package coretest

import (
	"runtime/pprof"
	"strings"
	"testing"
	"time"
)

// Patience is how long a test waits for what must happen: longer than any machine that has
// other things to do takes for it, and shorter than what go test gives to a whole package.
const Patience = 2 * time.Minute

// Await waits until something holds, which it looks at again and again. After Patience the
// test has failed, and is told what the goroutines do instead.
func Await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	const longest = 16 * time.Millisecond
	began, pause := time.Now(), time.Millisecond
	for !holds() {
		if time.Since(began) > Patience {
			t.Fatalf("not within %s: %s\n%s", Patience, what, goroutines())
		}
		<-time.After(pause)
		pause = min(2*pause, longest)
	}
}

// Receive returns what a channel receives, and the zero value once it is closed. After Patience
// the test has failed, and is told what the goroutines do instead.
func Receive[T any](t testing.TB, what string, ch <-chan T) T {
	t.Helper()
	timer := time.NewTimer(Patience)
	defer timer.Stop()
	select {
	case v := <-ch:
		return v
	case <-timer.C:
	}
	select {
	case v := <-ch: // both had come
		return v
	default:
		t.Fatalf("not within %s: %s\n%s", Patience, what, goroutines())
		panic("unreachable")
	}
}

// LongEnough is for tests of time limits, within which something else has to happen first. It
// tries with the limit, and where that fails with longer ones, as far as Patience: a slow
// machine needs more time for the same.
func LongEnough(t testing.TB, limit time.Duration, try func(limit time.Duration) error) {
	t.Helper()
	const longer = 4
	for {
		err := try(limit)
		if err == nil {
			return
		}
		if limit *= longer; limit > Patience {
			t.Fatal(err)
		}
		t.Logf("once more, with a limit of %s: %v", limit, err)
	}
}

// goroutines tells what all goroutines do, those that do the same together.
func goroutines() string {
	var b strings.Builder
	if err := pprof.Lookup("goroutine").WriteTo(&b, 1); err != nil {
		return err.Error()
	}
	return b.String()
}
