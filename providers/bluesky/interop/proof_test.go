package interop_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// proofKey signs proofs, https://datatracker.ietf.org/doc/html/rfc9449.
type proofKey struct{ *ecdsa.PrivateKey }

func (a *asker) newKey() proofKey {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	return proofKey{key}
}

// proof proves who asks for an address. A nonce and an access token are part of it unless they
// are empty.
func (a *asker) proof(key proofKey, method, address, nonce, access string) string {
	a.t.Helper()
	public, err := key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		a.t.Fatal(err)
	}
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	claims := jwt.MapClaims{"jti": hex.EncodeToString(id[:]), "htm": method, "htu": address, "iat": time.Now().Unix()}
	if nonce != "" {
		claims["nonce"] = nonce
	}
	if access != "" {
		sum := sha256.Sum256([]byte(access))
		claims["ath"] = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	token := jwt.NewWithClaims(jwt.SigningMethodES256, claims)
	token.Header["typ"] = "dpop+jwt"
	token.Header["jwk"] = map[string]string{
		"kty": "EC", "crv": "P-256",
		"x": base64.RawURLEncoding.EncodeToString(public[1:33]), "y": base64.RawURLEncoding.EncodeToString(public[33:]),
	}
	signed, err := token.SignedString(key.PrivateKey)
	if err != nil {
		a.t.Fatal(err)
	}
	return signed
}
