// Package vault encrypts secrets for storage: AES-256-GCM with a ring of keys, the
// first of which writes while all of them read, so that a key can be replaced
// without a pause. Other secrets of a server can be derived from the same keys.
//
// What is sealed is bound to associated data, the id of the record that holds it:
// copied into another record it does not open.
package vault

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// KeySize is the length of a key in bytes.
const KeySize = 32

// A sealed value is a version byte, the id of its key, and what GCM makes: the
// 96-bit nonce, the ciphertext and the 128-bit tag.
const (
	formatVersion = 1
	keyIDSize     = 4
	headerSize    = 1 + keyIDSize
	overhead      = headerSize + 12 + 16
)

// The errors that callers tell apart. None of them ever holds a part of a key or
// of a secret.
var (
	// ErrKey means that a key is not 32 bytes in base64, or is there twice.
	ErrKey = errors.New("vault: unusable key")
	// ErrUnknownKey means that the value was sealed with a key that is not on
	// the ring.
	ErrUnknownKey = errors.New("vault: sealed with a key that is not configured")
	// ErrCorrupt means that the value was changed, or belongs to another record.
	ErrCorrupt = errors.New("vault: the sealed value is damaged or belongs to another record")
	// ErrVersion means that the value was sealed by a newer Crier.
	ErrVersion = errors.New("vault: the sealed value has an unknown format")
)

// Ring is a set of keys. It may be used concurrently.
type Ring struct {
	keys []key // the first one writes
}

type key struct {
	id           [keyIDSize]byte
	aead         cipher.AEAD
	pseudorandom []byte // see extract
}

// NewKey returns a random key.
func NewKey() []byte {
	k := make([]byte, KeySize)
	_, _ = rand.Read(k) // never fails
	return k
}

// ParseKeys reads a comma-separated list of base64 keys, as settings hold it.
// Standard and URL-safe base64 are taken, padded or not.
func ParseKeys(list string) ([][]byte, error) {
	var keys [][]byte
	for i, text := range strings.Split(list, ",") {
		text = strings.TrimRight(strings.TrimSpace(text), "=")
		text = strings.NewReplacer("-", "+", "_", "/").Replace(text)
		k, err := base64.RawStdEncoding.DecodeString(text)
		if err != nil {
			// The decoder's error tells where, which is of no use; it is left out
			// so that nothing of the key can get into a log.
			return nil, fmt.Errorf("%w: number %d is not base64", ErrKey, i+1)
		}
		if len(k) != KeySize {
			return nil, fmt.Errorf("%w: number %d has %d bytes, want %d", ErrKey, i+1, len(k), KeySize)
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// New returns a ring of the keys, each of KeySize bytes. The first key seals; all
// of them open.
func New(keys ...[]byte) (*Ring, error) {
	if len(keys) == 0 {
		return nil, fmt.Errorf("%w: there is none", ErrKey)
	}
	r := &Ring{}
	for i, secret := range keys {
		k, err := newKey(secret)
		if err != nil {
			return nil, fmt.Errorf("%w: number %d: %w", ErrKey, i+1, err)
		}
		if r.find(k.id[:]) != nil {
			return nil, fmt.Errorf("%w: number %d is there already", ErrKey, i+1)
		}
		r.keys = append(r.keys, k)
	}
	return r, nil
}

func newKey(secret []byte) (key, error) {
	if len(secret) != KeySize {
		return key{}, fmt.Errorf("it has %d bytes, want %d", len(secret), KeySize)
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return key{}, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return key{}, err
	}
	pseudorandom, err := extract(secret)
	if err != nil {
		return key{}, err
	}
	k := key{aead: aead, pseudorandom: pseudorandom}
	// The hash of a random 256-bit key tells nothing about it.
	sum := sha256.Sum256(append([]byte("crier vault key id\x00"), secret...))
	copy(k.id[:], sum[:])
	return k, nil
}

// find returns the key with the id, or nil.
func (r *Ring) find(id []byte) *key {
	for i := range r.keys {
		if bytes.Equal(r.keys[i].id[:], id) {
			return &r.keys[i]
		}
	}
	return nil
}

// Seal encrypts plain. The associated data is not stored; Open needs the same.
func (r *Ring) Seal(plain, associated []byte) ([]byte, error) {
	k := r.keys[0]
	out := make([]byte, 0, len(plain)+overhead)
	out = append(out, formatVersion)
	out = append(out, k.id[:]...)
	return k.aead.Seal(out, nil, plain, authenticated(out, associated)), nil //nolint:gosec // this AEAD makes its own random nonce and takes none
}

// Open decrypts what Seal returned. Its errors are ErrUnknownKey, ErrCorrupt and
// ErrVersion.
func (r *Ring) Open(sealed, associated []byte) ([]byte, error) {
	if len(sealed) == 0 {
		return nil, ErrCorrupt
	}
	if sealed[0] != formatVersion {
		return nil, fmt.Errorf("%w: version %d", ErrVersion, sealed[0])
	}
	if len(sealed) < overhead {
		return nil, ErrCorrupt
	}
	header, box := sealed[:headerSize], sealed[headerSize:]
	k := r.find(header[1:])
	if k == nil {
		return nil, ErrUnknownKey
	}
	plain, err := k.aead.Open(nil, nil, box, authenticated(header, associated))
	if err != nil {
		return nil, ErrCorrupt
	}
	return plain, nil
}

// Reseal encrypts what another key of the ring than the first has sealed with the first
// one; renewed is false for what the first key has sealed, which is returned as it is. Its
// errors are Open's.
func (r *Ring) Reseal(sealed, associated []byte) (fresh []byte, renewed bool, err error) {
	plain, err := r.Open(sealed, associated)
	if err != nil {
		return nil, false, err
	}
	if bytes.Equal(sealed[1:headerSize], r.keys[0].id[:]) {
		return sealed, false, nil
	}
	fresh, err = r.Seal(plain, associated)
	return fresh, err == nil, err
}

// KeyIDs tells the keys of the ring apart, the one that seals first, without giving anything of
// them away.
func (r *Ring) KeyIDs() []string {
	ids := make([]string, len(r.keys))
	for i, k := range r.keys {
		ids[i] = hex.EncodeToString(k.id[:])
	}
	return ids
}

// Rotates tells whether there are keys that read and no longer write.
func (r *Ring) Rotates() bool { return len(r.keys) > 1 }

// authenticated is what the tag covers besides the ciphertext: the header, which
// has a fixed size, and the associated data.
func authenticated(header, associated []byte) []byte {
	return append(bytes.Clone(header), associated...)
}
