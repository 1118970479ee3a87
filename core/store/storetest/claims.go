package storetest

import (
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/crier-social/crier/core/queue"
)

func claimChecks() []check {
	return []check{
		{"EachJobOnce", checkEachJobOnce},
		{"LeaseEnds", checkLeaseEnds},
		{"Extend", checkExtend},
		{"LateButNotTaken", checkLateButNotTaken},
		{"FencedOff", checkFencedOff},
	}
}

// checkEachJobOnce lets 8 claimers take all jobs while more arrive.
func checkEachJobOnce(t *testing.T, f *fixture) {
	const jobs, claimers, batch = 200, 8, 20
	enqueue := func(first int) {
		for i := first; i < first+jobs/2; i += batch {
			var due []queue.Job
			for k := range batch {
				due = append(due, job(strconv.Itoa(i+k), -time.Duration(k)*time.Millisecond))
			}
			if err := f.Enqueue(t.Context(), due...); err != nil {
				t.Error(err)
			}
		}
	}
	enqueue(0)
	var (
		wg    sync.WaitGroup
		tally = tally{seen: map[string]int{}, leases: map[string]bool{}}
	)
	wg.Go(func() { enqueue(jobs / 2) })
	for range claimers {
		wg.Go(func() {
			for !t.Failed() {
				claimed, err := f.Claim(t.Context(), queue.Wanted{Kinds: []string{jobKind}, N: 3, Lease: time.Hour})
				if err != nil {
					t.Error(err)
				}
				if tally.add(claimed) == jobs {
					return
				}
				// Some are done before the next claim, some stay held.
				for _, j := range claimed[:len(claimed)/2] {
					if err := f.Finish(t.Context(), j, queue.Disposition{Outcome: queue.Done}); err != nil {
						t.Errorf("finish %s: %v", j.Key, err)
					}
				}
			}
		})
	}
	wg.Wait()
	for key, n := range tally.seen {
		if n != 1 {
			t.Errorf("%s was claimed %d times", key, n)
		}
	}
	if len(tally.leases) != jobs {
		t.Errorf("%d claims have %d leases", jobs, len(tally.leases))
	}
}

// tally counts what was claimed.
type tally struct {
	mu     sync.Mutex
	seen   map[string]int
	leases map[string]bool
}

// add counts the jobs and returns how many different ones were claimed so far.
func (c *tally) add(claimed []queue.Job) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, j := range claimed {
		c.seen[j.Key]++
		c.leases[j.Lease] = true
	}
	return len(c.seen)
}

func checkLeaseEnds(t *testing.T, f *fixture) {
	must(t, f.Enqueue(t.Context(), job("k", 0)))
	first := f.claimOne(t, "k")
	f.clock.Advance(time.Minute - time.Microsecond)
	equal(t, 0, len(f.claim(t, 9)))
	f.clock.Advance(time.Microsecond)
	second := f.claimOne(t, "k")
	if second.Lease == first.Lease {
		t.Error("the second claim has the lease of the first")
	}
	if second.Attempt != 0 {
		t.Errorf("the lost lease counted as attempt %d", second.Attempt)
	}
	wantErr(t, f.Extend(t.Context(), first, time.Hour), queue.ErrLeaseLost)
	for _, outcome := range []queue.Outcome{queue.Done, queue.Retried, queue.Snoozed} {
		wantErr(t, f.Finish(t.Context(), first, queue.Disposition{Outcome: outcome, RunAt: start()}), queue.ErrLeaseLost)
	}
	must(t, f.Finish(t.Context(), second, queue.Disposition{Outcome: queue.Done}))
}

func checkExtend(t *testing.T, f *fixture) {
	must(t, f.Enqueue(t.Context(), job("k", 0)))
	j := f.claimOne(t, "k")
	f.clock.Advance(30 * time.Second)
	must(t, f.Extend(t.Context(), j, time.Minute))
	f.clock.Advance(59 * time.Second)
	equal(t, 0, len(f.claim(t, 9)))
	f.clock.Advance(time.Second)
	f.claimOne(t, "k")
}

// checkLateButNotTaken: a lease that has ended is still the holder's until
// somebody else claims the job.
func checkLateButNotTaken(t *testing.T, f *fixture) {
	must(t, f.Enqueue(t.Context(), job("a", 0), job("b", time.Second)))
	j := f.claimOne(t, "a")
	f.clock.Advance(2 * time.Minute)
	must(t, f.Extend(t.Context(), j, time.Minute))
	k := f.claimOne(t, "b")
	f.clock.Advance(2 * time.Minute)
	must(t, f.Finish(t.Context(), j, queue.Disposition{Outcome: queue.Done}))
	must(t, f.Finish(t.Context(), k, queue.Disposition{Outcome: queue.Done}))
}

// checkFencedOff lets 8 workers fight for one job whose lease ends again and
// again: at the end of each only one of them may finish it.
func checkFencedOff(t *testing.T, f *fixture) {
	must(t, f.Enqueue(t.Context(), job("k", 0)))
	var claims []queue.Job
	for range 8 {
		claims = append(claims, f.claimOne(t, "k"))
		f.clock.Advance(time.Minute)
	}
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		done []string
	)
	for _, j := range claims {
		wg.Go(func() {
			if err := f.Finish(t.Context(), j, queue.Disposition{Outcome: queue.Done}); err == nil {
				mu.Lock()
				defer mu.Unlock()
				done = append(done, j.Lease)
			}
		})
	}
	wg.Wait()
	equal(t, []string{claims[len(claims)-1].Lease}, done)
}
