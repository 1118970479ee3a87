package transfer_test

import (
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

// BenchmarkRun moves scheduled posts, each with a delivery and a job, and compares them.
func BenchmarkRun(b *testing.B) {
	for name, open := range map[string]func(*testing.B) (store.Store, error){
		"sqlite to sqlite": func(b *testing.B) (store.Store, error) { return sqlite.Open(sqlitetest.NewFile(b), sqlite.Options{}) },
		"sqlite to mongo":  func(b *testing.B) (store.Store, error) { return mongo.Open(mongotest.NewURL(b), mongo.Options{}) },
	} {
		b.Run(name, func(b *testing.B) {
			const posts = 20_000
			from, err := sqlite.Open(sqlitetest.NewFile(b), sqlite.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = from.Close() }()
			now := core.SystemClock{}.Now()
			if err := storetest.Fill(b.Context(), from, storetest.Filling{
				ProfileID: "p", Platform: "example", AccountIDs: []string{"a", "b"}, JobKind: "deliver", Posts: posts,
				Until: now, CreatedWithin: 24 * time.Hour, DueFrom: now, DueWithin: 24 * time.Hour,
			}); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				b.StopTimer()
				to, err := open(b)
				if err == nil {
					err = to.Migrate(b.Context())
				}
				if err != nil {
					b.Fatal(err)
				}
				if _, err := from.UpdateMove(b.Context(), func(m *store.Move) error { *m = store.Move{}; return nil }); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				if _, err := transfer.Run(b.Context(), transfer.Options{From: transfer.Side{Store: from}, To: transfer.Side{Store: to}}); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				_ = to.Close()
				b.StartTimer()
			}
			b.ReportMetric(float64(posts*b.N)/b.Elapsed().Seconds(), "posts/s")
		})
	}
}
