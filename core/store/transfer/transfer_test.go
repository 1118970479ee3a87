package transfer_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/sqlite"
	"github.com/crier-social/crier/core/store/sqlite/sqlitetest"
	"github.com/crier-social/crier/core/store/storetest"
	"github.com/crier-social/crier/core/store/transfer"
)

// world is two stores, a full one and an empty one.
type world struct {
	clock *coretest.Clock
	transfer.Options
}

// began is when the clock of every world begins.
func began() time.Time { return time.Date(2026, time.November, 21, 8, 0, 0, 0, time.UTC) }

// everything is the file of a store with records of every kind, little that of one with a few.
var (
	everything = sync.OnceValues(func() ([]byte, error) {
		return filled(func(ctx context.Context, s store.Store) error { return storetest.FillEverything(ctx, s) })
	})
	little = sync.OnceValues(func() ([]byte, error) {
		return filled(func(ctx context.Context, s store.Store) error {
			return errors.Join(s.CreateProfile(ctx, core.Profile{ID: "profile-a", Primary: true}, nil), storetest.Fill(ctx, s, storetest.Filling{
				ProfileID: "profile-a", Platform: "example", AccountIDs: []string{"a"}, JobKind: "deliver", Posts: 2, Until: began(),
			}))
		})
	})
)

// filled returns the file of a store that fill has filled.
func filled(fill func(context.Context, store.Store) error) (data []byte, err error) {
	dir, err := os.MkdirTemp("", "crier-transfer-*")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path, ctx := filepath.Join(dir, "full.db"), context.Background()
	s, err := sqlite.Open(path, sqlite.Options{Clock: coretest.NewClock(began())})
	if err != nil {
		return nil, err
	}
	// The order matters: all is in the one file once the store is closed.
	if err := errors.Join(s.Migrate(ctx), fill(ctx, s), s.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

func newWorld(t *testing.T) *world { return worldOf(t, everything) }

func worldOf(t *testing.T, file func() ([]byte, error)) *world {
	t.Helper()
	data, err := file()
	path := sqlitetest.NewFile(t)
	if err := errors.Join(err, os.WriteFile(path, data, 0o600)); err != nil {
		t.Fatal(err)
	}
	w := &world{clock: coretest.NewClock(began().Add(2 * time.Hour))} // the job that is held has no lease any more
	from, to := openFile(t, path, w.clock), openFile(t, sqlitetest.NewFile(t), w.clock)
	w.Options = transfer.Options{From: transfer.Side{Store: from, Name: "old"}, To: transfer.Side{Store: to, Name: "new"}, Clock: w.clock}
	return w
}

func openFile(t *testing.T, path string, clock core.Clock) store.Store {
	t.Helper()
	s, err := sqlite.Open(path, sqlite.Options{Clock: clock})
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

// back is the move in the other direction.
func (w *world) back() transfer.Options {
	o := w.Options
	o.From, o.To = o.To, o.From
	return o
}

func (w *world) run(t *testing.T, o transfer.Options) transfer.Report {
	t.Helper()
	report, err := transfer.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	w.check(t, o)
	return report
}

// check holds the target of a move that is done against its source.
func (w *world) check(t *testing.T, o transfer.Options) {
	t.Helper()
	if diff := cmp.Diff(contents(t, o.From.Store), contents(t, o.To.Store)); diff != "" {
		t.Errorf("(-source +target):\n%s", diff)
	}
	w.wantStates(t, o, store.Left, store.Arrived)
}

func contents(t *testing.T, s store.Store) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, kind := range store.RecordKinds() {
		records, err := storetest.ReadAll(t.Context(), s, kind, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			all[string(kind)+" "+r.Key] = string(r.Body)
		}
	}
	return all
}

func (w *world) wantStates(t *testing.T, o transfer.Options, from, to store.MoveState) {
	t.Helper()
	got := []store.MoveState{state(t, o.From.Store), state(t, o.To.Store)}
	if diff := cmp.Diff([]store.MoveState{from, to}, got); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
}

func state(t *testing.T, s store.Store) store.MoveState {
	t.Helper()
	return mark(t, s).State
}

func mark(t *testing.T, s store.Store) store.Move {
	t.Helper()
	m, err := s.GetMove(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func enter(t *testing.T, s store.Store) error {
	t.Helper()
	return transfer.Enter(t.Context(), s, store.Move{}, time.Now())
}

func mustEnter(t *testing.T, s store.Store) {
	t.Helper()
	if err := enter(t, s); err != nil {
		t.Fatal(err)
	}
}

func wantRefusal(t *testing.T, err error, parts ...string) {
	t.Helper()
	if _, refused := errors.AsType[*transfer.Refusal](err); !refused {
		t.Fatalf("got %v, want a refusal", err)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the refusal lacks %q: %v", part, err)
		}
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	report := w.run(t, w.Options)
	if !report.Same() || len(report.Kinds) != len(store.RecordKinds()) {
		t.Errorf("reported: %+v", report)
	}
	for _, k := range report.Kinds {
		if k.Written == 0 || k.Written != k.Source.Records || k.Removed != 0 {
			t.Errorf("%s: %d records of %d were written, %d removed", k.Name, k.Written, k.Source.Records, k.Removed)
		}
	}
	wantRefusal(t, enter(t, w.From.Store), "moved to new", "--cancel", "--restored")
	mustEnter(t, w.To.Store)
	mustEnter(t, w.To.Store)
}

// A move that is done is done again without effect, unless somebody has worked with the target.
func TestRunAgain(t *testing.T) {
	t.Parallel()
	w := worldOf(t, little)
	w.run(t, w.Options)
	for _, k := range w.run(t, w.Options).Kinds {
		if k.Written != 0 || k.Removed != 0 {
			t.Errorf("%s: %d records were written again, %d removed", k.Name, k.Written, k.Removed)
		}
	}
	mustEnter(t, w.To.Store)
	before := contents(t, w.To.Store)
	_, err := transfer.Run(t.Context(), w.Options)
	wantRefusal(t, err, "old was moved")
	if diff := cmp.Diff(before, contents(t, w.To.Store)); diff != "" {
		t.Errorf("the target was changed:\n%s", diff)
	}
}

// TestCancel: the source goes on, and what changes there comes with the next run; also where
// a unique value has passed from one record to another.
func TestCancel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run(t, w.Options)
	if err := transfer.Cancel(t.Context(), w.Options); err != nil {
		t.Fatal(err)
	}
	w.wantStates(t, w.Options, store.Unmoved, store.Arriving)
	wantRefusal(t, enter(t, w.To.Store), "does not have all data of old")
	mustEnter(t, w.From.Store)
	swapKeys(t, w.From.Store)
	report := w.run(t, w.Options)
	changed := 0
	for _, k := range report.Kinds {
		changed += k.Written + k.Removed
	}
	if changed == 0 {
		t.Error("nothing was written anew")
	}
	mustEnter(t, w.To.Store)
	wantRefusal(t, transfer.Cancel(t.Context(), w.Options), "new has been worked with")
	w.wantStates(t, w.Options, store.Left, store.Unmoved)
}

// swapKeys exchanges the titles of two profiles, ends a job, and adds a post.
func swapKeys(t *testing.T, s store.Store) {
	t.Helper()
	a, err := s.PrimaryProfile(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.ProfileByTitle(t.Context(), "B")
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range []struct{ id, title string }{{a.ID, "C"}, {b.ID, a.Title}, {a.ID, "B"}} {
		if _, err := s.UpdateProfile(t.Context(), change.id, func(p *core.Profile) error { p.Title = change.title; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if there, err := s.Cancel(t.Context(), "deliver", "d1"); err != nil || !there {
		t.Fatal(there, err)
	}
	if err := s.InsertPost(t.Context(), store.NewPost{Post: core.Post{ID: "p9", ProfileID: b.ID, CreatedAt: time.Now()}}); err != nil {
		t.Fatal(err)
	}
}

// TestBack: what the target did meanwhile comes back to where it came from.
func TestBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run(t, w.Options)
	mustEnter(t, w.To.Store)
	swapKeys(t, w.To.Store)
	w.run(t, w.back())
	mustEnter(t, w.From.Store)
	w.run(t, w.Options)
}

// TestRestored: the operator says that the other store is lost.
func TestRestored(t *testing.T) {
	t.Parallel()
	w := worldOf(t, little)
	w.run(t, w.Options)
	lost := mark(t, w.From.Store)
	another := lost
	another.At = another.At.Add(-time.Hour)
	wantRefusal(t, transfer.Enter(t.Context(), w.From.Store, another, time.Now()), "moved to new")
	if err := transfer.Enter(t.Context(), w.From.Store, lost, time.Now()); err != nil {
		t.Fatal(err)
	}
	mustEnter(t, w.From.Store)
	_, err := transfer.Run(t.Context(), w.back())
	wantRefusal(t, err, "old has been worked with since it got the data of new")
	for _, half := range []transfer.Side{w.To} {
		if _, err := half.Store.UpdateMove(t.Context(), func(m *store.Move) error { m.State = store.Arriving; return nil }); err != nil {
			t.Fatal(err)
		}
		wantRefusal(t, transfer.Enter(t.Context(), half.Store, mark(t, half.Store), time.Now()), "does not have all data")
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	put := func(s func(*world) store.Store, m store.Move) func(*testing.T, *world) {
		return func(t *testing.T, w *world) {
			if _, err := s(w).UpdateMove(t.Context(), func(present *store.Move) error { *present = m; return nil }); err != nil {
				t.Fatal(err)
			}
		}
	}
	from := func(w *world) store.Store { return w.From.Store }
	to := func(w *world) store.Store { return w.To.Store }
	for name, tc := range map[string]struct {
		prepare func(*testing.T, *world)
		want    string
	}{
		"the same":                 {func(_ *testing.T, w *world) { w.To.Store = w.From.Store }, "same database"},
		"a target after a start":   {func(t *testing.T, w *world) { fill(t, w.To.Store) }, "new is not empty: it has a profile and nothing else"},
		"a target with profiles":   {func(t *testing.T, w *world) { fill(t, w.To.Store); fillAs(t, w.To.Store, "y") }, "new is not empty: it has profiles\nName an empty"},
		"a target with data":       {fillTarget, "new is not empty: it has profiles, deleted profiles, accounts, "},
		"another move's target":    {put(to, store.Move{StoreID: "t", State: store.Arriving, PeerID: "x", Peer: "third"}), "move from or to third"},
		"a target that is left":    {put(to, store.Move{StoreID: "t", State: store.Left, PeerID: "x", Peer: "third"}), "move from or to third"},
		"a target that is leaving": {put(to, store.Move{StoreID: "t", State: store.Leaving, PeerID: "x", Peer: "third"}), "move from or to third"},
		"another move's source":    {put(from, store.Move{StoreID: "s", State: store.Leaving, PeerID: "x", Peer: "third"}), "being moved, to third"},
		"a source that was left":   {put(from, store.Move{StoreID: "s", State: store.Left, PeerID: "x", Peer: "third"}), "old was moved, or is being moved, to third"},
		"half a source":            {put(from, store.Move{StoreID: "s", State: store.Arriving, PeerID: "x", Peer: "third"}), "old does not have all data of third"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := worldOf(t, little)
			tc.prepare(t, w)
			before := [2]store.MoveState{state(t, w.From.Store), state(t, w.To.Store)}
			_, err := transfer.Run(t.Context(), w.Options)
			wantRefusal(t, err, tc.want)
			w.wantStates(t, w.Options, before[0], before[1])
			if name != "the same" {
				wantRefusal(t, transfer.Cancel(t.Context(), w.Options), "old is not being moved to new")
			}
		})
	}
}

// A source that no server has worked with is refused before anything is marked.
func TestNoSource(t *testing.T) {
	t.Parallel()
	w := worldOf(t, little)
	w.From = transfer.Side{Store: openFile(t, sqlitetest.NewFile(t), w.clock), Name: "misspelt"}
	_, err := transfer.Run(t.Context(), w.Options)
	wantRefusal(t, err, "misspelt has no data of a server")
	for _, side := range []transfer.Side{w.From, w.To} {
		if diff := cmp.Diff(store.Move{}, mark(t, side.Store)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", side.Name, diff)
		}
	}
}

// A target that got nothing from another move is an empty one.
func TestTargetOfNothing(t *testing.T) {
	t.Parallel()
	w := worldOf(t, little)
	if _, err := w.To.Store.UpdateMove(t.Context(), func(m *store.Move) error {
		*m = store.Move{StoreID: "t", State: store.Arrived, PeerID: "x", Peer: "misspelt"}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	w.run(t, w.Options)
}

func fill(t *testing.T, s store.Store) {
	t.Helper()
	fillAs(t, s, "x")
}

func fillTarget(t *testing.T, w *world) {
	t.Helper()
	if err := storetest.FillEverything(t.Context(), w.To.Store); err != nil {
		t.Fatal(err)
	}
	if _, err := w.To.Store.Cancel(t.Context(), "held", "k"); err != nil { // else its lease is awaited
		t.Fatal(err)
	}
}

func fillAs(t *testing.T, s store.Store, name string) {
	t.Helper()
	if err := s.CreateProfile(t.Context(), core.Profile{ID: name, Title: name, RefID: name}, []byte(name)); err != nil {
		t.Fatal(err)
	}
}

// Somebody who is alive is refused at once or when the lease is extended; who is gone is
// awaited.
func TestUsers(t *testing.T) {
	t.Parallel()
	w := worldOf(t, little)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	take := func(s store.Store) {
		if taken, err := s.TakeLease(ctx, store.UserLease+"serve (process 7)", "someone", 10*time.Second); err != nil || !taken {
			t.Error(taken, err)
		}
	}
	take(w.To.Store)
	extended := 0
	w.Waiting = func(u store.User) {
		if u.Name != "serve (process 7)" {
			t.Errorf("waiting for %+v", u)
		}
		extended++
	}
	result := make(chan error, 1)
	run := func() {
		_, err := transfer.Run(ctx, w.Options)
		result <- err
	}
	looks := w.clock.Follow(coretest.Below(time.Second)) // not the pauses between extensions of the leases
	go run()
	looks.Next(t)
	w.clock.Advance(time.Second)
	looks.Next(t)
	take(w.To.Store) // it lives
	w.clock.Advance(time.Second)
	wantRefusal(t, coretest.Receive(t, "the refusal", result), "serve (process 7) works with new", "Stop all servers")
	w.wantStates(t, w.Options, store.Unmoved, store.Unmoved)
	go run()
	looks.Next(t)
	w.clock.Advance(10 * time.Second) // it does not
	if err := coretest.Receive(t, "the end of the move", result); err != nil {
		t.Fatal(err)
	}
	if extended != 2 {
		t.Errorf("told %d times of whom is waited for, want 2", extended)
	}
	w.check(t, w.Options)
}

// A process that has claimed jobs is known by its lock, however long it stands still.
func TestLockedOwner(t *testing.T) {
	t.Parallel()
	w := worldOf(t, little)
	path := sqlitetest.NewFile(t)
	other, mine := openFile(t, path, w.clock), openFile(t, path, w.clock)
	if _, err := other.Claim(t.Context(), queue.Wanted{Kinds: []string{"x"}, N: 1, Lease: time.Second}); err != nil {
		t.Fatal(err)
	}
	w.To.Store = mine
	_, err := transfer.Run(t.Context(), w.Options)
	wantRefusal(t, err, filepath.Base(path)+".owners"+string(os.PathSeparator), "works with new")
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	w.run(t, w.Options)
}

// altered is a store that shows another body of one record.
type altered struct{ store.Store }

func (a altered) ReadRecords(ctx context.Context, kind store.RecordKind, after string, limit int) ([]store.Record, error) {
	records, err := a.Store.ReadRecords(ctx, kind, after, limit)
	for i := range records {
		if kind == store.PostRecords && records[i].Key == "p3" {
			records[i].Body = []byte(`{}`)
		}
	}
	return records, err
}

// What the target does not keep as it was written is found, and nobody works with it then.
func TestDiffers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := w.To.Store
	w.To.Store = altered{to}
	report, err := transfer.Run(t.Context(), w.Options)
	if !errors.Is(err, transfer.ErrDiffers) || report.Same() {
		t.Fatalf("got %v and %+v, want a difference", err, report)
	}
	for _, k := range report.Kinds {
		want := []string(nil)
		if k.Name == store.PostRecords {
			want = []string{"p3"}
		}
		if diff := cmp.Diff(want, k.Differing); diff != "" || k.Different != len(want) || (k.Source.SHA256 != k.Target.SHA256) != (want != nil) {
			t.Errorf("%s: %+v\n%s", k.Name, k, diff)
		}
	}
	w.wantStates(t, w.Options, store.Leaving, store.Arriving)
	wantRefusal(t, enter(t, w.From.Store), "being moved to new", "--cancel")
	wantRefusal(t, enter(t, to), "does not have all data of old")
	w.To.Store = to
	w.run(t, w.Options)
}

// TestManyRecords has more records than are moved at a time.
func TestManyRecords(t *testing.T) {
	t.Parallel()
	w := worldOf(t, little)
	filling := storetest.Filling{
		ProfileID: "profile-a", Platform: "example", AccountIDs: []string{"a1", "a2"}, JobKind: "deliver", Posts: 600,
		Until: w.clock.Now(), CreatedWithin: time.Hour, DueFrom: w.clock.Now(), DueWithin: time.Hour,
	}
	if err := storetest.Fill(t.Context(), w.From.Store, filling); err != nil {
		t.Fatal(err)
	}
	steps := map[transfer.Step]int{}
	w.Progress = func(step transfer.Step, kind store.RecordKind, records int) {
		if kind == store.DeliveryRecords {
			steps[step] = max(steps[step], records)
		}
	}
	w.run(t, w.Options)
	if steps[transfer.Copying] < filling.Posts || steps[transfer.Comparing] < 500 {
		t.Errorf("told of %v", steps)
	}
}
