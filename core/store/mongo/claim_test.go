package mongo_test

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/mongo"
	"github.com/crier-social/crier/core/store/mongo/mongotest"
)

const jobKind = "deliver"

// processes opens the same new database several times, as that many processes would.
func processes(t *testing.T, n int, clock *coretest.Clock) []store.Store {
	t.Helper()
	url := mongotest.NewURL(t)
	list := make([]store.Store, n)
	for i := range list {
		s, err := mongo.Open(url, mongo.Options{Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		if err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		list[i] = s
	}
	return list
}

func enqueue(t *testing.T, s store.Store, jobs ...queue.Job) {
	t.Helper()
	for i := range jobs {
		jobs[i].Kind = jobKind
	}
	if err := s.Enqueue(t.Context(), jobs...); err != nil {
		t.Fatal(err)
	}
}

func claim(t *testing.T, s store.Store, w queue.Wanted) []queue.Job {
	t.Helper()
	w.Kinds, w.Lease = []string{jobKind}, time.Minute
	jobs, err := s.Claim(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	return jobs
}

func keysOf(jobs []queue.Job) []string {
	keys := make([]string, len(jobs))
	for i, j := range jobs {
		keys[i] = j.Key
	}
	return keys
}

// ledger notes who works on what, and what must not happen.
type ledger struct {
	mu    sync.Mutex
	lanes map[string]string // held: the job
	begun map[string]int
}

func (l *ledger) begin(t *testing.T, j queue.Job) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if other, held := l.lanes[j.Lane]; held && j.Lane != "" {
		t.Errorf("%s is given while %s of its lane is held", j.Key, other)
	}
	l.lanes[j.Lane] = j.Key
	if l.begun[j.Key]++; l.begun[j.Key] > 1 {
		t.Errorf("%s is given again", j.Key)
	}
}

func (l *ledger) end(j queue.Job) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.lanes, j.Lane)
}

func (l *ledger) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.begun)
}

// work claims and finishes jobs until all were begun by somebody.
func (l *ledger) work(t *testing.T, s store.Store, pool queue.Pool, all int) {
	t.Helper()
	for l.count() < all && !t.Failed() {
		jobs, err := s.Claim(t.Context(), queue.Wanted{Kinds: []string{jobKind}, Pool: pool, N: 4, Lease: time.Hour})
		if err != nil {
			t.Error(err)
			return
		}
		for _, j := range jobs {
			l.begin(t, j)
		}
		for _, j := range jobs {
			l.end(j) // before the store lets go of it
			if err := s.Finish(t.Context(), j, queue.Disposition{Outcome: queue.Done}); err != nil {
				t.Errorf("finish %s: %v", j.Key, err)
			}
		}
	}
}

// TestClaimsOfManyProcesses: processes that know nothing of each other give no job twice, and
// no two of a lane at a time.
func TestClaimsOfManyProcesses(t *testing.T) {
	t.Parallel()
	clock := coretest.NewClock(coretest.Epoch())
	stores := processes(t, 5, clock)
	const each, lanes = 80, 7
	var jobs []queue.Job
	for i := range each {
		n := strconv.Itoa(1000 + i)
		jobs = append(jobs,
			queue.Job{Key: "in" + n, Tenant: strconv.Itoa(i % 3), Lane: "lane" + strconv.Itoa(i%lanes), Order: n, RunAt: clock.Now()},
			queue.Job{Key: "out" + n, Tenant: strconv.Itoa(i % 3), Order: n, RunAt: clock.Now()})
	}
	enqueue(t, stores[0], jobs...)
	l := ledger{lanes: map[string]string{}, begun: map[string]int{}}
	var wg sync.WaitGroup
	for _, s := range stores {
		for _, pool := range []queue.Pool{queue.Everything, queue.InLanes, queue.OutsideLanes} {
			wg.Go(func() { l.work(t, s, pool, len(jobs)) })
		}
	}
	wg.Wait()
	if n, err := stores[1].Backlog(t.Context(), []string{jobKind}); n != 0 || err != nil {
		t.Errorf("%d jobs are left, %v", n, err)
	}
}

// TestLaneOfAnEndedLease: who takes the place of a holder whose lease has ended, in the lane or
// by entering it, takes the job from it.
func TestLaneOfAnEndedLease(t *testing.T) {
	t.Parallel()
	for name, take := range map[string]func(*testing.T, store.Store, *coretest.Clock){
		"claim": func(t *testing.T, s store.Store, clock *coretest.Clock) {
			enqueue(t, s, queue.Job{Key: "earlier", Lane: "l", RunAt: clock.Now().Add(-time.Hour)})
			if diff := cmp.Diff([]string{"earlier"}, keysOf(claim(t, s, queue.Wanted{N: 9}))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		},
		"enter": func(t *testing.T, s store.Store, clock *coretest.Clock) {
			enqueue(t, s, queue.Job{Key: "earlier", RunAt: clock.Now().Add(-time.Hour)})
			jobs := claim(t, s, queue.Wanted{N: 9, Pool: queue.OutsideLanes})
			if len(jobs) != 1 {
				t.Fatalf("claimed %v", keysOf(jobs))
			}
			if entered, err := s.Enter(t.Context(), jobs[0], "l"); !entered || err != nil {
				t.Errorf("entered: %v, %v", entered, err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := coretest.NewClock(coretest.Epoch())
			s := open(t, clock)
			enqueue(t, s, queue.Job{Key: "slow", Lane: "l", RunAt: clock.Now()})
			slow := claim(t, s, queue.Wanted{N: 1})
			clock.Advance(time.Minute)
			take(t, s, clock)
			if holder, err := s.LaneHolder(t.Context(), jobKind, "l"); holder != "earlier" || err != nil {
				t.Errorf("%q holds the lane, %v", holder, err)
			}
			for op, err := range map[string]error{
				"extend": s.Extend(t.Context(), slow[0], time.Minute),
				"finish": s.Finish(t.Context(), slow[0], queue.Disposition{Outcome: queue.Done}),
			} {
				if err != queue.ErrLeaseLost { //nolint:errorlint // as it is
					t.Errorf("%s: %v", op, err)
				}
			}
			if jobs := claim(t, s, queue.Wanted{N: 9}); len(jobs) > 0 {
				t.Errorf("claimed %v while the lane is held", keysOf(jobs))
			}
			clock.Advance(time.Minute)
			if diff := cmp.Diff([]string{"earlier"}, keysOf(claim(t, s, queue.Wanted{N: 9}))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestEnterBehindAnEndedLease: the job of a lease that has ended is the next of its lane as
// long as it comes before.
func TestEnterBehindAnEndedLease(t *testing.T) {
	t.Parallel()
	clock := coretest.NewClock(coretest.Epoch())
	s := open(t, clock)
	enqueue(t, s, queue.Job{Key: "first", Lane: "l", RunAt: clock.Now().Add(-time.Hour)})
	first := claim(t, s, queue.Wanted{N: 1})
	clock.Advance(time.Minute)
	enqueue(t, s, queue.Job{Key: "second", RunAt: clock.Now()})
	second := claim(t, s, queue.Wanted{N: 1, Pool: queue.OutsideLanes})
	if entered, err := s.Enter(t.Context(), second[0], "l"); entered || err != nil {
		t.Errorf("entered: %v, %v", entered, err)
	}
	if err := s.Extend(t.Context(), first[0], time.Minute); err != nil {
		t.Errorf("the first lost its lease: %v", err)
	}
}

// TestEveryTenantHasATurn: of more tenants than a claim looks at, one with a single job is
// found behind the backlog of another, within a few claims.
func TestEveryTenantHasATurn(t *testing.T) {
	t.Parallel()
	for name, jobOf := range map[string]func(name string) queue.Job{
		"tenants": func(name string) queue.Job { return queue.Job{Tenant: name} },
		"lanes":   func(name string) queue.Job { return queue.Job{Tenant: name, Lane: name} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := coretest.NewClock(coretest.Epoch())
			s := open(t, clock)
			var jobs []queue.Job
			add := func(key, tenant string, after time.Duration) {
				j := jobOf(tenant)
				j.Key, j.Order, j.RunAt = key, key, clock.Now().Add(after)
				jobs = append(jobs, j)
			}
			for i := range 100 {
				add("many"+strconv.Itoa(i), "many", -time.Hour)
			}
			for i := range 1100 {
				n := strconv.Itoa(10_000 + i)
				add("to come"+n, n, time.Hour)
			}
			add("single", "single", 0)
			enqueue(t, s, jobs...)
			var got []string
			for range 3 {
				got = append(got, keysOf(claim(t, s, queue.Wanted{N: 1, Working: map[string]int{"many": 1}}))...)
			}
			if !slices.Contains(got, "single") {
				t.Errorf("claimed %v", got)
			}
		})
	}
}

// TestClaimAfterItsContext: a claim whose caller is gone gives nothing and holds nothing.
func TestClaimAfterItsContext(t *testing.T) {
	t.Parallel()
	clock := coretest.NewClock(coretest.Epoch())
	s := open(t, clock)
	enqueue(t, s, queue.Job{Key: "a", RunAt: clock.Now()})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if jobs, err := s.Claim(ctx, queue.Wanted{Kinds: []string{jobKind}, N: 1, Lease: time.Minute}); err == nil {
		t.Errorf("claimed %v", keysOf(jobs))
	}
	if diff := cmp.Diff([]string{"a"}, keysOf(claim(t, s, queue.Wanted{N: 1}))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
