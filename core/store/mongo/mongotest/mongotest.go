// Package mongotest gives tests databases of the MongoDB server that CRIER_TEST_MONGO_URL
// names.
package mongotest

import (
	"context"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// Variable is the name of the environment variable with the URL of the server.
const Variable = "CRIER_TEST_MONGO_URL"

// Configured tells whether there is a server to test with.
func Configured() bool { return os.Getenv(Variable) != "" }

// NewURL returns the URL of a database of its own, which is removed when the test ends. The
// options, such as "timeoutMS=500", are added to those that the server's URL has. The test is
// skipped where no server is configured.
func NewURL(t testing.TB, options ...string) string {
	t.Helper()
	if !Configured() {
		t.Skipf("%s IS NOT SET: NOTHING IS TESTED WITH MONGODB HERE (make test-mongo starts a server)", Variable)
	}
	server, err := url.Parse(os.Getenv(Variable))
	if err != nil {
		t.Fatalf("%s: %v", Variable, err)
	}
	name := "crier-test-" + strings.ToLower(bson.NewObjectID().Hex())
	server.Path = "/" + name
	server.RawQuery = strings.Trim(server.RawQuery+"&"+strings.Join(options, "&"), "&")
	t.Cleanup(func() { drop(t, server.String(), name) })
	return server.String()
}

func drop(t testing.TB, url, name string) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	client, err := mongo.Connect(options.Client().ApplyURI(url))
	if err != nil {
		t.Error(err)
		return
	}
	if err := client.Database(name).Drop(ctx); err != nil {
		t.Error(err)
	}
	if err := client.Disconnect(ctx); err != nil {
		t.Error(err)
	}
}
