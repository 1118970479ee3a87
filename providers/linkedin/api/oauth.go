package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/rest"
)

// The operations of the token endpoint, as errors and counters name them.
const (
	OpExchange = "accessToken"
	OpRefresh  = "refreshToken"
)

const (
	tokenTimeout = 15 * time.Second
	maxLifetime  = 10 * 365 * 24 * time.Hour // what LinkedIn names beyond it is no lifetime
)

// Tokens is what LinkedIn gives for a code, or for a refresh token.
// https://learn.microsoft.com/en-us/linkedin/shared/authentication/authorization-code-flow
type Tokens struct {
	AccessToken, RefreshToken core.Secret
	// ExpiresIn and RefreshExpiresIn are how long the tokens last from now on; 0: not told.
	ExpiresIn, RefreshExpiresIn time.Duration
	Scopes                      []string // none: not told
}

// Consent is a request to the member to let an app act for him.
type Consent struct {
	App         App
	RedirectURL string // exactly as registered with the app
	Scopes      []string
}

// config describes the flow to the library. The secret goes into the form: a library that
// tries both ways would use up a code by the first.
func (c Consent) config(oauthURL string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: c.App.ClientID, ClientSecret: c.App.ClientSecret.Reveal(),
		RedirectURL: c.RedirectURL, Scopes: c.Scopes,
		Endpoint: oauth2.Endpoint{
			AuthURL: oauthURL + "/authorization", TokenURL: oauthURL + "/accessToken", AuthStyle: oauth2.AuthStyleInParams,
		},
	}
}

// AuthCodeURL returns the address of LinkedIn's consent page. LinkedIn wants spaces as %20;
// a plus sign of the values is encoded already.
// https://learn.microsoft.com/en-us/linkedin/shared/authentication/authorization-code-flow
func (c Consent) AuthCodeURL(oauthURL, state string) string {
	page, query, _ := strings.Cut(c.config(oauthURL).AuthCodeURL(state), "?")
	return page + "?" + strings.ReplaceAll(query, "+", "%20")
}

// ExchangeCode trades the code of a consent for tokens. A code is good once: the call is
// never repeated.
func (c *Client) ExchangeCode(ctx context.Context, oauthURL string, consent Consent, code core.Secret) (Tokens, error) {
	t := &tokenTransport{client: c.rest, op: "linkedin." + OpExchange, secrets: []core.Secret{code, consent.App.ClientSecret}}
	token, err := consent.config(oauthURL).Exchange(t.context(ctx), code.Reveal())
	if err != nil {
		return Tokens{}, t.failure(err)
	}
	return tokensOf(token), nil
}

// RefreshToken trades a refresh token for a new access token, by one call. LinkedIn may
// answer without a refresh token: then the old one goes on.
// https://learn.microsoft.com/en-us/linkedin/shared/authentication/programmatic-refresh-tokens
func (c *Client) RefreshToken(ctx context.Context, oauthURL string, app App, refresh core.Secret) (Tokens, error) {
	t := &tokenTransport{client: c.rest, op: "linkedin." + OpRefresh, secrets: []core.Secret{refresh, app.ClientSecret}}
	source := Consent{App: app}.config(oauthURL).TokenSource(t.context(ctx), &oauth2.Token{RefreshToken: refresh.Reveal()})
	token, err := source.Token()
	if err != nil {
		return Tokens{}, t.failure(err)
	}
	return tokensOf(token), nil
}

// tokensOf reads what the library leaves to its users. Its own time of expiry is counted
// by the system's clock.
func tokensOf(t *oauth2.Token) Tokens {
	out := Tokens{
		AccessToken: core.Secret(t.AccessToken), RefreshToken: core.Secret(t.RefreshToken),
		ExpiresIn: lifetime(t.ExpiresIn), RefreshExpiresIn: lifetime(seconds(t.Extra("refresh_token_expires_in"))),
	}
	if scope, ok := t.Extra("scope").(string); ok {
		out.Scopes = SplitScopes(scope)
	}
	return out
}

// seconds reads a number of the answer, which may be written as a string.
func seconds(v any) int64 {
	switch n := v.(type) {
	case float64:
		return int64(n)
	case int64:
		return n
	case string:
		whole, _ := strconv.ParseInt(n, 10, 64) // what is no number tells nothing
		return whole
	}
	return 0
}

func lifetime(seconds int64) time.Duration {
	if seconds < 0 || seconds > int64(maxLifetime/time.Second) {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// SplitScopes splits a list of scopes, in which LinkedIn writes commas, and its
// documentation spaces.
func SplitScopes(list string) []string {
	return strings.FieldsFunc(list, func(c rune) bool { return c == ',' || c == ' ' })
}

// tokenTransport lets the library's requests go the way of every other call, which counts
// them, bounds them in time and size, follows no redirect, and keeps secrets out of errors.
type tokenTransport struct {
	client  *rest.Client
	op      string
	secrets []core.Secret
}

// context carries the client that the library is to use.
func (t *tokenTransport) context(ctx context.Context) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: t})
}

// RoundTrip sends one request. An answer outside 2xx is an error.
func (t *tokenTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	form, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	_ = req.Body.Close() // it is in memory
	header := req.Header.Clone()
	header.Set("Accept", "application/json")
	resp, err := t.client.Do(req.Context(), rest.Request{
		Op: t.op, Method: req.Method, URL: req.URL.String(), Header: header,
		Body: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(form)), nil },
		Size: int64(len(form)), Secrets: t.secrets, Timeout: tokenTimeout,
	})
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: resp.Status, Header: resp.Header, Body: io.NopCloser(bytes.NewReader(resp.Body)),
		ContentLength: int64(len(resp.Body)), Request: req, ProtoMajor: 1, ProtoMinor: 1,
	}, nil
}

// failure returns the error of the call itself. The library's own errors are about answers
// that it cannot read; they quote them, tokens included, and are not passed on.
func (t *tokenTransport) failure(err error) error {
	if own, ok := errors.AsType[*core.Error](err); ok {
		return own
	}
	return &core.Error{
		Kind: core.KindTemporary, Op: t.op, Platform: "linkedin",
		Message: "LinkedIn's answer has no token.", Err: errors.New("unreadable answer of the token endpoint"),
	}
}
