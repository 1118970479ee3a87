package api

import (
	"context"
	"crypto/sha256"
	"maps"
	"sync"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

const (
	// keyMemory is for how long a key is good without a look at the store, and so
	// how long a replaced key, or that of a deleted profile, may still work in another
	// process.
	keyMemory = 2 * time.Second
	// keysRemembered bounds the memory.
	keysRemembered = 4096
)

// keyring finds the owner of a key. It remembers keys that were good for a
// moment, since a client under load sends the same one thousands of times a
// second; a wrong key is looked up every time.
type keyring struct {
	profiles store.Profiles
	clock    core.Clock

	mu    sync.Mutex
	known map[[sha256.Size]byte]knownKey
	// forgotten counts the calls of forget, so that what was read before one is not
	// remembered after it.
	forgotten int
}

type knownKey struct {
	profile core.Profile
	until   time.Time
}

func newKeyring(profiles store.Profiles, clock core.Clock) *keyring {
	return &keyring{profiles: profiles, clock: clock, known: map[[sha256.Size]byte]knownKey{}}
}

// owner returns the profile of the key; store.ErrNotFound when it is nobody's. Keys
// are compared by their hashes, which tell nothing about how near a guess was.
func (k *keyring) owner(ctx context.Context, key string) (core.Profile, error) {
	hash := sha256.Sum256([]byte(key))
	now := k.clock.Now()
	p, forgotten, ok := k.recall(hash, now)
	if ok {
		return p, nil
	}
	p, err := k.profiles.ProfileByKey(ctx, hash[:])
	if err == nil {
		k.remember(hash, p, now, forgotten)
	}
	return p, err
}

// forget has the next request of a profile ask the store: it, or its key, has changed.
func (k *keyring) forget(profileID string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.forgotten++
	maps.DeleteFunc(k.known, func(_ [sha256.Size]byte, known knownKey) bool { return known.profile.ID == profileID })
}

func (k *keyring) recall(hash [sha256.Size]byte, now time.Time) (p core.Profile, forgotten int, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	known, ok := k.known[hash]
	return known.profile, k.forgotten, ok && now.Before(known.until)
}

func (k *keyring) remember(hash [sha256.Size]byte, p core.Profile, now time.Time, forgotten int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if forgotten != k.forgotten {
		return
	}
	if len(k.known) >= keysRemembered {
		clear(k.known)
	}
	k.known[hash] = knownKey{profile: p, until: now.Add(keyMemory)}
}
