package mongotest_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"

	"github.com/crier-social/crier/core/store/mongo/mongotest"
)

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
