package mongo_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/mongo"
	"github.com/crier-social/crier/core/store/mongo/mongotest"
)

// behindProxy opens a new database twice: by way of a proxy, and directly.
func behindProxy(t *testing.T, clock *coretest.Clock) (proxied, direct store.Store, p *mongotest.Proxy) {
	t.Helper()
	url := mongotest.NewURL(t)
	p = mongotest.NewProxy(t, url)
	stores := make([]store.Store, 2)
	for i, u := range []string{p.URL(), url} {
		s, err := mongo.Open(u, mongo.Options{Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		if err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		stores[i] = s
	}
	return stores[0], stores[1], p
}

// loseFrom has the answers to a command lost from the given time on that it is sent; times
// are counted from 1.
func loseFrom(p *mongotest.Proxy, command string, from int64) {
	var n atomic.Int64
	p.Fail(func(c mongotest.Command) mongotest.Fault {
		if c.Name == command && n.Add(1) >= from {
			return mongotest.LoseAnswer
		}
		return mongotest.Pass
	})
}

// TestLostAnswerOfAClaim: a job whose claimer never learns of it is nobody else's until its
// lease ends, and then anybody's.
func TestLostAnswerOfAClaim(t *testing.T) {
	t.Parallel()
	clock := coretest.NewClock(coretest.Epoch())
	proxied, direct, p := behindProxy(t, clock)
	enqueue(t, direct, queue.Job{Key: "a", Lane: "l", RunAt: clock.Now()}, queue.Job{Key: "b", Lane: "l", RunAt: clock.Now()})
	loseFrom(p, "findAndModify", 1)
	jobs, err := proxied.Claim(t.Context(), queue.Wanted{Kinds: []string{jobKind}, N: 1, Lease: time.Minute})
	if !errors.Is(err, store.ErrUnreachable) || len(jobs) > 0 {
		t.Fatalf("claimed %v, %v", keysOf(jobs), err)
	}
	clock.Advance(time.Minute - time.Microsecond)
	if jobs := claim(t, direct, queue.Wanted{N: 9}); len(jobs) > 0 {
		t.Errorf("claimed %v", keysOf(jobs))
	}
	clock.Advance(time.Microsecond)
	if diff := cmp.Diff([]string{"a"}, keysOf(claim(t, direct, queue.Wanted{N: 9}))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestLostAnswerOfPartOfAClaim: the jobs of which the claimer knows are its own.
func TestLostAnswerOfPartOfAClaim(t *testing.T) {
	t.Parallel()
	clock := coretest.NewClock(coretest.Epoch())
	proxied, direct, p := behindProxy(t, clock)
	enqueue(t, direct, queue.Job{Key: "a", RunAt: clock.Now()}, queue.Job{Key: "b", RunAt: clock.Now()}, queue.Job{Key: "c", RunAt: clock.Now()})
	loseFrom(p, "findAndModify", 2)
	jobs, err := proxied.Claim(t.Context(), queue.Wanted{Kinds: []string{jobKind}, N: 3, Lease: time.Minute})
	if err != nil || len(jobs) != 1 {
		t.Fatalf("claimed %v, %v", keysOf(jobs), err)
	}
	p.Fail(nil)
	if err := proxied.Finish(t.Context(), jobs[0], queue.Disposition{Outcome: queue.Done}); err != nil {
		t.Error(err)
	}
	clock.Advance(time.Minute)
	if n := len(claim(t, direct, queue.Wanted{N: 9})); n != 2 {
		t.Errorf("%d jobs are left", n)
	}
}

// TestLostAnswerOfAnEnqueue: who does not know whether a job is stored may store it again.
func TestLostAnswerOfAnEnqueue(t *testing.T) {
	t.Parallel()
	clock := coretest.NewClock(coretest.Epoch())
	proxied, direct, p := behindProxy(t, clock)
	j := queue.Job{Kind: jobKind, Key: "a", RunAt: clock.Now()}
	for name, add := range map[string]func(*testing.T, queue.Job) error{
		"enqueue": func(t *testing.T, j queue.Job) error { return proxied.Enqueue(t.Context(), j) },
		"replace": func(t *testing.T, j queue.Job) error { return proxied.Replace(t.Context(), j) },
	} {
		loseFrom(p, map[string]string{"enqueue": "insert", "replace": "update"}[name], 1)
		if err := add(t, j); !errors.Is(err, store.ErrUnreachable) {
			t.Errorf("%s: %v", name, err)
		}
		p.Fail(nil)
		if err := add(t, j); err != nil {
			t.Errorf("%s again: %v", name, err)
		}
		if n, err := direct.Backlog(t.Context(), []string{jobKind}); n != 1 || err != nil {
			t.Errorf("%s: %d jobs, %v", name, n, err)
		}
	}
}

// TestLostAnswerOfAFinish: a job that is done does not come back, although its worker is told
// that nobody knows.
func TestLostAnswerOfAFinish(t *testing.T) {
	t.Parallel()
	clock := coretest.NewClock(coretest.Epoch())
	proxied, direct, p := behindProxy(t, clock)
	enqueue(t, direct, queue.Job{Key: "a", RunAt: clock.Now()})
	jobs := claim(t, proxied, queue.Wanted{N: 1})
	loseFrom(p, "delete", 1)
	if err := proxied.Finish(t.Context(), jobs[0], queue.Disposition{Outcome: queue.Done}); !errors.Is(err, store.ErrUnreachable) {
		t.Errorf("finish: %v", err)
	}
	if n, err := direct.Backlog(t.Context(), []string{jobKind}); n != 0 || err != nil {
		t.Errorf("%d jobs, %v", n, err)
	}
}
