// Package mongo keeps Crier's data in MongoDB, so that any number of processes on any
// number of machines can share it.
//
// Nothing but the atomicity of one document is asked of the server: no transactions, no
// change streams, no partial or expiring indexes. What has to be unique is the key of a
// document or of a unique index, and what belongs together is either one document or is
// completed by whoever finds it half-written. Writes are acknowledged by a majority of the
// replica set and reads see only what is, so that nothing that was acknowledged is lost when
// a server fails.
//
// What identifies a record stays as it was created, as in package sqlite. Collections are
// described where their records are kept, each with the key that it may be sharded by.
package mongo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// The time limits, where the URL does not name others by timeoutMS and
// serverSelectionTimeoutMS.
const (
	// callTimeout bounds every call whose context has no deadline, its repetitions included.
	callTimeout = 10 * time.Second
	// selectionTimeout bounds how long a call waits for a server that takes it. A replica set
	// elects a new primary within about 12 s: https://www.mongodb.com/docs/manual/replication/
	selectionTimeout = 5 * time.Second
	closeTimeout     = 5 * time.Second
)

// defaultDatabase is used where the URL names none.
const defaultDatabase = "crier"

// Options are the settings of a Store. The zero value is good.
type Options struct {
	Clock core.Clock   // default: the system's
	Log   *slog.Logger // default: none
}

// Store is a store.Store in a MongoDB database.
type Store struct {
	clock    core.Clock
	log      *slog.Logger
	client   *mongo.Client
	asking   *mongo.Client // of the guard's questions
	db       database
	guard    guard
	encoders record.Encoders
	troubles troubles
	clocks   clocks
	turns    turns
	stamps   every // of the latest time
	skewTold every // of clocks that differ, to the log
	stored   sequence
	patience time.Duration // with posts that others are storing

	closing  sync.Once
	closeErr error
}

// Open prepares the connection to the database that the URL names; crier, if it names none.
// It does not wait for the server. The caller runs Migrate before anything else, and Close
// at the end.
func Open(url string, o Options) (*Store, error) { return connect(url, o) }

// connect is Open with more settings of the client.
func connect(url string, o Options, more ...*options.ClientOptions) (*Store, error) {
	parsed, err := parseURL(url)
	if err != nil {
		return nil, err
	}
	settings := options.Client().ApplyURI(url).SetAppName("crier").
		SetWriteConcern(&writeconcern.WriteConcern{W: "majority", Journal: new(true)}).
		SetReadConcern(readconcern.Majority()).SetReadPreference(readpref.Primary()).
		SetRetryWrites(true).SetRetryReads(true)
	if settings.Timeout == nil {
		settings.SetTimeout(callTimeout)
	}
	if settings.ServerSelectionTimeout == nil {
		settings.SetServerSelectionTimeout(selectionTimeout)
	}
	client, err := mongo.Connect(append([]*options.ClientOptions{settings}, more...)...)
	if err != nil {
		return nil, fmt.Errorf("mongo: %w", err)
	}
	asking, err := mongo.Connect(settings, askingOptions())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("mongo: %w", err), client.Disconnect(context.Background()))
	}
	s := &Store{clock: o.Clock, asking: asking, log: cmp.Or(o.Log, slog.New(slog.DiscardHandler))}
	if s.clock == nil {
		s.clock = core.SystemClock{}
	}
	_, s.clocks.compared = s.clock.(core.SystemClock) // one that is moved by hand may be hours away
	s.clocks.clock = s.clock
	s.troubles.log, s.troubles.clock = s.log, s.clock
	s.guard.clock, s.guard.troubles = s.clock, &s.troubles
	s.guard.ask = func(ctx context.Context) error { return asking.Ping(ctx, readpref.Primary()) }
	s.use(client, cmp.Or(parsed.Database, defaultDatabase))
	s.stamps.pause, s.skewTold.pause = stampEvery, skewEvery
	s.patience = insertPatience
	return s, nil
}

// askingOptions are what the client of the guard's questions has otherwise than that of the
// calls: a connection that is open before a question is asked, since opening one takes a busy
// server several answers, and no stream of the servers' states, which takes one more.
func askingOptions() *options.ClientOptions {
	return options.Client().SetMinPoolSize(1).SetMaxPoolSize(askingConnections).SetServerMonitoringMode(connstring.ServerMonitoringModePoll)
}

// use has the store make its calls by the client, in the database of the name.
func (s *Store) use(client *mongo.Client, name string) {
	s.client = client
	s.db = database{Database: client.Database(name), guard: &s.guard}
}

// Close ends the connections. It may be called more than once.
func (s *Store) Close() error {
	s.closing.Do(func() {
		s.guard.close()
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		if err := errors.Join(s.client.Disconnect(ctx), s.asking.Disconnect(ctx)); err != nil {
			s.closeErr = fmt.Errorf("mongo: close: %w", err)
		}
	})
	return s.closeErr
}

var _ store.Store = (*Store)(nil)
