package interop_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	redirect = "http://127.0.0.1/callback"
	// localClient is the client of a program on the own machine, which has no document:
	// https://atproto.com/specs/oauth#localhost-client-development
	localClient = "http://localhost?redirect_uri=http%3A%2F%2F127.0.0.1%2Fcallback&scope=atproto%20transition%3Ageneric"
	challenge   = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" // of RFC 7636, appendix B
)

// proofKey signs proofs, RFC 9449.
type proofKey struct{ *ecdsa.PrivateKey }

func (a *asker) newKey() proofKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	return proofKey{key}
}

func (a *asker) proof(key proofKey, address, nonce string) string {
	a.t.Helper()
	public, err := key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		a.t.Fatal(err)
	}
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	claims := jwt.MapClaims{"jti": hex.EncodeToString(id[:]), "htm": http.MethodPost, "htu": address, "iat": time.Now().Unix()}
	if nonce != "" {
		claims["nonce"] = nonce
	}
	token := jwt.NewWithClaims(jwt.SigningMethodES256, claims)
	token.Header["typ"] = "dpop+jwt"
	token.Header["jwk"] = map[string]string{"kty": "EC", "crv": "P-256", "x": base64.RawURLEncoding.EncodeToString(public[1:33]), "y": base64.RawURLEncoding.EncodeToString(public[33:])}
	signed, err := token.SignedString(key.PrivateKey)
	if err != nil {
		a.t.Fatal(err)
	}
	return signed
}

// askAboutConsent is about https://atproto.com/specs/oauth, up to where a person is asked.
func askAboutConsent(a *asker) {
	a.ok("who consents", request{path: "/.well-known/oauth-protected-resource"})
	a.ok("how consent is got", request{path: "/.well-known/oauth-authorization-server"})

	key := a.newKey()
	address := a.w.pds + "/oauth/par"
	nonce := ""
	push := func(changes ...string) request {
		form := url.Values{
			"client_id": {localClient}, "response_type": {"code"}, "redirect_uri": {redirect}, "scope": {"atproto transition:generic"},
			"state": {"a-state"}, "code_challenge": {challenge}, "code_challenge_method": {"S256"}, "login_hint": {a.w.alice.handle},
		}
		for i := 0; i < len(changes); i += 2 {
			form.Set(changes[i], changes[i+1])
			if changes[i+1] == "" {
				form.Del(changes[i])
			}
		}
		return request{method: http.MethodPost, path: "/oauth/par", body: form, header: http.Header{"Dpop": {a.proof(key, address, nonce)}}}
	}
	got := a.refused("a request without a nonce", push(), 400, "use_dpop_nonce")
	if nonce = got.header.Get("Dpop-Nonce"); nonce == "" {
		a.t.Fatal("no nonce")
	}
	a.expect("a request", push(), http.StatusCreated, "")
	bare := push()
	bare.header = nil
	a.expect("a request without a proof", bare, http.StatusCreated, "")
	a.refused("a request to go elsewhere", push("redirect_uri", "https://example.com/callback"), 400, "invalid_request")
	a.refused("a request for a scope that the client has not", push("scope", "atproto transition:email"), 400, "invalid_scope")
	a.refused("a request without the first scope", push("scope", "transition:generic"), 400, "invalid_scope")
	a.refused("a request without a challenge", push("code_challenge", "", "code_challenge_method", ""), 400, "invalid_request")
	a.refused("a request with a plain challenge", push("code_challenge_method", "plain"), 400, "invalid_request")
	a.refused("a request of a client that nobody knows", push("client_id", "https://nobody.invalid/client.json"), 400, "invalid_client_id")
	a.refused("a request of no client", push("client_id", ""), 400, "invalid_client")
	elsewhere := push()
	elsewhere.header = http.Header{"Dpop": {a.proof(key, a.w.pds+"/other", nonce)}}
	a.refused("a request with the proof of another address", elsewhere, 401, "invalid_dpop_proof")

	token := func(pairs ...string) request {
		form := values(append([]string{"client_id", localClient}, pairs...)...)
		return request{method: http.MethodPost, path: "/oauth/token", body: form, header: http.Header{"Dpop": {a.proof(key, a.w.pds+"/oauth/token", nonce)}}}
	}
	a.refused("a code that nobody gave", token("grant_type", "authorization_code", "code", "cod-0123456789abcdef", "redirect_uri", redirect, "code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), 400, "invalid_grant")
	a.refused("a refresh token that nobody gave", token("grant_type", "refresh_token", "refresh_token", "ref-0123456789abcdef"), 400, "invalid_grant")
	a.refused("a grant of another kind", token("grant_type", "password", "username", "alice", "password", "x"), 400, "invalid_grant")
}
