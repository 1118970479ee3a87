package mongo_test

import (
	"sync"
	"testing"
	"time"

	"github.com/crier-social/crier/core/store/mongo"
	"github.com/crier-social/crier/core/store/mongo/mongotest"
)

// TestMigrateWaitsForIndexes: the server may take longer for the indexes of a large collection
// than calls may take.
func TestMigrateWaitsForIndexes(t *testing.T) {
	t.Parallel()
	const limit = time.Second
	p := mongotest.NewProxy(t, mongotest.NewURL(t, "timeoutMS=1000"))
	var first sync.Once
	p.Fail(func(c mongotest.Command) mongotest.Fault {
		if c.Name == "createIndexes" {
			first.Do(func() { <-time.After(2 * limit) })
		}
		return mongotest.Pass
	})
	s, err := mongo.Open(p.URL(), mongo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	began := time.Now()
	if err := s.Migrate(t.Context()); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took < 2*limit {
		t.Errorf("the indexes were there after %s", took)
	}
}
