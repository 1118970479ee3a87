package accounts_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/vault"
)

func TestUnreadable(t *testing.T) {
	t.Parallel()
	f := setup(t)
	former := f.link(t, profileA, person())
	lost := f.link(t, profileA, page(1))
	damaged := f.link(t, profileA, page(2))
	unlinked := f.link(t, profileA, page(3))
	oldKey, newKey := vault.NewKey(), vault.NewKey()
	ring := func(keys ...[]byte) *vault.Ring {
		t.Helper()
		r, err := vault.New(keys...)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	// One more account, linked with a key of its own.
	other, _, err := f.with(ring(oldKey)).Link(t.Context(), profileA, page(4))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.AuthorizationLost(t.Context(), lost.ID, "revoked"); err != nil {
		t.Fatal(err)
	}
	err = f.store.UpdateCredentials(t.Context(), damaged.ID, func(c *store.Credentials) error {
		c.Sealed[len(c.Sealed)-1] ^= 1
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	list, err := f.List(t.Context(), profileA)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Unlink(t.Context(), profileA, unlinked.ID); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		ring *vault.Ring
		want []string
	}{
		{"the first key", f.ring, []string{other.ID}},
		{"the other key", ring(oldKey), []string{former.ID, damaged.ID}},
		{"a new key", ring(newKey), []string{former.ID, damaged.ID, other.ID}},
		{"a new key and the other", ring(newKey, oldKey), []string{former.ID, damaged.ID}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := f.with(test.ring).Unreadable(t.Context(), list)
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, a := range got {
				ids = append(ids, a.ID)
			}
			if diff := cmp.Diff(test.want, ids); diff != "" {
				t.Errorf("unreadable (-want +got):\n%s", diff)
			}
		})
	}
}

// That the store fails says nothing about the keys.
func TestUnreadableWithoutTheStore(t *testing.T) {
	t.Parallel()
	f := setup(t)
	a := f.link(t, profileA, person())
	if err := f.store.Close(); err != nil {
		t.Fatal(err)
	}
	var e *core.Error
	if got, err := f.Unreadable(t.Context(), []core.Account{a}); err == nil || errors.As(err, &e) || len(got) != 0 {
		t.Errorf("%v, %v; want an error of the store", got, err)
	}
}

func TestReseal(t *testing.T) {
	t.Parallel()
	f := setup(t)
	oldKey, newKey, lostKey := vault.NewKey(), vault.NewKey(), vault.NewKey()
	with := func(keys ...[]byte) *accounts.Manager {
		t.Helper()
		r, err := vault.New(keys...)
		if err != nil {
			t.Fatal(err)
		}
		return f.with(r)
	}
	former, _, err := with(oldKey).Link(t.Context(), profileA, person())
	if err != nil {
		t.Fatal(err)
	}
	for number, keys := range [][][]byte{{newKey}, {lostKey}} {
		if _, _, err := with(keys...).Link(t.Context(), profileA, page(number)); err != nil {
			t.Fatal(err)
		}
	}
	list, err := f.List(t.Context(), profileA)
	if err != nil {
		t.Fatal(err)
	}
	gone := former
	gone.ID = "unlinked"
	for _, want := range []int{1, 0} {
		if n, err := with(newKey, oldKey).Reseal(t.Context(), append(list, gone)); err != nil || n != want {
			t.Errorf("encrypted anew: %d, want %d; %v", n, want, err)
		}
	}
	if token, err := with(newKey).Token(t.Context(), former.ID); err != nil || token != coretest.MemberToken {
		t.Errorf("with the new key alone the token is %q: %v", token.Reveal(), err)
	}
}
