package mongo

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/mongo/mongotest"
	"github.com/crier-social/crier/core/store/sqlite"
)

// These benchmarks measure a store in MongoDB beside one in a SQLite file on the same machine.
// Each worker has a store of its own, as a process has. What they say of the server holds for
// the server that their names tell, and for no other.
//
// Their metrics: "mongo/s" and "sqlite/s" are operations a second of all workers together,
// "of-sqlite" is the ratio of both; "commands/op" is what is sent to the server for one
// operation, and "cpu-µs/op" the processor time that this process took for it.

func BenchmarkInsertPost(b *testing.B) {
	compare(b, func(s store.Store, worker int) operation {
		account := fmt.Sprint("account ", worker)
		return func(ctx context.Context) error { return s.InsertPost(ctx, typicalPost(time.Now(), account)) }
	})
}

func BenchmarkUpdateDelivery(b *testing.B) {
	compare(b, func(s store.Store, worker int) operation {
		n := typicalPost(time.Now(), fmt.Sprint("account ", worker))
		if err := s.InsertPost(b.Context(), n); err != nil {
			b.Fatal(err)
		}
		return func(ctx context.Context) error { return touch(ctx, s, n.Deliveries[0].ID) }
	})
}

// BenchmarkClaim claims jobs one by one, while as many wait as workers of one process work at
// a time.
func BenchmarkClaim(b *testing.B) {
	compare(b, func(s store.Store, worker int) operation {
		kind := fmt.Sprint("kind ", worker) // of which others take none
		waiting := make([]queue.Job, 16)
		for i := range waiting {
			waiting[i] = dueJob(kind)
		}
		if err := s.Enqueue(b.Context(), waiting...); err != nil {
			b.Fatal(err)
		}
		return func(ctx context.Context) error {
			j, err := claimOne(ctx, s, kind)
			if err != nil {
				return err
			}
			return s.Finish(ctx, j, queue.Disposition{Outcome: queue.Snoozed, RunAt: time.Now()})
		}
	})
}

// BenchmarkJob takes jobs all the way, of a kind that all workers share.
func BenchmarkJob(b *testing.B) {
	compare(b, func(s store.Store, _ int) operation {
		return func(ctx context.Context) error {
			if err := s.Enqueue(ctx, dueJob("deliver")); err != nil {
				return err
			}
			j, err := claimOne(ctx, s, "deliver")
			if err != nil {
				return err
			}
			return s.Finish(ctx, j, queue.Disposition{Outcome: queue.Done})
		}
	})
}

func dueJob(kind string) queue.Job {
	now := time.Now()
	return queue.Job{Kind: kind, Key: core.NewID(now), RunAt: now, Tenant: "tenant"}
}

var errNothingClaimed = errors.New("no job could be claimed")

// claimOne claims until it is given a job: another worker may take what it was to get, and
// leaves its own.
func claimOne(ctx context.Context, s store.Store, kind string) (queue.Job, error) {
	const tries = 1000
	for range tries {
		jobs, err := s.Claim(ctx, queue.Wanted{Kinds: []string{kind}, N: 1, Lease: time.Minute})
		if err != nil || len(jobs) > 0 {
			return append(jobs, queue.Job{})[0], err
		}
	}
	return queue.Job{}, errNothingClaimed
}

// operation is what a worker repeats.
type operation func(context.Context) error

// compare measures an operation with 1, 2 and 4 workers on both databases.
func compare(b *testing.B, newOperation func(s store.Store, worker int) operation) {
	b.Helper()
	name := serverName(b)
	for _, workers := range []int{1, 2, 4} {
		b.Run(fmt.Sprintf("server=%s/workers=%d", name, workers), func(b *testing.B) {
			file := filepath.Join(b.TempDir(), "crier.db")
			onFile := measure(b, workers, newOperation, func() (store.Store, error) { return sqlite.Open(file, sqlite.Options{}) })
			address, sent := mongotest.NewURL(b), &counter{sent: map[string]int{}}
			onServer := measure(b, workers, newOperation, func() (store.Store, error) { return connect(address, Options{}, sent.monitor()) })
			commands := 0
			for command, n := range sent.take() {
				if !strings.HasPrefix(command, "createIndexes") {
					commands += n
				}
			}
			b.ReportMetric(0, "ns/op") // of both together, which says nothing
			b.ReportMetric(onServer.rate, "mongo/s")
			b.ReportMetric(onFile.rate, "sqlite/s")
			b.ReportMetric(onServer.rate/onFile.rate, "of-sqlite")
			b.ReportMetric(float64(onServer.cpu.Microseconds())/float64(b.N), "cpu-µs/op")
			b.ReportMetric(float64(commands)/float64(b.N), "commands/op")
		})
	}
}

// figures are of all operations of a benchmark.
type figures struct {
	rate float64       // operations a second
	cpu  time.Duration // of this process
}

// measure has workers, each with a store of its own, repeat an operation b.N times together.
func measure(b *testing.B, workers int, newOperation func(store.Store, int) operation, open func() (store.Store, error)) figures {
	b.Helper()
	operations := make([]operation, workers)
	for i := range operations {
		s, err := open()
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = s.Close() }() // what was to be measured is measured
		if err := s.Migrate(b.Context()); err != nil {
			b.Fatal(err)
		}
		operations[i] = newOperation(s, i)
	}
	var next atomic.Int64
	var group sync.WaitGroup
	began, used := time.Now(), cpuTime(b)
	for _, do := range operations {
		group.Go(func() {
			for next.Add(1) <= int64(b.N) {
				if err := do(b.Context()); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	return figures{rate: float64(b.N) / time.Since(began).Seconds(), cpu: cpuTime(b) - used}
}

// cpuTime is what this process has taken.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// serverName is what the server says it is, fit for the name of a benchmark.
func serverName(b *testing.B) string {
	b.Helper()
	s, err := Open(mongotest.NewURL(b), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }() // it was only asked
	var build struct {
		Version        string   `bson:"version"`
		GitVersion     string   `bson:"gitVersion"`
		StorageEngines []string `bson:"storageEngines"`
	}
	if err := s.db.RunCommand(b.Context(), bson.D{{Key: "buildInfo", Value: 1}}).Decode(&build); err != nil {
		b.Fatal(err)
	}
	// https://www.mongodb.com/docs/manual/reference/command/buildInfo/
	kind := "mongodb"
	if len(build.StorageEngines) == 0 {
		kind = "no-mongodb-but-says"
	}
	return kind + "-" + regexp.MustCompile(`[^A-Za-z0-9.]+`).ReplaceAllString(strings.TrimSuffix(build.Version+"-"+build.GitVersion, "-"), "-")
}
