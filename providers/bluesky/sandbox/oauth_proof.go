package sandbox

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	// nonceAge is how long a nonce is the current one. https://www.rfc-editor.org/rfc/rfc9449#section-8
	nonceAge = time.Minute
	// proofTolerance is how far the clock of a client may be off.
	proofTolerance = 3 * time.Minute
	proofType      = "dpop+jwt"
	algorithms     = "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES256K ES384 ES512"
)

// jwk is a public key. https://www.rfc-editor.org/rfc/rfc7517
type jwk struct {
	Type  string `json:"kty"`
	Curve string `json:"crv"`
	X     string `json:"x"`
	Y     string `json:"y"`
	ID    string `json:"kid,omitempty"`
}

var errKey = errors.New("want a public key of P-256")

// public returns the key, if it is of the one kind that the sandbox takes.
func (k jwk) public() (*ecdsa.PublicKey, error) {
	x, errX := base64.RawURLEncoding.DecodeString(k.X)
	y, errY := base64.RawURLEncoding.DecodeString(k.Y)
	const half = 32
	if k.Type != "EC" || k.Curve != "P-256" || errX != nil || errY != nil || len(x) != half || len(y) != half {
		return nil, errKey
	}
	const uncompressed = 4
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{uncompressed}, x...), y...))
}

// thumbprint names the key. https://www.rfc-editor.org/rfc/rfc7638
func (k jwk) thumbprint() string {
	sum := sha256.Sum256([]byte(`{"crv":"` + k.Curve + `","kty":"` + k.Type + `","x":"` + k.X + `","y":"` + k.Y + `"}`))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// nonceAt makes the nonce of a time. The caller holds the lock.
func (s *Sandbox) nonceAt(now time.Time) string {
	mac := hmac.New(sha256.New, s.secret)
	mac.Write(binary.BigEndian.AppendUint64([]byte("nonce"), uint64(now.Unix()/int64(nonceAge.Seconds())))) //nolint:gosec // after 1970
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// nonce is what clients are to use from now on.
func (s *Sandbox) nonce(now time.Time) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.nonceAt(now.Add(nonceAge))
}

func (s *Sandbox) goodNonce(nonce string, now time.Time) bool {
	for _, at := range []time.Time{now.Add(-nonceAge), now, now.Add(nonceAge)} {
		if nonce == s.nonceAt(at) {
			return true
		}
	}
	return false
}

// proofClaims are those of a proof.
type proofClaims struct {
	ID     string           `json:"jti"`
	Method string           `json:"htm"`
	URL    string           `json:"htu"`
	Nonce  string           `json:"nonce"`
	Token  string           `json:"ath"`
	Issued *jwt.NumericDate `json:"iat"`
}

// Validate has nothing to say: claims are checked by hand, for the words of the genuine server.
func (proofClaims) Validate() error { return nil }

// The rest of jwt.Claims, which proofs do not have.
func (proofClaims) GetExpirationTime() (*jwt.NumericDate, error) { return nil, nil } //nolint:nilnil // no such claim
func (proofClaims) GetIssuedAt() (*jwt.NumericDate, error)       { return nil, nil } //nolint:nilnil // no such claim
func (proofClaims) GetNotBefore() (*jwt.NumericDate, error)      { return nil, nil } //nolint:nilnil // no such claim
func (proofClaims) GetIssuer() (string, error)                   { return "", nil }
func (proofClaims) GetSubject() (string, error)                  { return "", nil }
func (proofClaims) GetAudience() (jwt.ClaimStrings, error)       { return nil, nil }

// proofError is why a proof is not taken.
type proofError struct{ code, description string }

const (
	badProof = "invalid_dpop_proof"
	useNonce = "use_dpop_nonce"
)

// proof checks the proof of a request, and returns the name of its key; empty: there is no
// proof. accessToken is the token that goes with it, if there is one.
// https://www.rfc-editor.org/rfc/rfc9449#section-4.3
func (s *Sandbox) proof(r *http.Request, base, accessToken string, now time.Time) (string, *proofError) {
	values := r.Header.Values("DPoP")
	if len(values) == 0 {
		return "", nil
	}
	if len(values) > 1 || values[0] == "" {
		return "", &proofError{badProof, "DPoP header must contain a single proof"}
	}
	got, key, err := parseProof(values[0])
	if err != nil {
		return "", &proofError{badProof, "Failed to verify DPoP proof: " + err.Error()}
	}
	if bad := s.checkProof(got, r, base, accessToken, now); bad != nil {
		return "", bad
	}
	id := key.thumbprint() + " " + got.ID
	if !s.first(id, now) {
		return "", &proofError{badProof, "DPoP proof replayed"}
	}
	return key.thumbprint(), nil
}

// maxProofs is from how many proofs on those are forgotten that are too old by now.
const maxProofs = 10_000

// first tells whether a proof, by its name, has not been seen. The caller holds the lock.
func (s *Sandbox) first(id string, now time.Time) bool {
	if _, seen := s.proofs[id]; seen {
		return false
	}
	if len(s.proofs) >= maxProofs {
		maps.DeleteFunc(s.proofs, func(_ string, at time.Time) bool { return now.Sub(at) > 2*proofTolerance })
	}
	s.proofs[id] = now
	return true
}

func parseProof(raw string) (proofClaims, jwk, error) {
	var got proofClaims
	var key jwk
	token, err := jwt.ParseWithClaims(raw, &got, func(t *jwt.Token) (any, error) {
		m, _ := t.Header["jwk"].(map[string]any)
		text := func(name string) string { s, _ := m[name].(string); return s }
		if text("d") != "" {
			return nil, errors.New("the header has a private key")
		}
		key = jwk{Type: text("kty"), Curve: text("crv"), X: text("x"), Y: text("y")}
		return key.public()
	}, jwt.WithValidMethods([]string{jwt.SigningMethodES256.Alg()}))
	if err == nil && token.Header["typ"] != proofType {
		err = errors.New(`unexpected "typ" JWT header value`)
	}
	return got, key, err
}

func (s *Sandbox) checkProof(got proofClaims, r *http.Request, base, accessToken string, now time.Time) *proofError {
	fail := func(why string) *proofError { return &proofError{badProof, why} }
	switch {
	case got.Issued == nil, got.Issued.Sub(now).Abs() > proofTolerance:
		return fail(`Failed to verify DPoP proof: "iat" claim timestamp check failed`)
	case got.ID == "":
		return fail(`DPoP "jti" missing`)
	case got.Method != r.Method:
		return fail(`DPoP "htm" mismatch`)
	case bareURL(got.URL) != base+r.URL.Path:
		return fail(`DPoP "htu" mismatch`)
	case got.Nonce == "":
		return &proofError{useNonce, "Authorization server requires nonce in DPoP proof"}
	case !s.goodNonce(got.Nonce, now):
		return &proofError{useNonce, `DPoP "nonce" mismatch`}
	case accessToken == "" && got.Token != "":
		return fail(`DPoP "ath" claim not allowed`)
	case accessToken != "" && got.Token != hashOf(accessToken):
		return fail(`DPoP "ath" mismatch`)
	}
	return nil
}

// bareURL is an address without query and fragment.
func bareURL(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host + u.Path
}

// hashOf is the digest that proofs and challenges have.
func hashOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
