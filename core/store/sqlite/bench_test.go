package sqlite

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

// BenchmarkInsertPost measures durable posts (a post, a delivery and a job) at
// several numbers of concurrent clients. Each is compared with what the same
// writer makes of a durable insert of one row of the same size, measured in the
// same run: the metric "of-bare" is the ratio of both rates.
func BenchmarkInsertPost(b *testing.B) {
	for _, clients := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			s := openBench(b)
			bare := bareInserts(b, clients, b.N)
			b.ResetTimer()
			took, latencies := run(b, clients, b.N, func(ctx context.Context, _ int) error {
				return s.InsertPost(ctx, benchPost())
			})
			rate := float64(b.N) / took.Seconds()
			b.ReportMetric(rate, "posts/s")
			b.ReportMetric(bare, "bare/s")
			b.ReportMetric(rate/bare, "of-bare")
			b.ReportMetric(float64(latencies[len(latencies)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(latencies[len(latencies)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
}

// bareInserts returns how many rows of about 1 KB the writer stores in a second.
func bareInserts(b *testing.B, clients, n int) float64 {
	b.Helper()
	s := openBench(b)
	if err := s.writer.do(b.Context(), func(c *conn) error {
		return c.script("CREATE TABLE bare (seq INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT")
	}); err != nil {
		b.Fatal(err)
	}
	body := strings.Repeat("x", 1000)
	took, _ := run(b, clients, n, func(ctx context.Context, _ int) error {
		return s.writer.do(ctx, func(c *conn) error {
			_, err := c.exec("INSERT INTO bare (body) VALUES (?)", body)
			return err
		})
	})
	return float64(n) / took.Seconds()
}

// run calls do n times from concurrent clients and returns the whole time and
// the sorted times of the calls.
func run(b *testing.B, clients, n int, do func(context.Context, int) error) (time.Duration, []time.Duration) {
	b.Helper()
	var (
		next      atomic.Int64
		wg        sync.WaitGroup
		latencies = make([]time.Duration, n)
	)
	start := time.Now()
	for range clients {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				begun := time.Now()
				if err := do(b.Context(), i); err != nil {
					b.Error(err)
					return
				}
				latencies[i] = time.Since(begun)
			}
		})
	}
	wg.Wait()
	took := time.Since(start)
	slices.Sort(latencies)
	return took, latencies
}

// BenchmarkClaimFinish measures a job's way through the queue while others wait.
func BenchmarkClaimFinish(b *testing.B) {
	s := openBench(b)
	ctx := b.Context()
	jobs := make([]queue.Job, b.N+10_000)
	for i := range jobs {
		jobs[i] = queue.Job{Kind: "deliver", Key: core.NewID(time.Now()), RunAt: time.Unix(int64(i), 0)}
	}
	if err := s.Enqueue(ctx, jobs...); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for b.Loop() {
		got, err := s.Claim(ctx, queue.Wanted{Kinds: []string{"deliver"}, N: 1, Lease: time.Minute})
		if err != nil || len(got) != 1 {
			b.Fatal(len(got), err)
		}
		if err := s.Finish(ctx, got[0], queue.Disposition{Outcome: queue.Done}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkGetPost measures reads of one post.
func BenchmarkGetPost(b *testing.B) {
	s := openBench(b)
	n := benchPost()
	if err := s.InsertPost(b.Context(), n); err != nil {
		b.Fatal(err)
	}
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := s.GetPost(b.Context(), n.Post.ProfileID, n.Post.ID); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func openBench(b *testing.B) *Store {
	b.Helper()
	s, err := Open(filepath.Join(b.TempDir(), "bench.db"), Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	if err := s.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	return s
}

// benchPost is a scheduled post of about 1 KB for one account.
func benchPost() store.NewPost {
	now := time.Now()
	post := core.Post{
		ID: core.NewID(now), ProfileID: "0000000000000profile", Status: core.PostOpen, CreatedAt: now,
		Request: core.PostRequest{
			Text:       core.PerPlatform[string]{Default: strings.Repeat("Half a post of text. ", 15)},
			Media:      core.PerPlatform[[]core.MediaRef]{Default: []core.MediaRef{{URL: "https://example.com/picture.jpg", Field: "mediaUrls[0]"}}},
			Platforms:  []string{"example"},
			ScheduleAt: now.Add(time.Hour),
		},
	}
	d := core.Delivery{
		ID: core.ChildID(post.ID, "account"), PostID: post.ID, ProfileID: post.ProfileID, AccountID: "0000000000000account",
		Platform: "example", State: core.DeliveryAccepted, DueAt: post.Request.ScheduleAt, CreatedAt: now, UpdatedAt: now,
	}
	return store.NewPost{
		Post: post, Deliveries: []core.Delivery{d},
		Jobs: []queue.Job{{Kind: "deliver", Key: d.ID, RunAt: d.DueAt}},
	}
}
