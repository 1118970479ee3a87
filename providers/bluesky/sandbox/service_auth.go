package sandbox

import (
	"net/http"
	"strconv"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/golang-jwt/jwt/v5"
)

// Lifetimes of service tokens.
const (
	serviceTTL    = time.Minute
	maxServiceTTL = time.Hour
)

// serviceClaims are those of a token by which an account calls another service.
// https://atproto.com/specs/xrpc#inter-service-authentication-jwt
type serviceClaims struct {
	Method string `json:"lxm,omitempty"`
	jwt.RegisteredClaims
}

// protected are methods for which there is no token, as they change the account itself.
var protected = map[string]bool{
	"com.atproto.server.createAppPassword": true, "com.atproto.server.deactivateAccount": true,
	"com.atproto.server.deleteAccount": true, "com.atproto.server.updateEmail": true,
}

// getServiceAuth makes a token for another service.
// https://docs.bsky.app/docs/api/com-atproto-server-get-service-auth
func (s *Sandbox) getServiceAuth(c *call) (any, *problem) {
	audience, bad := c.need("aud")
	if bad != nil {
		return nil, bad
	}
	if _, err := syntax.ParseDID(audience); err != nil {
		return nil, invalid("Error: aud must be a valid did")
	}
	method := c.param("lxm")
	if c.token.oauth != nil && !c.token.oauth.writes() {
		return nil, missingScope("rpc:" + method + "?aud=" + audience)
	}
	if c.who.barred() {
		return nil, named("InvalidToken", "Bad token scope")
	}
	ends, bad := c.serviceEnd(method)
	if bad != nil {
		return nil, bad
	}
	if protected[method] {
		return nil, invalid("cannot request a service auth token for the following protected method: " + method)
	}
	t := jwt.NewWithClaims(jwt.SigningMethodES256, oneAudience(serviceClaims{Method: method, RegisteredClaims: jwt.RegisteredClaims{
		Issuer: c.who.did, Audience: jwt.ClaimStrings{audience}, ID: randomText(),
		IssuedAt: jwt.NewNumericDate(c.now), ExpiresAt: jwt.NewNumericDate(ends),
	}}))
	token, err := t.SignedString(c.who.key)
	if err != nil {
		return nil, broken()
	}
	return struct {
		Token string `json:"token"`
	}{token}, nil
}

// serviceEnd is when the token ends that a call asks for.
func (c *call) serviceEnd(method string) (time.Time, *problem) {
	raw := c.param("exp")
	if raw == "" {
		return c.now.Add(serviceTTL), nil
	}
	seconds, err := strconv.ParseInt(raw, 10, 64)
	if err != nil {
		return time.Time{}, invalid("Error: exp must be an integer")
	}
	ends := time.Unix(seconds, 0)
	switch left := ends.Sub(c.now); {
	case left < 0:
		return time.Time{}, named("BadExpiration", "expiration is in past")
	case left > maxServiceTTL:
		return time.Time{}, named("BadExpiration", "cannot request a token with an expiration more than an hour in the future")
	case method == "" && left > serviceTTL:
		return time.Time{}, named("BadExpiration", "cannot request a method-less token with an expiration more than a minute in the future")
	}
	return ends, nil
}

// missingScope is what an app is told that was not granted enough.
func missingScope(scope string) *problem {
	return &problem{status: http.StatusForbidden, name: "ScopeMissingError", message: `Missing required scope "` + scope + `"`}
}

// verifyService checks a service token, and returns whose it is. The caller holds the lock.
func (s *Sandbox) verifyService(token, audience, method string, now time.Time) (*account, *problem) {
	var got serviceClaims
	var a *account
	_, err := jwt.ParseWithClaims(token, &got, func(*jwt.Token) (any, error) {
		if a = s.accounts[got.Issuer]; a == nil {
			return nil, jwt.ErrTokenInvalidIssuer
		}
		return &a.key.PublicKey, nil
	}, jwt.WithValidMethods([]string{jwt.SigningMethodES256.Alg()}), jwt.WithExpirationRequired(), jwt.WithTimeFunc(func() time.Time { return now }))
	switch {
	case err != nil:
		return nil, unauthorized("BadJwt", "could not verify the service token: "+err.Error())
	case len(got.Audience) != 1 || got.Audience[0] != audience:
		return nil, unauthorized("BadJwtAudience", "jwt audience does not match service did")
	case got.Method != method:
		return nil, unauthorized("BadJwtLexiconMethod", "bad jwt lexicon method (\"lxm\"). must match: "+method)
	}
	return a, nil
}
