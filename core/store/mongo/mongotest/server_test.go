package mongotest_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"

	"github.com/crier-social/crier/core/store/mongo/mongotest"
)

func TestServerProgramMissing(t *testing.T) {
	t.Parallel()
	for name, program := range map[string]string{
		"absent":        filepath.Join(t.TempDir(), "nothing"),
		"says no URL":   "true",
		"cannot listen": "false",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := mongotest.Serve(t.Context(), mongotest.ServerOptions{Program: program})
			if err == nil {
				t.Fatalf("a server runs at %s", s.URL())
			}
			if !strings.Contains(err.Error(), program) {
				t.Errorf("the error does not name the program: %v", err)
			}
		})
	}
}

// What was acknowledged is there after the server was killed and started again.
func TestServerKilled(t *testing.T) {
	t.Parallel()
	s := mongotest.StartServer(t, mongotest.ServerOptions{File: filepath.Join(t.TempDir(), "data")})
	things := collection(t, s.URL()+"test")
	before := s.URL()
	for round := range 2 {
		acknowledged := insertUntil(t, things, round, s.Kill)
		if err := s.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		n, err := things.CountDocuments(t.Context(), bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: acknowledged}}}})
		if err != nil {
			t.Fatal(err)
		}
		if int(n) != len(acknowledged) {
			t.Errorf("round %d: %d of %d documents are there", round, n, len(acknowledged))
		}
	}
	if after := s.URL(); after != before {
		t.Errorf("the server moved from %s to %s", before, after)
	}
}

// insertUntil inserts documents from several connections, stops the server in the middle,
// and returns the ids that were acknowledged.
func insertUntil(t *testing.T, c *mongo.Collection, round int, stop func() error) []string {
	t.Helper()
	const writers, enough = 4, 100
	var (
		mu           sync.Mutex
		acknowledged []string
		reached      = make(chan struct{})
		group        sync.WaitGroup
	)
	for w := range writers {
		group.Go(func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("%d/%d/%d", round, w, i)
				if _, err := c.InsertOne(t.Context(), bson.D{{Key: "_id", Value: id}}); err != nil {
					return // the server is gone
				}
				mu.Lock()
				acknowledged = append(acknowledged, id)
				if len(acknowledged) == enough {
					close(reached)
				}
				mu.Unlock()
			}
		})
	}
	select {
	case <-reached:
	case <-t.Context().Done():
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	group.Wait()
	if len(acknowledged) < enough {
		t.Fatalf("only %d documents were inserted", len(acknowledged))
	}
	return acknowledged
}

// The library lacks hello, by which the store and newer drivers ask for the server's time.
func TestServerTellsTheTime(t *testing.T) {
	t.Parallel()
	var hello struct {
		LocalTime         time.Time `bson:"localTime"`
		IsWritablePrimary bool      `bson:"isWritablePrimary"`
	}
	things := collection(t, mongotest.NewURL(t))
	if err := things.Database().RunCommand(t.Context(), bson.D{{Key: "hello", Value: 1}}).Decode(&hello); err != nil {
		t.Fatal(err)
	}
	if d := time.Since(hello.LocalTime); !hello.IsWritablePrimary || d.Abs() > time.Minute {
		t.Errorf("%+v, %v ago", hello, d)
	}
}

// An update is seen whole or not at all: the server runs one command at a time.
func TestServerIsAtomic(t *testing.T) {
	t.Parallel()
	things := collection(t, mongotest.NewURL(t))
	// What lies between takes a while to be sent.
	between := make([]string, 2000)
	if _, err := things.InsertOne(t.Context(), bson.D{{Key: "_id", Value: 1}, {Key: "a", Value: 0}, {Key: "between", Value: between}, {Key: "b", Value: 0}}); err != nil {
		t.Fatal(err)
	}
	const rounds = 200
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			for range rounds {
				update := bson.D{{Key: "$inc", Value: bson.D{{Key: "a", Value: 1}, {Key: "b", Value: 1}}}}
				if _, err := things.UpdateByID(t.Context(), 1, update); err != nil {
					t.Error(err)
				}
			}
		})
		group.Go(func() {
			for range rounds {
				var doc struct{ A, B int }
				if err := things.FindOne(t.Context(), bson.D{}).Decode(&doc); err != nil || doc.A != doc.B {
					t.Errorf("half an update: %+v, %v", doc, err)
				}
			}
		})
	}
	group.Wait()
}

// collection returns a collection of the database that the URL names.
func collection(t *testing.T, url string) *mongo.Collection {
	t.Helper()
	parsed, err := connstring.ParseAndValidate(url)
	if err != nil {
		t.Fatal(err)
	}
	client, err := mongo.Connect(options.Client().ApplyURI(url))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Disconnect(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return client.Database(parsed.Database).Collection("things")
}
