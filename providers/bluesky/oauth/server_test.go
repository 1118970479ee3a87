package oauth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/bluesky/oauth"
	"github.com/crier-social/crier/providers/internal/rest"
)

const (
	redirect = "https://crier.example.org/link/callback"
	clientID = "https://crier.example.org/link/clients/bluesky.json"
	verifier = "0123456789012345678901234567890123456789012"
	alice    = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
)

// server keeps accounts, and gives out tokens for them: both in one, as small servers do. It
// checks every proof and every assertion, and changes its nonce with every request.
type server struct {
	t     *testing.T
	http  *httptest.Server
	clock *coretest.Clock

	mu       sync.Mutex
	nonce    int
	always   bool           // it never is content with a nonce
	moved    bool           // its documents are elsewhere
	resource map[string]any // changes to its documents; nil values take away
	metadata map[string]any
	answer   func(form url.Values) (int, any) // to forms that are proven
	forms    []url.Values
	proofs   []jwt.MapClaims
	seen     map[string]bool // ids of proofs and assertions
	keys     map[string]*ecdsa.PublicKey
	jkt      string
}

func newServer(t *testing.T, keys ...*oauth.Key) (*server, *oauth.Flow, *oauth.Nonces) {
	t.Helper()
	s := &server{t: t, clock: coretest.NewClock(coretest.Epoch()), seen: map[string]bool{}, keys: map[string]*ecdsa.PublicKey{}}
	s.clock.SkipWaits()
	s.answer = func(url.Values) (int, any) {
		return http.StatusCreated, map[string]any{"request_uri": "urn:x:1", "expires_in": 299}
	}
	s.http = httptest.NewServer(s)
	t.Cleanup(s.http.Close)
	c, err := oauth.NewClient(oauth.Identity{URL: clientID, RedirectURL: redirect, Name: "Crier", Keys: keys}, s.clock)
	if err != nil {
		t.Fatal(err)
	}
	s.learn(c.Document())
	direct := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(direct.CloseIdleConnections)
	nonces := oauth.NewNonces(s.clock)
	r := rest.New(rest.Config{Platform: "bluesky", HTTP: direct, Clock: s.clock, MapError: oauth.MapError(s.clock, "https://crier.example.org/client.json")})
	return s, oauth.NewFlow(c, r, nonces, s.clock), nonces
}

// learn reads the keys of a client's document.
func (s *server) learn(document []byte) {
	var d struct {
		JWKS struct {
			Keys []map[string]string `json:"keys"`
		} `json:"jwks"`
	}
	if err := json.Unmarshal(document, &d); err != nil {
		s.t.Fatal(err)
	}
	for _, k := range d.JWKS.Keys {
		s.keys[k["kid"]] = s.publicKey(k)
	}
}

func (s *server) publicKey(k map[string]string) *ecdsa.PublicKey {
	s.t.Helper()
	point := []byte{4}
	for _, name := range []string{"x", "y"} {
		raw, err := base64.RawURLEncoding.DecodeString(k[name])
		if err != nil || len(raw) != 32 {
			s.t.Errorf("coordinate %s: %q", name, k[name])
		}
		point = append(point, raw...)
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil || k["kty"] != "EC" || k["crv"] != "P-256" {
		s.t.Errorf("no key of P-256: %v, %v", k, err)
	}
	return key
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch r.URL.Path {
	case "/.well-known/oauth-protected-resource":
		if s.moved {
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
			return
		}
		s.reply(w, http.StatusOK, changed(map[string]any{"resource": s.http.URL, "authorization_servers": []string{s.http.URL}}, s.resource))
	case "/.well-known/oauth-authorization-server":
		s.reply(w, http.StatusOK, changed(s.sound(), s.metadata))
	case "/par", "/token":
		s.form(w, r)
	default:
		http.NotFound(w, r)
	}
}

// sound are metadata with which nothing is wrong.
func (s *server) sound() map[string]any {
	return map[string]any{
		"issuer": s.http.URL, "authorization_endpoint": s.http.URL + "/authorize?lang=en", "token_endpoint": s.http.URL + "/token",
		"pushed_authorization_request_endpoint": s.http.URL + "/par", "require_pushed_authorization_requests": true,
		"response_types_supported": []string{"code"}, "grant_types_supported": []string{"authorization_code", "refresh_token"},
		"code_challenge_methods_supported": []string{"S256"}, "token_endpoint_auth_methods_supported": []string{"none", "private_key_jwt"},
		"token_endpoint_auth_signing_alg_values_supported": []string{"ES256"}, "scopes_supported": []string{"atproto", "transition:generic"},
		"dpop_signing_alg_values_supported": []string{"ES256"}, "authorization_response_iss_parameter_supported": true,
		"client_id_metadata_document_supported": true,
	}
}

func changed(document, changes map[string]any) map[string]any {
	out := maps.Clone(document)
	for key, value := range changes {
		if out[key] = value; value == nil {
			delete(out, key)
		}
	}
	return out
}

func (s *server) reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		s.t.Error(err)
	}
}

func (s *server) form(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || r.Method != http.MethodPost {
		s.t.Errorf("%s with %s, %v", r.Method, r.Header.Get("Content-Type"), err)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		s.t.Error(err)
	}
	wanted := strconv.Itoa(s.nonce)
	s.nonce++
	w.Header().Set("DPoP-Nonce", strconv.Itoa(s.nonce))
	proof := s.proof(r, s.http.URL+r.URL.Path)
	s.checkClient(form)
	if proof["nonce"] != wanted || s.always {
		s.reply(w, http.StatusBadRequest, map[string]any{"error": "use_dpop_nonce", "error_description": "Authorization server requires nonce"})
		return
	}
	s.forms = append(s.forms, form)
	status, answer := s.answer(form)
	s.reply(w, status, answer)
}

// proof checks the proof of a request. https://www.rfc-editor.org/rfc/rfc9449#section-4.3
func (s *server) proof(r *http.Request, address string) jwt.MapClaims {
	s.t.Helper()
	var claims jwt.MapClaims
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"ES256"}), jwt.WithTimeFunc(s.clock.Now), jwt.WithIssuedAt())
	token, err := parser.ParseWithClaims(r.Header.Get("DPoP"), &claims, func(t *jwt.Token) (any, error) {
		if t.Header["typ"] != "dpop+jwt" {
			return nil, errors.New("no proof")
		}
		key := map[string]string{}
		for name, value := range t.Header["jwk"].(map[string]any) {
			key[name] = value.(string)
		}
		if len(key) != 4 {
			return nil, errors.New("the key has more than its public part")
		}
		s.jkt = key["x"] + key["y"]
		return s.publicKey(key), nil
	})
	if err != nil || !token.Valid {
		s.t.Errorf("proof: %v", err)
	}
	if claims["htm"] != r.Method || claims["htu"] != address || claims["iat"] != float64(s.clock.Now().Unix()) {
		s.t.Errorf("proof of another request: %v", claims)
	}
	s.once(claims["jti"])
	s.proofs = append(s.proofs, claims)
	return claims
}

func (s *server) once(id any) {
	s.t.Helper()
	text, _ := id.(string)
	if len(text) < 16 || s.seen[text] {
		s.t.Errorf("the id %q is short, or was used before", text)
	}
	s.seen[text] = true
}

// checkClient checks how the client authenticates itself.
// https://www.rfc-editor.org/rfc/rfc7523#section-3
func (s *server) checkClient(form url.Values) {
	s.t.Helper()
	if form.Get("client_id") != clientID {
		s.t.Errorf("client %q", form.Get("client_id"))
	}
	if len(s.keys) == 0 {
		if form.Has("client_assertion") {
			s.t.Error("a public client authenticates itself")
		}
		return
	}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"ES256"}), jwt.WithTimeFunc(s.clock.Now), jwt.WithIssuer(clientID),
		jwt.WithSubject(clientID), jwt.WithAudience(s.http.URL), jwt.WithExpirationRequired(), jwt.WithIssuedAt())
	var claims jwt.RegisteredClaims
	_, err := parser.ParseWithClaims(form.Get("client_assertion"), &claims, func(t *jwt.Token) (any, error) {
		if key, ok := s.keys[t.Header["kid"].(string)]; ok {
			return key, nil
		}
		return nil, errors.New("unknown key")
	})
	if err != nil || form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
		s.t.Errorf("assertion: %v", err)
		return
	}
	if life := claims.ExpiresAt.Sub(claims.IssuedAt.Time); life > time.Minute {
		s.t.Errorf("an assertion is good for %v", life)
	}
	s.once(claims.ID)
}

// seed makes a key: always the same one for a letter.
func seed(t *testing.T, letter byte) *oauth.Key {
	t.Helper()
	k, err := oauth.KeyFromSeed(slices.Repeat([]byte{letter}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// hashed is the S256 of a text.
func hashed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// tokens is the answer to a code or a refresh token.
func tokens(changes map[string]any) func(url.Values) (int, any) {
	return func(url.Values) (int, any) {
		return http.StatusOK, changed(map[string]any{
			"access_token": "access", "refresh_token": "refresh-2", "token_type": "DPoP", "expires_in": 3600, "scope": "atproto transition:generic", "sub": alice,
		}, changes)
	}
}
