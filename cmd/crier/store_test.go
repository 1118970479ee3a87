package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/store"
)

// sharedEnviron is what servers need that share a store, without the store.
func sharedEnviron(key string) []string {
	return []string{"CRIER_MASTER_KEY=" + key, "CRIER_PUBLIC_URL=https://crier.example", "CRIER_MEDIA_STORE=s3://bucket"}
}

// namedStore is a setting of CRIER_STORE.
func namedStore(t *testing.T, value string) config.Store {
	t.Helper()
	var s config.Store
	if err := s.UnmarshalText([]byte(value)); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStoreIsAwaited(t *testing.T) {
	t.Parallel()
	gone, broken, denied := fmt.Errorf("migrate: %w", store.ErrUnreachable), errors.New("broken"), fmt.Errorf("migrate: %w", store.ErrDenied)
	for name, tc := range map[string]struct {
		answers []error // the last one is repeated
		want    error
		tries   int
		waited  time.Duration
	}{
		"there at once":        {[]error{nil}, nil, 1, 0},
		"there after a while":  {[]error{gone, gone, gone, nil}, nil, 4, 3 * time.Second},
		"never there":          {[]error{gone}, store.ErrUnreachable, 31, 30 * time.Second},
		"there, and of no use": {[]error{gone, broken}, broken, 2, time.Second},
		"login refused":        {[]error{denied, nil}, denied, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock, tries := coretest.NewClock(coretest.Epoch()), 0
			clock.SkipWaits()
			messages := make(chanHandler, 100)
			err := awaitStore(t.Context(), func(context.Context) error {
				tries++
				return tc.answers[min(tries, len(tc.answers))-1]
			}, clock, slog.New(messages))
			if !errors.Is(err, tc.want) || tries != tc.tries || clock.Now().Sub(coretest.Epoch()) != tc.waited {
				t.Errorf("%v after %d tries and %s", err, tries, clock.Now().Sub(coretest.Epoch()))
			}
			if said := len(messages); said != int(tc.waited/time.Second) {
				t.Errorf("it was told %d times that the store is awaited", said)
			}
		})
	}
}

func TestStopWhileTheStoreIsAwaited(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	clock := coretest.NewClock(coretest.Epoch())
	err := awaitStore(ctx, func(context.Context) error { stop(); return store.ErrUnreachable }, clock, slog.New(slog.DiscardHandler))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// TestStoreThatCannotBeOpened: whoever starts a server is told what to do, and no password.
func TestStoreThatCannotBeOpened(t *testing.T) {
	t.Parallel()
	shared := config.Config{Store: namedStore(t, "mongodb://user:pa55word@a,b/db")}
	own := config.Config{Store: namedStore(t, "sqlite:/var/lib/crier.db")}
	for name, tc := range map[string]struct {
		cfg  config.Config
		err  error
		want []string
	}{
		"server gone":        {shared, fmt.Errorf("dial user:pa55word@a: %w", store.ErrUnreachable), []string{"CRIER_STORE: opening mongodb://user:xxxxx@a,b/db", "Start the database's server", "replica set"}},
		"of no replica set":  {config.Config{Store: namedStore(t, "mongodb://a/?replicaSet=rs0")}, fmt.Errorf("%w: %w", store.ErrUnreachable, topology.ServerSelectionError{}), []string{"CRIER_STORE", `replica set named "rs0"`}},
		"login refused":      {shared, store.ErrDenied, []string{"CRIER_STORE", "user and the password", "authSource"}},
		"no right to write":  {shared, store.ErrReadOnly, []string{"CRIER_STORE", "readWrite"}},
		"no room there":      {shared, store.ErrFull, []string{"CRIER_STORE", "room on the disk of the database"}},
		"newer":              {shared, store.ErrNewerSchema, []string{"CRIER_STORE", "version of Crier that wrote it"}},
		"something else":     {shared, errors.New("pa55word"), []string{"opening mongodb://user:xxxxx@a,b/db: xxxxx"}},
		"no room here":       {own, store.ErrFull, []string{"CRIER_STORE: opening /var/lib/crier.db", "Make room on the disk of that file"}},
		"file is read-only":  {own, store.ErrReadOnly, []string{"-wal"}},
		"file is locked":     {own, store.ErrBusy, []string{"End what holds the lock of that file"}},
		"a disk that breaks": {own, store.ErrDisk, []string{"looks at the disk"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := notOpened(tc.cfg, tc.err)
			if !errors.Is(err, tc.err) || strings.Contains(err.Error(), "pa55word") {
				t.Errorf("error %v", err)
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q lacks %q", err, want)
				}
			}
		})
	}
}

// TestStoreURLThatTheDriverRefuses: the mistakes are told by `crier config`, together with
// others, before anything is started.
func TestStoreURLThatTheDriverRefuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ url, want string }{
		"option":         {"mongodb://user:pa55word@a/db?w=pa55word&connectTimeoutMS=soon", "connectTimeoutMS"},
		"auth mechanism": {"mongodb://user:pa55word@a/db?authMechanism=pa55word", "auth mechanism"},
		"direct to two":  {"mongodb://user:pa55word@a,b/db?directConnection=true", "direct connection"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			environ := append(sharedEnviron("no key"), "CRIER_STORE="+tc.url, "CRIER_WORKERS=many")
			got := execute(t.Context(), environ, "", "config")
			if got.code != exitFailure || !strings.Contains(got.stderr, "CRIER_STORE") || !strings.Contains(got.stderr, tc.want) ||
				!strings.Contains(got.stderr, "CRIER_WORKERS") || !strings.Contains(got.stderr, "CRIER_MASTER_KEY") {
				t.Errorf("%+v", got)
			}
			if strings.Contains(got.stdout+got.stderr, "pa55word") {
				t.Errorf("the password is shown: %+v", got)
			}
		})
	}
}

// TestShortLeaseOfAShared: a lease that clocks may defeat is told of, where there are several
// clocks.
func TestShortLeaseOfAShared(t *testing.T) {
	t.Parallel()
	shared := append(sharedEnviron("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), "CRIER_STORE=mongodb://a/db")
	for name, tc := range map[string]struct {
		environ []string
		told    bool
	}{
		"as it is":          {shared, false},
		"short":             {append(slices.Clip(shared), "CRIER_LEASE=44s", "CRIER_COMMIT_TIMEOUT=10s"), true},
		"short, one clock":  {[]string{"CRIER_LEASE=44s", "CRIER_COMMIT_TIMEOUT=10s"}, false},
		"as short as it is": {append(slices.Clip(shared), "CRIER_LEASE=45s", "CRIER_COMMIT_TIMEOUT=10s"), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := execute(t.Context(), tc.environ, "", "config")
			if told := strings.Contains(got.stderr, "crier: CRIER_LEASE is 44s: with a MongoDB store"); got.code != 0 || told != tc.told {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestSharedStoreIsShown(t *testing.T) {
	t.Parallel()
	environ := append(sharedEnviron("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), "CRIER_STORE=mongodb://user:pa55word@a,b:27018,c/db?replicaSet=rs0")
	got := execute(t.Context(), environ, "", "config")
	if got.code != exitOK || !strings.Contains(got.stdout, "CRIER_STORE=mongodb://user:xxxxx@a,b:27018,c/db?replicaSet=rs0 ") || strings.Contains(got.stdout, "pa55word") {
		t.Errorf("%+v", got)
	}
	if diff := cmp.Diff("", got.stderr); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
