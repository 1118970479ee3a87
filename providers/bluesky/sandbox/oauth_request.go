package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// oauthRequest is a request for consent that an app has pushed.
type oauthRequest struct {
	uri       string
	client    *oauthClient
	clientKey string
	key       string // that tokens are to be bound to; empty: whichever comes with the code
	redirect  string
	scopes    []string
	state     string
	challenge string
	hint      string // whom the app thinks it will be
	mode      string // of the answer
	ends      time.Time
	base      string
}

// push takes a request for consent. https://www.rfc-editor.org/rfc/rfc9126
func (s *Sandbox) push(c *oauthCall) (any, int, *oauthError) {
	r := &oauthRequest{
		uri: requestURI + newID("req-", 16), client: c.client, clientKey: c.clientKey, key: c.key, redirect: c.form.Get("redirect_uri"),
		scopes: strings.Fields(c.form.Get("scope")), state: c.form.Get("state"), challenge: c.form.Get("code_challenge"),
		hint: c.form.Get("login_hint"), mode: c.form.Get("response_mode"), ends: c.now.Add(requestAge), base: c.base,
	}
	if bad := r.check(c.form); bad != nil {
		return nil, 0, bad
	}
	s.pushed[r.uri] = r
	return struct {
		URI     string `json:"request_uri"`
		Expires int    `json:"expires_in"`
	}{r.uri, int(requestAge.Seconds())}, http.StatusCreated, nil
}

func (r *oauthRequest) check(form url.Values) *oauthError {
	if u, err := url.Parse(r.redirect); err == nil && u.Scheme == "http" && !slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, u.Hostname()) {
		return oauthFailed("invalid_request", `Invalid authorization request: URL must use "localhost", "127.0.0.1" or "[::1]" as hostname at body.redirect_uri`)
	}
	if form.Get("response_type") != "code" {
		return oauthFailed("invalid_request", "Invalid authorization request: Required at body.response_type, or Required at body.request, or Required at body.request")
	}
	for _, scope := range r.scopes {
		if !slices.Contains(strings.Fields(r.client.Scope), scope) {
			return oauthFailed("invalid_scope", fmt.Sprintf("Scope %q is not declared in the client metadata", scope))
		}
	}
	switch {
	case !r.client.takes(r.redirect):
		return oauthFailed("invalid_request", "Invalid redirect_uri "+r.redirect)
	case !slices.Contains(r.scopes, "atproto"):
		return oauthFailed("invalid_scope", `The "atproto" scope is required`)
	case r.challenge == "":
		return oauthFailed("invalid_request", "Use of PKCE is required")
	case form.Get("code_challenge_method") != "S256":
		return oauthFailed("invalid_request", `atproto requires use of "S256" code_challenge_method`)
	case r.mode != "" && r.mode != "query" && r.mode != "fragment":
		return oauthFailed("invalid_request", "Unsupported response_mode "+r.mode)
	}
	return nil
}

// Decision is what somebody does on the page that asks for consent.
type Decision string

// The decisions.
const (
	Allow Decision = "allow"
	Deny  Decision = "deny"
)

// pending returns the request that the address of a consent page is about. The caller holds the lock.
func (s *Sandbox) pending(query url.Values) (*oauthRequest, error) {
	r := s.pushed[query.Get("request_uri")]
	switch {
	case r == nil:
		return nil, errors.New("unknown request_uri: the app begins anew")
	case !s.clock.Now().Before(r.ends):
		return nil, errors.New("this request has expired: the app begins anew")
	case query.Get("client_id") != r.client.ID:
		return nil, errors.New("the client_id is not the one that the request was made by")
	}
	return r, nil
}

// Decide opens the address of a consent page as somebody who decides at once, and returns where
// the browser is sent back to. account is a handle or DID; its error is a page about a mistake.
func (s *Sandbox) Decide(address, account string, d Decision) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.pending(u.Query())
	if err != nil {
		return "", err
	}
	return s.decide(r, account, d)
}

// decide ends a request. The caller holds the lock.
func (s *Sandbox) decide(r *oauthRequest, account string, d Decision) (string, error) {
	back := url.Values{"iss": {r.base}}
	if r.state != "" {
		back.Set("state", r.state)
	}
	switch d {
	case Deny:
		back.Set("error", "access_denied")
		back.Set("error_description", "The user rejected the request")
	case Allow:
		a := s.find(account)
		if a == nil || a.barred() || a.status == StatusDeleted {
			return "", unknownAccount(account)
		}
		back.Set("code", s.grant(r, a).code)
	default:
		return "", fmt.Errorf("decision %q: want %s or %s", d, Allow, Deny)
	}
	delete(s.pushed, r.uri)
	if r.mode == "fragment" {
		return r.redirect + "#" + back.Encode(), nil
	}
	separator := "?"
	if strings.Contains(r.redirect, "?") {
		separator = "&"
	}
	return r.redirect + separator + back.Encode(), nil
}

// grant notes that somebody has allowed what an app asks for. The caller holds the lock.
func (s *Sandbox) grant(r *oauthRequest, a *account) *oauthGrant {
	now := s.clock.Now()
	g := &oauthGrant{
		client: r.client.ID, did: a.did, scopes: r.scopes, key: r.key, clientKey: r.clientKey, code: newID("cod-", 32), redirect: r.redirect,
		challenge: r.challenge, at: now, ends: now.Add(publicTTL), access: map[string]bool{},
	}
	if r.client.confidential() {
		g.ends = now.Add(confidentialTTL)
	}
	s.grants = append(s.grants, g)
	s.save()
	return g
}
