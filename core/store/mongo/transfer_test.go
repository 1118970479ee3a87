package mongo

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/mongo/mongotest"
	"github.com/crier-social/crier/core/store/sqlite"
	"github.com/crier-social/crier/core/store/sqlite/sqlitetest"
	"github.com/crier-social/crier/core/store/storetest"
	"github.com/crier-social/crier/core/store/transfer"
)

// unmoved are the collections, and the fields of others, that are not moved, and why.
func unmoved() map[string]string {
	return map[string]string{
		"schema":           "each database has its own",
		"meta":             "as above",
		"leases":           "who works with a database does not work with the other one",
		contentClaims:      "nothing is being stored while data is moved",
		"posts place":      "ends with a rank that orders what was stored in the same microsecond",
		"posts series":     "as above",
		"uploads seq":      "as above",
		"comments seq":     "as above",
		"jobs lease":       "who holds a job does not work with the other database",
		"jobs held":        "as above",
		"jobs place":       "as above",
		"jobs at":          "as above",
		"profiles version": "of a deleted profile, which nobody changes",
	}
}

// TestEveryCollectionIsMoved: a collection that is added later is not forgotten.
func TestEveryCollectionIsMoved(t *testing.T) {
	t.Parallel()
	moved := map[string]bool{}
	for _, kind := range store.RecordKinds() {
		found, err := transferOf(kind)
		if err != nil {
			t.Fatal(err)
		}
		moved[found.collection] = true
	}
	if len(transfers()) != len(store.RecordKinds()) {
		t.Errorf("%d kinds can be moved, %d are", len(transfers()), len(store.RecordKinds()))
	}
	for _, l := range layouts() {
		if _, exempt := unmoved()[l.name]; moved[l.name] == exempt {
			t.Errorf("%s is to be moved, or to be named among what is not", l.name)
		}
	}
}

func openStore(t *testing.T, clock core.Clock) *Store {
	t.Helper()
	s, err := Open(mongotest.NewURL(t), Options{Clock: clock})
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

func moveClock() *coretest.Clock {
	return coretest.NewClock(time.Date(2026, time.November, 21, 8, 0, 0, 0, time.UTC))
}

// TestEveryFieldIsMoved holds the documents of a copy against those of its source.
func TestEveryFieldIsMoved(t *testing.T) {
	t.Parallel()
	clock := moveClock()
	from, to := openStore(t, clock), openStore(t, clock)
	if err := storetest.FillEverything(t.Context(), from); err != nil {
		t.Fatal(err)
	}
	if err := storetest.Copy(t.Context(), from, to); err != nil {
		t.Fatal(err)
	}
	source, target := documents(t, from), documents(t, to)
	for _, l := range layouts() {
		if unmoved()[l.name] == "" && !slices.ContainsFunc(slices.Collect(maps.Keys(source)), func(field string) bool { return strings.HasPrefix(field, l.name+" ") }) {
			t.Errorf("%s is empty; fill it in FillEverything", l.name)
		}
	}
	if diff := cmp.Diff(source, target); diff != "" {
		t.Errorf("(-source +target):\n%s", diff)
	}
}

// documents returns what each document of each collection has in each field.
func documents(t *testing.T, s *Store) map[string]map[string]string {
	t.Helper()
	found := map[string]map[string]string{}
	for _, l := range layouts() {
		if unmoved()[l.name] != "" {
			continue
		}
		docs, err := list[bson.D](t.Context(), s, "dump", l.name, bson.D{})
		if err != nil {
			t.Fatal(err)
		}
		for _, doc := range docs {
			for _, e := range doc[1:] {
				field := l.name + " " + e.Key
				if unmoved()[field] != "" {
					continue
				}
				if found[field] == nil {
					found[field] = map[string]string{}
				}
				found[field][fmt.Sprint(doc[0].Value)] = fmt.Sprint(e.Value)
			}
		}
	}
	return found
}

// TestThereAndBack moves everything from SQLite and back: each store has the same records,
// byte for byte.
func TestThereAndBack(t *testing.T) {
	t.Parallel()
	clock := moveClock()
	shared := openStore(t, clock)
	var files [2]store.Store
	for i := range files {
		s, err := sqlite.Open(sqlitetest.NewFile(t), sqlite.Options{Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		files[i] = s
	}
	if err := storetest.FillEverything(t.Context(), files[0]); err != nil {
		t.Fatal(err)
	}
	clock.Advance(2 * time.Hour) // the job that is held has no lease any more
	sums := map[store.RecordKind]transfer.Sum{}
	for _, o := range []transfer.Options{
		{From: transfer.Side{Store: files[0], Name: "first"}, To: transfer.Side{Store: shared, Name: "shared"}},
		{From: transfer.Side{Store: shared, Name: "shared"}, To: transfer.Side{Store: files[1], Name: "second"}},
	} {
		o.Clock = clock
		report, err := transfer.Run(t.Context(), o)
		if err != nil || !report.Same() {
			t.Fatalf("%+v, %v", report, err)
		}
		for _, k := range report.Kinds {
			if before, known := sums[k.Name]; known && before != k.Target || k.Target.Records == 0 {
				t.Errorf("%s: %d records, before %d, or others", k.Name, k.Target.Records, before.Records)
			}
			sums[k.Name] = k.Target
		}
		if err := transfer.Enter(t.Context(), o.To.Store, store.Move{}, clock.Now()); err != nil {
			t.Fatal(err)
		}
	}
}

// Posts that were accepted and not completed are moved whole, with a request and a job; what
// was never accepted is not.
func TestHalfWrittenIsMovedWhole(t *testing.T) {
	t.Parallel()
	clock := moveClock()
	s := openStore(t, clock)
	n := store.NewPost{
		Post:       core.Post{ID: "p1", ProfileID: "a", Status: core.PostOpen, CreatedAt: clock.Now()},
		Deliveries: []core.Delivery{{ID: "d1", PostID: "p1", ProfileID: "a", AccountID: "x", CreatedAt: clock.Now()}},
		Jobs:       []queue.Job{{Kind: "deliver", Key: "d1", RunAt: clock.Now()}},
	}
	accepted, err := s.encodePost(n)
	if err != nil {
		t.Fatal(err)
	}
	n.Post.ID, n.Deliveries, n.Jobs = "p2", nil, nil
	provisional, err := s.encodePost(n)
	if err != nil {
		t.Fatal(err)
	}
	since := clock.Now().UnixNano()
	accepted.Rest.Since, provisional.Rest.Since, provisional.Rest.Head = since, since, "p0"
	lost := newRequestDoc(store.Request{ProfileID: "a", Key: "lost", PostID: "p3"})
	lost.Claim.Since = since
	for _, doc := range []struct {
		collection string
		doc        any
	}{{posts, accepted}, {posts, provisional}, {requests, lost}} {
		if err := s.insert(t.Context(), "test", doc.collection, doc.doc); err != nil {
			t.Fatal(err)
		}
	}
	clock.Advance(time.Hour)
	want := map[store.RecordKind]int{store.PostRecords: 1, store.DeliveryRecords: 1, store.JobRecords: 1}
	got := map[store.RecordKind]int{}
	for _, kind := range store.RecordKinds() {
		records, err := storetest.ReadAll(t.Context(), s, kind, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(records) > 0 {
			got[kind] = len(records)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
