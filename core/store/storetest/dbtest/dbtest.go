// Package dbtest gives tests of what is above the store the database that they run on, so
// that one setting runs them all on another one.
package dbtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/mongo"
	"github.com/crier-social/crier/core/store/mongo/mongotest"
	"github.com/crier-social/crier/core/store/sqlite"
	"github.com/crier-social/crier/core/store/sqlite/sqlitetest"
)

// Variable is the name of the environment variable that chooses the database: "sqlite",
// which is the default, or "mongo": the server that mongotest.Variable names.
const Variable = "CRIER_TEST_STORE"

// The schemes of addresses.
const (
	sqliteScheme = "sqlite:"
	mongoScheme  = "mongodb:"
)

// Open returns a new store, which has its schema and nothing in it, and tells the time by
// the clock. It is closed and removed when the test ends.
func Open(t testing.TB, clock core.Clock) store.Store {
	t.Helper()
	return New(t).Open(t, clock)
}

// Database is a database of a test's own, with its schema, which may be opened more than once.
type Database struct {
	// Address is as CRIER_STORE has it, for other processes; see OpenAddress.
	Address string
}

// New makes a database, which is removed when the test ends.
func New(t testing.TB) *Database {
	t.Helper()
	switch name := os.Getenv(Variable); name {
	case "", "sqlite":
		return &Database{Address: sqliteScheme + sqlitetest.NewFile(t)}
	case "mongo":
		return newMongo(t)
	default:
		t.Fatalf("%s=%q: it is sqlite or mongo", Variable, name)
		return nil
	}
}

func newMongo(t testing.TB) *Database {
	t.Helper()
	if !mongotest.Configured() { // NewURL would skip the test
		t.Fatalf("%s=mongo needs a server: set %s, or run make test-mongo", Variable, mongotest.Variable)
	}
	d := &Database{Address: mongotest.NewURL(t)}
	if err := d.migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d
}

// migrate makes the schema, as the start of a server does.
func (d *Database) migrate(ctx context.Context) error {
	s, err := OpenAddress(d.Address, nil)
	if err != nil {
		return err
	}
	return errors.Join(s.Migrate(ctx), s.Close())
}

// Open opens the database, as one process does; it is closed when the test ends.
func (d *Database) Open(t testing.TB, clock core.Clock) store.Store {
	t.Helper()
	s, err := OpenAddress(d.Address, clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// OpenAddress opens the database of the address. The caller closes it.
func OpenAddress(address string, clock core.Clock) (store.Store, error) {
	switch {
	case strings.HasPrefix(address, sqliteScheme):
		s, err := sqlite.Open(strings.TrimPrefix(address, sqliteScheme), sqlite.Options{Clock: clock})
		if err != nil { // not a nil *sqlite.Store in an interface
			return nil, err
		}
		return s, nil
	case strings.HasPrefix(address, mongoScheme):
		s, err := mongo.Open(address, mongo.Options{Clock: clock})
		if err != nil {
			return nil, err
		}
		return s, nil
	}
	return nil, fmt.Errorf("%s is the address of no database", address)
}

// Contents returns all that is stored, as it is stored, for tests that look for what must
// not be.
func (d *Database) Contents(t testing.TB) []byte {
	t.Helper()
	var data []byte
	var err error
	if file, found := strings.CutPrefix(d.Address, sqliteScheme); found {
		data, err = fileContents(file)
	} else {
		data, err = documents(t.Context(), d.Address)
	}
	if err == nil && len(data) == 0 {
		err = errors.New("the database is empty")
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// fileContents returns the file of the database with those beside it, as far as there are any.
func fileContents(file string) (all []byte, err error) {
	names, err := filepath.Glob(file + "*")
	for _, name := range names {
		data, readErr := os.ReadFile(name) //nolint:gosec // it is the test's
		err = errors.Join(err, readErr)
		all = append(all, data...)
	}
	return all, err
}

// documents returns the documents of all collections.
func documents(ctx context.Context, url string) (all []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	parsed, err := connstring.ParseAndValidate(url)
	if err != nil {
		return nil, err
	}
	client, err := driver.Connect(options.Client().ApplyURI(url))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, client.Disconnect(ctx)) }()
	db := client.Database(parsed.Database)
	names, err := db.ListCollectionNames(ctx, bson.D{})
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		cursor, err := db.Collection(name).Find(ctx, bson.D{})
		if err != nil {
			return nil, err
		}
		var docs []bson.Raw
		if err := cursor.All(ctx, &docs); err != nil {
			return nil, err
		}
		for _, doc := range docs {
			all = append(all, doc...)
		}
	}
	return all, nil
}
