package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	modernc "modernc.org/sqlite"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/sqlite"
	"github.com/crier-social/crier/core/store/sqlite/sqlitetest"
	"github.com/crier-social/crier/core/store/storetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, clock core.Clock) store.Store {
		t.Helper()
		return open(t, sqlitetest.NewFile(t), sqlite.Options{Clock: clock})
	})
}

// open returns a migrated store that is closed at the end of the test.
func open(t *testing.T, path string, o sqlite.Options) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(path, o)
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
	return s
}

func newPost(id string) store.NewPost {
	post := core.Post{ID: id, ProfileID: "profile", Status: core.PostOpen, CreatedAt: time.Now()}
	d := core.Delivery{ID: id + "/d", PostID: id, ProfileID: "profile", State: core.DeliveryAccepted, DueAt: post.CreatedAt}
	return store.NewPost{
		Post: post, Deliveries: []core.Delivery{d},
		Jobs: []queue.Job{{Kind: "deliver", Key: d.ID, RunAt: d.DueAt}},
	}
}

func TestFilesBelongToTheOwner(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new folder", "a ?b=c#d%41é&.db")
	s := open(t, path, sqlite.Options{})
	if err := s.InsertPost(t.Context(), newPost("p1")); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %o, want 600", info.Name(), mode)
		}
	}
	folder, err := os.Stat(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	if mode := folder.Mode().Perm(); mode != 0o700 {
		t.Errorf("the folder has mode %o, want 700", mode)
	}
}

func TestOpenFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage.db")
	if err := os.WriteFile(garbage, []byte("this is not a database, however long one looks at it"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"a folder": dir, "below a file": filepath.Join(garbage, "x.db"), "garbage": garbage} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := sqlite.Open(path, sqlite.Options{})
			if err == nil {
				t.Error("it was opened")
				err = s.Close()
			}
			if err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestMigrateRefusesNewerSchema(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "crier.db")
	if err := open(t, path, sqlite.Options{}).Close(); err != nil {
		t.Fatal(err)
	}
	execute(t, path, "PRAGMA user_version = 1000")
	s, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Migrate(t.Context()); !errors.Is(err, store.ErrNewerSchema) {
		t.Errorf("got %v, want %v", err, store.ErrNewerSchema)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestPingBeforeMigrateFails(t *testing.T) {
	t.Parallel()
	s, err := sqlite.Open(filepath.Join(t.TempDir(), "crier.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Ping(t.Context()); err == nil {
		t.Error("a store without a schema answers a ping")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestMigrateConcurrently(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "crier.db")
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			s, err := sqlite.Open(path, sqlite.Options{})
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Migrate(t.Context()); err != nil {
				t.Error(err)
			}
			if err := s.InsertPost(t.Context(), newPost(strconv.Itoa(i))); err != nil {
				t.Error(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestClosed(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "crier.db"), sqlite.Options{})
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.InsertPost(t.Context(), newPost("p1")); err == nil {
		t.Error("a closed store writes")
	}
	if _, err := s.GetPost(t.Context(), "profile", "p1"); err == nil || errors.Is(err, store.ErrNotFound) {
		t.Errorf("a closed store answers a read with %v", err)
	}
}

// TestCloseFinishesWrites closes the store while callers write: each of them is
// either served or refused, and what was acknowledged is there afterwards.
func TestCloseFinishesWrites(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "crier.db")
	s := open(t, path, sqlite.Options{})
	acknowledged := writeUntilRefused(t, s, 20, func() { _ = s.Close() })
	wantStored(t, open(t, path, sqlite.Options{}), acknowledged)
}

// writeUntilRefused lets clients insert posts until the store refuses, calls stop
// once a hundred are stored, and returns the ids of the stored ones.
func writeUntilRefused(t *testing.T, s *sqlite.Store, clients int, stop func()) []string {
	t.Helper()
	var (
		wg     sync.WaitGroup
		mu     sync.Mutex
		stored []string
		enough = make(chan struct{})
	)
	for c := range clients {
		wg.Go(func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("%d-%d", c, i)
				if err := s.InsertPost(t.Context(), newPost(id)); err != nil {
					return
				}
				mu.Lock()
				if stored = append(stored, id); len(stored) == 100 {
					close(enough)
				}
				mu.Unlock()
			}
		})
	}
	<-enough
	stop()
	wg.Wait()
	return stored
}

func wantStored(t *testing.T, s *sqlite.Store, ids []string) {
	t.Helper()
	for _, id := range ids {
		if _, err := s.GetPost(t.Context(), "profile", id); err != nil {
			t.Errorf("post %s was acknowledged: %v", id, err)
		}
		if list, err := s.ListDeliveries(t.Context(), id); err != nil || len(list) != 1 {
			t.Errorf("post %s has %d deliveries: %v", id, len(list), err)
		}
	}
}

// TestHangUps lets 100 clients end their contexts in the middle of InsertPost,
// again and again. A nil is a promise, an error means that nothing was stored,
// and the store goes on working.
func TestHangUps(t *testing.T) {
	t.Parallel()
	const clients, rounds = 100, 8
	path := filepath.Join(t.TempDir(), "crier.db")
	s := open(t, path, sqlite.Options{})
	var (
		mu              sync.Mutex
		stored, refused []string
	)
	client := func(c int, patience time.Duration) {
		for r := range rounds {
			id := fmt.Sprintf("%s-%d-%d", patience, c, r)
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration((c*rounds+r)%40)*patience/40)
			err := s.InsertPost(ctx, newPost(id))
			cancel()
			mu.Lock()
			if err == nil {
				stored = append(stored, id)
			} else {
				refused = append(refused, id)
			}
			mu.Unlock()
			if err != nil && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("post %s: %v", id, err)
			}
		}
	}
	coretest.LongEnough(t, 4*time.Millisecond, func(patience time.Duration) error {
		var wg sync.WaitGroup
		for c := range clients {
			wg.Go(func() { client(c, patience) })
		}
		wg.Wait()
		if len(stored) == 0 || len(refused) == 0 {
			return fmt.Errorf("%d stored, %d refused: the test shows nothing", len(stored), len(refused))
		}
		return nil
	})
	if err := s.InsertPost(t.Context(), newPost("last")); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path, sqlite.Options{})
	wantStored(t, s, append(stored, "last"))
	for _, id := range refused {
		if _, err := s.GetPost(t.Context(), "profile", id); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("post %s was refused, but: %v", id, err)
		}
	}
}

// TestKilled copies the files of an open store, as a process that is killed leaves
// them, and opens the copy.
func TestKilled(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "crier.db")
	s := open(t, path, sqlite.Options{})
	var acknowledged []string
	for i := range 50 {
		id := strconv.Itoa(i)
		if err := s.InsertPost(t.Context(), newPost(id)); err != nil {
			t.Fatal(err)
		}
		acknowledged = append(acknowledged, id)
	}
	left := filepath.Join(t.TempDir(), "crier.db")
	for _, suffix := range []string{"", "-wal"} {
		data, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(left+suffix, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	again := open(t, left, sqlite.Options{})
	wantStored(t, again, acknowledged)
	if err := again.InsertPost(t.Context(), newPost("next")); err != nil {
		t.Error(err)
	}
	// The copy shares nothing with the store that it was made of.
	wantStored(t, open(t, path, sqlite.Options{}), acknowledged)
}

// TestIdentityStays: an update that changes what identifies a record is stored
// without that change.
func TestIdentityStays(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := open(t, filepath.Join(t.TempDir(), "crier.db"), sqlite.Options{})
	n := newPost("p1")
	d := &n.Deliveries[0]
	d.AccountID, d.Platform = "a1", "network"
	account := core.Account{ID: "a1", ProfileID: "profile", Platform: "network", RemoteID: "r1"}
	if err := errors.Join(s.InsertPost(ctx, n), s.CreateAccount(ctx, account, nil)); err != nil {
		t.Fatal(err)
	}

	post, err := s.UpdatePost(ctx, "p1", func(p *core.Post) error {
		*p = core.Post{ID: "x", ProfileID: "x", Version: 9, CreatedAt: n.Post.CreatedAt, Status: core.PostError}
		return nil
	})
	if err != nil || post.ID != "p1" || post.ProfileID != "profile" || post.Version != 1 || post.Status != core.PostError {
		t.Errorf("UpdatePost: %+v, %v", post, err)
	}
	stored, err := s.GetPost(ctx, "profile", "p1")
	if diff := cmp.Diff(post, stored); diff != "" || err != nil {
		t.Errorf("GetPost: %v (-updated +stored):\n%s", err, diff)
	}

	delivery, err := s.UpdateDelivery(ctx, d.ID, func(d *core.Delivery) error {
		*d = core.Delivery{ID: "x", PostID: "x", ProfileID: "x", AccountID: "x", Platform: "x", Version: 9, State: core.DeliveryFailed}
		return nil
	})
	want := core.Delivery{
		ID: d.ID, PostID: "p1", ProfileID: "profile", AccountID: "a1", Platform: "network", Version: 1, State: core.DeliveryFailed,
	}
	if diff := cmp.Diff(want, delivery); diff != "" || err != nil {
		t.Errorf("UpdateDelivery: %v (-want +got):\n%s", err, diff)
	}

	updated, err := s.UpdateAccount(ctx, "a1", func(a *core.Account) error {
		*a = core.Account{ID: "x", ProfileID: "x", Platform: "x", RemoteID: "x", Username: "new"}
		return nil
	})
	account.Username = "new"
	if diff := cmp.Diff(account, updated); diff != "" || err != nil {
		t.Errorf("UpdateAccount: %v (-want +got):\n%s", err, diff)
	}

	if err := s.InsertUpload(ctx, core.Upload{ID: "u1", ProfileID: "profile", CreatedAt: n.Post.CreatedAt}); err != nil {
		t.Fatal(err)
	}
	upload, err := s.UpdateUpload(ctx, "u1", func(u *core.Upload) error {
		*u = core.Upload{ID: "x", ProfileID: "x", Version: 9, State: core.UploadReady}
		return nil
	})
	if err != nil || upload.ID != "u1" || upload.ProfileID != "profile" || upload.Version != 1 || upload.CreatedAt.IsZero() || upload.State != core.UploadReady {
		t.Errorf("UpdateUpload: %+v, %v", upload, err)
	}
}

// TestTwoProcesses opens the file twice, as serve and worker do, and lets both
// write, and then both claim, at the same time.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	const posts, writers = 20, 4
	path := filepath.Join(t.TempDir(), "crier.db")
	stores := []*sqlite.Store{open(t, path, sqlite.Options{}), open(t, path, sqlite.Options{})}
	var wg sync.WaitGroup
	for n, s := range stores {
		for w := range writers {
			wg.Go(func() {
				for i := range posts {
					if err := s.InsertPost(t.Context(), newPost(fmt.Sprintf("%d-%d-%d", n, w, i))); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	wg.Wait()
	claims := make([][]queue.Job, len(stores))
	for n, s := range stores {
		wg.Go(func() {
			for {
				jobs, err := s.Claim(t.Context(), queue.Wanted{Kinds: []string{"deliver"}, N: 4, Lease: time.Hour})
				if err != nil || len(jobs) == 0 {
					if err != nil {
						t.Error(err)
					}
					return
				}
				claims[n] = append(claims[n], jobs...)
			}
		})
	}
	wg.Wait()
	seen := map[string]int{}
	for _, j := range slices.Concat(claims...) {
		seen[j.Key]++
	}
	for key, n := range seen {
		if n != 1 {
			t.Errorf("%s was claimed %d times", key, n)
		}
	}
	if want := len(stores) * writers * posts; len(seen) != want {
		t.Errorf("claimed %d jobs, want %d", len(seen), want)
	}
}

// execute changes the file behind the store's back.
func execute(t *testing.T, path, sql string) {
	t.Helper()
	c, err := (&modernc.Driver{}).Open(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.Prepare(sql)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Exec(nil); err != nil { //nolint:staticcheck // the driver's interface offers nothing newer without a context
		t.Fatal(err)
	}
	if err := errors.Join(s.Close(), c.Close()); err != nil {
		t.Fatal(err)
	}
}
