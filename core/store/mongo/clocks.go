package mongo

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/crier-social/crier/core"
)

const (
	// skewKnown is for how long what a comparison of the clocks has shown is relied on. Who
	// watches the store compares them more often, by LatestTime.
	skewKnown = 15 * time.Second
	// skewStep is by how much a clock may have been set since for that.
	skewStep = time.Second
)

// clocks knows by how much this machine's clock is ahead of the server's: what the last
// comparison has shown, and by how much the clock was set since. So a clock that is set is
// noticed at once.
//
// What depends on the time, or makes others depend on it, is refused while it is wrong: no job
// is claimed, entered into a lane or kept, no post accepted, nothing periodic begun, and the
// time is not noted. What was under way is still recorded.
type clocks struct {
	clock    core.Clock
	compared bool // else the store goes by a clock that nothing can be compared with

	asking sync.Mutex // held by the one who compares

	mu    sync.Mutex
	read  core.ClockReading // of the last comparison; zero: there was none
	ahead time.Duration     // as of read
	wrong bool              // as of read: ahead is more than is safe
}

// present is by how much the clock is ahead now, and whether that is known for certain.
func (c *clocks) present() (ahead time.Duration, certain bool) {
	now := core.ReadClock(c.clock)
	c.mu.Lock()
	defer c.mu.Unlock()
	step := now.StepSince(c.read)
	certain = !c.read.At.IsZero() && step.Abs() <= skewStep && now.Passed(c.read) <= skewKnown
	return c.ahead + step, certain
}

// trusted tells whether the clock is right as far as is known without asking.
func (c *clocks) trusted() bool {
	ahead, _ := c.present()
	return !c.compared || ahead.Abs() <= skewRefused
}

// serverNow is the server's time as far as it is known without asking, when the clock is wrong;
// else the clock's own.
func (c *clocks) serverNow() time.Time {
	now := c.clock.Now()
	if ahead, _ := c.present(); c.compared && ahead.Abs() > skewRefused {
		return now.Add(-ahead)
	}
	return now
}

// note keeps what a comparison has shown, and tells whether the one before had shown the clock
// to be wrong.
func (c *clocks) note(read core.ClockReading, ahead time.Duration, wrong bool) (wasWrong bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	wasWrong = c.wrong
	c.read, c.ahead, c.wrong = read, ahead, wrong
	return wasWrong
}

// checkClocks compares this machine's clock with the server's, and fails if they differ by more
// than is safe.
func (s *Store) checkClocks(ctx context.Context) error {
	if !s.clocks.compared {
		return nil
	}
	s.clocks.asking.Lock()
	defer s.clocks.asking.Unlock()
	return s.compareClocks(ctx)
}

// clockRight is checkClocks that asks the server only if it is not known what it would say.
func (s *Store) clockRight(ctx context.Context) error {
	if !s.clocks.compared {
		return nil
	}
	if ahead, certain := s.clocks.present(); certain {
		return s.judgeSkew(ahead)
	}
	s.clocks.asking.Lock()
	defer s.clocks.asking.Unlock()
	if ahead, certain := s.clocks.present(); certain { // another call has asked meanwhile
		return s.judgeSkew(ahead)
	}
	return s.compareClocks(ctx)
}

// compareClocks asks the server. An answer that took long leaves open by how much the clocks
// differ: of what is possible then, that counts which is nearest to what was known before.
func (s *Store) compareClocks(ctx context.Context) error {
	asked := s.clock.Now()
	server, err := s.serverTime(ctx)
	if err != nil {
		return err
	}
	known, _ := s.clocks.present()
	read := core.ReadClock(s.clock)
	ahead := nearest(known, asked.Sub(server), read.At.Sub(server))
	err = s.judgeSkew(ahead)
	if wasWrong := s.clocks.note(read, ahead, err != nil); wasWrong && err == nil {
		s.log.Info("this machine's clock is right again", "event", "store.clock_right", "ahead", ahead)
	}
	return err
}

// nearest is the value of the range that is nearest to d.
func nearest(d, least, most time.Duration) time.Duration { return min(max(d, least), most) }

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

// judgeSkew tells the log of a difference, and fails for one that is not safe.
func (s *Store) judgeSkew(ahead time.Duration) error {
	if ahead.Abs() <= skewTold {
		return nil
	}
	err := About{Ahead: ahead}.Skew()
	if s.skewTold.due(s.clock.Now()) {
		if err != nil {
			s.log.Error("this machine's clock is wrong: nothing is accepted, claimed or sent here until it is right again",
				"event", "store.clock_skew", "ahead", ahead, "refused_beyond", skewRefused, "way_out", skewWayOut)
		} else {
			s.log.Warn("the clocks of this machine and of the database's server differ",
				"event", "store.clock_skew", "ahead", ahead, "refused_beyond", skewRefused, "way_out", skewWayOut)
		}
	}
	if err != nil {
		return fmt.Errorf("mongo: %w", err)
	}
	return nil
}
