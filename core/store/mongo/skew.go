package mongo

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// Leases are written by one machine's clock and read by another's. The server's clock is
// what all of them can be compared with.
const (
	// skewTold is by how much a clock may differ without a word: what a server of time
	// leaves is far less.
	skewTold = 5 * time.Second
	// skewRefused is by how much it may differ at all. One clock may be ahead by that much and
	// another behind: twice as much is still less than what is left of a lease of 45 s when it
	// is renewed, after a third of it, so that nobody takes the job of a process that is alive.
	skewRefused = 10 * time.Second
	// skewEvery is how often the log is told of a difference that lasts.
	skewEvery = time.Minute
)

// SkewError means that the clock of this machine and that of the database's server differ by
// so much that processes could take each other's jobs.
type SkewError struct {
	// Ahead is by how much this machine's clock is ahead of the server's; negative: behind.
	Ahead time.Duration
}

func (e *SkewError) Error() string {
	return fmt.Sprintf("this machine's clock is %s the clock of the database's server, and more than %s is not safe: "+
		"have all machines set their clocks by the same time service (NTP: chrony, systemd-timesyncd)", describeSkew(e.Ahead), skewRefused)
}

func describeSkew(ahead time.Duration) string {
	if ahead < 0 {
		return (-ahead).Round(time.Millisecond).String() + " behind"
	}
	return ahead.Round(time.Millisecond).String() + " ahead of"
}

// checkClocks compares the system's clock with the server's. A store that goes by another
// clock than the system's has nothing to compare.
func (s *Store) checkClocks(ctx context.Context) error {
	if !s.ownClock() {
		return nil
	}
	asked := s.clock.Now()
	server, err := s.serverTime(ctx)
	if err != nil {
		return err
	}
	return s.judgeSkew(skewOf(asked, s.clock.Now(), server))
}

// serverID is the document with the server's time when it was last asked.
const serverID = "server"

// serverTime has the server write its time, which is that of the primary that stores it. The
// answer to hello would be that of a mongos of a sharded cluster, which may well run on this
// machine. https://www.mongodb.com/docs/manual/reference/operator/update/currentDate/
func (s *Store) serverTime(ctx context.Context) (time.Time, error) {
	var doc struct {
		At time.Time `bson:"at"`
	}
	update := bson.D{{Key: "$currentDate", Value: bson.D{{Key: "at", Value: true}}}}
	err := untilThere(func() error {
		return s.db.Collection(meta).FindOneAndUpdate(ctx, byID(serverID), update,
			options.FindOneAndUpdate().SetUpsert(true).SetReturnDocument(options.After)).Decode(&doc)
	})
	return doc.At, s.done(ctx, "compare the clocks", err)
}

// skewOf is by how much a clock is ahead of the server's at the least, which read its own at
// some moment between the question and the answer.
func skewOf(asked, answered, server time.Time) time.Duration {
	switch {
	case server.Before(asked):
		return asked.Sub(server)
	case server.After(answered):
		return answered.Sub(server)
	}
	return 0
}

// judgeSkew tells the log of a difference, and fails for one that is not safe.
func (s *Store) judgeSkew(ahead time.Duration) error {
	size := ahead.Abs()
	if size <= skewTold {
		return nil
	}
	if s.skewTold.due(s.clock.Now()) {
		s.log.Warn("the clocks of this machine and of the database's server differ: have all machines set their clocks by the same time service (NTP)",
			"event", "store.clock_skew", "ahead", ahead, "refused_beyond", skewRefused)
	}
	if err := (About{Ahead: ahead}).Skew(); err != nil {
		return fmt.Errorf("mongo: %w", err)
	}
	return nil
}

// every lets something be done at most once in a while.
type every struct {
	pause time.Duration

	mu   sync.Mutex
	last time.Time
}

// due tells whether it is to be done now, and counts it as done. A clock that was set back
// does not put it off.
func (e *every) due(now time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.last.IsZero() && !now.After(e.last.Add(e.pause)) && !now.Before(e.last) {
		return false
	}
	e.last = now
	return true
}
