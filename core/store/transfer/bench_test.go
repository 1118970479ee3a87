package transfer_test

import (
	"errors"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/mongo"
	"github.com/crier-social/crier/core/store/mongo/mongotest"
	"github.com/crier-social/crier/core/store/sqlite"
	"github.com/crier-social/crier/core/store/sqlite/sqlitetest"
	"github.com/crier-social/crier/core/store/storetest"
	"github.com/crier-social/crier/core/store/transfer"
)

// BenchmarkRun moves scheduled posts, each with a delivery and a job, and compares them. To
// MongoDB they are fewer, since the server of the tests has no indexes to find them by.
func BenchmarkRun(b *testing.B) {
	for name, to := range map[string]struct {
		posts int
		open  func(*testing.B) (store.Store, error)
	}{
		"sqlite to sqlite": {20_000, func(b *testing.B) (store.Store, error) { return sqlite.Open(sqlitetest.NewFile(b), sqlite.Options{}) }},
		"sqlite to mongo":  {2_000, func(b *testing.B) (store.Store, error) { return mongo.Open(mongotest.NewURL(b), mongo.Options{}) }},
	} {
		b.Run(name, func(b *testing.B) {
			from, err := sqlite.Open(sqlitetest.NewFile(b), sqlite.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = from.Close() }()
			if err := errors.Join(from.Migrate(b.Context()), from.CreateProfile(b.Context(), core.Profile{ID: "p", Primary: true}, nil)); err != nil {
				b.Fatal(err)
			}
			now := core.SystemClock{}.Now()
			if err := storetest.Fill(b.Context(), from, storetest.Filling{
				ProfileID: "p", Platform: "example", AccountIDs: []string{"a", "b"}, JobKind: "deliver", Posts: to.posts,
				Until: now, CreatedWithin: 24 * time.Hour, DueFrom: now, DueWithin: 24 * time.Hour,
			}); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				b.StopTimer()
				target, err := to.open(b)
				if err == nil {
					err = target.Migrate(b.Context())
				}
				if err != nil {
					b.Fatal(err)
				}
				if _, err := from.UpdateMove(b.Context(), func(m *store.Move) error { *m = store.Move{}; return nil }); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				if _, err := transfer.Run(b.Context(), transfer.Options{From: transfer.Side{Store: from}, To: transfer.Side{Store: target}}); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				_ = target.Close()
				b.StartTimer()
			}
			b.ReportMetric(float64(to.posts*b.N)/b.Elapsed().Seconds(), "posts/s")
		})
	}
}
