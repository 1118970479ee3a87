// Package oauth signs people in at the servers of the AT protocol: whose they are is only
// known with the account, so that everything about them is looked up, checked, and used by
// one grant.
// https://atproto.com/specs/oauth
package oauth

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/cache"
	"github.com/crier-social/crier/providers/internal/rest"
)

const (
	grantCode    = "authorization_code"
	grantRefresh = "refresh_token"

	opPush     = "bluesky.pushedAuthorization"
	opExchange = "bluesky.exchangeCode"
	opRefresh  = "bluesky.refreshToken"
)

// Flow makes the calls of OAuth. It may be used concurrently. No error of it holds a code or
// a token.
type Flow struct {
	client  *Client
	rest    *rest.Client
	nonces  *Nonces
	clock   core.Clock
	issuers *cache.Cache[Issuer] // by the origin of the server that keeps accounts
}

// NewFlow returns a Flow. The calls go by way of r, whose MapError is this package's: it
// connects to addresses that strangers have named.
func NewFlow(c *Client, r *rest.Client, n *Nonces, clock core.Clock) *Flow {
	return &Flow{client: c, rest: r, nonces: n, clock: clock, issuers: cache.New[Issuer](maxServers, clock)}
}

// Consent is what a person is asked for.
type Consent struct {
	RedirectURL string
	State       string
	Verifier    string // of PKCE
	Hint        string // handle or DID of who is to sign in
}

// Tokens are what came of a consent, or of renewing.
type Tokens struct {
	Access, Refresh core.Secret
	ExpiresIn       time.Duration // 0: not told
	Scopes          []string
	Subject         string // DID of whom they are for
}

// Grant is what the tokens of a consent are used with.
type Grant struct {
	Issuer string // Issuer.URL
	Token  string // Issuer.Token
	Key    *Key   // that the tokens are bound to
	KeyID  string // of the client's key; "": it is public
}

// Push tells a server what a person is going to be asked for, and returns the address for the
// browser. https://www.rfc-editor.org/rfc/rfc9126
func (f *Flow) Push(ctx context.Context, i Issuer, g Grant, c Consent) (string, error) {
	challenge := sha256.Sum256([]byte(c.Verifier))
	form := url.Values{
		"response_type": {"code"}, "redirect_uri": {c.RedirectURL}, "scope": {Scopes}, "state": {c.State},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"},
	}
	if c.Hint != "" {
		form.Set("login_hint", c.Hint)
	}
	var out struct {
		RequestURI string `json:"request_uri"`
	}
	if err := f.post(ctx, opPush, i.Push, g, form, &out); err != nil {
		return "", err
	}
	page, err := url.Parse(i.Authorize)
	if err != nil || out.RequestURI == "" {
		return "", unreadable(opPush)
	}
	q := page.Query()
	q.Set("client_id", f.client.ID)
	q.Set("request_uri", out.RequestURI)
	page.RawQuery = encode(q)
	return page.String(), nil
}

// Exchange trades a code for tokens.
func (f *Flow) Exchange(ctx context.Context, g Grant, c Consent, code core.Secret) (Tokens, error) {
	return f.tokens(ctx, opExchange, g, url.Values{
		"grant_type": {grantCode}, "code": {code.Reveal()}, "redirect_uri": {c.RedirectURL}, "code_verifier": {c.Verifier},
	}, code, core.Secret(c.Verifier))
}

// Refresh trades a refresh token, which is good once, for new tokens.
func (f *Flow) Refresh(ctx context.Context, g Grant, token core.Secret) (Tokens, error) {
	return f.tokens(ctx, opRefresh, g, url.Values{"grant_type": {grantRefresh}, "refresh_token": {token.Reveal()}}, token)
}

func (f *Flow) tokens(ctx context.Context, op string, g Grant, form url.Values, secrets ...core.Secret) (Tokens, error) {
	var out struct {
		Access    core.Secret `json:"access_token"`
		Refresh   core.Secret `json:"refresh_token"`
		Type      string      `json:"token_type"`
		ExpiresIn json.Number `json:"expires_in"`
		Scope     string      `json:"scope"`
		Subject   string      `json:"sub"`
	}
	if err := f.post(ctx, op, g.Token, g, form, &out, secrets...); err != nil {
		return Tokens{}, err
	}
	t := Tokens{Access: out.Access, Refresh: out.Refresh, Scopes: strings.Fields(out.Scope), Subject: out.Subject}
	if seconds, err := out.ExpiresIn.Int64(); err == nil && seconds > 0 && seconds < int64((365*24*time.Hour)/time.Second) {
		t.ExpiresIn = time.Duration(seconds) * time.Second
	}
	// https://atproto.com/specs/oauth#tokens-and-session-lifetime
	if t.Access == "" || t.Subject == "" || !strings.EqualFold(out.Type, "DPoP") || !slices.Contains(t.Scopes, "atproto") {
		return Tokens{}, unreadable(op)
	}
	return t, nil
}

// post sends a form as the client, with a proof of the grant's key. It is sent once, or a
// second time if nothing but the nonce was refused.
func (f *Flow) post(ctx context.Context, op, address string, g Grant, form url.Values, out any, secrets ...core.Secret) error {
	first, err := f.written(form, g)
	if err != nil {
		return notAuthenticated(op, err)
	}
	r := rest.Request{
		Op: op, Method: http.MethodPost, URL: address, Signer: f.nonces.Prover(g.Key), Secrets: secrets,
		Header: http.Header{"Accept": {"application/json"}, "Content-Type": {"application/x-www-form-urlencoded"}},
		Size:   int64(len(first)),
		// An assertion is good once. All of them have the same length.
		Body: func(context.Context) (io.ReadCloser, error) {
			body, err := f.written(form, g)
			return io.NopCloser(strings.NewReader(body)), err
		},
	}
	_, err = f.rest.JSON(ctx, r, nil, out)
	return err
}

// written is a form with what proves who the client is, for one attempt.
func (f *Flow) written(form url.Values, g Grant) (string, error) {
	own := maps.Clone(form)
	if err := f.client.authenticate(own, g.Issuer, g.KeyID); err != nil {
		return "", err
	}
	return own.Encode(), nil
}
