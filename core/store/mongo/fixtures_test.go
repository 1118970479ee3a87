package mongo

import (
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/store/mongo/mongotest"
)

// noon is the time of the clock when a test begins.
var noon = time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)

// opened is an empty store with its schema in place, which is closed when the test ends.
func opened(t *testing.T) *Store {
	t.Helper()
	return openedAt(t, mongotest.NewURL(t))
}

// openedAt is such a store in the database of the URL.
func openedAt(t *testing.T, url string) *Store {
	t.Helper()
	s, err := Open(url, Options{Clock: coretest.NewClock(noon)})
	must(t, err)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	must(t, s.Migrate(t.Context()))
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// putDeliveries stores deliveries without a post.
func putDeliveries(t *testing.T, s *Store, list ...core.Delivery) {
	t.Helper()
	docs := make([]deliveryDoc, len(list))
	for i, d := range list {
		var err error
		docs[i], err = s.encodeDelivery(d)
		must(t, err)
	}
	_, err := s.db.Collection(deliveries).InsertMany(t.Context(), docs)
	must(t, err)
}

// count counts the documents that have the value in the field.
func count(t *testing.T, s *Store, collection, field string, value any) int64 {
	t.Helper()
	n, err := s.db.Collection(collection).CountDocuments(t.Context(), bson.D{{Key: field, Value: value}})
	must(t, err)
	return n
}
