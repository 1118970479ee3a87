package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/mongo/mongotest"
	"github.com/crier-social/crier/core/store/sqlite"
	"github.com/crier-social/crier/core/store/sqlite/sqlitetest"
	"github.com/crier-social/crier/core/store/storetest"
	"github.com/crier-social/crier/core/store/transfer"
	"github.com/crier-social/crier/media/gallery/diskblob"
)

// moveWorld is the folder of a server that is moved, and a database for it to move to.
type moveWorld struct {
	dir, to string
}

func newMoveWorld(t *testing.T) moveWorld {
	t.Helper()
	return moveWorld{dir: t.TempDir(), to: filepath.Join(t.TempDir(), "new.db")}
}

func (w moveWorld) from() string { return "sqlite:" + filepath.Join(w.dir, "crier.db") }

func (w moveWorld) migrate(t *testing.T, args ...string) result {
	t.Helper()
	return execute(t.Context(), serveEnviron(w.dir), "", append([]string{"migrate", "--from", "sqlite", "--to", "sqlite:" + w.to}, args...)...)
}

// open gives the test one of the databases.
func (w moveWorld) open(t *testing.T, path string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func wantResult(t *testing.T, got result, code int, parts ...string) {
	t.Helper()
	if got.code != code {
		t.Errorf("exit code %d, want %d", got.code, code)
	}
	for _, part := range parts {
		if !strings.Contains(strings.Join(strings.Fields(got.stdout+got.stderr), " "), part) {
			t.Errorf("it does not say %q", part)
		}
	}
	if t.Failed() {
		t.Fatalf("stdout:\n%s\nstderr:\n%s", got.stdout, got.stderr)
	}
}

// TestMigrateAServer moves the data of a server that has run: the next one answers from the
// new database, with the same key, and the old database starts no server.
func TestMigrateAServer(t *testing.T) {
	t.Parallel()
	const key = "MIGRATION-TEST-KEY-0123456789"
	w := newMoveWorld(t)
	environ := []string{"CRIER_API_KEY=" + key}
	first := startServer(t, environ, w.dir, "serve")
	status, schedule := send(t, first.url+"/auto-schedule/set", key, `{"schedule":["10:00Z"],"title":"mornings"}`)
	if status != http.StatusOK {
		t.Fatalf("setting a schedule: %d %s", status, schedule)
	}
	refused := w.migrate(t)
	wantResult(t, refused, exitFailure, "server 1 on ", "works with "+filepath.Join(w.dir, "crier.db"), "Stop all servers and workers")
	if strings.Contains(refused.stderr, "a process that holds") {
		t.Errorf("the server is told twice: %s", refused.stderr)
	}
	fresh := startServer(t, append(environ, "CRIER_STORE=sqlite:"+w.to), t.TempDir(), "serve")
	fresh.stop()
	if r := first.stop(); r.code != exitOK {
		t.Fatalf("the server ended with %d:\n%s", r.code, r.stderr)
	}
	wantResult(t, w.migrate(t), exitFailure, w.to+" is not empty: it has a profile and nothing else", "empty it and run this again")
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(w.to + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
	wantResult(t, w.migrate(t), exitOK, "profiles 1 1 ", "All data is in "+w.to, "CRIER_MASTER_KEY", "master.key", "keep CRIER_MEDIA_STORE=disk")
	for _, command := range []string{"serve", "worker"} {
		wantResult(t, execute(t.Context(), append(serveEnviron(w.dir), environ...), "", command), exitFailure, "its data was moved to "+w.to, "--cancel", "--restored")
	}
	next := startServer(t, append(environ, "CRIER_STORE=sqlite:"+w.to), w.dir, "serve")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, next.url+"/auto-schedule/list", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+key)
	_, body := do(t, request)
	if !strings.Contains(body, "mornings") {
		t.Errorf("the schedules of the new server: %s", body)
	}
	wantResult(t, w.migrate(t), exitFailure, "works with "+w.to)
	if r := next.stop(); r.code != exitOK {
		t.Fatalf("the next server ended with %d:\n%s", r.code, r.stderr)
	}
	wantResult(t, w.migrate(t), exitFailure, "was moved")
	wantResult(t, w.migrate(t, "--cancel"), exitFailure, w.to+" has been worked with")
}

// TestMigrateToMongoAndBack moves the data of a server to MongoDB, with its uploads, and that
// of the next server back to where it came from.
func TestMigrateToMongoAndBack(t *testing.T) {
	t.Parallel()
	const key = "MIGRATION-TEST-KEY-0123456789"
	url := mongotest.NewURL(t)
	w, place := newMoveWorld(t), t.TempDir()
	environ := []string{"CRIER_API_KEY=" + key}
	setSchedule := func(s *liveServer, title string) {
		t.Helper()
		if status, body := send(t, s.url+"/auto-schedule/set", key, `{"schedule":["10:00Z"],"title":"`+title+`"}`); status != http.StatusOK {
			t.Fatalf("setting a schedule: %d %s", status, body)
		}
	}
	stop := func(s *liveServer) {
		t.Helper()
		if r := s.stop(); r.code != exitOK {
			t.Fatalf("the server ended with %d:\n%s", r.code, r.stderr)
		}
	}
	first := startServer(t, environ, w.dir, "serve")
	setSchedule(first, "mornings")
	stop(first)
	named := append(serveEnviron(w.dir), "NEW_STORE="+url)
	wantResult(t, execute(t.Context(), named, "", "migrate", "--from", "sqlite", "--to", "env:NEW_STORE", "--media", "disk:"+place), exitOK, "schedules 1 1 ")

	master, err := os.ReadFile(filepath.Join(w.dir, masterKeyFile))
	if err != nil {
		t.Fatal(err)
	}
	shared := append(environ, "CRIER_STORE="+url, "CRIER_MASTER_KEY="+strings.TrimSpace(string(master)), "CRIER_PUBLIC_URL=http://127.0.0.1:8080", "CRIER_MEDIA_STORE=disk:"+place)
	next := startServer(t, shared, t.TempDir(), "serve")
	setSchedule(next, "evenings")
	stop(next)
	wantResult(t, execute(t.Context(), named, "", "migrate", "--from", "env:NEW_STORE", "--to", "sqlite"), exitOK, "schedules 2 2 ")
	last := startServer(t, environ, w.dir, "serve")
	setSchedule(last, "nights")
	stop(last)
	wantResult(t, execute(t.Context(), append(serveEnviron(t.TempDir()), shared...), "", "serve"), exitFailure, "its data was moved to")
}

// TestRefusedMigrateLeavesNothing: a target is made only when nothing stands in the way.
func TestRefusedMigrateLeavesNothing(t *testing.T) {
	t.Parallel()
	w := newMoveWorld(t)
	w.to = filepath.Join(t.TempDir(), "folder", "new.db")
	s := w.open(t, filepath.Join(w.dir, "crier.db"))
	refused := func(want string, args ...string) {
		t.Helper()
		wantResult(t, w.migrate(t, args...), exitFailure, want)
		if _, err := os.Stat(filepath.Dir(w.to)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: the folder of the target: %v", want, err)
		}
	}
	refused("has no data of a server")
	if err := s.CreateProfile(t.Context(), core.Profile{ID: "p", Primary: true}, nil); err != nil {
		t.Fatal(err)
	}
	refused("has no data of a move", "--cancel")
	if _, err := s.UpdateMove(t.Context(), func(m *store.Move) error { m.State, m.PeerID, m.Peer = store.Left, "x", "third"; return nil }); err != nil {
		t.Fatal(err)
	}
	refused("was moved, or is being moved, to third")
}

func TestMigrateCancel(t *testing.T) {
	t.Parallel()
	w := newMoveWorld(t)
	s := w.open(t, filepath.Join(w.dir, "crier.db"))
	if err := storetest.FillEverything(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Cancel(t.Context(), "held", "k"); err != nil { // else its lease is awaited
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	wantResult(t, w.migrate(t), exitOK)
	wantResult(t, w.migrate(t, "--cancel"), exitOK, "go on with "+filepath.Join(w.dir, "crier.db"))
	wantResult(t, execute(t.Context(), append(serveEnviron(w.dir), "CRIER_STORE=sqlite:"+w.to), "", "serve"), exitFailure, "it does not have all data of")
	wantResult(t, w.migrate(t), exitOK)
}

func TestMigrateArguments(t *testing.T) {
	t.Parallel()
	w := newMoveWorld(t)
	strange := filepath.Join(t.TempDir(), "users.txt")
	if err := os.WriteFile(strange, []byte(strings.Repeat("root:x:0:0:root:/root:/bin/sh\n", 50)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		args    []string
		environ []string
		code    int
		want    string
	}{
		"no target":   {[]string{"--from", w.from()}, nil, exitUsage, "--to: name a database"},
		"no database": {[]string{"--from", "here", "--to", "sqlite:x"}, nil, exitUsage, "--from: sqlite, sqlite:/path/file.db or a mongodb:// URL"},
		"no variable": {[]string{"--from", w.from(), "--to", "env:NEW"}, nil, exitUsage, "the variable NEW is not set"},
		"no file":     {[]string{"--from", w.from(), "--to", "env:NEW"}, []string{"NEW=sqlite:" + w.to}, exitFailure, "--from: stat"},
		"other file":  {[]string{"--from", "sqlite:" + strange, "--to", "sqlite:" + w.to}, nil, exitFailure, "--from: opening " + strange},
		"its way out": {[]string{"--from", "sqlite:" + strange, "--to", "sqlite:" + w.to}, nil, exitFailure, "Name another file if that one is no database of Crier's"},
		"no address":  {[]string{"--from", w.from(), "--to", "file:" + filepath.Join(w.dir, "none")}, nil, exitUsage, "Name a file that holds the address of the database"},
		"no place":    {[]string{"--from", w.from(), "--to", "sqlite:x", "--media", "there"}, nil, exitUsage, "--media: disk"},
		"a secret":    {[]string{"--from", w.from(), "--to", "mongodb://u:pa55word@/x"}, nil, exitUsage, "--to: not the URL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := execute(t.Context(), append(serveEnviron(w.dir), tc.environ...), "", append([]string{"migrate"}, tc.args...)...)
			if strings.Contains(got.stderr, "pa55word") {
				t.Error("the password is shown")
			}
			if strings.Contains(got.stderr, "CRIER_STORE") {
				t.Error("a setting is blamed for what is written behind a flag")
			}
			wantResult(t, got, tc.code, tc.want)
		})
	}
}

// TestMigrateFiles copies uploaded files, of which those that are there already are not read
// again, and a lost one is told.
func TestMigrateFiles(t *testing.T) {
	t.Parallel()
	w := newMoveWorld(t)
	place := t.TempDir()
	source, err := diskblob.Open(filepath.Join(w.dir, "uploads"))
	if err != nil {
		t.Fatal(err)
	}
	s := w.open(t, filepath.Join(w.dir, "crier.db"))
	put := func(to *diskblob.Store, key, content string) {
		t.Helper()
		if err := to.Put(t.Context(), key, int64(len(content)), strings.NewReader(content)); err != nil {
			t.Fatal(err)
		}
	}
	upload := func(id, key, content string) {
		t.Helper()
		u := core.Upload{ID: id, State: core.UploadReady, Blob: key, Size: int64(len(content)), ExpiresAt: time.Now().Add(time.Hour)}
		if err := s.InsertUpload(t.Context(), u); err != nil {
			t.Fatal(err)
		}
		if content != "lost" {
			put(source, key, content)
		}
	}
	if err := s.CreateProfile(t.Context(), core.Profile{ID: "p", Primary: true}, nil); err != nil {
		t.Fatal(err)
	}
	id := func(n int) string { return fmt.Sprintf("%032x-%016x", n, n) }
	upload("u1", id(1), "first")
	upload("u2", id(2), "")
	upload("u3", id(3), "lost")
	if err := errors.Join(s.Close(), source.Close()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		wantResult(t, w.migrate(t, "--media", "disk:"+place), exitFailure, "the upload u3 has no file", "All data is in "+w.to,
			"CRIER_MEDIA_STORE=disk:"+place+": the uploaded files are there, but for 1 of 3", "1 of 3 uploaded files are neither in", "run this again before")
	}
	copied, err := diskblob.Open(place)
	if err != nil {
		t.Fatal(err)
	}
	put(copied, id(3), "lost") // by hand, from where it was
	address := filepath.Join(t.TempDir(), "store-url")
	if err := os.WriteFile(address, []byte("sqlite:"+w.to+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantResult(t, w.migrate(t, "--to", "file:"+address, "--media", "disk:"+place), exitOK, "the uploaded files are there, too")
	for n, want := range map[int]string{1: "first", 2: "", 3: "lost"} {
		file, err := copied.Open(t.Context(), id(n), int64(len(want)))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(file)
		if err := errors.Join(err, file.Close()); err != nil || string(got) != want {
			t.Errorf("file %d: %q, %v, want %q", n, got, err, want)
		}
	}
	if err := copied.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestMigrateIsKilled kills the command at several moments. Never do both databases start a
// server, and the next run does the rest.
func TestMigrateIsKilled(t *testing.T) {
	t.Parallel()
	w := newMoveWorld(t)
	if err := os.Rename(sqlitetest.NewFile(t), filepath.Join(w.dir, "crier.db")); err != nil {
		t.Fatal(err)
	}
	s := w.open(t, filepath.Join(w.dir, "crier.db"))
	filling := storetest.Filling{
		ProfileID: "p", Platform: "example", AccountIDs: []string{"a"}, JobKind: "deliver", Posts: 3000,
		Until: time.Now(), CreatedWithin: time.Hour, DueFrom: time.Now(), DueWithin: time.Hour,
	}
	if err := errors.Join(s.CreateProfile(t.Context(), core.Profile{ID: "p", Primary: true}, nil), storetest.Fill(t.Context(), s, filling), s.Close()); err != nil {
		t.Fatal(err)
	}
	const kills = 4
	for n := range kills {
		ahead := time.Duration(n) * time.Minute // so that the lease of the one before has ended
		cmd := w.command(t, ahead)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		kill := time.AfterFunc(time.Duration(n+1)*150*time.Millisecond, func() { _ = cmd.Process.Kill() })
		err := cmd.Wait()
		kill.Stop()
		t.Logf("run %d: %v", n, err)
		w.oneAtMost(t)
	}
	if out, err := w.command(t, kills*time.Minute).CombinedOutput(); err != nil || !strings.Contains(strings.Join(strings.Fields(string(out)), " "), "deliveries 3000 3000 ") {
		t.Fatalf("the last run: %v\n%s", err, out)
	}
}

func (w moveWorld) command(t *testing.T, ahead time.Duration) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), ownProgram(t).Path, "migrate", "--from", "sqlite", "--to", "sqlite:"+w.to)
	cmd.Env = append(serveEnviron(w.dir), serverVariable+"="+ahead.String())
	return cmd
}

// oneAtMost fails when both databases can be worked with.
func (w moveWorld) oneAtMost(t *testing.T) {
	t.Helper()
	usable := 0
	for _, path := range []string{filepath.Join(w.dir, "crier.db"), w.to} {
		s := w.open(t, path)
		m, err := s.GetMove(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		posts, err := s.ReadRecords(t.Context(), store.PostRecords, "", 1)
		if err := errors.Join(err, s.Close()); err != nil {
			t.Fatal(err)
		}
		if transfer.CheckUnmoved(m) == nil && len(posts) > 0 {
			usable++
		}
	}
	if usable > 1 {
		t.Error("both databases can be worked with")
	}
}

// A process whose store is moved although it works with it learns of it when it renews its
// lease, and before it takes work if it stood still.
func TestPresence(t *testing.T) {
	t.Parallel()
	clock := coretest.NewClock(time.Date(2026, time.November, 22, 9, 0, 0, 0, time.UTC))
	s, err := sqlite.Open(sqlitetest.NewFile(t), sqlite.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	apps := [2]*app{}
	for i := range apps {
		apps[i] = &app{store: s, clock: clock}
		if err := enters(t, apps[i], true, false); err != nil {
			t.Fatal(err)
		}
	}
	users, err := s.Users(t.Context(), "nobody")
	if err != nil || len(users) != 2 || !strings.HasPrefix(users[0].Name, "server 1 on ") || !strings.HasPrefix(users[1].Name, "server 2 on ") {
		t.Errorf("users: %v, %v", users, err)
	}
	kept := make(chan error)
	go func() { kept <- apps[0].presence.keep(t.Context()) }()
	clock.BlockUntil(1)
	if _, err := s.UpdateMove(t.Context(), func(m *store.Move) error { m.State, m.Peer = store.Leaving, "elsewhere"; return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := apps[1].store.Claim(t.Context(), queue.Wanted{Kinds: []string{"x"}, N: 1}); err != nil {
		t.Errorf("the lease is fresh: %v", err)
	}
	clock.Advance(presenceSure)
	for name, err := range map[string]error{
		"renewing":  <-kept,
		"claiming":  second(apps[1].store.Claim(t.Context(), queue.Wanted{Kinds: []string{"x"}, N: 1})),
		"accepting": apps[1].store.InsertPost(t.Context(), store.NewPost{}),
		"entering":  enters(t, &app{store: s, clock: clock}, false, false),
	} {
		if _, refused := errors.AsType[*transfer.Refusal](err); !refused || !strings.Contains(err.Error(), "its data is being moved to elsewhere") {
			t.Errorf("%s: got %v, want a refusal", name, err)
		}
	}
	if err := enters(t, &app{store: s, clock: clock}, false, true); err != nil {
		t.Errorf("restored: %v", err)
	}
	for _, a := range apps {
		if err := a.presence.Close(); err != nil {
			t.Error(err)
		}
	}
	if users, err = s.Users(t.Context(), "nobody"); err != nil || len(users) != 2 { // those that entered last have not ended
		t.Errorf("users: %v, %v", users, err)
	}
}

// enters does what a start does about the marks of a move.
func enters(t *testing.T, a *app, server, restored bool) error {
	t.Helper()
	if err := a.approachStore(t.Context(), server, restored); err != nil {
		return err
	}
	return a.enterStore(t.Context())
}

func second[T any](_ T, err error) error { return err }
