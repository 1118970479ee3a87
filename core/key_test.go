package core_test

import (
	"bytes"
	"regexp"
	"testing"

	"github.com/crier-social/crier/core"
)

func TestNewProfileKey(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^([A-HJ-NP-Z2-9]{7}-){3}[A-HJ-NP-Z2-9]{7}$`)
	seen := map[core.Secret]bool{}
	for range 1000 {
		key := core.NewProfileKey()
		if !form.MatchString(key.Reveal()) || seen[key] {
			t.Fatalf("key %s: malformed or seen before", key.Reveal())
		}
		seen[key] = true
	}
}

func TestHashKey(t *testing.T) {
	t.Parallel()
	one, other := core.HashKey("ONE"), core.HashKey("OTHER")
	if len(one) != 32 || bytes.Equal(one, other) || !bytes.Equal(one, core.HashKey("ONE")) {
		t.Errorf("hashes %x, %x", one, other)
	}
}

func TestNewRefID(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^[0-9a-f]{40}$`)
	if a, b := core.NewRefID(), core.NewRefID(); !form.MatchString(a) || a == b {
		t.Errorf("references %s, %s", a, b)
	}
}
