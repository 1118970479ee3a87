package notify_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core/vault"
)

// A webhook whose secrets were encrypted with a key that is being replaced is signed for by
// the new key alone, once they are encrypted anew; during a rotation by both of its secrets.
func TestReseal(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	oldKey, newKey := vault.NewKey(), vault.NewKey()
	with := func(keys ...[]byte) {
		t.Helper()
		ring, err := vault.New(keys...)
		if err != nil {
			t.Fatal(err)
		}
		f.config.Vault = ring
		f.restart()
	}
	with(oldKey)
	f.register(f.customer, scheduled, "/signed", rawSecret)
	if _, _, err := f.Rotate(t.Context(), f.customer.ID, scheduled, prefixSecret); err != nil {
		t.Fatal(err)
	}
	f.register(f.primary, scheduled, "/unsigned")

	with(newKey, oldKey)
	for _, want := range []int{1, 0} {
		if n, err := f.Reseal(t.Context(), f.primary.ID, f.customer.ID); err != nil || n != want {
			t.Errorf("encrypted anew: %d, want %d; %v", n, want, err)
		}
	}
	with(newKey)
	f.tell(f.customer, "post")
	f.work()
	checkSigned(t, f.clock.Now(), f.endpoint.only(t), prefixSecret, rawSecret)
}

// What no key opens stays as it is, for whoever brings its key back.
func TestResealLeavesWhatNoKeyOpens(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	before := f.register(f.customer, scheduled, "/hook", rawSecret)
	ring, err := vault.New(vault.NewKey(), vault.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	f.config.Vault = ring
	f.restart()
	if n, err := f.Reseal(t.Context(), f.customer.ID); err != nil || n != 0 {
		t.Errorf("encrypted anew: %d; %v", n, err)
	}
	after, err := f.Webhook(t.Context(), f.customer.ID, scheduled)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("webhook (-before +after):\n%s", diff)
	}
}

func TestResealWithoutTheStore(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	if err := f.store.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := f.Reseal(t.Context(), f.customer.ID); err == nil || n != 0 {
		t.Errorf("%d, %v; want an error of the store", n, err)
	}
}
