package sandbox

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Addresses of the authorization server. https://atproto.com/specs/oauth
const (
	oauthPrefix    = "/oauth/"
	parPath        = oauthPrefix + "par"
	authorizePath  = oauthPrefix + "authorize"
	tokenPath      = oauthPrefix + "token"
	revokePath     = oauthPrefix + "revoke"
	keysPath       = oauthPrefix + "jwks"
	resourcePath   = wellKnownPrefix + "oauth-protected-resource"
	metadataPath   = wellKnownPrefix + "oauth-authorization-server"
	handlePath     = wellKnownPrefix + "atproto-did"
	requestURI     = "urn:ietf:params:oauth:request_uri:"
	requestAge     = 5 * time.Minute
	codeAge        = 5 * time.Minute
	oauthAccessTTL = time.Hour
	// How long a grant is good that is not renewed, and one of a public client whatever happens.
	confidentialTTL = 90 * 24 * time.Hour
	publicTTL       = 14 * 24 * time.Hour
)

// oauthGrant is what somebody has granted to an app.
type oauthGrant struct {
	client, did    string
	scopes         []string
	key            string // thumbprint of the key that tokens are bound to
	clientKey      string // that the client has authenticated itself with
	code, redirect string
	challenge      string
	at             time.Time
	ends           time.Time
	spent          bool // the code was exchanged
	refresh        string
	old            []string // refresh tokens of before
	access         map[string]bool
	ended          bool
}

func (g *oauthGrant) allows(scope string) bool { return slices.Contains(g.scopes, scope) }

// writes tells whether the app may change the repository.
func (g *oauthGrant) writes() bool { return g.allows("transition:generic") }

// isOAuthAPI tells whether a path is one that programs use; the page for people is not.
func isOAuthAPI(path string) bool {
	return strings.HasPrefix(path, oauthPrefix) && path != authorizePath && path != decidePath
}

// serveOAuth answers programs: metadata, pushed requests, tokens.
func (s *Sandbox) serveOAuth(r *http.Request, now time.Time) *reply {
	header := http.Header{"Access-Control-Allow-Origin": {"*"}}
	base := s.baseURL(r)
	switch r.URL.Path {
	case resourcePath:
		return jsonReply(http.StatusOK, header, resourceMetadata(base))
	case metadataPath:
		return jsonReply(http.StatusOK, header, serverMetadata(base))
	case keysPath:
		return jsonReply(http.StatusOK, header, struct {
			Keys []jwk `json:"keys"`
		}{[]jwk{}})
	case handlePath:
		return s.serveHandle(r)
	}
	do := map[string]func(*oauthCall) (any, int, *oauthError){parPath: s.push, tokenPath: s.token, revokePath: s.revoke}[r.URL.Path]
	if do == nil {
		return plainReply(http.StatusNotFound, "Not Found")
	}
	header.Set("Cache-Control", "no-store")
	header.Set("Pragma", "no-cache")
	header.Set("DPoP-Nonce", s.nonce(now))
	out, status, bad := s.oauthCall(r, base, now, do)
	if bad != nil {
		if bad.status == http.StatusUnauthorized {
			header.Set("WWW-Authenticate", challenge(bad.code, bad.description))
		}
		return jsonReply(bad.status, header, struct {
			Error       string `json:"error"`
			Description string `json:"error_description"`
		}{bad.code, bad.description})
	}
	return jsonReply(status, header, out)
}

func challenge(code, description string) string {
	return `DPoP algs="` + algorithms + `", error="` + code + `", error_description="` + description + `"`
}

func plainReply(status int, text string) *reply {
	return &reply{status: status, header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}}, body: []byte(text)}
}

// serveHandle tells whose handle a host is. https://atproto.com/specs/handle#handle-resolution
func (s *Sandbox) serveHandle(r *http.Request) *reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	host, _, _ := strings.Cut(r.Host, ":")
	if a := s.seen(host); a != nil {
		return plainReply(http.StatusOK, a.did)
	}
	return plainReply(http.StatusNotFound, "User not found")
}

// oauthCall is a request of a program to the authorization server.
type oauthCall struct {
	form      url.Values
	client    *oauthClient
	clientKey string
	key       string // of the proof; empty: there is none
	base      string
	now       time.Time
}

const maxForm = 64 << 10

func (s *Sandbox) oauthCall(
	r *http.Request, base string, now time.Time, do func(*oauthCall) (any, int, *oauthError),
) (any, int, *oauthError) {
	if r.Method != http.MethodPost {
		return nil, 0, &oauthError{http.StatusMethodNotAllowed, "invalid_request", "want POST"}
	}
	form, bad := readForm(r)
	if bad != nil {
		return nil, 0, bad
	}
	s.mu.Lock()
	key, wrong := s.proof(r, base, "", now)
	s.mu.Unlock()
	if wrong != nil {
		return nil, 0, wrong.oauth()
	}
	c := &oauthCall{form: form, base: base, now: now, key: key}
	if c.client, c.clientKey, bad = s.authenticateClient(context.WithoutCancel(r.Context()), form, base, now); bad != nil {
		return nil, 0, bad
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return do(c)
}

// oauth is how the authorization server says it.
func (e *proofError) oauth() *oauthError {
	status := http.StatusUnauthorized
	if e.code == useNonce {
		status = http.StatusBadRequest
	}
	return &oauthError{status, e.code, e.description}
}

func readForm(r *http.Request) (url.Values, *oauthError) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, oauthFailed("invalid_request", "Unsupported content type")
	}
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxForm))
	if err != nil {
		return nil, oauthFailed("invalid_request", "the body cannot be read")
	}
	form, err := url.ParseQuery(string(raw))
	if err != nil {
		return nil, oauthFailed("invalid_request", "the body is no form")
	}
	for name, values := range form {
		if len(values) > 1 {
			return nil, oauthFailed("invalid_request", "Duplicate parameter "+name)
		}
	}
	return form, nil
}

// newID makes a name of the form that the genuine server uses: a prefix and bytes in hexadecimal digits.
func newID(prefix string, size int) string {
	raw := make([]byte, size)
	_, _ = rand.Read(raw) // never fails
	return prefix + hex.EncodeToString(raw)
}
