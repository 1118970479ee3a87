package sqlite

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

// openShared opens the file as another process would.
func openShared(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func claimAll(t *testing.T, s *Store) []queue.Job {
	t.Helper()
	jobs, err := s.Claim(t.Context(), queue.Wanted{Kinds: []string{"k"}, N: 9, Lease: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	return jobs
}

func wantReleased(t *testing.T, s *Store, want int) {
	t.Helper()
	if n, err := s.ReleaseDead(t.Context()); n != want || err != nil {
		t.Fatalf("released %d, %v; want %d", n, err, want)
	}
}

// die ends a process as SIGKILL does: its files are closed, and nothing is cleared away.
func die(t *testing.T, s *Store) {
	t.Helper()
	if err := s.owner.file.Close(); err != nil {
		t.Fatal(err)
	}
	s.owner.file = nil
}

func TestLeasesOfADeadProcessEndAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "crier.db")
	dead, alive, next := openShared(t, path), openShared(t, path), openShared(t, path)
	if err := dead.Enqueue(t.Context(), queue.Job{Kind: "k", Key: "1"}, queue.Job{Kind: "k", Key: "2", Lane: "l"}); err != nil {
		t.Fatal(err)
	}
	held := claimAll(t, dead)
	if err := dead.Enqueue(t.Context(), queue.Job{Kind: "k", Key: "3"}); err != nil {
		t.Fatal(err)
	}
	claimAll(t, alive)
	wantReleased(t, next, 0)
	die(t, dead)
	wantReleased(t, next, 2)
	wantReleased(t, next, 0)
	if got := claimAll(t, next); len(got) != 2 {
		t.Errorf("claimed %+v, want what the dead process held", got)
	}
	for _, j := range held { // should it be alive after all, it has nothing any more
		if err := dead.Finish(t.Context(), j, queue.Disposition{Outcome: queue.Done}); err == nil {
			t.Errorf("job %s is still the dead process's", j.Key)
		}
	}
	if files, err := os.ReadDir(path + ".owners"); err != nil || len(files) != 2 {
		t.Errorf("%d files are left, %v; want those of the two that live", len(files), err)
	}
}

func TestOwnerLeavesNoFileBehind(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "crier.db")
	s := openShared(t, path)
	claimAll(t, s)
	if files, err := os.ReadDir(path + ".owners"); err != nil || len(files) != 1 {
		t.Fatalf("%d files, %v; want one", len(files), err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if files, err := os.ReadDir(path + ".owners"); err != nil || len(files) != 0 {
		t.Errorf("%d files are left, %v", len(files), err)
	}
}

// TestOwnerWithoutAPlace: a process that cannot make its file works all the same; its leases
// end by themselves.
func TestOwnerWithoutAPlace(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "crier.db")
	if err := os.WriteFile(path+".owners", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := openShared(t, path)
	if err := s.Enqueue(t.Context(), queue.Job{Kind: "k", Key: "1"}); err != nil {
		t.Fatal(err)
	}
	if jobs := claimAll(t, s); len(jobs) != 1 {
		t.Errorf("claimed %d jobs", len(jobs))
	}
}

// TestTurnOfADeadProcessIsAnothers: what only one process does at a time need not wait for the
// lease of one that has died.
func TestTurnOfADeadProcessIsAnothers(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "crier.db")
	dead, alive, next := openShared(t, path), openShared(t, path), openShared(t, path)
	take := func(s *Store, name, holder string, want bool) {
		t.Helper()
		if got, err := s.TakeLease(t.Context(), name, holder, time.Hour); got != want || err != nil {
			t.Fatalf("%s has %s: %v, %v; want %v", holder, name, got, err, want)
		}
	}
	take(dead, "sweep", "dead", true)
	take(alive, "other", "alive", true)
	take(next, "sweep", "next", false)
	wantReleased(t, next, 0)
	take(next, "sweep", "next", false)
	die(t, dead)
	wantReleased(t, next, 0) // jobs
	take(next, "sweep", "next", true)
	take(next, "other", "next", false)
}

// TestUsersOfAFile: a process is known by its lease and its lock, and is told once.
func TestUsersOfAFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "crier.db")
	server, nameless, next := openShared(t, path), openShared(t, path), openShared(t, path)
	if taken, err := server.TakeLease(t.Context(), store.UserLease+"server 1", "holder", time.Minute); !taken || err != nil {
		t.Fatal(taken, err)
	}
	claimAll(t, nameless)
	process := fmt.Sprintf(" (process %d)", os.Getpid())
	want := []store.User{{Name: "server 1" + process}, {Name: "a process that holds " + filepath.Join(path+".owners", nameless.owner.id) + process}}
	got, err := next.Users(t.Context(), "nobody")
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("(-want +got):\n%s%v", diff, err)
	}
}
