package vault_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core/vault"
)

// fixedKey is a key that consists of one byte.
func fixedKey(b byte) []byte { return bytes.Repeat([]byte{b}, vault.KeySize) }

func newRing(t testing.TB, keys ...[]byte) *vault.Ring {
	t.Helper()
	r, err := vault.New(keys...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func seal(t testing.TB, r *vault.Ring, plain, associated string) []byte {
	t.Helper()
	sealed, err := r.Seal([]byte(plain), []byte(associated))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestSealOpen(t *testing.T) {
	t.Parallel()
	r := newRing(t, vault.NewKey())
	for name, plain := range map[string]string{"empty": "", "short": "token", "long": strings.Repeat("\x00ü", 1<<16)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sealed := seal(t, r, plain, "account 1")
			if plain != "" && bytes.Contains(sealed, []byte(plain)) {
				t.Error("the sealed value shows the secret")
			}
			got, err := r.Open(sealed, []byte("account 1"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(plain, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if again := seal(t, r, plain, "account 1"); bytes.Equal(sealed, again) {
				t.Error("the same secret was sealed the same twice")
			}
		})
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	oldKey, newKey := fixedKey(1), fixedKey(2)
	before, during, after := newRing(t, oldKey), newRing(t, newKey, oldKey), newRing(t, newKey)
	old := seal(t, before, "secret", "id")
	fresh := seal(t, during, "secret", "id")
	for _, tc := range []struct {
		name   string
		ring   *vault.Ring
		sealed []byte
		err    error
	}{
		{"old before", before, old, nil},
		{"old during", during, old, nil},
		{"old after", after, old, vault.ErrUnknownKey},
		{"new before", before, fresh, vault.ErrUnknownKey},
		{"new during", during, fresh, nil},
		{"new after", after, fresh, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := tc.ring.Open(tc.sealed, []byte("id"))
			if !errors.Is(err, tc.err) {
				t.Fatalf("got error %v, want %v", err, tc.err)
			}
			if err == nil && string(got) != "secret" {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestReseal(t *testing.T) {
	t.Parallel()
	oldKey, newKey := fixedKey(1), fixedKey(2)
	before, during, after := newRing(t, oldKey), newRing(t, newKey, oldKey), newRing(t, newKey)
	if before.Rotates() || !during.Rotates() {
		t.Error("a ring rotates when it has more keys than the one that writes")
	}
	fresh, renewed, err := during.Reseal(seal(t, before, "secret", "id"), []byte("id"))
	if err != nil || !renewed {
		t.Fatalf("renewed %t: %v", renewed, err)
	}
	if got, err := after.Open(fresh, []byte("id")); err != nil || string(got) != "secret" {
		t.Errorf("the first key alone opens %q: %v", got, err)
	}
	same, renewed, err := during.Reseal(fresh, []byte("id"))
	if err != nil || renewed || !bytes.Equal(same, fresh) {
		t.Errorf("what the first key has sealed is changed (%t): %v", renewed, err)
	}
	if _, _, err := during.Reseal(fresh, []byte("other")); !errors.Is(err, vault.ErrCorrupt) {
		t.Errorf("of another record: %v", err)
	}
	if _, _, err := after.Reseal(seal(t, before, "secret", "id"), []byte("id")); !errors.Is(err, vault.ErrUnknownKey) {
		t.Errorf("without the key: %v", err)
	}
}

// TestEveryByteCounts changes each byte in turn, and cuts the value everywhere.
func TestEveryByteCounts(t *testing.T) {
	t.Parallel()
	r := newRing(t, fixedKey(1), fixedKey(2))
	sealed := seal(t, r, "secret", "id")
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if plain, err := r.Open(changed, []byte("id")); err == nil {
			t.Errorf("opened with byte %d changed: %q", i, plain)
		}
		if plain, err := r.Open(sealed[:i], []byte("id")); err == nil {
			t.Errorf("opened the first %d bytes: %q", i, plain)
		}
	}
	for name, tc := range map[string]struct {
		sealed     []byte
		associated string
		want       error
	}{
		"other record": {sealed, "other", vault.ErrCorrupt},
		"no record":    {sealed, "", vault.ErrCorrupt},
		"nothing":      {nil, "id", vault.ErrCorrupt},
		"too long":     {append(bytes.Clone(sealed), 0), "id", vault.ErrCorrupt},
		"too short":    {sealed[:6], "id", vault.ErrCorrupt},
		"newer format": {append([]byte{2}, sealed[1:]...), "id", vault.ErrVersion},
	} {
		if _, err := r.Open(tc.sealed, []byte(tc.associated)); !errors.Is(err, tc.want) {
			t.Errorf("%s: got error %v, want %v", name, err, tc.want)
		}
	}
}

// TestStoredValue opens a value of the first release: the format may be extended,
// never changed.
func TestStoredValue(t *testing.T) {
	t.Parallel()
	got, err := newRing(t, fixedKey(3), fixedKey(7)).Open(storedSecret(t), []byte("account"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("a stored secret", string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParseKeys(t *testing.T) {
	t.Parallel()
	one, two := bytes.Repeat([]byte{0xfb, 0xff}, 16), fixedKey(2)
	std, url := base64.StdEncoding.EncodeToString, base64.RawURLEncoding.EncodeToString
	for _, tc := range []struct {
		name, list string
		want       [][]byte
		fails      bool
	}{
		{"one", std(one), [][]byte{one}, false},
		{"list", " " + std(one) + " ,\n" + std(two) + "\n", [][]byte{one, two}, false},
		{"url-safe", url(one) + "," + url(two), [][]byte{one, two}, false},
		{"none", "", nil, true},
		{"trailing comma", std(one) + ",", nil, true},
		{"too short", std(one[:31]), nil, true},
		{"too long", std(append(bytes.Clone(one), 1)), nil, true},
		{"not base64", strings.Repeat("secret! ", 6), nil, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := vault.ParseKeys(tc.list)
			if (err != nil) != tc.fails {
				t.Fatalf("error %v", err)
			}
			if tc.fails {
				wantKeyError(t, err, tc.list)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// wantKeyError fails unless the error is ErrKey and keeps the key to itself.
func wantKeyError(t *testing.T, err error, list string) {
	t.Helper()
	if !errors.Is(err, vault.ErrKey) {
		t.Errorf("got error %v, want %v", err, vault.ErrKey)
	}
	for part := range strings.FieldsFuncSeq(list, func(r rune) bool { return r == ',' || r == ' ' }) {
		if strings.Contains(err.Error(), part) {
			t.Errorf("the error shows the key: %v", err)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for name, keys := range map[string][][]byte{
		"no keys": nil, "short key": {fixedKey(1)[:16]}, "empty key": {fixedKey(1), nil}, "same key twice": {fixedKey(1), fixedKey(1)},
	} {
		if _, err := vault.New(keys...); !errors.Is(err, vault.ErrKey) {
			t.Errorf("%s: got error %v, want %v", name, err, vault.ErrKey)
		}
	}
}

func TestNewKey(t *testing.T) {
	t.Parallel()
	a, b := vault.NewKey(), vault.NewKey()
	if len(a) != vault.KeySize || bytes.Equal(a, b) {
		t.Errorf("keys of %d bytes, equal: %v", len(a), bytes.Equal(a, b))
	}
}

func FuzzOpen(f *testing.F) {
	// Every process of the fuzzer must know the same genuine value.
	r, sealed := newRing(f, fixedKey(3), fixedKey(7)), storedSecret(f)
	f.Add(sealed, []byte("account"))
	f.Add(sealed[:20], []byte("account"))
	f.Add([]byte{1}, []byte(nil))
	f.Add([]byte(nil), []byte("account"))
	f.Fuzz(func(t *testing.T, value, associated []byte) {
		plain, err := r.Open(value, associated)
		genuine := bytes.Equal(value, sealed) && string(associated) == "account"
		if genuine != (err == nil) {
			t.Fatalf("opened %x for %q: %q, %v", value, associated, plain, err)
		}
		if err != nil && !errors.Is(err, vault.ErrCorrupt) && !errors.Is(err, vault.ErrUnknownKey) && !errors.Is(err, vault.ErrVersion) {
			t.Errorf("an error of no kind: %v", err)
		}
	})
}

func FuzzParseKeys(f *testing.F) {
	f.Add(base64.StdEncoding.EncodeToString(fixedKey(1)))
	f.Add(",")
	f.Fuzz(func(t *testing.T, list string) {
		keys, err := vault.ParseKeys(list)
		if err != nil {
			if keys != nil {
				t.Error("keys besides an error")
			}
			return
		}
		for _, k := range keys {
			if len(k) != vault.KeySize {
				t.Errorf("a key of %d bytes", len(k))
			}
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	r := newRing(b, fixedKey(1))
	sealed := seal(b, r, strings.Repeat("t", 400), "id")
	for b.Loop() {
		if _, err := r.Open(sealed, []byte("id")); err != nil {
			b.Fatal(err)
		}
	}
}

func storedSecret(t testing.TB) []byte {
	t.Helper()
	sealed, err := base64.StdEncoding.DecodeString(storedValue)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// storedValue is "a stored secret", sealed for "account" with fixedKey(7).
const storedValue = "AfPkN0YsydnZkoOrPcgALtX+BcsaAM6zVYwBaxgKPNA+y8zvryUgduad96QCNW7l"
