package mongo

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/store/mongo/mongotest"
)

func TestSkewOf(t *testing.T) {
	t.Parallel()
	asked, answered := noon, noon.Add(2*time.Second)
	for name, c := range map[string]struct {
		server time.Time
		want   time.Duration
	}{
		"the same":                   {noon.Add(time.Second), 0},
		"as early as can be":         {asked, 0},
		"as late as can be":          {answered, 0},
		"ahead of the server":        {asked.Add(-time.Minute), time.Minute},
		"behind the server":          {answered.Add(time.Minute), -time.Minute},
		"a slow answer hides it all": {asked.Add(time.Millisecond), 0},
	} {
		if got := skewOf(asked, answered, c.server); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestJudgeSkew(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ahead time.Duration
		told  bool
		text  string // of the error; empty: none
	}{
		"none":                {0, false, ""},
		"little":              {skewTold, false, ""},
		"ahead":               {skewTold + 1, true, ""},
		"behind":              {-skewTold - 1, true, ""},
		"as far as may be":    {skewRefused, true, ""},
		"too far ahead":       {21 * time.Second, true, "is 21s ahead of the clock of the database's server"},
		"too far behind":      {-time.Hour, true, "is 1h0m0s behind the clock of the database's server"},
		"less than a second:": {time.Millisecond, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			clock := coretest.NewClock(noon)
			s := &Store{clock: clock, log: slog.New(slog.NewTextHandler(&log, nil)), skewTold: every{pause: skewEvery}}
			err := s.judgeSkew(c.ahead)
			var skew *SkewError
			switch {
			case c.text == "" && err != nil:
				t.Error(err)
			case c.text != "" && (!errors.As(err, &skew) || skew.Ahead != c.ahead || !strings.Contains(err.Error(), c.text) || !strings.Contains(err.Error(), "NTP")):
				t.Errorf("got %v, want one that says: %s", err, c.text)
			}
			clock.Advance(skewEvery)
			_ = s.judgeSkew(c.ahead) // too soon to tell of it again
			if told := strings.Count(log.String(), "store.clock_skew"); c.told != (told == 1) || told > 1 {
				t.Errorf("the log is told %d times", told)
			}
			clock.Advance(1)
			_ = s.judgeSkew(c.ahead)
			if told := strings.Count(log.String(), "store.clock_skew"); c.told != (told == 2) {
				t.Errorf("after a while, the log is told %d times in all", told)
			}
		})
	}
}

// TestClocksOfTheServer asks the server for its time, which runs on the machine of the test or
// on one whose clock is right.
func TestClocksOfTheServer(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s, err := Open(mongotest.NewURL(t), Options{Clock: core.SystemClock{}, Log: slog.New(slog.NewTextHandler(&log, nil))})
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	must(t, s.Migrate(t.Context()))
	must(t, s.Ping(t.Context()))
	if log.Len() > 0 {
		t.Errorf("the log is told: %s", &log)
	}
}

// TestOnlyTheSystemsClockIsCompared: a clock that is moved by hand may be hours away.
func TestOnlyTheSystemsClockIsCompared(t *testing.T) {
	t.Parallel()
	s := opened(t) // its clock stands at noon of another day
	must(t, s.Ping(t.Context()))
}

func TestEvery(t *testing.T) {
	t.Parallel()
	e := every{pause: time.Second}
	for i, c := range []struct {
		at   time.Duration
		want bool
	}{
		{0, true},
		{0, false},
		{time.Second, false},
		{time.Second + 1, true},
		{2 * time.Second, false},
		{0, true}, // the clock was set back
		{time.Millisecond, false},
	} {
		if got := e.due(noon.Add(c.at)); got != c.want {
			t.Errorf("step %d: %v", i, got)
		}
	}
}

func TestUnlessThere(t *testing.T) {
	t.Parallel()
	there := mongo.BulkWriteError{WriteError: mongo.WriteError{Code: 11000}}
	other := mongo.BulkWriteError{WriteError: mongo.WriteError{Code: 14031}}
	for name, c := range map[string]struct {
		err   error
		fails bool
	}{
		"none":                     {nil, false},
		"there":                    {mongo.BulkWriteException{WriteErrors: []mongo.BulkWriteError{there, there}}, false},
		"one has another error":    {mongo.BulkWriteException{WriteErrors: []mongo.BulkWriteError{there, other}}, true},
		"not known to a majority":  {mongo.BulkWriteException{WriteErrors: []mongo.BulkWriteError{there}, WriteConcernError: &mongo.WriteConcernError{Code: 64}}, true},
		"another error altogether": {errors.New("no answer"), true},
	} {
		if err := unlessThere(c.err); (err != nil) != c.fails {
			t.Errorf("%s: %v", name, err)
		}
	}
}
