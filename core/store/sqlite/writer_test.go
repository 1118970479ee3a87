package sqlite

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	modernc "modernc.org/sqlite"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/queue"
)

var errWanted = errors.New("wanted")

// openNotes returns a connection to a database with a table of unique notes.
func openNotes(t *testing.T) *conn {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notes.db")
	if err := createFile(path); err != nil {
		t.Fatal(err)
	}
	c, err := openConn(path, "journal_mode = WAL")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.close(); err != nil {
			t.Error(err)
		}
	})
	if err := c.script("CREATE TABLE notes (text TEXT PRIMARY KEY) STRICT, WITHOUT ROWID"); err != nil {
		t.Fatal(err)
	}
	return c
}

// restingWriter returns a writer whose goroutine was not started.
func restingWriter(c *conn) *writer {
	log := slog.New(slog.DiscardHandler)
	return &writer{
		conn: c, log: log, clock: core.SystemClock{}, troubles: troubles{log: log, clock: core.SystemClock{}},
		wake: make(chan struct{}, 1), ended: make(chan struct{}),
	}
}

// countCommits counts the transactions that change something. The number is read
// while the connection rests.
func countCommits(t *testing.T, c *conn) *int {
	t.Helper()
	hooks, ok := c.raw.(modernc.HookRegisterer)
	if !ok {
		t.Fatal("the driver has no hooks")
	}
	var n int
	hooks.RegisterCommitHook(func() int32 { n++; return 0 })
	return &n
}

func notes(t *testing.T, c *conn) []string {
	t.Helper()
	var list []string
	if err := c.query(func(r row) error { list = append(list, r.text(0)); return nil }, "SELECT text FROM notes ORDER BY text"); err != nil {
		t.Fatal(err)
	}
	return list
}

// note inserts notes and then returns the error.
func note(end error, texts ...string) func(*conn) error {
	return func(c *conn) error {
		for _, text := range texts {
			if _, err := c.exec("INSERT INTO notes VALUES (?)", text); err != nil {
				return err
			}
		}
		return end
	}
}

// TestGroupIsolation commits groups of writes some of which fail: the others are
// stored, and nothing of the failed ones is.
func TestGroupIsolation(t *testing.T) {
	t.Parallel()
	panics := func(c *conn) error {
		_ = note(nil, "x")(c)
		panic("on purpose")
	}
	broken := func(c *conn) error {
		_, err := c.exec("INSERT INTO nowhere VALUES (1)")
		return err
	}
	for _, tc := range []struct {
		name   string
		writes []func(*conn) error
		failed []int
		want   []string
	}{
		{"none fails", []func(*conn) error{note(nil, "a", "b"), note(nil, "c")}, nil, []string{"a", "b", "c"}},
		{"fails before it writes", []func(*conn) error{note(nil, "a"), note(errWanted), note(nil, "b")}, []int{1}, []string{"a", "b"}},
		{"fails after it wrote", []func(*conn) error{note(nil, "a"), note(errWanted, "x"), note(nil, "b")}, []int{1}, []string{"a", "b"}},
		{"panics after it wrote", []func(*conn) error{note(nil, "a"), panics, note(nil, "b")}, []int{1}, []string{"a", "b"}},
		{"violates a constraint halfway", []func(*conn) error{note(nil, "a"), note(nil, "x", "a"), note(nil, "b")}, []int{1}, []string{"a", "b"}},
		{"statement in error", []func(*conn) error{note(nil, "a"), broken, note(nil, "b")}, []int{1}, []string{"a", "b"}},
		{"all fail", []func(*conn) error{note(errWanted, "x"), broken, panics}, []int{0, 1, 2}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := openNotes(t)
			w := restingWriter(c)
			var group []*write
			for _, run := range tc.writes {
				group = append(group, &write{run: run})
			}
			w.commit(group)
			var failed []int
			for i, op := range group {
				if op.err != nil {
					failed = append(failed, i)
				}
			}
			if diff := cmp.Diff(tc.failed, failed); diff != "" {
				t.Errorf("failed (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.want, notes(t, c)); diff != "" {
				t.Errorf("stored (-want +got):\n%s", diff)
			}
		})
	}
}

// TestTransactionLost: when SQLite gives up the whole transaction, as it does on
// a full disk, every write of the group fails, and the next group works.
func TestTransactionLost(t *testing.T) {
	t.Parallel()
	c := openNotes(t)
	w := restingWriter(c)
	lose := func(c *conn) error {
		_, err := c.exec("INSERT OR ROLLBACK INTO notes VALUES ('a')")
		return err
	}
	group := []*write{{run: note(nil, "a")}, {run: lose}, {run: note(nil, "b")}}
	w.commit(group)
	for i, op := range group {
		if op.err == nil {
			t.Errorf("write %d was acknowledged", i)
		}
	}
	if got := notes(t, c); len(got) != 0 {
		t.Errorf("stored %v", got)
	}
	next := []*write{{run: note(nil, "c")}}
	w.commit(next)
	if diff := cmp.Diff([]string{"c"}, notes(t, c)); diff != "" || next[0].err != nil {
		t.Errorf("error %v, stored (-want +got):\n%s", next[0].err, diff)
	}
}

// TestWriterGroups holds the writer inside one write while others arrive: they
// are committed together, except the one whose caller gave up.
func TestWriterGroups(t *testing.T) {
	t.Parallel()
	c := openNotes(t)
	commits := countCommits(t, c)
	w := newWriter(c, core.SystemClock{}, slog.New(slog.DiscardHandler), func() error { return nil })
	entered, release := make(chan struct{}), make(chan struct{})
	results := make(chan error, 5)
	go func() {
		results <- w.do(t.Context(), func(c *conn) error {
			close(entered)
			<-release
			return note(nil, "first")(c)
		})
	}()
	<-entered
	ctx, hangUp := context.WithCancel(t.Context())
	dropped := make(chan error, 1)
	go func() { dropped <- w.do(ctx, note(nil, "dropped")) }()
	for i := range 3 {
		go func() { results <- w.do(t.Context(), note(nil, strconv.Itoa(i))) }()
	}
	waitQueued(t, w, 4)
	hangUp()
	if err := <-dropped; !errors.Is(err, context.Canceled) {
		t.Errorf("dropped write: got %v, want %v", err, context.Canceled)
	}
	close(release)
	for range 4 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	w.stop()
	if *commits != 2 {
		t.Errorf("%d commits, want one for the first write and one for those that gathered", *commits)
	}
	if diff := cmp.Diff([]string{"0", "1", "2", "first"}, notes(t, c)); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
	if err := w.do(t.Context(), note(nil, "late")); !errors.Is(err, errClosed) {
		t.Errorf("after stop: got %v, want %v", err, errClosed)
	}
}

// waitQueued returns once n writes are waiting.
func waitQueued(t *testing.T, w *writer, n int) {
	t.Helper()
	coretest.Await(t, "writes that wait", func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return len(w.queue) == n
	})
}

// TestResultIsAwaited: a caller that hangs up after its write has begun learns
// what became of it.
func TestResultIsAwaited(t *testing.T) {
	t.Parallel()
	c := openNotes(t)
	w := newWriter(c, core.SystemClock{}, slog.New(slog.DiscardHandler), func() error { return nil })
	ctx, hangUp := context.WithCancel(t.Context())
	err := w.do(ctx, func(c *conn) error {
		hangUp()
		return note(nil, "a")(c)
	})
	w.stop()
	if err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"a"}, notes(t, c)); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
}

// TestMoreThanOneGroup queues more writes than one transaction takes.
func TestMoreThanOneGroup(t *testing.T) {
	t.Parallel()
	c := openNotes(t)
	commits := countCommits(t, c)
	w := restingWriter(c)
	var ops []*write
	for i := range 2*maxGroup + 1 {
		op := &write{run: note(nil, fmt.Sprintf("%04d", i)), done: make(chan struct{})}
		if err := w.enqueue(op); err != nil {
			t.Fatal(err)
		}
		ops = append(ops, op)
	}
	go w.loop()
	w.stop()
	for _, op := range ops {
		<-op.done
		if op.err != nil {
			t.Fatal(op.err)
		}
	}
	if *commits != 3 {
		t.Errorf("%d commits, want two of full groups and one of the rest", *commits)
	}
	if got := len(notes(t, c)); got != len(ops) {
		t.Errorf("stored %d of %d", got, len(ops))
	}
}

// TestClaimInSpoiledGroup claims in a group that is done over: each job is
// returned once, with the lease that was stored.
func TestClaimInSpoiledGroup(t *testing.T) {
	t.Parallel()
	s := openEmpty(t)
	if err := errors.Join(s.Migrate(t.Context()), s.Enqueue(t.Context(), queue.Job{Kind: "k", Key: "1"})); err != nil {
		t.Fatal(err)
	}
	entered, release := make(chan struct{}), make(chan struct{})
	results := make(chan error, 3)
	go func() {
		results <- s.writer.do(t.Context(), func(*conn) error {
			close(entered)
			<-release
			return nil
		})
	}()
	<-entered
	var claimed []queue.Job
	go func() {
		var err error
		claimed, err = s.Claim(t.Context(), queue.Wanted{Kinds: []string{"k"}, N: 9, Lease: time.Minute})
		results <- err
	}()
	go func() {
		err := s.writer.do(t.Context(), func(c *conn) error {
			return errors.Join(insertJob(c, queue.Job{Kind: "k", Key: "2"}), errWanted)
		})
		if errors.Is(err, errWanted) {
			err = nil
		}
		results <- err
	}()
	waitQueued(t, s.writer, 2)
	close(release)
	for range 3 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	if len(claimed) != 1 {
		t.Fatalf("claimed %v, want one job", claimed)
	}
	if err := s.Extend(t.Context(), claimed[0], time.Minute); err != nil {
		t.Errorf("the lease does not hold: %v", err)
	}
}

func TestPreparedStatementsAreKept(t *testing.T) {
	t.Parallel()
	c := openNotes(t)
	for _, text := range []string{"a", "b", "c"} {
		if err := note(nil, text)(c); err != nil {
			t.Fatal(err)
		}
	}
	if len(c.stmts) != 1 {
		t.Errorf("%d statements are kept, want 1", len(c.stmts))
	}
}
