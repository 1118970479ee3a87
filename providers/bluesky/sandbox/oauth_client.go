package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Methods by which clients authenticate themselves.
const (
	authNone = "none"
	authKey  = "private_key_jwt"
)

// oauthClient is a program that asks for consent.
// https://atproto.com/specs/oauth#client-id-metadata-document
type oauthClient struct {
	ID            string   `json:"client_id"`
	Name          string   `json:"client_name"`
	URI           string   `json:"client_uri"`
	Application   string   `json:"application_type"`
	GrantTypes    []string `json:"grant_types"`
	ResponseTypes []string `json:"response_types"`
	Redirects     []string `json:"redirect_uris"`
	Scope         string   `json:"scope"`
	Bound         bool     `json:"dpop_bound_access_tokens"`
	Auth          string   `json:"token_endpoint_auth_method"`
	Alg           string   `json:"token_endpoint_auth_signing_alg"`
	Keys          struct {
		Keys []jwk `json:"keys"`
	} `json:"jwks"`
}

func (c *oauthClient) confidential() bool { return c.Auth == authKey }

// oauthError is an error of the authorization server.
// https://www.rfc-editor.org/rfc/rfc6749#section-5.2
type oauthError struct {
	status      int
	code        string
	description string
}

func oauthFailed(code, description string) *oauthError {
	return &oauthError{http.StatusBadRequest, code, description}
}

func badMetadata(format string, args ...any) *oauthError {
	return oauthFailed("invalid_client_metadata", fmt.Sprintf(format, args...))
}

// client finds the client with an id: one on the own machine, one that a test has told of, or
// one whose document is read.
func (s *Sandbox) client(ctx context.Context, id string) (*oauthClient, *oauthError) {
	s.mu.Lock()
	document := s.documents[id]
	s.mu.Unlock()
	u, err := url.Parse(id)
	switch {
	case document != nil:
		return clientOf(id, document)
	case err != nil || u.Host == "" || u.Fragment != "" || u.User != nil:
		return nil, oauthFailed("invalid_client_id", "The client_id must be the address of a document")
	case u.Scheme == "http" && u.Host == "localhost" && (u.Path == "" || u.Path == "/"):
		return localClient(id, u.Query())
	case u.Scheme != "https" && !isLoopback(u):
		return nil, oauthFailed("invalid_client_id", "The client_id must be an address with https")
	case hasLocalTLD(u.Hostname()):
		return nil, oauthFailed("invalid_client_id", "The client_id's TLD must not be a local hostname")
	}
	if document, err = s.readDocument(ctx, id); err != nil {
		return nil, badMetadata("Unable to obtain client metadata for %q: %v", id, err)
	}
	return clientOf(id, document)
}

func hasLocalTLD(host string) bool {
	tld := host[strings.LastIndex(host, ".")+1:]
	return slices.Contains([]string{"test", "local", "localhost", "invalid", "example"}, tld)
}

func isLoopback(u *url.URL) bool {
	addr, err := netip.ParseAddr(u.Hostname())
	return err == nil && addr.IsLoopback()
}

// localClient is a program on the machine of whoever signs in, which has no document.
// https://atproto.com/specs/oauth#localhost-client-development
func localClient(id string, query url.Values) (*oauthClient, *oauthError) {
	c := &oauthClient{
		ID: id, Name: "Loopback client", Application: "native", Auth: authNone, Bound: true,
		GrantTypes: []string{"authorization_code", "refresh_token"}, ResponseTypes: []string{"code"},
		Scope: "atproto", Redirects: []string{"http://127.0.0.1/", "http://[::1]/"},
	}
	for name, values := range query {
		switch {
		case name == "redirect_uri":
			c.Redirects = values
		case name == "scope" && len(values) == 1:
			c.Scope = values[0]
		default:
			return nil, oauthFailed("invalid_client_id", "Invalid loopback client ID: Unexpected parameter "+name)
		}
	}
	return c, c.check(id)
}

// documentTimeout is how long a document may take, and maxDocument how many bytes it may have.
const (
	documentTimeout = 5 * time.Second
	maxDocument     = 64 << 10
)

// readDocument reads what a client shows of itself.
func (s *Sandbox) readDocument(ctx context.Context, address string) (document []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, documentTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/json")
	res, err := s.opts.HTTP.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, res.Body.Close()) }()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", res.StatusCode)
	}
	if kind, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";"); kind != "application/json" {
		return nil, fmt.Errorf("content type %q, want application/json", kind)
	}
	return io.ReadAll(io.LimitReader(res.Body, maxDocument))
}

func clientOf(id string, document []byte) (*oauthClient, *oauthError) {
	c := &oauthClient{}
	if err := json.Unmarshal(document, c); err != nil {
		return nil, badMetadata("the document of %q is no JSON: %v", id, err)
	}
	return c, c.check(id)
}

// check tells what is wrong with a client. https://atproto.com/specs/oauth#clients
func (c *oauthClient) check(id string) *oauthError {
	switch {
	case c.ID != id:
		return badMetadata("client_id does not match")
	case !slices.Contains(strings.Fields(c.Scope), "atproto"):
		return badMetadata(`Missing "atproto" scope`)
	case !c.Bound:
		return badMetadata(`"dpop_bound_access_tokens" must be true`)
	case !slices.Contains(c.ResponseTypes, "code"):
		return badMetadata(`response_types must include "code"`)
	case !slices.Contains(c.GrantTypes, "authorization_code"):
		return badMetadata(`The "code" response type requires that "grant_types" contains "authorization_code"`)
	case len(c.Redirects) == 0:
		return badMetadata("At least one redirect_uri is required")
	case c.URI != "" && !strings.HasPrefix(id, strings.TrimSuffix(c.URI, "/")+"/"):
		return badMetadata("client_uri must be a parent URL of the client_id")
	}
	if bad := c.checkAuth(); bad != nil {
		return bad
	}
	for _, redirect := range c.Redirects {
		if bad := c.checkRedirect(redirect); bad != nil {
			return bad
		}
	}
	return nil
}

func (c *oauthClient) checkAuth() *oauthError {
	switch {
	case c.Auth == authNone && c.Alg != "":
		return badMetadata(`token_endpoint_auth_method "none" must not have token_endpoint_auth_signing_alg`)
	case c.Auth == authKey && len(c.Keys.Keys) == 0:
		return badMetadata("private_key_jwt auth method requires at least one key in jwks")
	case c.Auth == authKey && c.Alg == "":
		return badMetadata("Missing token_endpoint_auth_signing_alg client metadata")
	case c.Auth == authKey && c.Application == "native":
		return badMetadata(`Native clients must authenticate using "none" method`)
	case c.Auth != authNone && c.Auth != authKey:
		return badMetadata("Unsupported client authentication method %q", c.Auth)
	}
	return nil
}

func (c *oauthClient) checkRedirect(redirect string) *oauthError {
	u, err := url.Parse(redirect)
	fail := func(why string) *oauthError {
		return oauthFailed("invalid_redirect_uri", why)
	}
	switch {
	case err != nil || u.Host == "":
		return fail("Invalid redirect URI " + redirect)
	case u.Hostname() == "localhost":
		return fail("Loopback redirect URI " + redirect + " is not allowed (use explicit IPs instead)")
	case isLoopback(u) && u.Scheme != "http":
		return fail("Loopback redirect URI " + redirect + " must use HTTP")
	case isLoopback(u) && c.Application != "native":
		return fail("Loopback redirect URIs are only allowed for native apps")
	case !isLoopback(u) && u.Scheme != "https":
		return fail("Web clients must use HTTPS redirect URIs")
	}
	return nil
}

// takes tells whether browsers may be sent to an address. Of the own machine, any port will do.
// https://www.rfc-editor.org/rfc/rfc8252#section-7.3
func (c *oauthClient) takes(redirect string) bool {
	u, err := url.Parse(redirect)
	return err == nil && slices.ContainsFunc(c.Redirects, func(allowed string) bool {
		a, err := url.Parse(allowed)
		return allowed == redirect ||
			err == nil && isLoopback(a) && a.Hostname() == u.Hostname() && a.Scheme == u.Scheme && a.Path == u.Path && a.RawQuery == u.RawQuery
	})
}

// assertionAge is how long an assertion is good.
const assertionAge = time.Minute

const bearerAssertion = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" //nolint:gosec // a name

// authenticateClient finds the client of a form, and checks that it is who it says. It returns
// the name of the key that it has proven to have; empty for a public client.
func (s *Sandbox) authenticateClient(ctx context.Context, form url.Values, issuer string, now time.Time) (*oauthClient, string, *oauthError) {
	id := form.Get("client_id")
	if id == "" {
		return nil, "", oauthFailed("invalid_client", noClient)
	}
	c, bad := s.client(ctx, id)
	if bad != nil {
		return nil, "", bad
	}
	if !c.confidential() {
		return c, "", nil
	}
	switch {
	case form.Get("client_assertion") == "":
		return nil, "", oauthFailed("invalid_request", `client authentication method "private_key_jwt" required a "client_assertion"`)
	case form.Get("client_assertion_type") != bearerAssertion:
		return nil, "", oauthFailed("invalid_client", fmt.Sprintf("Unsupported client_assertion_type %q", form.Get("client_assertion_type")))
	}
	key, err := s.assertion(c, form.Get("client_assertion"), issuer, now)
	if err != nil {
		return nil, "", oauthFailed("invalid_client", "Validation of \"client_assertion\" failed: "+err.Error())
	}
	return c, key, nil
}

// noClient are the words of the genuine server, which names each way to authenticate.
const noClient = `Client credentials missing: Required at body.client_id; Invalid literal value, expected "` + bearerAssertion +
	`" at body.client_assertion_type; Required at body.client_assertion, or Required at body.client_id; Required at body.client_secret, or Required at body.client_id`

// assertion checks a client's own signature. https://www.rfc-editor.org/rfc/rfc7523#section-3
func (s *Sandbox) assertion(c *oauthClient, raw, issuer string, now time.Time) (string, error) {
	var got jwt.RegisteredClaims
	kid := ""
	_, err := jwt.ParseWithClaims(raw, &got, func(t *jwt.Token) (any, error) {
		kid, _ = t.Header["kid"].(string)
		at := slices.IndexFunc(c.Keys.Keys, func(k jwk) bool { return k.ID != "" && k.ID == kid })
		if at < 0 {
			return nil, fmt.Errorf("no key %q in the client's document", kid)
		}
		return c.Keys.Keys[at].public()
	}, jwt.WithValidMethods([]string{jwt.SigningMethodES256.Alg()}), jwt.WithAudience(issuer), jwt.WithIssuer(c.ID), jwt.WithSubject(c.ID),
		jwt.WithTimeFunc(func() time.Time { return now }))
	switch {
	case err != nil:
		return "", err
	case got.IssuedAt == nil || now.Sub(got.IssuedAt.Time).Abs() > assertionAge:
		return "", errors.New(`"iat" claim timestamp check failed (too far in the past)`)
	case got.ID == "":
		return "", errors.New(`missing required "jti" claim`)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.first(c.ID+" "+got.ID, now) {
		return "", errors.New("it was used before")
	}
	return kid, nil
}

// AddClient tells the sandbox of the document of a client that it cannot read from its address.
func (s *Sandbox) AddClient(id string, document []byte) error {
	if _, bad := clientOf(id, document); bad != nil {
		return errors.New(bad.description)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.documents[id] = slices.Clone(document)
	return nil
}
