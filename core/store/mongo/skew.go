package mongo

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// Leases are written by one machine's clock and read by another's. The server's clock is
// what all of them can be compared with.
const (
	// skewTold is by how much a clock may differ without a word: what a server of time
	// leaves is far less.
	skewTold = 5 * time.Second
	// skewRefused is by how much it may differ at all. It is well below the length of a lease,
	// so that nobody takes the job of a process that renews its lease in time.
	skewRefused = 20 * time.Second
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
	server, err := s.serverTime(ctx, "hello")
	if missing := mongo.ServerError(nil); errors.As(err, &missing) && missing.HasErrorCode(codeCommandNotFound) {
		asked = s.clock.Now()
		server, err = s.serverTime(ctx, "isMaster") // its name before MongoDB 5
	}
	if err = s.done(ctx, "compare the clocks", err); err != nil {
		return err
	}
	return s.judgeSkew(skewOf(asked, s.clock.Now(), server))
}

// codeCommandNotFound is the server's code for a command that it does not have.
const codeCommandNotFound = 59

// serverTime reads the server's clock; zero: it does not tell.
func (s *Store) serverTime(ctx context.Context, command string) (time.Time, error) {
	var hello struct {
		LocalTime time.Time `bson:"localTime"`
	}
	err := s.db.RunCommand(ctx, bson.D{{Key: command, Value: 1}}).Decode(&hello)
	return hello.LocalTime, err
}

// skewOf is by how much a clock is ahead of the server's at the least, which read its own at
// some moment between the question and the answer. A server that does not tell its time has
// none to differ from.
func skewOf(asked, answered, server time.Time) time.Duration {
	switch {
	case server.IsZero():
		return 0
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
	if size > skewRefused {
		return fmt.Errorf("mongo: %w", &SkewError{Ahead: ahead})
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
