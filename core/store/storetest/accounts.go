package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// errStop is an error of an update function.
var errStop = errors.New("stop")

func accountChecks() []check {
	return []check{
		{"CreateAndFind", checkCreateAccount},
		{"Empty", checkEmptyAccount},
		{"NotFound", checkAccountNotFound},
		{"MustBeUnique", checkAccountUnique},
		{"ListInOrder", checkListAccounts},
		{"Update", checkUpdateAccount},
		{"Credentials", checkCredentials},
		{"Delete", checkDeleteAccount},
		{"Count", checkCountAccounts},
	}
}

func checkCreateAccount(t *testing.T, f *fixture) {
	a := newAccount("a1", profileA, awkward())
	a.DisplayName = awkward()
	must(t, f.CreateAccount(t.Context(), a, []byte("sealed")))
	got, err := f.GetAccount(t.Context(), "a1")
	must(t, err)
	equal(t, a, got)
	wantKept(t, "LinkedAt", a.LinkedAt, got.LinkedAt)
	wantKept(t, "ExpiresAt", a.ExpiresAt, got.ExpiresAt)
	wantKept(t, "RefreshExpiresAt", a.RefreshExpiresAt, got.RefreshExpiresAt)

	got, err = f.FindAccount(t.Context(), profileA, network, a.RemoteID)
	must(t, err)
	equal(t, a, got)
}

func checkEmptyAccount(t *testing.T, f *fixture) {
	a := core.Account{ID: "a1", ProfileID: profileA, Platform: network, RemoteID: "r1", Scopes: []string{}}
	must(t, f.CreateAccount(t.Context(), a, nil))
	got, err := f.GetAccount(t.Context(), "a1")
	must(t, err)
	equal(t, a, got)
	if !got.ExpiresAt.IsZero() || !got.LinkedAt.IsZero() {
		t.Errorf("zero times became %v and %v", got.ExpiresAt, got.LinkedAt)
	}
	cred, err := f.GetCredentials(t.Context(), "a1")
	must(t, err)
	if len(cred.Sealed) != 0 {
		t.Errorf("got credentials %x, want none", cred.Sealed)
	}
}

func checkAccountNotFound(t *testing.T, f *fixture) {
	must(t, f.CreateAccount(t.Context(), newAccount("a1", profileA, "r1"), nil))
	_, err := f.GetAccount(t.Context(), "a2")
	wantErr(t, err, store.ErrNotFound)
	for _, where := range [][3]string{{profileB, network, "r1"}, {profileA, "other", "r1"}, {profileA, network, "r2"}} {
		_, err := f.FindAccount(t.Context(), where[0], where[1], where[2])
		wantErr(t, err, store.ErrNotFound)
	}
	_, err = f.UpdateAccount(t.Context(), "a2", func(*core.Account) error { t.Error("called for no account"); return nil })
	wantErr(t, err, store.ErrNotFound)
	_, err = f.GetCredentials(t.Context(), "a2")
	wantErr(t, err, store.ErrNotFound)
	err = f.UpdateCredentials(t.Context(), "a2", func(*store.Credentials) error { t.Error("called for no account"); return nil })
	wantErr(t, err, store.ErrNotFound)
	wantErr(t, f.DeleteAccount(t.Context(), "a2"), store.ErrNotFound)
}

func checkAccountUnique(t *testing.T, f *fixture) {
	first := newAccount("a1", profileA, "r1")
	must(t, f.CreateAccount(t.Context(), first, []byte("first")))
	wantErr(t, f.CreateAccount(t.Context(), newAccount("a1", profileA, "r2"), []byte("second")), store.ErrExists)
	wantErr(t, f.CreateAccount(t.Context(), newAccount("a2", profileA, "r1"), []byte("second")), store.ErrExists)
	must(t, f.CreateAccount(t.Context(), newAccount("a3", profileB, "r1"), []byte("third")))

	got, err := f.GetAccount(t.Context(), "a1")
	must(t, err)
	equal(t, first, got)
	cred, err := f.GetCredentials(t.Context(), "a1")
	must(t, err)
	equal(t, "first", string(cred.Sealed))
	_, err = f.GetAccount(t.Context(), "a2")
	wantErr(t, err, store.ErrNotFound)
}

func checkListAccounts(t *testing.T, f *fixture) {
	for i, a := range []struct{ id, profile, platform string }{
		{"z", profileA, "beta"}, {"y", profileA, "alpha"}, {"x", profileA, "beta"}, {"w", profileB, "alpha"}, {"v", profileA, "alpha"},
	} {
		account := newAccount(a.id, a.profile, "r"+a.id)
		account.Platform, account.LinkedAt = a.platform, start().Add(time.Duration(i)*time.Second)
		must(t, f.CreateAccount(t.Context(), account, nil))
	}
	list, err := f.ListAccounts(t.Context(), profileA)
	must(t, err)
	equal(t, []string{"y", "v", "z", "x"}, ids(list, func(a core.Account) string { return a.ID }))
	for _, a := range list {
		equal(t, profileA, a.ProfileID)
	}
	list, err = f.ListAccounts(t.Context(), "nobody")
	must(t, err)
	equal(t, 0, len(list))
}

func checkUpdateAccount(t *testing.T, f *fixture) {
	a := newAccount("a1", profileA, "r1")
	must(t, f.CreateAccount(t.Context(), a, []byte("sealed")))
	want := a
	want.Status, want.StatusReason, want.Scopes, want.LinkedAt = core.AccountActive, "", nil, start().Add(time.Hour)
	updated, err := f.UpdateAccount(t.Context(), "a1", func(got *core.Account) error {
		equal(t, a, *got)
		*got = want
		return nil
	})
	must(t, err)
	equal(t, want, updated)
	wantKept(t, "LinkedAt", want.LinkedAt, updated.LinkedAt)
	got, err := f.GetAccount(t.Context(), "a1")
	must(t, err)
	equal(t, want, got)

	_, err = f.UpdateAccount(t.Context(), "a1", func(a *core.Account) error { a.Username = "changed"; return errStop })
	wantErr(t, err, errStop)
	got, err = f.GetAccount(t.Context(), "a1")
	must(t, err)
	equal(t, want, got)
}

func checkCredentials(t *testing.T, f *fixture) {
	must(t, f.CreateAccount(t.Context(), newAccount("a1", profileA, "r1"), []byte{0, 1, 0xff}))
	before, err := f.GetCredentials(t.Context(), "a1")
	must(t, err)
	equal(t, []byte{0, 1, 0xff}, before.Sealed)
	must(t, f.UpdateCredentials(t.Context(), "a1", func(c *store.Credentials) error {
		equal(t, before, *c)
		c.Sealed = []byte("new")
		return nil
	}))
	after, err := f.GetCredentials(t.Context(), "a1")
	must(t, err)
	equal(t, store.Credentials{Sealed: []byte("new"), Version: before.Version + 1}, after)
	wantErr(t, f.UpdateCredentials(t.Context(), "a1", func(*store.Credentials) error { return errStop }), errStop)
}

func checkDeleteAccount(t *testing.T, f *fixture) {
	must(t, f.CreateAccount(t.Context(), newAccount("a1", profileA, "r1"), []byte("old")))
	must(t, f.InsertPost(t.Context(), newPost("p1")))
	must(t, f.DeleteAccount(t.Context(), "a1"))
	_, err := f.GetAccount(t.Context(), "a1")
	wantErr(t, err, store.ErrNotFound)
	_, err = f.GetCredentials(t.Context(), "a1")
	wantErr(t, err, store.ErrNotFound)
	_, err = f.GetPost(t.Context(), profileA, "p1")
	must(t, err)

	must(t, f.CreateAccount(t.Context(), newAccount("a1", profileA, "r1"), []byte("new")))
	cred, err := f.GetCredentials(t.Context(), "a1")
	must(t, err)
	equal(t, "new", string(cred.Sealed))
}
