package main

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/sqlite"
)

func openTestStore(t *testing.T) store.Store {
	t.Helper()
	s, err := sqlite.Open(filepath.Join(t.TempDir(), "crier.db"), sqlite.Options{})
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

func TestPrimaryProfile(t *testing.T) {
	t.Parallel()
	s, now := openTestStore(t), time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	first, generated, err := ensureProfile(t.Context(), s, "", now, slog.New(slog.DiscardHandler))
	if err != nil || generated == "" || !first.Primary || len(first.RefID) != 40 {
		t.Fatalf("first start: %+v, %q, %v", first, generated, err)
	}
	owner, err := s.ProfileByKey(t.Context(), core.HashKey(generated))
	if err != nil || owner.ID != first.ID {
		t.Errorf("the generated key belongs to %+v, %v", owner, err)
	}
	second, again, err := ensureProfile(t.Context(), s, "", now, slog.New(slog.DiscardHandler))
	if err != nil || again != "" {
		t.Errorf("second start: %q, %v", again, err)
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("profile (-first +second):\n%s", diff)
	}

	const configured = core.Secret("CONFIGURED-KEY-0123456789")
	for i := range 2 { // the second time there is nothing to do
		var log bytes.Buffer
		if _, made, err := ensureProfile(t.Context(), s, configured, now, slog.New(slog.NewTextHandler(&log, nil))); err != nil || made != "" {
			t.Errorf("with a configured key: %q, %v", made, err)
		}
		if warned := strings.Contains(log.String(), "level=WARN"); warned != (i == 0) || strings.Contains(log.String(), configured.Reveal()) {
			t.Errorf("start %d logged %q", i, &log)
		}
	}
	if owner, err := s.ProfileByKey(t.Context(), core.HashKey(configured)); err != nil || owner.ID != first.ID {
		t.Errorf("the configured key belongs to %+v, %v", owner, err)
	}
	if _, err := s.ProfileByKey(t.Context(), core.HashKey(generated)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the replaced key still works: %v", err)
	}
}

func TestConfiguredKeyOfAnotherProfile(t *testing.T) {
	t.Parallel()
	s, now := openTestStore(t), time.Now()
	const key = core.Secret("SOMEBODY-ELSES-KEY-123456")
	if err := s.CreateProfile(t.Context(), core.Profile{ID: "other", Title: "Other", CreatedAt: now}, core.HashKey(key)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := ensureProfile(t.Context(), s, "", now, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := ensureProfile(t.Context(), s, key, now, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("the key of another profile became the primary profile's")
	}
}

// Several processes may start on an empty store at once; one of them makes the key.
func TestPrimaryProfileIsMadeOnce(t *testing.T) {
	t.Parallel()
	s := openTestStore(t)
	keys := make([]core.Secret, 8)
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			var err error
			if _, keys[i], err = ensureProfile(t.Context(), s, "", time.Now(), slog.New(slog.DiscardHandler)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	made := 0
	for _, key := range keys {
		if key != "" {
			made++
		}
	}
	if made != 1 {
		t.Errorf("%d keys were made", made)
	}
}

func TestMasterKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, masterKeyFile)
	keys := make([]string, 8)
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			var err error
			if keys[i], err = masterKey(path, false); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, key := range keys {
		if key != keys[0] || len(key) != 44 {
			t.Fatalf("keys %q differ or are no 32 bytes in base64", keys)
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestVault(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ring, err := openVault("", dir, false)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := ring.Seal([]byte("token"), []byte("account"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := openVault("", dir, false)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := again.Open(sealed, []byte("account")); err != nil || string(plain) != "token" {
		t.Errorf("after a restart: %q, %v", plain, err)
	}
	if _, err := openVault("", dir, true); err != nil {
		t.Errorf("with accounts and their key: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, masterKeyFile), []byte("scribble"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openVault("", dir, false); err == nil {
		t.Error("a damaged key was taken")
	}
	if _, err := openVault("", filepath.Join(dir, "missing"), false); err == nil {
		t.Error("a missing folder was no error")
	}
}
