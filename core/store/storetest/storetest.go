// Package storetest checks that a store keeps the promises of package store and
// of queue.Backend. Every store runs the whole suite.
package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/store"
)

// start is the time of the clock when a test begins. It has more digits than a
// store keeps, and is not in UTC.
func start() time.Time {
	return time.Date(2026, time.November, 21, 10, 0, 0, 123_456_789, time.FixedZone("UTC+2", 2*60*60))
}

// check is one test of the suite.
type check struct {
	name string
	run  func(*testing.T, *fixture)
}

// fixture is what a check works with.
type fixture struct {
	store.Store
	clock *coretest.Clock
	// another returns another empty store.
	another func() store.Store
}

// Run runs the suite. open returns an empty store with its schema in place, which
// tells the time by the clock; it closes the store when the test ends.
func Run(t *testing.T, open func(t *testing.T, clock core.Clock) store.Store) {
	t.Helper()
	groups := map[string][]check{
		"Store":        storeChecks(),
		"Profiles":     profileChecks(),
		"ProfileLists": profileListChecks(),
		"Purge":        purgeChecks(),
		"Accounts":     accountChecks(),
		"Upkeep":       upkeepChecks(),
		"Posts":        postChecks(),
		"ListPosts":    listChecks(),
		"Deliveries":   deliveryChecks(),
		"Duplicates":   duplicateChecks(),
		"Requests":     requestChecks(),
		"Uploads":      uploadChecks(),
		"Comments":     commentChecks(),
		"Schedules":    scheduleChecks(),
		"Series":       seriesChecks(),
		"Links":        linkChecks(),
		"Webhooks":     webhookChecks(),
		"Messages":     messageChecks(),
		"MessageLists": messageListChecks(),
		"Queue":        queueChecks(),
		"Claims":       claimChecks(),
		"Lanes":        laneChecks(),
		"Races":        raceChecks(),
		"Leases":       leaseChecks(),
		"Watch":        watchChecks(),
		"Transfer":     transferChecks(),
	}
	for name, checks := range groups {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, c := range checks {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					clock := coretest.NewClock(start())
					c.run(t, &fixture{Store: open(t, clock), clock: clock, another: func() store.Store { return open(t, clock) }})
				})
			}
		})
	}
}

func storeChecks() []check {
	return []check{
		{"MigrateAgain", func(t *testing.T, f *fixture) {
			n := newPost("p1")
			must(t, f.InsertPost(t.Context(), n))
			must(t, f.Migrate(t.Context()))
			got, err := f.GetPost(t.Context(), profileA, "p1")
			must(t, err)
			equal(t, n.Post, got)
		}},
		{"Ping", func(t *testing.T, f *fixture) {
			must(t, f.Ping(t.Context()))
			must(t, f.Ping(t.Context()))
		}},
		{"EndedContext", func(t *testing.T, f *fixture) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if err := f.InsertPost(ctx, newPost("p1")); !errors.Is(err, context.Canceled) {
				t.Errorf("InsertPost: got %v, want %v", err, context.Canceled)
			}
			if _, err := f.GetPost(ctx, profileA, "p1"); !errors.Is(err, context.Canceled) {
				t.Errorf("GetPost: got %v, want %v", err, context.Canceled)
			}
			_, err := f.GetPost(t.Context(), profileA, "p1")
			wantErr(t, err, store.ErrNotFound)
		}},
	}
}

// must ends the test on an unexpected error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t *testing.T, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("got error %v, want %v", got, want)
	}
}

// equal compares records. Nil and empty are the same, and the store counts the
// versions.
func equal[T any](t *testing.T, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got, options()...); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func options() cmp.Options {
	return cmp.Options{
		cmpopts.EquateEmpty(),
		cmpopts.IgnoreFields(core.Post{}, "Version"),
		cmpopts.IgnoreFields(core.Delivery{}, "Version"),
		cmpopts.IgnoreFields(core.Upload{}, "Version"),
		cmpopts.IgnoreFields(store.Schedule{}, "Version"),
		cmpopts.IgnoreFields(store.LinkSession{}, "Version"),
		cmpopts.IgnoreFields(store.Webhook{}, "Version"),
		cmpopts.IgnoreFields(store.Message{}, "Version"),
		cmp.Comparer(func(a, b time.Time) bool {
			return a.Equal(b.UTC().Truncate(time.Microsecond)) || b.Equal(a.UTC().Truncate(time.Microsecond))
		}),
	}
}

// wantKept fails unless got is the time want as a store keeps it: in UTC and to
// the microsecond.
func wantKept(t *testing.T, name string, want, got time.Time) {
	t.Helper()
	if kept := want.UTC().Truncate(time.Microsecond); got != kept {
		t.Errorf("%s: got %v, want %v", name, got, kept)
	}
}

// ids returns the ids of the records, in order.
func ids[T any](records []T, id func(T) string) []string {
	out := make([]string, len(records))
	for i, r := range records {
		out[i] = id(r)
	}
	return out
}
