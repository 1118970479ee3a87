package mongo_test

import (
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crier-social/crier/core/store/mongo"
	"github.com/crier-social/crier/core/store/mongo/mongotest"
)

// TestSlowServerIsNotAway: while it is asked whether a server is there, one that takes long
// for every answer, for this one, too, does its work late; no call fails for it.
func TestSlowServerIsNotAway(t *testing.T) {
	t.Parallel()
	const lateness = 1500 * time.Millisecond
	s, p, _ := watched(t, nil)
	var once sync.Once
	p.Fail(func(c mongotest.Command) (fault mongotest.Fault) {
		if c.Writes() {
			once.Do(func() { fault = mongotest.Refuse })
		}
		if fault == mongotest.Pass {
			<-time.After(lateness)
		}
		return fault
	})
	failsWithin(t, "a call whose connection is cut", lateness, calls(t, s)["lease"]) // so the server is in doubt
	var group sync.WaitGroup
	for name, call := range calls(t, s) {
		group.Go(func() {
			if err := call(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	group.Wait()
}

// TestPoolIsExhausted: where all connections are taken by calls that hang, those that find
// none fail after their time, since the server is there; and all is well at once when the
// others are through.
func TestPoolIsExhausted(t *testing.T) {
	t.Parallel()
	const limit = 1500 * time.Millisecond
	release := make(chan struct{})
	p := mongotest.NewProxy(t, mongotest.NewURL(t)+"?timeoutMS=1500&maxPoolSize=2")
	s, err := mongo.Open(p.URL(), mongo.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.Fail(func(c mongotest.Command) mongotest.Fault {
		if c.Name == "find" {
			<-release
		}
		return mongotest.Pass
	})
	var group sync.WaitGroup
	for range 6 {
		group.Go(func() {
			for range 2 {
				began := time.Now()
				_, err := s.GetPost(t.Context(), "p", "x")
				if took := time.Since(began); took < limit*9/10 || err == nil || strings.Contains(err.Error(), "since") {
					t.Errorf("after %s: %v", took, err)
				}
			}
		})
	}
	group.Wait()
	close(release)
	if _, err := s.TakeLease(t.Context(), "x", "me", time.Minute); err != nil {
		t.Errorf("once there are connections: %v", err)
	}
	if _, err := s.GetPost(t.Context(), "p", "x"); unlessNotFound(err) != nil {
		t.Errorf("once calls are answered: %v", err)
	}
	within(t, backAgain, func() bool { return s.Trouble() == nil })
}
