package mongo_test

import (
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/mongo"
	"github.com/crier-social/crier/core/store/mongo/mongotest"
	"github.com/crier-social/crier/core/store/storetest"
)

func open(t *testing.T, clock core.Clock) store.Store {
	t.Helper()
	s, err := mongo.Open(mongotest.NewURL(t), mongo.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, open)
}
