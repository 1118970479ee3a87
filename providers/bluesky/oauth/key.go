package oauth

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/crier-social/crier/core"
)

// scalarSize is the length of a private key of P-256, and of each coordinate of a public one.
const scalarSize = 32

// Key is a key of P-256, with which ES256 signs: the one algorithm that every server of the
// protocol takes. https://atproto.com/specs/oauth
type Key struct {
	private *ecdsa.PrivateKey
	public  jwk
}

// jwk is a public key. https://www.rfc-editor.org/rfc/rfc7518#section-6.2.1
//
// The members are in the order that a thumbprint wants.
// https://www.rfc-editor.org/rfc/rfc7638#section-3.2
type jwk struct {
	Curve string `json:"crv"`
	Type  string `json:"kty"`
	X     string `json:"x"`
	Y     string `json:"y"`
}

// NewKey makes a key at random.
func NewKey() (*Key, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	return newKey(private)
}

// KeyFromSeed derives a key from a secret: always the same one.
func KeyFromSeed(seed []byte) (*Key, error) {
	if len(seed) < scalarSize {
		return nil, fmt.Errorf("a seed of %d bytes is too short for a key", len(seed))
	}
	for scalar := sha256.Sum256(seed); ; scalar = sha256.Sum256(scalar[:]) {
		private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar[:])
		if err == nil { // one in four thousand million numbers is none
			return newKey(private)
		}
	}
}

// ParseKey reads what Text has written.
func ParseKey(text core.Secret) (*Key, error) {
	scalar, err := base64.RawURLEncoding.DecodeString(text.Reveal())
	if err != nil {
		return nil, errors.New("a key is not base64url") // the decoder's error tells of its bytes
	}
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar)
	if err != nil {
		return nil, errors.New("a key is none of P-256")
	}
	return newKey(private)
}

func newKey(private *ecdsa.PrivateKey) (*Key, error) {
	point, err := private.PublicKey.Bytes() // 4, then both coordinates
	if err != nil || len(point) != 1+2*scalarSize {
		return nil, errors.New("a public key has no coordinates")
	}
	encode := base64.RawURLEncoding.EncodeToString
	return &Key{private, jwk{Curve: "P-256", Type: "EC", X: encode(point[1 : 1+scalarSize]), Y: encode(point[1+scalarSize:])}}, nil
}

// Text is the private key, to be kept as tokens are.
func (k *Key) Text() (core.Secret, error) {
	scalar, err := k.private.Bytes()
	if err != nil {
		return "", errors.New("a private key cannot be written")
	}
	return core.Secret(base64.RawURLEncoding.EncodeToString(scalar)), nil
}

// Thumbprint names the key. https://www.rfc-editor.org/rfc/rfc7638
func (k *Key) Thumbprint() string {
	canonical, err := json.Marshal(k.public)
	if err != nil {
		panic("oauth: a JWK of strings cannot be encoded: " + err.Error())
	}
	sum := sha256.Sum256(canonical)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
