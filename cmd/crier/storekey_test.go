package main

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/sqlite"
	"github.com/crier-social/crier/core/vault"
)

// startWithKeys does with the keys what the start of a server does about them, as one of those
// that share the store.
func startWithKeys(t *testing.T, s store.Store, lost bool, keys ...[]byte) error {
	t.Helper()
	ring, err := vault.New(keys...)
	if err != nil {
		t.Fatal(err)
	}
	a := &app{cfg: config.Config{Store: namedStore(t, "mongodb://a/db")}, store: s, vault: ring}
	if err := a.checkStoreKey(t.Context(), lost); err != nil {
		return err
	}
	if a.profile, _, err = ensureProfile(t.Context(), s, "", coretest.Epoch(), slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	return a.noteStoreKey(t.Context(), lost)
}

func newStore(t *testing.T, clock core.Clock) store.Store {
	t.Helper()
	s, err := sqlite.Open(filepath.Join(t.TempDir(), "crier.db"), sqlite.Options{Clock: clock})
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

// TestSharedStoreHasOneKey: a server with another key than the others is refused, also while
// no account is linked; a ring that has theirs is not, and one that has it second changes it.
func TestSharedStoreHasOneKey(t *testing.T) {
	t.Parallel()
	one, two, three := vault.NewKey(), vault.NewKey(), vault.NewKey()
	s := newStore(t, nil)
	for _, step := range []struct {
		name    string
		keys    [][]byte
		lost    bool
		refused bool
	}{
		{name: "the first server", keys: [][]byte{one}},
		{name: "the same key", keys: [][]byte{one}},
		{name: "another key", keys: [][]byte{two}, refused: true},
		{name: "the next key second", keys: [][]byte{one, two}},
		{name: "the first key alone still", keys: [][]byte{one}},
		{name: "the next key first", keys: [][]byte{two, one}},
		{name: "the first key second still", keys: [][]byte{one, two}},
		{name: "the next key first again", keys: [][]byte{two, one}},
		{name: "the next key alone", keys: [][]byte{two}},
		{name: "the first key alone", keys: [][]byte{one}, refused: true},
		{name: "all keys lost", keys: [][]byte{three}, lost: true},
		{name: "after that", keys: [][]byte{three}},
	} {
		err := startWithKeys(t, s, step.lost, step.keys...)
		if (err != nil) != step.refused {
			t.Errorf("%s: error %v", step.name, err)
		}
		if err != nil && (!strings.Contains(err.Error(), "CRIER_MASTER_KEY") || !strings.Contains(err.Error(), "--key-lost")) {
			t.Errorf("%s: the way out is missing: %v", step.name, err)
		}
	}
}

// TestKeyOfOneServersStoreIsNotNoted: its data folder has the key.
func TestKeyOfOneServersStoreIsNotNoted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	startServer(t, nil, dir, "serve", "--sandbox").stop()
	s, err := sqlite.Open(filepath.Join(dir, sandboxDir, "crier.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.PrimaryProfile(t.Context())
	if err != nil || len(p.KeyCheck) != 0 {
		t.Errorf("key check %x, error %v", p.KeyCheck, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
