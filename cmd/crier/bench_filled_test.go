package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/sqlite"
	"github.com/crier-social/crier/core/store/storetest"
	"github.com/crier-social/crier/providers"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// filledServer is the API on top of a store that has posts, without a worker.
type filledServer struct {
	url    string
	client *http.Client
	store  store.Store
	ids    []string // of some posts
	middle string   // a time at which half of the posts were there, for a query
}

func newFilledServer(b *testing.B, clock core.Clock, posts int) *filledServer {
	b.Helper()
	network := sandbox.New(sandbox.Options{EveryVersion: true, Dir: b.TempDir(), MaxRequests: 1, Clock: clock})
	upstream := httptest.NewServer(network)
	b.Cleanup(upstream.Close)
	dir := b.TempDir()
	cfg, err := config.Load([]string{
		"CRIER_OPS_ADDR=off", "CRIER_DATA_DIR=" + dir, "CRIER_API_KEY=" + benchKey, "CRIER_LINKEDIN_API_URL=" + upstream.URL,
	}, "", providers.Adapters()...)
	if err != nil {
		b.Fatal(err)
	}
	a, err := newApp(context.WithoutCancel(b.Context()), cfg, appOptions{clock: clock}, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	handler, err := a.newAPI("http://127.0.0.1")
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(handler.Handler())
	b.Cleanup(func() {
		server.Close()
		if err := a.Close(); err != nil {
			b.Error(err)
		}
	})
	s := &filledServer{url: server.URL, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}, store: a.store}
	link := fmt.Sprintf(`{"platform":"linkedin","accessToken":%q,"expiresIn":5184000,"id":%q}`, sandbox.PageToken, sandbox.PageURN)
	if err := s.ask(http.MethodPost, "/profiles/social", link); err != nil {
		b.Fatal(err)
	}
	s.fill(b, sqliteFile(a.cfg), a.profile.ID, clock.Now(), posts)
	return s
}

// fill stores the posts while the store has no indexes, which are made anew afterwards:
// that takes half the time.
func (s *filledServer) fill(b *testing.B, file, profileID string, now time.Time, posts int) {
	b.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(file)+"?_pragma=busy_timeout(60000)&_pragma=synchronous(off)")
	if err != nil {
		b.Fatal(err)
	}
	indexes := column(b, db, "SELECT sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")
	for _, name := range column(b, db, "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL") {
		change(b, db, "DROP INDEX "+name)
	}
	bare, err := sqlite.Open(file, sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	accounts := make([]string, 64)
	for i := range accounts {
		accounts[i] = fmt.Sprintf("account%013d", i)
	}
	const created = 20 * 24 * time.Hour // within the time that the history shows unless told otherwise
	f := storetest.Filling{
		ProfileID: profileID, Platform: "linkedin", RarePlatform: rareNetwork, AccountIDs: accounts, JobKind: publish.JobKind,
		Posts: posts, Rare: 30, Until: now, CreatedWithin: created, DueFrom: now.Add(time.Hour), DueWithin: filledFor,
	}
	if err := errors.Join(storetest.Fill(b.Context(), bare, f), bare.Close()); err != nil {
		b.Fatal(err)
	}
	for _, statement := range append(indexes, "PRAGMA wal_checkpoint(TRUNCATE)") {
		change(b, db, statement)
	}
	s.ids = column(b, db, fmt.Sprintf("SELECT id FROM posts WHERE seq %% %d = 0", max(posts/1000, 1)))
	s.middle = url.QueryEscape(now.Add(-created / 2).UTC().Format(time.RFC3339))
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
}

func column(b *testing.B, db *sql.DB, query string) (values []string) {
	b.Helper()
	rows, err := db.QueryContext(b.Context(), query)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			b.Fatal(err)
		}
		values = append(values, v)
	}
	if err := rows.Err(); err != nil {
		b.Fatal(err)
	}
	return values
}

func change(b *testing.B, db *sql.DB, statement string) {
	b.Helper()
	if _, err := db.ExecContext(b.Context(), statement); err != nil {
		b.Fatalf("%s: %v", statement, err)
	}
}

func (s *filledServer) get(path string) error { return s.ask(http.MethodGet, path, "") }

func (s *filledServer) post(body string) error { return s.ask(http.MethodPost, "/post", body) }

// ask makes a request that has to succeed.
func (s *filledServer) ask(method, path, body string) error {
	req, err := http.NewRequest(method, s.url+path, strings.NewReader(body)) //nolint:noctx // of a server in this process
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+benchKey)
	req.Header.Set("Content-Type", "application/json")
	res, err := s.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %d %s", method, path, res.StatusCode, answer)
	}
	return err
}

// enqueueDue adds jobs of each pool that are due.
func (s *filledServer) enqueueDue(ctx context.Context, now time.Time, n int) error {
	var jobs []queue.Job
	for i := range n {
		j := queue.Job{Kind: publish.JobKind, Key: fmt.Sprintf("due-%d", i), Tenant: "due", RunAt: now.Add(-time.Minute)}
		inLane := j
		inLane.Key, inLane.Lane = fmt.Sprintf("due-in-lane-%d", i), fmt.Sprintf("lane-%d", i)
		jobs = append(jobs, j, inLane)
	}
	return s.store.Enqueue(ctx, jobs...)
}

// claim takes as many jobs of each pool as there have to be, as a runner does, and puts
// them back.
func (s *filledServer) claim(ctx context.Context, want int) error {
	kinds := []string{publish.JobKind}
	for _, pool := range []queue.Pool{queue.InLanes, queue.OutsideLanes} {
		if _, err := s.store.NextRunAt(ctx, kinds, pool); err != nil {
			return err
		}
		jobs, err := s.store.Claim(ctx, queue.Wanted{Kinds: kinds, Pool: pool, N: millionClaim, Lease: time.Minute})
		if err == nil && len(jobs) != want {
			err = fmt.Errorf("%d jobs were claimed, want %d", len(jobs), want)
		}
		if err != nil {
			return err
		}
		if err := s.putBack(ctx, jobs); err != nil {
			return err
		}
	}
	return nil
}

// putBack ends the claims at the same time, as workers do.
func (s *filledServer) putBack(ctx context.Context, jobs []queue.Job) error {
	var workers errgroup.Group
	for _, j := range jobs {
		workers.Go(func() error {
			return s.store.Finish(ctx, j, queue.Disposition{Outcome: queue.Snoozed, RunAt: j.RunAt})
		})
	}
	return workers.Wait()
}

// notStarted counts what is due and not started, which there has to be or not. No delivery
// belongs to the jobs of enqueueDue: they do not count.
func (s *filledServer) notStarted(ctx context.Context, now time.Time, some bool) error {
	n, _, err := s.store.NotStarted(ctx, publish.JobKind, now)
	if err == nil && (n > 0) != some {
		err = fmt.Errorf("%d deliveries are not started", n)
	}
	return err
}
