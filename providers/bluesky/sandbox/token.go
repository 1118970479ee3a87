package sandbox

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Scopes of the tokens of a session. https://atproto.com/specs/xrpc#authentication
const (
	scopeAccess     = "com.atproto.access"
	scopeAppPass    = "com.atproto.appPass" //nolint:gosec // a name
	scopePrivileged = "com.atproto.appPassPrivileged"
	scopeRefresh    = "com.atproto.refresh"
	scopeTakendown  = "com.atproto.takendown"
)

// Types of tokens. https://www.rfc-editor.org/rfc/rfc9068.html
const (
	typeAccess  = "at+jwt"
	typeRefresh = "refresh+jwt"
)

// credentials are what a request was authenticated by.
type credentials struct {
	scope string
	id    string // of a refresh token
	oauth *oauthGrant
}

// claims are those of the tokens of a session.
type claims struct {
	Scope        string        `json:"scope"`
	Confirmation *confirmation `json:"cnf,omitempty"`
	jwt.RegisteredClaims
}

// session is a refresh token, by its id.
type session struct {
	did      string
	ends     time.Time
	password *appPassword // nil: the main one
	next     string       // id of the token that came of it
}

// serviceDID is what the server calls itself. https://atproto.com/specs/did
func serviceDID(base string) string {
	_, host, _ := strings.Cut(base, "://")
	return "did:web:" + strings.ReplaceAll(host, ":", "%3A")
}

// sign makes a token of a session.
func (s *Sandbox) sign(kind string, c claims) string {
	t := jwt.NewWithClaims(jwt.SigningMethodHS256, oneAudience(c))
	t.Header["typ"] = kind
	out, err := t.SignedString(s.secret)
	if err != nil {
		panic(err) // HMAC takes every key
	}
	return out
}

// oneAudience has the audience of claims as a string, as the genuine server writes it, and not
// as a list of one. Both are right: https://www.rfc-editor.org/rfc/rfc7519#section-4.1.3
func oneAudience(c jwt.Claims) jwt.MapClaims {
	raw, err := json.Marshal(c)
	var plain jwt.MapClaims
	if err == nil {
		err = json.Unmarshal(raw, &plain)
	}
	if err != nil {
		panic(err) // they are made of text and numbers
	}
	if list, ok := plain["aud"].([]any); ok && len(list) == 1 {
		plain["aud"] = list[0]
	}
	return plain
}

// accessToken makes an access token. The caller holds the lock.
func (s *Sandbox) accessToken(c *call, a *account, scope string) string {
	token := s.sign(typeAccess, claims{Scope: scope, RegisteredClaims: jwt.RegisteredClaims{
		Audience: jwt.ClaimStrings{serviceDID(c.base)}, Subject: a.did,
		IssuedAt: jwt.NewNumericDate(c.now), ExpiresAt: jwt.NewNumericDate(c.now.Add(s.accessTTL())),
	}})
	a.issued = append(a.issued, token)
	return token
}

func (s *Sandbox) accessTTL() time.Duration {
	if s.opts.AccessTTL > 0 {
		return s.opts.AccessTTL
	}
	return accessTTL
}

// refreshToken makes the refresh token with an id. The caller holds the lock.
func (s *Sandbox) refreshToken(c *call, a *account, id string) string {
	return s.sign(typeRefresh, claims{Scope: scopeRefresh, RegisteredClaims: jwt.RegisteredClaims{
		Audience: jwt.ClaimStrings{serviceDID(c.base)}, Subject: a.did, ID: id,
		IssuedAt: jwt.NewNumericDate(c.now), ExpiresAt: jwt.NewNumericDate(c.now.Add(refreshTTL)),
	}})
}

// randomText is unguessable.
func randomText() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails
	return base64.RawURLEncoding.EncodeToString(raw)
}

// authenticate finds out who is calling.
func (s *Sandbox) authenticate(c *call, by access) *problem {
	if by == byAnybody {
		return nil
	}
	c.header.Set("Cache-Control", "private")
	c.header.Set("Vary", "Authorization")
	scheme, token, bad := authorization(c.http)
	if bad != nil {
		return bad
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if scheme == schemeDPoP && by != byRefresh {
		return s.authenticateDPoP(c, token, by)
	}
	if scheme != schemeBearer {
		if scheme != "" && by != byRefresh {
			return named("InvalidToken", "Unexpected authorization type")
		}
		return unauthorized("AuthMissing", "Authentication Required")
	}
	return s.authenticateBearer(c, token, by)
}

// Schemes of the header Authorization.
const (
	schemeBearer = "BEARER"
	schemeDPoP   = "DPOP"
	schemeBasic  = "BASIC"
)

// authorization reads the header Authorization.
func authorization(r *http.Request) (scheme, token string, bad *problem) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return "", "", nil
	}
	parts := strings.Split(header, " ")
	if len(parts) != 2 {
		return "", "", named("InvalidToken", "Malformed authorization header")
	}
	scheme = strings.ToUpper(parts[0])
	if !slices.Contains([]string{schemeBearer, schemeDPoP, schemeBasic}, scheme) {
		return "", "", named("InvalidToken", "Unsupported authorization type: "+parts[0])
	}
	return scheme, parts[1], nil
}

// authenticateBearer checks a token of a session. The caller holds the lock.
func (s *Sandbox) authenticateBearer(c *call, token string, by access) *problem {
	parsed, got, bad := s.verify(c, token, by == byRefresh)
	if bad != nil {
		return bad
	}
	kind, scopes := typeAccess, []string{scopeAccess, scopeAppPass, scopePrivileged}
	switch by {
	case byRefresh:
		kind, scopes = typeRefresh, []string{scopeRefresh}
	case byPassword:
		scopes = []string{scopeAccess}
	case byAccount, byAnybody:
	}
	if parsed.Header["typ"] != kind {
		return named("InvalidToken", "Invalid token type")
	}
	if got.Confirmation != nil {
		return named("InvalidToken", "Malformed token")
	}
	if !slices.Contains(scopes, got.Scope) {
		return named("InvalidToken", "Bad token scope")
	}
	if s.revoked[token] {
		return named("ExpiredToken", "Token has been revoked")
	}
	c.who = s.accounts[got.Subject]
	c.token = credentials{scope: got.Scope, id: got.ID}
	if c.who == nil {
		return &problem{status: http.StatusForbidden, name: "AccountNotFound", message: "Account not found"}
	}
	return nil
}

// verify checks signature and time of a token. A refresh token that has expired may still end
// its session, which the methods decide.
func (s *Sandbox) verify(c *call, token string, refresh bool) (*jwt.Token, claims, *problem) {
	var got claims
	parsed, err := jwt.ParseWithClaims(token, &got, func(*jwt.Token) (any, error) { return s.secret, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithAudience(serviceDID(c.base)),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(func() time.Time { return c.now }))
	ending := refresh && strings.HasSuffix(c.http.URL.Path, ".deleteSession")
	switch {
	case err == nil, ending && errors.Is(err, jwt.ErrTokenExpired):
		return parsed, got, nil
	case errors.Is(err, jwt.ErrTokenExpired):
		return nil, got, named("ExpiredToken", "Token has expired")
	default:
		return nil, got, named("InvalidToken", "Token could not be verified")
	}
}
