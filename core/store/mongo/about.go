package mongo

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// About is what a database's server tells of itself, for whoever looks for what it lacks.
type About struct {
	Version    string // of MongoDB; of another server, the one that it speaks as
	ReplicaSet string // its name; empty: the server is not of one
	Sharded    bool
	// Ahead is by how much this machine's clock is ahead of the server's; negative: behind. Of
	// a sharded cluster it is the router's that is told without a write: Ping asks a shard.
	Ahead time.Duration
	// Schema is the version of what is stored, 0 in a new database, and Newest the one that
	// this Crier writes.
	Schema, Newest int
}

// SkewTold tells that the clocks differ more than the log is silent about.
func (a About) SkewTold() bool { return a.Ahead.Abs() > skewTold }

// Skew is why no process starts with these clocks; nil: they do.
func (a About) Skew() error {
	if a.Ahead.Abs() > skewRefused {
		return &SkewError{Ahead: a.Ahead}
	}
	return nil
}

// About asks the server. It changes nothing, and needs nothing to be there.
func (s *Store) About(ctx context.Context) (About, error) {
	h, asked, err := s.hello(ctx)
	about := About{ReplicaSet: h.SetName, Sharded: h.Msg == "isdbgrid", Newest: schemaVersion}
	if !h.LocalTime.IsZero() {
		about.Ahead = skewOf(asked, s.clock.Now(), h.LocalTime)
	}
	var build struct {
		Version string `bson:"version"`
	}
	if err == nil {
		err = s.db.RunCommand(ctx, bson.D{{Key: "buildInfo", Value: 1}}).Decode(&build)
		about.Version = build.Version
	}
	if err == nil {
		about.Schema, err = s.schemaVersion(ctx)
	}
	return about, s.done(ctx, "ask the server about itself", err)
}

// hello is the server's answer to the question what it is.
// https://www.mongodb.com/docs/manual/reference/command/hello/
type hello struct {
	LocalTime time.Time `bson:"localTime"` // zero: it does not tell
	SetName   string    `bson:"setName"`   // of a member of a replica set
	Msg       string    `bson:"msg"`       // isdbgrid: it is a router of a sharded cluster
}

// codeCommandNotFound is the server's code for a command that it does not have.
const codeCommandNotFound = 59

// hello asks the server what it is, and tells when it was asked.
func (s *Store) hello(ctx context.Context) (h hello, asked time.Time, err error) {
	for _, command := range []string{"hello", "isMaster"} { // its name before MongoDB 5
		asked = s.clock.Now()
		err = s.db.RunCommand(ctx, bson.D{{Key: command, Value: 1}}).Decode(&h)
		if missing := mongo.ServerError(nil); !errors.As(err, &missing) || !missing.HasErrorCode(codeCommandNotFound) {
			break
		}
	}
	return h, asked, err
}
