package core

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

const (
	// keyAlphabet leaves out the digits and letters that are mistaken for others.
	keyAlphabet   = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	keyGroups     = 4
	keyGroupChars = 7 // 5 bits each: 140 bits in all
)

// NewProfileKey returns a fresh key of a profile: groups of capitals and digits, joined by
// dashes, as clients of this API know keys. That of the primary profile is the API key.
func NewProfileKey() Secret {
	random := make([]byte, keyGroups*keyGroupChars)
	_, _ = rand.Read(random) // crypto/rand.Read never fails
	var b strings.Builder
	for i, r := range random {
		if i > 0 && i%keyGroupChars == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(keyAlphabet[int(r)%len(keyAlphabet)])
	}
	return Secret(b.String())
}

// HashKey is what the store knows of a key. Keys are random enough that nobody finds one by
// trying: a hash without salt serves, and can be looked up.
func HashKey(key Secret) []byte {
	sum := sha256.Sum256([]byte(key.Reveal()))
	return sum[:]
}

// NewRefID returns a public reference of a profile: 40 hexadecimal digits.
func NewRefID() string {
	var raw [20]byte
	_, _ = rand.Read(raw[:]) // crypto/rand.Read never fails
	return hex.EncodeToString(raw[:])
}
