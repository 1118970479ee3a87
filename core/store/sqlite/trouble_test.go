package sqlite

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

// logbook is a log that other goroutines write.
type logbook struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

// events returns the events of the log, in order.
func (l *logbook) events(t *testing.T) []string {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	var names []string
	for line := range strings.Lines(l.buf.String()) {
		var entry struct{ Event string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		if entry.Event != "" {
			names = append(names, entry.Event)
		}
	}
	return names
}

// openLogged returns a store with its schema, its log and its file.
func openLogged(t *testing.T, clock core.Clock) (_ *Store, _ *logbook, path string) {
	t.Helper()
	log := &logbook{}
	path = filepath.Join(t.TempDir(), "crier.db")
	s, err := Open(path, Options{Clock: clock, Log: slog.New(slog.NewJSONHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s, log, path
}

// set changes a setting of the connection that writes, while it rests.
func (s *Store) set(t *testing.T, pragma string) {
	t.Helper()
	if err := s.writer.conn.script("PRAGMA " + pragma); err != nil {
		t.Fatal(err)
	}
}

// setRoom makes probes for room end with err.
func (s *Store) setRoom(t *testing.T, err error) {
	t.Helper()
	if err := s.writer.do(t.Context(), func(*conn) error { // not while one is made
		s.writer.room = func() error { return err }
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func wide(i int) store.NewPost {
	return store.NewPost{Post: core.Post{
		ID: "p" + strconv.Itoa(i), ProfileID: "profile", Status: core.PostOpen,
		Request: core.PostRequest{Notes: strings.Repeat("x", 20_000)},
	}}
}

// The store names what keeps it from writing, leaves nothing half written, tells its log
// once a minute, and goes on by itself.
func TestTroubles(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		begin, end string // settings by which SQLite itself fails
		want       error
	}{
		"full":      {"max_page_count = 60", "max_page_count = 1000000", store.ErrFull},
		"read-only": {"query_only = ON", "query_only = OFF", store.ErrReadOnly},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := coretest.NewClock(coretest.Epoch())
			s, log, _ := openLogged(t, clock)
			if err := s.Ping(t.Context()); err != nil { // as at a start
				t.Fatal(err)
			}
			s.setRoom(t, errors.New("none"))
			s.set(t, tc.begin)
			failed, stored := 0, map[string]bool{}
			for i := range 40 {
				err := s.InsertPost(t.Context(), wide(i))
				switch {
				case err == nil:
					stored["p"+strconv.Itoa(i)] = true
				case errors.Is(err, tc.want):
					failed++
				default:
					t.Fatal(err)
				}
			}
			if failed == 0 {
				t.Fatal("nothing failed")
			}
			if diff := cmp.Diff([]string{"store.failing"}, log.events(t)); diff != "" {
				t.Errorf("events within a minute (-want +got):\n%s", diff)
			}
			clock.Advance(time.Minute)
			if err := s.InsertPost(t.Context(), wide(100)); !errors.Is(err, tc.want) {
				t.Errorf("a minute later: %v", err)
			}
			s.set(t, tc.end)
			s.setRoom(t, nil)
			if err := s.InsertPost(t.Context(), wide(100)); err != nil {
				t.Errorf("after the trouble: %v", err)
			}
			stored["p100"] = true
			clock.Advance(quietFor)
			ping(t, s)
			if diff := cmp.Diff([]string{"store.failing", "store.failing", "store.recovered"}, log.events(t)); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			posts, err := s.ListPosts(t.Context(), store.PostQuery{ProfileID: "profile", Limit: 1000})
			if err != nil {
				t.Fatal(err)
			}
			there := map[string]bool{}
			for _, p := range posts {
				there[p.ID] = true
			}
			if diff := cmp.Diff(stored, there); diff != "" {
				t.Errorf("posts (-told +there):\n%s", diff)
			}
		})
	}
}

// Another program that holds the write lock for too long keeps writers from writing, not
// readers from reading, and a reader that takes its time keeps nobody.
func TestOtherPrograms(t *testing.T) {
	t.Parallel()
	clock := coretest.NewClock(coretest.Epoch())
	s, log, path := openLogged(t, clock)
	s.set(t, "busy_timeout = 50")
	if err := s.InsertPost(t.Context(), wide(1)); err != nil {
		t.Fatal(err)
	}
	other, err := openConn(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := other.close(); err != nil {
			t.Error(err)
		}
	}()
	if err := other.script("BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	if err := s.InsertPost(t.Context(), wide(2)); !errors.Is(err, store.ErrBusy) {
		t.Errorf("a write beside another program's: %v", err)
	}
	if _, err := s.GetPost(t.Context(), "profile", "p1"); err != nil {
		t.Errorf("a read beside another program's write: %v", err)
	}
	if err := s.Trouble(); !errors.Is(err, store.ErrBusy) {
		t.Errorf("the trouble beside another program's write: %v", err)
	}
	if err := other.script("COMMIT; BEGIN; SELECT count(*) FROM posts"); err != nil {
		t.Fatal(err)
	}
	if err := s.InsertPost(t.Context(), wide(2)); err != nil {
		t.Errorf("a write beside another program's read: %v", err)
	}
	if err := other.script("COMMIT"); err != nil {
		t.Fatal(err)
	}
	clock.Advance(quietFor)
	ping(t, s)
	if diff := cmp.Diff([]string{"store.failing", "store.recovered"}, log.events(t)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if err := s.Trouble(); err != nil {
		t.Errorf("the trouble that is over: %v", err)
	}
}

func ping(t *testing.T, s *Store) {
	t.Helper()
	if err := s.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// look is what a worker without work does to the store, several times a second.
func look(t *testing.T, s *Store) {
	t.Helper()
	if _, err := s.Claim(t.Context(), queue.Wanted{Kinds: []string{"publish"}, N: 1, Lease: time.Minute}); err != nil {
		t.Fatal(err)
	}
}

// Writes that still find room, and transactions that write nothing, do not end a trouble:
// its end is told when there is room for more, once nothing has failed for a while.
func TestSmallWritesOnAFullDisk(t *testing.T) {
	t.Parallel()
	clock := coretest.NewClock(coretest.Epoch())
	s, log, _ := openLogged(t, clock)
	events := func(when string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, log.events(t)); diff != "" {
			t.Errorf("events %s (-want +got):\n%s", when, diff)
		}
	}
	s.set(t, "max_page_count = 60")
	for n, i := 0, 0; n == 0; i++ { // until it is full
		if err := s.InsertPost(t.Context(), wide(i)); errors.Is(err, store.ErrFull) {
			n++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	for i := range 250 { // 25 s
		if err := s.InsertPost(t.Context(), wide(1000+i)); !errors.Is(err, store.ErrFull) {
			t.Fatalf("a large write: %v", err)
		}
		look(t, s)
		ping(t, s)
		clock.Advance(100 * time.Millisecond)
	}
	events("while large writes fail", "store.failing")
	s.setRoom(t, errors.New("none"))
	for range 10 {
		clock.Advance(quietFor)
		look(t, s)
		ping(t, s)
	}
	events("while there is no room", "store.failing", "store.failing")
	if err := s.Trouble(); !errors.Is(err, store.ErrFull) {
		t.Errorf("the trouble while there is no room: %v", err)
	}
	pauses := clock.Follow(nil)
	s.setRoom(t, nil)
	look(t, s)
	events("right after a probe", "store.failing", "store.failing")
	// Nobody has to write anything, nor to look.
	pauses.Pass(t, "the end of the trouble", func() bool { return s.Trouble() == nil })
	events("with room", "store.failing", "store.failing", "store.recovered")
	for range 12 { // a minute of a trouble that comes and goes
		if err := s.InsertPost(t.Context(), wide(2000)); !errors.Is(err, store.ErrFull) {
			t.Fatalf("a large write: %v", err)
		}
		clock.Advance(quietFor)
		look(t, s)
	}
	events("of a trouble that comes and goes", "store.failing", "store.failing", "store.recovered", "store.failing", "store.recovered")
}

// The probe for room leaves nothing behind, and does not take a folder in which no file can
// be made for one without room.
func TestRoom(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, path := range map[string]string{"room": filepath.Join(dir, "crier.db"), "no folder": filepath.Join(dir, "none", "crier.db")} {
		if err := hasRoom(path); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("the probe left %v, %v", left, err)
	}
}

// A ping waits no longer than it is told to, and names what is known to keep writers from
// writing.
func TestPingBesideALock(t *testing.T) {
	t.Parallel()
	coretest.LongEnough(t, 300*time.Millisecond, func(limit time.Duration) error { return pingBesideALock(t, limit) })
}

// pingBesideALock fails if the store does not wait long enough for a lock; the pings wait for a
// part of that.
func pingBesideALock(t *testing.T, busy time.Duration) error {
	t.Helper()
	clock := coretest.NewClock(coretest.Epoch())
	s, log, path := openLogged(t, clock)
	if err := s.Ping(t.Context()); err != nil { // as at a start
		t.Fatal(err)
	}
	other, err := openConn(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := other.close(); err != nil {
			t.Error(err)
		}
	}()
	if err := other.script("BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	ping := func() error {
		ctx, cancel := context.WithTimeout(t.Context(), busy/20)
		defer cancel()
		return s.Ping(ctx)
	}
	s.set(t, fmt.Sprintf("busy_timeout = %d", busy.Milliseconds()))
	if err := ping(); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, store.ErrBusy) {
		return fmt.Errorf("before anything failed: %w", err)
	}
	if err := s.InsertPost(t.Context(), wide(1)); !errors.Is(err, store.ErrBusy) {
		t.Errorf("a write: %v", err)
	}
	if err := ping(); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, store.ErrBusy) {
		return fmt.Errorf("after a write has failed: %w", err)
	}
	if err := other.script("COMMIT"); err != nil {
		t.Fatal(err)
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("after the lock: %v", err)
	}
	clock.Advance(quietFor)
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("some time after the lock: %v", err)
	}
	if diff := cmp.Diff([]string{"store.failing", "store.recovered"}, log.events(t)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	return nil
}

// A store in which nothing could be written yet tells whoever opens it, not the log: no server
// is there that would go on by itself.
func TestTroubleAtStart(t *testing.T) {
	t.Parallel()
	first, _, path := openLogged(t, core.SystemClock{})
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	log := &logbook{}
	s, err := Open(path, Options{Log: slog.New(slog.NewJSONHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.set(t, "query_only = ON")
	if err := s.Ping(t.Context()); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("ping: %v", err)
	}
	if diff := cmp.Diff([]string(nil), log.events(t)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// What is no database is not taken for one.
func TestDamaged(t *testing.T) {
	t.Parallel()
	s, _, _ := openLogged(t, core.SystemClock{})
	if err := s.writer.do(t.Context(), func(c *conn) error {
		return c.script("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 9999 WHERE name = 'posts'; PRAGMA writable_schema = RESET")
	}); err != nil && !errors.Is(err, store.ErrDamaged) {
		t.Fatal(err)
	}
	if _, err := s.GetPost(t.Context(), "profile", "p1"); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("reading damaged data: %v", err)
	}
}
