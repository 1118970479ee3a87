package oauth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/cache"
	"github.com/crier-social/crier/providers/internal/rest"
)

const (
	nonceHeader = "DPoP-Nonce"
	errNonce    = "use_dpop_nonce"
	// maxNonce is the length of the longest one that is kept, in bytes: they are unpredictable
	// numbers, and a server may send anything.
	maxNonce = 1024
	// keepNonce is for how long a nonce is tried. A server that wants a newer one says so.
	keepNonce = time.Hour
	maxNonces = 1024
)

// Nonces are the ones that servers want to see next, by the origin of the server. They may be
// used concurrently. https://www.rfc-editor.org/rfc/rfc9449#section-8
type Nonces struct {
	clock  core.Clock
	latest *cache.Cache[string]
}

// NewNonces returns none.
func NewNonces(clock core.Clock) *Nonces {
	return &Nonces{clock: clock, latest: cache.New[string](maxNonces, clock)}
}

// Prover proves, with every request, that whoever sends it has the key that tokens are bound
// to. https://www.rfc-editor.org/rfc/rfc9449
type Prover struct {
	key    *Key
	nonces *Nonces
}

// Prover returns one that uses the key.
func (n *Nonces) Prover(k *Key) *Prover { return &Prover{k, n} }

// Sign returns the proof of one request, and the token as one that is bound to the key.
func (p *Prover) Sign(method, address string, token core.Secret) (http.Header, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("prove a request to an address that is none")
	}
	proof, err := p.proof(method, u, token)
	if err != nil {
		return nil, err
	}
	h := http.Header{"Dpop": {proof}}
	if token != "" {
		h.Set("Authorization", "DPoP "+token.Reveal())
	}
	return h, nil
}

func (p *Prover) proof(method string, u *url.URL, token core.Secret) (string, error) {
	bare := *u
	bare.RawQuery, bare.ForceQuery, bare.Fragment, bare.RawFragment = "", false, "", ""
	claims := jwt.MapClaims{
		"jti": rand.Text(),
		"htm": method,
		"htu": bare.String(),
		"iat": p.nonces.clock.Now().Unix(),
	}
	if nonce, ok := p.nonces.latest.Get(originOf(u)); ok {
		claims["nonce"] = nonce
	}
	if token != "" {
		sum := sha256.Sum256([]byte(token.Reveal()))
		claims["ath"] = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	t := jwt.NewWithClaims(jwt.SigningMethodES256, claims)
	t.Header["typ"], t.Header["jwk"] = "dpop+jwt", p.key.public
	signed, err := t.SignedString(p.key.private)
	if err != nil {
		return "", fmt.Errorf("sign a proof: %w", err)
	}
	return signed, nil
}

// Learn keeps the nonce of an answer, and tells whether the request was refused for want of
// it.
func (p *Prover) Learn(address string, r *rest.Response) bool {
	nonce := r.Header.Get(nonceHeader)
	u, err := url.Parse(address)
	if nonce == "" || len(nonce) > maxNonce || err != nil {
		return false
	}
	p.nonces.latest.Put(originOf(u), nonce, keepNonce)
	return wantsNonce(r)
}

// wantsNonce tells whether a server refuses the proof of a request because of its nonce.
// Servers that tokens come from say so in the body, those that they are for in a header.
func wantsNonce(r *rest.Response) bool {
	switch r.Status {
	case http.StatusBadRequest:
		var body struct {
			Error string `json:"error"`
		}
		return json.Unmarshal(r.Body, &body) == nil && body.Error == errNonce
	case http.StatusUnauthorized:
		challenge := r.Header.Get("WWW-Authenticate")
		return strings.HasPrefix(strings.ToLower(challenge), "dpop ") && strings.Contains(challenge, `error="`+errNonce+`"`)
	}
	return false
}

func originOf(u *url.URL) string { return strings.ToLower(u.Scheme + "://" + u.Host) }

var _ rest.Signer = (*Prover)(nil)
