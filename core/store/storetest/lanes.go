package storetest

import (
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/crier-social/crier/core/queue"
)

func laneChecks() []check {
	return []check{
		{"OneOfALane", checkOneOfALane},
		{"OrderInALane", checkOrderInALane},
		{"OrderBeforeShares", checkOrderBeforeShares},
		{"LaneOfALostLease", checkLaneOfALostLease},
		{"Pools", checkPools},
		{"SharedAmongTenants", checkSharedAmongTenants},
		{"TenantMax", checkTenantMax},
		{"Enter", checkEnter},
		{"EnterInTurn", checkEnterInTurn},
		{"ChangeOfLane", checkChangeOfLane},
		{"Replace", checkReplace},
		{"LaneRace", checkLaneRace},
	}
}

// inLane is a job of the tenant in the lane, due the given time after the start.
func inLane(tenant, lane, key string, after time.Duration) queue.Job {
	j := job(key, after)
	j.Tenant, j.Lane, j.Order = tenant, lane, key
	return j
}

func (f *fixture) claimAs(t *testing.T, w queue.Wanted) []string {
	t.Helper()
	w.Kinds, w.Lease = []string{jobKind}, time.Minute
	jobs, err := f.Claim(t.Context(), w)
	must(t, err)
	return ids(jobs, jobKey)
}

// backlogs are numbers of due jobs around which a store may change its way of looking.
func backlogs() []int { return []int{3, 40, 400} }

func checkOneOfALane(t *testing.T, f *fixture) {
	for i := range 60 {
		must(t, f.Enqueue(t.Context(), inLane("t", "l", "l"+strconv.Itoa(100+i), -time.Minute)))
	}
	must(t, f.Enqueue(t.Context(), inLane("t", "m", "m", 0), inLane("u", "l", "of another tenant", 0), job("in none", 0)))
	equal(t, []string{"in none", "l100", "m"}, slices.Sorted(slices.Values(ids(f.claim(t, 9), jobKey))))
	equal(t, 0, len(f.claim(t, 9)))
}

func checkOrderInALane(t *testing.T, f *fixture) {
	must(t, f.Enqueue(t.Context(),
		inLane("t", "l", "c", 0), inLane("u", "l", "b", 0), inLane("t", "l", "z", -time.Second), inLane("t", "l", "a", time.Second)))
	f.clock.Advance(time.Second)
	for _, key := range []string{"z", "b", "c", "a"} {
		j := f.claimOne(t, key)
		if j.Tenant == "" || j.Lane != "l" || j.Order != key {
			t.Errorf("claimed %+v", j)
		}
		must(t, f.Finish(t.Context(), j, queue.Disposition{Outcome: queue.Done}))
	}
}

// checkOrderBeforeShares: the order of a lane holds between tenants too, however many jobs of
// the one that is next are worked on.
func checkOrderBeforeShares(t *testing.T, f *fixture) {
	for _, n := range backlogs() {
		jobs := []queue.Job{inLane("busy", "l", "first", -time.Hour), inLane("idle", "l", "second", -time.Minute)}
		for i := range n {
			jobs = append(jobs, inLane("idle", "m", "other"+strconv.Itoa(i), -time.Minute))
		}
		must(t, f.Enqueue(t.Context(), jobs...))
		equal(t, []string{"other0", "first"}, f.claimAs(t, queue.Wanted{N: 9, Working: map[string]int{"busy": 3}}))
		for _, j := range jobs {
			_, err := f.Cancel(t.Context(), jobKind, j.Key)
			must(t, err)
		}
	}
	must(t, f.Enqueue(t.Context(), inLane("busy", "l", "first", -time.Hour), inLane("idle", "l", "second", -time.Minute)))
	equal(t, 0, len(f.claimAs(t, queue.Wanted{N: 9, TenantMax: 3, Working: map[string]int{"busy": 3}})))
}

// checkLaneOfALostLease: a lane is free when the lease of its job has ended, and that job is
// the next again.
func checkLaneOfALostLease(t *testing.T, f *fixture) {
	must(t, f.Enqueue(t.Context(), inLane("t", "l", "a", 0), inLane("t", "l", "b", 0)))
	f.claimOne(t, "a")
	f.clock.Advance(time.Minute)
	a := f.claimOne(t, "a")
	equal(t, 0, len(f.claim(t, 9)))
	// One that is put off lets the others pass.
	must(t, f.Finish(t.Context(), a, queue.Disposition{Outcome: queue.Retried, RunAt: f.clock.Now().Add(time.Second), Error: "e"}))
	f.claimOne(t, "b")
	f.clock.Advance(time.Second)
	equal(t, 0, len(f.claim(t, 9)))
}

func checkPools(t *testing.T, f *fixture) {
	must(t, f.Enqueue(t.Context(), inLane("t", "l", "in", 0), job("out", time.Second)))
	for pool, want := range map[queue.Pool]time.Time{
		queue.Everything: start(), queue.InLanes: start(), queue.OutsideLanes: start().Add(time.Second),
	} {
		next, err := f.NextRunAt(t.Context(), []string{jobKind}, pool)
		must(t, err)
		wantKept(t, "NextRunAt", want, next)
	}
	f.clock.Advance(time.Second)
	equal(t, []string{"out"}, f.claimAs(t, queue.Wanted{Pool: queue.OutsideLanes, N: 9}))
	equal(t, []string{"in"}, f.claimAs(t, queue.Wanted{Pool: queue.InLanes, N: 9}))
	equal(t, 0, len(f.claim(t, 9)))
}

// checkSharedAmongTenants: one tenant's backlog, however long, keeps no other waiting.
func checkSharedAmongTenants(t *testing.T, f *fixture) {
	for _, n := range backlogs() {
		prefix := strconv.Itoa(n) + "-"
		for i := range n {
			j := job(prefix+"many"+strconv.Itoa(1000+i), -time.Hour)
			j.Tenant = prefix + "many"
			k := inLane(prefix+"many", prefix+strconv.Itoa(i), prefix+"lane"+strconv.Itoa(1000+i), -time.Hour)
			must(t, f.Enqueue(t.Context(), j, k))
		}
		few := job(prefix+"few", 0)
		few.Tenant = prefix + "few"
		must(t, f.Enqueue(t.Context(), few, inLane(prefix+"few", prefix, prefix+"few in lane", 0)))
		for pool, want := range map[queue.Pool][]string{
			queue.OutsideLanes: {prefix + "many1000", prefix + "few", prefix + "many1001"},
			queue.InLanes:      {prefix + "lane1000", prefix + "few in lane", prefix + "lane1001"},
		} {
			equal(t, want, f.claimAs(t, queue.Wanted{Pool: pool, N: 3}))
		}
		f.clear(t)
	}
}

// clear ends all jobs.
func (f *fixture) clear(t *testing.T) {
	t.Helper()
	f.clock.Advance(2 * time.Minute)
	for {
		jobs := f.claim(t, 100)
		if len(jobs) == 0 {
			return
		}
		for _, j := range jobs {
			must(t, f.Finish(t.Context(), j, queue.Disposition{Outcome: queue.Done}))
		}
	}
}

func checkTenantMax(t *testing.T, f *fixture) {
	for _, n := range backlogs() {
		for i := range n {
			j := job(strconv.Itoa(i), -time.Duration(n-i)*time.Second)
			j.Tenant = "t"
			must(t, f.Enqueue(t.Context(), j))
		}
		must(t, f.Enqueue(t.Context(), job("another", 0)))
		equal(t, []string{"another", "0"}, f.claimAs(t, queue.Wanted{N: 9, TenantMax: 3, Working: map[string]int{"t": 2}}))
		equal(t, 0, len(f.claimAs(t, queue.Wanted{N: 9, TenantMax: 3, Working: map[string]int{"t": 3}})))
		f.clear(t)
	}
}

func checkEnter(t *testing.T, f *fixture) {
	must(t, f.Enqueue(t.Context(), job("a", 0), job("b", 0), inLane("", "l", "later", time.Hour)))
	a, b := f.claimOne(t, "a"), f.claimOne(t, "b")
	enter := func(j queue.Job, want bool) {
		t.Helper()
		entered, err := f.Enter(t.Context(), j, "l")
		must(t, err)
		equal(t, want, entered)
	}
	enter(a, true)
	enter(a, true) // again
	enter(b, false)
	must(t, f.Extend(t.Context(), a, time.Minute))
	must(t, f.Finish(t.Context(), a, queue.Disposition{Outcome: queue.Done}))
	enter(b, true)
	f.clock.Advance(time.Hour)
	equal(t, []string{"b"}, ids(f.claim(t, 9), jobKey)) // before the one that waits in the lane
	_, err := f.Enter(t.Context(), b, "l")
	wantErr(t, err, queue.ErrLeaseLost)
}

// checkEnterInTurn: nobody overtakes a due job of the lane that comes before.
func checkEnterInTurn(t *testing.T, f *fixture) {
	must(t, f.Enqueue(t.Context(), inLane("", "l", "first", -time.Second), inLane("", "other", "x", -time.Second)))
	second := job("second", 0)
	second.Order = "2"
	third := inLane("", "l", "third", 0)
	third.Order = "3"
	must(t, f.Enqueue(t.Context(), second, third))
	jobs, err := f.Claim(t.Context(), queue.Wanted{Kinds: []string{jobKind}, Pool: queue.OutsideLanes, N: 9, Lease: time.Minute})
	must(t, err)
	equal(t, []string{"second"}, ids(jobs, jobKey))
	entered, err := f.Enter(t.Context(), jobs[0], "l")
	must(t, err)
	equal(t, false, entered)
	_, err = f.Cancel(t.Context(), jobKind, "first")
	must(t, err)
	entered, err = f.Enter(t.Context(), jobs[0], "l") // the third comes after it
	must(t, err)
	equal(t, true, entered)
}

func checkChangeOfLane(t *testing.T, f *fixture) {
	must(t, f.Enqueue(t.Context(), job("k", 0), inLane("", "l", "waits", 0)))
	f.claimOne(t, "k")
	k := queue.Job{}
	f.clock.Advance(time.Minute)
	for _, j := range f.claim(t, 9) {
		if j.Key == "k" {
			k = j
			continue
		}
		must(t, f.Finish(t.Context(), j, queue.Disposition{Outcome: queue.Snoozed, RunAt: f.clock.Now()}))
	}
	into, none := "l", ""
	must(t, f.Finish(t.Context(), k, queue.Disposition{Outcome: queue.Snoozed, RunAt: start(), Lane: &into}))
	equal(t, []string{"k"}, f.claimAs(t, queue.Wanted{Pool: queue.InLanes, N: 9}))
	f.clock.Advance(time.Minute)
	jobs, err := f.Claim(t.Context(), queue.Wanted{Kinds: []string{jobKind}, Pool: queue.InLanes, N: 9, Lease: time.Minute})
	must(t, err)
	equal(t, []string{"k"}, ids(jobs, jobKey))
	must(t, f.Finish(t.Context(), jobs[0], queue.Disposition{Outcome: queue.Snoozed, RunAt: start(), Lane: &none}))
	equal(t, []string{"k", "waits"}, ids(f.claim(t, 9), jobKey))
}

func checkReplace(t *testing.T, f *fixture) {
	must(t, f.Replace(t.Context(), inLane("t", "l", "k", 0), job("new", time.Hour)))
	j := f.claimOne(t, "k")
	moved := job("k", time.Minute)
	moved.Tenant, moved.Order = "t", "other"
	must(t, f.Replace(t.Context(), moved))
	wantErr(t, f.Extend(t.Context(), j, time.Minute), queue.ErrLeaseLost)
	wantErr(t, f.Finish(t.Context(), j, queue.Disposition{Outcome: queue.Done}), queue.ErrLeaseLost)
	equal(t, 0, len(f.claim(t, 9)))
	f.clock.Advance(time.Minute)
	j = f.claimOne(t, "k")
	if j.Lane != "" || j.Order != "other" || j.Attempt != 0 {
		t.Errorf("the new job is %+v", j)
	}
}

// checkLaneRace lets 8 claimers work on jobs of few lanes: of none two are held at a time,
// and each lane is worked off in order.
func checkLaneRace(t *testing.T, f *fixture) {
	const lanes, each, claimers = 3, 20, 8
	for i := range lanes * each {
		must(t, f.Enqueue(t.Context(), inLane("t", strconv.Itoa(i%lanes), strconv.Itoa(1000+i), 0)))
	}
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		held = map[string]bool{}
		last = map[string]string{}
		done int
	)
	begin := func(j queue.Job) {
		mu.Lock()
		defer mu.Unlock()
		if held[j.Lane] {
			t.Errorf("two jobs of lane %s are held", j.Lane)
		}
		if j.Order < last[j.Lane] {
			t.Errorf("lane %s: %s after %s", j.Lane, j.Order, last[j.Lane])
		}
		held[j.Lane], last[j.Lane] = true, j.Order
	}
	finished := func() bool {
		mu.Lock()
		defer mu.Unlock()
		return done == lanes*each
	}
	for range claimers {
		wg.Go(func() {
			for !finished() && !t.Failed() {
				jobs, err := f.Claim(t.Context(), queue.Wanted{Kinds: []string{jobKind}, N: 2, Lease: time.Hour})
				if err != nil {
					t.Error(err)
				}
				for _, j := range jobs {
					begin(j)
				}
				for _, j := range jobs {
					mu.Lock()
					held[j.Lane] = false // before the store lets go of it
					done++
					mu.Unlock()
					if err := f.Finish(t.Context(), j, queue.Disposition{Outcome: queue.Done}); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
}
