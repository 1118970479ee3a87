package main

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// filledFor is the time over which the due times of a filled store are spread.
	filledFor = 90 * 24 * time.Hour
	// millionClaim is how many jobs of a pool are claimed at once, and how many are due where
	// few are.
	millionClaim = 16
	// rareNetwork is the network that hardly a post of a filled store is for.
	rareNetwork = "elsewhere"
)

// BenchmarkMillion measures what requests and claims cost with 1,000,000 scheduled posts
// in the store, beside what they cost with 1,000: "of-small" is the ratio, and its goal
// at most 1.3. Of each other state, and of a second network, there are 30 posts, which are
// older than all the rest. Both servers run in this process, and each round asks the one
// and then the other; nobody takes jobs but the benchmark. What is due and not started is
// counted up to store.MostNotStarted, which half of 1,000 posts is less than: the ratio of
// "not-started-backlog" is that of the two numbers, 2 or 3, and no goal.
func BenchmarkMillion(b *testing.B) {
	large := 1_000_000
	if testing.Short() {
		large = 2_000
	}
	clock := &aheadClock{}
	p := pair{small: newFilledServer(b, clock, 1_000), large: newFilledServer(b, clock, large)}
	p.run(b, "GET-post", func(s *filledServer, i int64) error { return s.get("/post/" + s.ids[int(i)%len(s.ids)]) })
	for _, q := range []string{
		"", "type=scheduled", "type=immediate", "status=pending", "status=processing", "status=success",
		"status=error", "status=deleted", "platforms=" + rareNetwork,
	} {
		p.run(b, "history-"+cmp.Or(q, "first"), func(s *filledServer, _ int64) error { return s.get("/history?" + q) })
	}
	p.run(b, "history-deep", func(s *filledServer, _ int64) error { return s.get("/history?endDate=" + s.middle) })
	notStarted := func(s *filledServer, _ int64) error { return s.notStarted(b.Context(), clock.Now(), false) }
	p.run(b, "not-started-none", notStarted)
	p.run(b, "claim-idle", func(s *filledServer, _ int64) error { return s.claim(b.Context(), 0) })
	p.each(b, func(s *filledServer) error { return s.enqueueDue(b.Context(), clock.Now(), millionClaim) })
	p.run(b, "not-started-few", notStarted)
	p.run(b, "claim-few", func(s *filledServer, _ int64) error { return s.claim(b.Context(), millionClaim) })
	at := clock.Now().Add(filledFor / 2).UTC().Format(time.RFC3339)
	post := func(s *filledServer, i int64) error {
		return s.post(fmt.Sprintf(`{"post":"Post %d of the benchmark %s","platforms":["linkedin"],"scheduleDate":%q}`, i, strings.Repeat("lorem ipsum ", 20), at))
	}
	p.run(b, "POST", post)
	const others = 1 << 40 // numbers that no post has yet: equal posts are refused
	p.runAtOnce(b, "POST-at-once", 16, func(s *filledServer, i int64) error { return post(s, i+others) })
	clock.skip(filledFor / 2) // half of all posts are due
	p.run(b, "not-started-backlog", func(s *filledServer, _ int64) error { return s.notStarted(b.Context(), clock.Now(), true) })
	p.run(b, "claim-backlog", func(s *filledServer, _ int64) error { return s.claim(b.Context(), millionClaim) })
}

// pair is two servers that are asked the same.
type pair struct{ small, large *filledServer }

func (p pair) each(b *testing.B, do func(*filledServer) error) {
	b.Helper()
	if err := errors.Join(do(p.small), do(p.large)); err != nil {
		b.Fatal(err)
	}
}

// run measures an operation by one client. The number it gets is new each time.
func (p pair) run(b *testing.B, name string, op func(*filledServer, int64) error) {
	b.Helper()
	p.runAtOnce(b, name, 1, op)
}

// runAtOnce measures an operation by so many clients.
func (p pair) runAtOnce(b *testing.B, name string, clients int, op func(*filledServer, int64) error) {
	b.Helper()
	b.Run(name, func(b *testing.B) {
		var count atomic.Int64
		const each = 10 // operations of each client in a round
		round := func(s *filledServer) time.Duration {
			var group errgroup.Group
			begin := time.Now()
			for range clients {
				group.Go(func() error {
					for range each {
						if err := op(s, count.Add(1)); err != nil {
							return err
						}
					}
					return nil
				})
			}
			if err := group.Wait(); err != nil {
				b.Fatal(err)
			}
			return time.Since(begin) / time.Duration(each*clients)
		}
		round(p.small)
		round(p.large)
		var small, large []time.Duration
		for b.Loop() {
			small, large = append(small, round(p.small)), append(large, round(p.large))
		}
		b.ReportMetric(milliseconds(median(small)), "small-ms")
		b.ReportMetric(milliseconds(median(large)), "large-ms")
		b.ReportMetric(medianRatio(large, small), "of-small")
		b.ReportMetric(0, "ns/op") // of both together, which says nothing
	})
}
