package vault_test

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core/vault"
)

func TestDerive(t *testing.T) {
	t.Parallel()
	one, other := bytes.Repeat([]byte{1}, vault.KeySize), bytes.Repeat([]byte{2}, vault.KeySize)
	derive := func(purpose string, keys ...[]byte) [][]byte {
		t.Helper()
		ring, err := vault.New(keys...)
		if err != nil {
			t.Fatal(err)
		}
		secrets := ring.Derive(purpose)
		for _, s := range secrets {
			if len(s) != vault.KeySize {
				t.Errorf("%d bytes, want %d", len(s), vault.KeySize)
			}
		}
		return secrets
	}
	// What is derived must be the same in every version: HKDF-SHA256 of 32 bytes of 0x01, no
	// salt, info "crier derived key\x00a", computed with another implementation.
	const want = "ba20f6ee01003e04d4aa2ebaa2ff46247460b7e8e2dc2cd8d92ed18cd0b3c629"
	if got := hex.EncodeToString(derive("a", one)[0]); got != want {
		t.Errorf("derived %s, want %s", got, want)
	}
	if diff := cmp.Diff([][]byte{derive("a", one)[0], derive("a", other)[0]}, derive("a", one, other)); diff != "" {
		t.Errorf("of a ring, each key as it is alone, in their order (-want +got):\n%s", diff)
	}
	for name, secret := range map[string][]byte{
		"another purpose": derive("b", one)[0], "another key": derive("a", other)[0], "the key itself": one,
	} {
		if bytes.Equal(secret, derive("a", one)[0]) {
			t.Errorf("the secret is that of %s", name)
		}
	}
}
