package main

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/providers"
)

// addCustomer stores a user profile with an account whose token nobody can read.
func addCustomer(t *testing.T, a *app, n int) core.Profile {
	t.Helper()
	p := core.Profile{ID: core.NewID(a.clock.Now()), Title: fmt.Sprint("Customer ", n), RefID: core.NewRefID(), CreatedAt: a.clock.Now()}
	account := core.Account{ID: fmt.Sprint("account-", n), ProfileID: p.ID, Platform: sandboxPlatform, RemoteID: "urn:li:person:x", Status: core.AccountActive}
	sealed := append([]byte{1}, make([]byte, 64)...) // with the key of the id 0
	if err := errors.Join(a.store.CreateProfile(t.Context(), p, core.HashKey(core.NewProfileKey())), a.store.CreateAccount(t.Context(), account, sealed)); err != nil {
		t.Fatal(err)
	}
	return p
}

// A start looks at the accounts of all profiles: a lost key is told before somebody posts.
func TestKeyLostForUserProfiles(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load(serveEnviron(t.TempDir()), "", providers.Adapters()...)
	if err != nil {
		t.Fatal(err)
	}
	open := func() (*app, error) {
		return newApp(t.Context(), cfg, appOptions{}, slog.New(slog.DiscardHandler))
	}
	a, err := open()
	if err != nil {
		t.Fatal(err)
	}
	for n := range profilesAtOnce + 1 {
		addCustomer(t, a, n)
	}
	linked, err := a.linkedAccounts(t.Context())
	if err != nil || len(linked) != profilesAtOnce+1 {
		t.Errorf("%d accounts are linked, %v", len(linked), err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := open(); err == nil || !strings.Contains(err.Error(), "CRIER_MASTER_KEY") {
		t.Errorf("opened with %v", err)
	}
}

// What is left of deleted profiles goes by and by, and the profiles are forgotten after it.
func TestPurgeDeleted(t *testing.T) {
	t.Parallel()
	a, err := startApp(t)
	if err != nil {
		t.Fatal(err)
	}
	kept, gone := addCustomer(t, a, 1), addCustomer(t, a, 2)
	for i := range 3 * purgeBatch {
		now := a.clock.Now()
		id := fmt.Sprint("post-", i)
		post := core.Post{ID: id, ProfileID: gone.ID, Status: core.PostError, CreatedAt: now}
		if err := a.store.InsertPost(t.Context(), store.NewPost{Post: post}); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(a.store.DeleteProfile(t.Context(), gone.ID), a.purgeDeleted(t.Context())); err != nil {
		t.Fatal(err)
	}
	if _, err := a.store.GetAccount(t.Context(), "account-2"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the account of the deleted profile: %v", err)
	}
	if posts, err := a.store.ListPosts(t.Context(), store.PostQuery{ProfileID: gone.ID, Limit: 1}); err != nil || len(posts) > 0 {
		t.Errorf("%d posts are left, %v", len(posts), err)
	}
	if _, err := a.store.GetAccount(t.Context(), "account-1"); err != nil {
		t.Errorf("the account of %s: %v", kept.Title, err)
	}
	if ids, err := a.store.DeletedProfiles(t.Context(), 10); err != nil || len(ids) != 1 {
		t.Errorf("deleted profiles %v, %v; one is remembered for %v", ids, err, store.PurgeRest)
	}
}
