package vault

import (
	"crypto/hkdf"
	"crypto/sha256"
)

// derivation keeps what is derived apart from all other uses of the keys.
const derivation = "crier derived key\x00"

// Derive returns for each key of the ring a secret of KeySize bytes for a purpose, that of the
// key which seals first. The same key and purpose give the same secret at any time; it tells
// nothing of the key, nor of the secret for another purpose. It is HKDF with SHA-256, without
// a salt: the keys are random.
// https://www.rfc-editor.org/rfc/rfc5869
func (r *Ring) Derive(purpose string) [][]byte {
	secrets := make([][]byte, len(r.keys))
	for i, k := range r.keys {
		secrets[i] = derive(k.pseudorandom, purpose)
	}
	return secrets
}

// extract is the first half of HKDF. What it returns takes the place of the key in it.
func extract(secret []byte) ([]byte, error) { return hkdf.Extract(sha256.New, secret, nil) }

func derive(pseudorandom []byte, purpose string) []byte {
	secret, _ := hkdf.Expand(sha256.New, pseudorandom, derivation+purpose, KeySize) // never fails: it is one block
	return secret
}
