package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// oauthClaims are those of an access token. https://www.rfc-editor.org/rfc/rfc9068
type oauthClaims struct {
	Client       string       `json:"client_id"`
	Confirmation confirmation `json:"cnf"`
	jwt.RegisteredClaims
}

// confirmation names the key that a token is bound to. https://www.rfc-editor.org/rfc/rfc9449#section-6.1
type confirmation struct {
	Thumbprint string `json:"jkt"`
}

type tokenAnswer struct {
	Access  string `json:"access_token"`
	Type    string `json:"token_type"`
	Refresh string `json:"refresh_token"`
	Scope   string `json:"scope"`
	Expires int    `json:"expires_in"`
	Subject string `json:"sub"`
}

// idLength is how long codes and refresh tokens are.
const idLength = 68

// token exchanges a code or a refresh token.
func (s *Sandbox) token(c *oauthCall) (any, int, *oauthError) {
	if c.key == "" {
		return nil, 0, &oauthError{http.StatusUnauthorized, badProof, "DPoP proof required"}
	}
	var g *oauthGrant
	var bad *oauthError
	switch kind := c.form.Get("grant_type"); kind {
	case "authorization_code":
		g, bad = s.exchange(c)
	case "refresh_token":
		g, bad = s.renew(c)
	default:
		bad = invalidGrant(fmt.Sprintf("Grant type %q is not supported by the server", kind))
	}
	defer s.save()
	if bad != nil {
		return nil, 0, bad
	}
	g.refresh = newID("ref-", 32)
	return tokenAnswer{
		s.oauthToken(c, g), "DPoP", g.refresh, strings.Join(g.scopes, " "), int(s.oauthTTL().Seconds()), g.did,
	}, http.StatusOK, nil
}

func invalidGrant(description string) *oauthError { return oauthFailed("invalid_grant", description) }

func (s *Sandbox) oauthTTL() time.Duration {
	if s.opts.AccessTTL > 0 {
		return s.opts.AccessTTL
	}
	return oauthAccessTTL
}

// exchange finds the grant of a code. A code is good once: a second exchange, or a wrong one,
// ends the grant.
func (s *Sandbox) exchange(c *oauthCall) (*oauthGrant, *oauthError) {
	code := c.form.Get("code")
	if len(code) != idLength {
		return nil, invalidGrant("Invalid code: String must contain exactly 68 character(s) at code")
	}
	at := slices.IndexFunc(s.grants, func(g *oauthGrant) bool { return g.code == code })
	if at < 0 {
		return nil, invalidGrant("Invalid code")
	}
	g := s.grants[at]
	if g.spent || g.ended || !c.now.Before(g.at.Add(codeAge)) {
		s.endGrant(g)
		return nil, invalidGrant("Invalid code")
	}
	g.spent = true
	why := ""
	switch {
	case g.client != c.client.ID:
		why = "This code was issued for another client"
	case g.redirect != c.form.Get("redirect_uri"):
		why = "The redirect_uri parameter must match the one used in the authorization request"
	case hashOf(c.form.Get("code_verifier")) != g.challenge:
		why = "Invalid code_verifier"
	case g.key != "" && g.key != c.key:
		why = "DPoP proof does not match the expected JKT"
	case g.clientKey != c.clientKey:
		why = "The client authenticates itself with another key"
	}
	if why != "" {
		s.endGrant(g)
		return nil, invalidGrant(why)
	}
	g.key = c.key
	return g, nil
}

// renew finds the grant of a refresh token. Each is good once; one that comes again ends the grant.
func (s *Sandbox) renew(c *oauthCall) (*oauthGrant, *oauthError) {
	token := c.form.Get("refresh_token")
	if len(token) != idLength {
		return nil, invalidGrant("Invalid refresh token: String must contain exactly 68 character(s) at refresh_token")
	}
	for _, g := range s.grants {
		if slices.Contains(g.old, token) && !g.ended {
			s.endGrant(g)
			return nil, invalidGrant("Refresh token replayed")
		}
	}
	at := slices.IndexFunc(s.grants, func(g *oauthGrant) bool { return g.refresh == token && !g.ended })
	if at < 0 {
		return nil, invalidGrant("Invalid refresh token")
	}
	g := s.grants[at]
	a := s.accounts[g.did]
	switch {
	case g.client != c.client.ID:
		return nil, invalidGrant("Token was not issued to this client")
	case g.clientKey != c.clientKey:
		return nil, invalidGrant("The client authenticates itself with another key")
	case g.key != c.key:
		return nil, &oauthError{http.StatusUnauthorized, "invalid_token", "Invalid DPoP key binding"}
	case !c.now.Before(g.ends):
		s.endGrant(g)
		return nil, invalidGrant("Refresh token expired")
	case a == nil || a.barred() || a.status == StatusDeleted:
		return nil, invalidGrant("Account no longer exists")
	}
	g.old = append(g.old, token)
	if c.client.confidential() {
		g.ends = c.now.Add(confidentialTTL)
	}
	return g, nil
}

// endGrant makes the tokens of a grant useless. The caller holds the lock.
func (s *Sandbox) endGrant(g *oauthGrant) {
	g.ended, g.access = true, map[string]bool{}
}

// oauthToken makes an access token of a grant; those before are good no longer.
func (s *Sandbox) oauthToken(c *oauthCall, g *oauthGrant) string {
	id := newID("tok-", 16)
	g.access = map[string]bool{id: true}
	t := jwt.NewWithClaims(jwt.SigningMethodHS256, oneAudience(oauthClaims{
		Client: g.client, Confirmation: confirmation{g.key}, RegisteredClaims: jwt.RegisteredClaims{
			Issuer: c.base, Subject: g.did, Audience: jwt.ClaimStrings{serviceDID(c.base)}, ID: id,
			IssuedAt: jwt.NewNumericDate(c.now), ExpiresAt: jwt.NewNumericDate(c.now.Add(s.oauthTTL())),
		},
	}))
	t.Header["typ"] = typeAccess
	out, err := t.SignedString(s.secret)
	if err != nil {
		panic(err) // HMAC takes every key
	}
	return out
}

// revoke ends the grant of a token; what is no token is no error.
// https://www.rfc-editor.org/rfc/rfc7009
func (s *Sandbox) revoke(c *oauthCall) (any, int, *oauthError) {
	token := c.form.Get("token")
	if token == "" {
		return nil, 0, oauthFailed("invalid_request", "token: it is missing")
	}
	var got oauthClaims
	_, _, _ = jwt.NewParser().ParseUnverified(token, &got) // a refresh token is none
	for _, g := range s.grants {
		if g.client == c.client.ID && (g.refresh == token || got.ID != "" && g.access[got.ID]) {
			s.endGrant(g)
		}
	}
	s.save()
	return object{}, http.StatusOK, nil
}

// oauthRefused is how methods answer a token or proof that is not good.
func oauthRefused(code, description string) *problem {
	return &problem{
		status: http.StatusUnauthorized, name: code, message: description,
		header: http.Header{"Www-Authenticate": {challenge(code, description)}},
	}
}

// authenticateDPoP checks a token of a grant, and the proof that goes with it. The caller holds
// the lock.
func (s *Sandbox) authenticateDPoP(c *call, token string, by access) *problem {
	c.header.Set("DPoP-Nonce", s.nonceAt(c.now.Add(nonceAge)))
	key, bad := s.proof(c.http, c.base, token, c.now)
	if bad != nil {
		return oauthRefused(bad.code, bad.description)
	}
	if key == "" {
		return oauthRefused(badProof, "DPoP proof required")
	}
	var got oauthClaims
	_, err := jwt.ParseWithClaims(token, &got, func(*jwt.Token) (any, error) { return s.secret, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithAudience(serviceDID(c.base)), jwt.WithoutClaimsValidation())
	at := slices.IndexFunc(s.grants, func(g *oauthGrant) bool { return g.access[got.ID] })
	switch {
	case err != nil || got.Confirmation.Thumbprint == "":
		return oauthRefused("invalid_token", "Malformed token")
	case got.Confirmation.Thumbprint != key:
		return oauthRefused("invalid_token", "Invalid DPoP key binding")
	case at < 0:
		return oauthRefused("invalid_token", "Invalid token")
	case got.ExpiresAt == nil || !c.now.Before(got.ExpiresAt.Time), s.revoked[token]:
		return oauthRefused("invalid_token", "Token expired")
	case by == byPassword:
		return &problem{status: http.StatusForbidden, name: "Forbidden", message: "OAuth credentials are not supported for this endpoint"}
	}
	c.who = s.accounts[got.Subject]
	c.token = credentials{scope: strings.Join(s.grants[at].scopes, " "), oauth: s.grants[at]}
	return nil
}

// mayWrite checks that a token allows to change the repository.
func (c *call) mayWrite() *problem {
	if c.token.oauth == nil || c.token.oauth.writes() {
		return nil
	}
	if collection := c.text("collection"); collection != "" {
		return missingScope("repo:" + collection)
	}
	return missingScope("blob:*/*")
}
