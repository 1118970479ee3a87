package mongo_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/mongo"
	"github.com/crier-social/crier/core/store/mongo/mongotest"
)

// limits make a test of an outage short; what they say is checked, too.
const (
	limits      = "timeoutMS=4000&serverSelectionTimeoutMS=1000"
	callLimit   = 4 * time.Second
	refusedSoon = 200 * time.Millisecond
	// backAgain bounds how late it is noticed that the server is back: one question that is
	// never answered, a pause, and one that is.
	backAgain = 5 * time.Second
)

// journal is a log to read in.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) count(text string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Count(j.text.String(), text)
}

// watched is a store behind a proxy, and its log.
func watched(t *testing.T, prepare func(*mongotest.Proxy)) (*mongo.Store, *mongotest.Proxy, *journal) {
	t.Helper()
	log, p := &journal{}, mongotest.NewProxy(t, mongotest.NewURL(t, limits))
	if prepare != nil {
		prepare(p)
	}
	s, err := mongo.Open(p.URL(), mongo.Options{Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s, p, log
}

// calls are calls that read, and that write.
func calls(t *testing.T, s *mongo.Store) map[string]func() error {
	return map[string]func() error{
		"get":   func() error { _, err := s.GetPost(t.Context(), "p", "x"); return unlessNotFound(err) },
		"list":  func() error { _, err := s.ListPosts(t.Context(), store.PostQuery{ProfileID: "p"}); return err },
		"lease": func() error { _, err := s.TakeLease(t.Context(), "x", "me", time.Minute); return err },
		"ping":  func() error { return s.Ping(t.Context()) },
	}
}

func unlessNotFound(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// TestServerThatIsAway: the calls that meet the beginning of an outage fail within their time
// limit, all others at once, until the server is back; nobody has to ask for that.
func TestServerThatIsAway(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		prepare     func(*mongotest.Proxy)
		begin, heal func(*mongotest.Proxy)
	}{
		"refuses connections": {nil, (*mongotest.Proxy).Cut, (*mongotest.Proxy).Heal},
		"hangs":               {nil, (*mongotest.Proxy).Stall, (*mongotest.Proxy).Heal},
		"no primary":          {(*mongotest.Proxy).PlayReplicaSet, (*mongotest.Proxy).StepDown, (*mongotest.Proxy).StepUp},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, p, log := watched(t, tc.prepare)
			for name, call := range calls(t, s) {
				if err := call(); err != nil {
					t.Fatalf("%s, while the server is there: %v", name, err)
				}
			}
			tc.begin(p)
			var group sync.WaitGroup
			for name, call := range calls(t, s) {
				group.Go(func() { failsWithin(t, name, callLimit+time.Second, call) })
			}
			group.Wait()
			failsWithin(t, "while the server is asked", 2*time.Second, calls(t, s)["get"])
			for range 50 {
				for name, call := range calls(t, s) {
					failsWithin(t, name+" again", refusedSoon, call)
				}
			}
			if err := s.Trouble(); !errors.Is(err, store.ErrUnreachable) {
				t.Errorf("the trouble: %v", err)
			}
			tc.heal(p)
			within(t, backAgain, func() bool { return s.Trouble() == nil })
			for name, call := range calls(t, s) {
				if err := call(); err != nil {
					t.Errorf("%s, after the server came back: %v", name, err)
				}
			}
			for _, event := range []string{"store.failing", "store.recovered"} {
				if n := log.count(event); n != 1 {
					t.Errorf("the log has %s %d times:\n%s", event, n, &log.text)
				}
			}
		})
	}
}

func failsWithin(t *testing.T, name string, limit time.Duration, call func() error) {
	t.Helper()
	began := time.Now()
	err := call()
	if took := time.Since(began); took > limit || !errors.Is(err, store.ErrUnreachable) {
		t.Errorf("%s: after %s: %v", name, took, err)
	}
}

// within waits until something holds.
func within(t *testing.T, limit time.Duration, holds func() bool) {
	t.Helper()
	for began := time.Now(); !holds(); <-time.After(10 * time.Millisecond) {
		if time.Since(began) > limit {
			t.Fatalf("not within %s", limit)
		}
	}
}

// TestDoubtIsNoOutage: one connection that is lost, and a call that takes long, keep no other
// call from being made.
func TestDoubtIsNoOutage(t *testing.T) {
	t.Parallel()
	s, p, log := watched(t, nil)
	p.Fail(func(c mongotest.Command) mongotest.Fault {
		if c.Name == "find" {
			return mongotest.Refuse
		}
		return mongotest.Pass
	})
	for range 2 {
		if _, err := s.GetPost(t.Context(), "p", "x"); !errors.Is(err, store.ErrUnreachable) {
			t.Fatalf("a call whose connection is cut: %v", err)
		}
		if _, err := s.TakeLease(t.Context(), "x", "me", time.Minute); err != nil {
			t.Fatalf("another call: %v", err)
		}
	}
	if n := log.count("store.failing"); n != 1 {
		t.Errorf("the log has store.failing %d times", n)
	}
}

// TestServerThatRefuses: what a server answers in place of a result has a name that people
// are told, and is over once it works again.
func TestServerThatRefuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		code      int
		onlyWrite bool
		want      error
	}{
		"disk full":        {14031, true, store.ErrFull},
		"no right":         {13, true, store.ErrReadOnly},
		"stepping down":    {189, false, store.ErrUnreachable},
		"shutting down":    {91, false, store.ErrUnreachable},
		"shard is away":    {133, false, store.ErrUnreachable},
		"login is refused": {18, false, store.ErrDenied},
		"no right at all":  {13, false, store.ErrReadOnly},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, p, log := watched(t, nil)
			p.Answer(func(c mongotest.Command) *mongotest.CommandError {
				if tc.onlyWrite && !c.Writes() {
					return nil
				}
				return &mongotest.CommandError{Code: tc.code, Name: "Name", Message: "scripted"}
			})
			began := time.Now()
			for range 20 {
				if _, err := s.TakeLease(t.Context(), "x", "me", time.Minute); !errors.Is(err, tc.want) {
					t.Fatalf("a write: %v, want %v", err, tc.want)
				}
				if err := calls(t, s)["get"](); (err == nil) != tc.onlyWrite {
					t.Fatalf("a read: %v", err)
				}
				if tc.onlyWrite && !errors.Is(s.Trouble(), tc.want) {
					t.Fatalf("the trouble after a read: %v", s.Trouble())
				}
			}
			if took := time.Since(began); took > callLimit {
				t.Errorf("what the server refuses at once took %s", took)
			}
			p.Answer(nil)
			within(t, 7*time.Second, func() bool {
				_, err := s.TakeLease(t.Context(), "x", "me", time.Minute)
				return err == nil && s.Trouble() == nil
			})
			for _, event := range []string{"store.failing", "store.recovered"} {
				if n := log.count(event); n != 1 {
					t.Errorf("the log has %s %d times:\n%s", event, n, &log.text)
				}
			}
		})
	}
}

// TestLogin: a login that the server refuses is told as such, and not as a server that is
// away.
func TestLogin(t *testing.T) {
	t.Parallel()
	p := mongotest.NewProxy(t, mongotest.NewURL(t, limits))
	p.Answer(func(c mongotest.Command) *mongotest.CommandError {
		if c.Name != "saslStart" {
			return nil
		}
		return &mongotest.CommandError{Code: 18, Name: "AuthenticationFailed", Message: "Authentication failed."}
	})
	s, err := mongo.Open(strings.Replace(p.URL(), "://", "://user:secret@", 1), mongo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	// Calls that are made together with the first tell what it found.
	within(t, time.Second, func() bool { return errors.Is(s.Ping(t.Context()), store.ErrDenied) })
	for range 3 {
		err = s.Ping(t.Context())
		if !errors.Is(err, store.ErrDenied) || strings.Contains(err.Error(), "secret") {
			t.Fatalf("the error: %v", err)
		}
	}
	p.Cut()
	within(t, backAgain, func() bool { return errors.Is(s.Ping(t.Context()), store.ErrUnreachable) })
}
