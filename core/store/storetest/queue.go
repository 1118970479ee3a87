package storetest

import (
	"testing"
	"time"

	"github.com/crier-social/crier/core/queue"
)

func queueChecks() []check {
	return []check{
		{"EnqueueAndClaim", checkEnqueueClaim},
		{"Order", checkOrder},
		{"Kinds", checkKinds},
		{"UniqueWhileLive", checkUniqueWhileLive},
		{"Finish", checkFinish},
		{"Cancel", checkCancel},
		{"NextRunAt", checkNextRunAt},
		{"Backlog", checkBacklog},
		{"AwkwardKeys", checkAwkwardKeys},
	}
}

// job is a job that is due the given time after the start.
func job(key string, after time.Duration) queue.Job {
	return queue.Job{Kind: jobKind, Key: key, RunAt: start().Add(after)}
}

func jobKey(j queue.Job) string { return j.Key }

// claim claims up to n jobs for a minute.
func (f *fixture) claim(t *testing.T, n int) []queue.Job {
	t.Helper()
	jobs, err := f.Claim(t.Context(), queue.Wanted{Kinds: []string{jobKind}, N: n, Lease: time.Minute})
	must(t, err)
	return jobs
}

// claimOne claims the job that must be the first.
func (f *fixture) claimOne(t *testing.T, key string) queue.Job {
	t.Helper()
	jobs := f.claim(t, 1)
	if len(jobs) != 1 || jobs[0].Key != key {
		t.Fatalf("claimed %v, want just %s", ids(jobs, jobKey), key)
	}
	return jobs[0]
}

func checkEnqueueClaim(t *testing.T, f *fixture) {
	must(t, f.Enqueue(t.Context()))
	must(t, f.Enqueue(t.Context(), job("now", 0), job("later", time.Second)))
	j := f.claimOne(t, "now")
	wantKept(t, "RunAt", start(), j.RunAt)
	wantKept(t, "LeaseUntil", start().Add(time.Minute), j.LeaseUntil)
	if j.Lease == "" || j.Attempt != 0 || j.LastError != "" || j.Kind != jobKind {
		t.Errorf("claimed %+v", j)
	}
	equal(t, 0, len(f.claim(t, 9)))
	f.clock.Advance(time.Second)
	j2 := f.claimOne(t, "later")
	if j2.Lease == j.Lease {
		t.Errorf("two claims share the lease %s", j.Lease)
	}
}

func checkOrder(t *testing.T, f *fixture) {
	must(t, f.Enqueue(t.Context(), job("c", -time.Second), job("a", -3*time.Second), job("d", 0), job("b", -2*time.Second)))
	equal(t, []string{"a", "b"}, ids(f.claim(t, 2), jobKey))
	equal(t, []string{"c", "d"}, ids(f.claim(t, 9), jobKey))

	// A lease that has ended does not change the place in the queue.
	f.clock.Advance(time.Minute)
	must(t, f.Enqueue(t.Context(), job("e", 30*time.Second)))
	equal(t, []string{"a", "b", "c", "d", "e"}, ids(f.claim(t, 9), jobKey))
}

func checkKinds(t *testing.T, f *fixture) {
	must(t, f.Enqueue(t.Context(),
		queue.Job{Kind: "a", Key: "k", RunAt: start().Add(-2 * time.Second)},
		queue.Job{Kind: "b", Key: "k", RunAt: start().Add(-3 * time.Second)},
		queue.Job{Kind: "a", Key: "l", RunAt: start().Add(-4 * time.Second)},
		queue.Job{Kind: "c", Key: "k", RunAt: start().Add(-5 * time.Second)},
	))
	for name, c := range map[string]struct {
		kinds []string
		n     int
	}{"no kinds": {nil, 9}, "unknown kind": {[]string{"d"}, 9}, "none wanted": {[]string{"a"}, 0}} {
		jobs, err := f.Claim(t.Context(), queue.Wanted{Kinds: c.kinds, N: c.n, Lease: time.Minute})
		must(t, err)
		if len(jobs) != 0 {
			t.Errorf("%s: claimed %d jobs", name, len(jobs))
		}
	}
	kindAndKey := func(j queue.Job) string { return j.Kind + j.Key }
	jobs, err := f.Claim(t.Context(), queue.Wanted{Kinds: []string{"a", "b"}, N: 2, Lease: time.Minute})
	must(t, err)
	equal(t, []string{"al", "bk"}, ids(jobs, kindAndKey))
	jobs, err = f.Claim(t.Context(), queue.Wanted{Kinds: []string{"a", "b", "c"}, N: 9, Lease: time.Minute})
	must(t, err)
	equal(t, []string{"ck", "ak"}, ids(jobs, kindAndKey))
}

func checkUniqueWhileLive(t *testing.T, f *fixture) {
	must(t, f.Enqueue(t.Context(), job("k", 0)))
	must(t, f.Enqueue(t.Context(), job("k", -time.Hour), job("k", time.Hour)))
	j := f.claimOne(t, "k")
	wantKept(t, "RunAt", start(), j.RunAt)
	must(t, f.Enqueue(t.Context(), job("k", -time.Hour)))
	must(t, f.Extend(t.Context(), j, time.Minute)) // still the holder's
	equal(t, 0, len(f.claim(t, 9)))

	must(t, f.Finish(t.Context(), j, queue.Disposition{Outcome: queue.Done}))
	must(t, f.Enqueue(t.Context(), job("k", -time.Hour)))
	j = f.claimOne(t, "k")
	wantKept(t, "RunAt", start().Add(-time.Hour), j.RunAt)
}

func checkFinish(t *testing.T, f *fixture) {
	must(t, f.Enqueue(t.Context(), job("k", 0)))
	steps := []struct {
		name    string
		end     queue.Disposition
		attempt int
		err     string
	}{
		{"retry", queue.Disposition{Outcome: queue.Retried, RunAt: start().Add(time.Second), Error: awkward()}, 1, awkward()},
		{"snooze", queue.Disposition{Outcome: queue.Snoozed, RunAt: start().Add(2 * time.Second)}, 1, awkward()},
		{"retry again", queue.Disposition{Outcome: queue.Retried, RunAt: start().Add(3 * time.Second), Error: "second"}, 2, "second"},
	}
	j := f.claimOne(t, "k")
	for _, s := range steps {
		must(t, f.Finish(t.Context(), j, s.end))
		wantErr(t, f.Finish(t.Context(), j, s.end), queue.ErrLeaseLost)
		wantErr(t, f.Extend(t.Context(), j, time.Minute), queue.ErrLeaseLost)
		equal(t, 0, len(f.claim(t, 9)))
		f.clock.Advance(time.Second)
		j = f.claimOne(t, "k")
		wantKept(t, s.name+": RunAt", s.end.RunAt, j.RunAt)
		if j.Attempt != s.attempt || j.LastError != s.err {
			t.Errorf("%s: attempt %d, last error %.20q; want %d, %.20q", s.name, j.Attempt, j.LastError, s.attempt, s.err)
		}
	}
	must(t, f.Finish(t.Context(), j, queue.Disposition{Outcome: queue.Done}))
	wantErr(t, f.Finish(t.Context(), j, queue.Disposition{Outcome: queue.Done}), queue.ErrLeaseLost)
	next, err := f.NextRunAt(t.Context(), []string{jobKind}, queue.Everything)
	must(t, err)
	if !next.IsZero() {
		t.Errorf("the finished job is to run at %v", next)
	}
}

func checkCancel(t *testing.T, f *fixture) {
	must(t, f.Enqueue(t.Context(), job("held", 0), job("waiting", time.Hour)))
	j := f.claimOne(t, "held")
	for _, key := range []string{"held", "waiting"} {
		live, err := f.Cancel(t.Context(), jobKind, key)
		must(t, err)
		equal(t, true, live)
		live, err = f.Cancel(t.Context(), jobKind, key)
		must(t, err)
		equal(t, false, live)
	}
	wantErr(t, f.Extend(t.Context(), j, time.Minute), queue.ErrLeaseLost)
	wantErr(t, f.Finish(t.Context(), j, queue.Disposition{Outcome: queue.Retried, RunAt: start()}), queue.ErrLeaseLost)

	// The key is free, and the new job is not the old holder's.
	must(t, f.Enqueue(t.Context(), job("held", 0)))
	wantErr(t, f.Finish(t.Context(), j, queue.Disposition{Outcome: queue.Done}), queue.ErrLeaseLost)
	j.Lease = ""
	wantErr(t, f.Finish(t.Context(), j, queue.Disposition{Outcome: queue.Done}), queue.ErrLeaseLost)
	f.claimOne(t, "held")
}

func checkNextRunAt(t *testing.T, f *fixture) {
	kinds := []string{jobKind, "other"}
	want := func(step string, at time.Time) {
		t.Helper()
		next, err := f.NextRunAt(t.Context(), kinds, queue.Everything)
		must(t, err)
		wantKept(t, step, at, next)
	}
	want("nothing", time.Time{})
	must(t, f.Enqueue(t.Context(), job("later", time.Hour), queue.Job{Kind: "unasked", Key: "k", RunAt: start().Add(-time.Hour)}))
	want("one", start().Add(time.Hour))
	must(t, f.Enqueue(t.Context(), job("now", 0), queue.Job{Kind: "other", Key: "k", RunAt: start().Add(-time.Second)}))
	want("earliest of two kinds", start().Add(-time.Second))
	_, err := f.Cancel(t.Context(), "other", "k")
	must(t, err)
	j := f.claimOne(t, "now")
	want("end of the lease", start().Add(time.Minute))
	must(t, f.Extend(t.Context(), j, 2*time.Hour))
	want("the lease is longer", start().Add(time.Hour))
	must(t, f.Finish(t.Context(), j, queue.Disposition{Outcome: queue.Snoozed, RunAt: start().Add(time.Minute)}))
	want("snoozed", start().Add(time.Minute))
	next, err := f.NextRunAt(t.Context(), nil, queue.Everything)
	must(t, err)
	wantKept(t, "no kinds", time.Time{}, next)
}

func checkBacklog(t *testing.T, f *fixture) {
	must(t, f.Enqueue(t.Context(),
		job("a", -time.Second), job("b", 0), job("c", time.Second),
		queue.Job{Kind: "other", Key: "a", RunAt: start()}, queue.Job{Kind: "unasked", Key: "a", RunAt: start()},
	))
	f.claimOne(t, "a")
	for _, c := range []struct {
		kinds []string
		want  int
	}{{nil, 0}, {[]string{jobKind}, 2}, {[]string{jobKind, "other"}, 3}} {
		n, err := f.Backlog(t.Context(), c.kinds)
		must(t, err)
		if n != c.want {
			t.Errorf("backlog of %v: got %d, want %d", c.kinds, n, c.want)
		}
	}
}

func checkAwkwardKeys(t *testing.T, f *fixture) {
	for _, key := range []string{"", "a'b", "ä", "a\x00b", "a\x00c"} {
		must(t, f.Enqueue(t.Context(), job(key, 0)))
		j := f.claimOne(t, key)
		must(t, f.Finish(t.Context(), j, queue.Disposition{Outcome: queue.Snoozed, RunAt: start().Add(time.Hour)}))
	}
	n, err := f.Cancel(t.Context(), jobKind, "a\x00b")
	must(t, err)
	equal(t, true, n)
}
