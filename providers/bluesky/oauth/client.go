package oauth

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/crier-social/crier/core"
)

// Scopes are what accounts are asked for: to be signed in, and to do what an app password
// allows. https://atproto.com/specs/oauth#authorization-scopes
const Scopes = "atproto transition:generic"

const (
	// loopbackID is how a program on somebody's own machine is called.
	// https://atproto.com/specs/oauth#localhost-client-development
	loopbackID = "http://localhost"
	// assertionLife is below the minute within which servers take an assertion.
	assertionLife = 45 * time.Second
	bearerJWT     = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" //nolint:gosec // a name, and no secret
)

// localHosts are the only addresses of somebody's own machine that browsers may be sent back to.
// https://atproto.com/specs/oauth#localhost-client-development
func localHosts() []string { return []string{"127.0.0.1", "::1"} }

// Identity says what this server is to those that people sign in at.
type Identity struct {
	// URL is where it shows its document, RedirectURL where browsers are sent back to.
	URL, RedirectURL string
	Name             string // for people
	// Keys authenticate it, the one to use for something new in front; none: it is a public
	// client, whose grants end sooner.
	Keys []*Key
}

// Client is this server as servers that people sign in at know it.
type Client struct {
	ID        string
	identity  Identity
	clock     core.Clock
	isLocal   bool
	assertKey map[string]*Key // by thumbprint
}

// NewClient returns the client. Its error, a sentence, tells the operator why there can be
// none: those servers have to be able to read the client's document, or to know that it is on
// the machine of whoever signs in.
func NewClient(i Identity, clock core.Clock) (*Client, error) {
	if i.RedirectURL == "" {
		return nil, errors.New("this server has no public address")
	}
	back, err := url.Parse(i.RedirectURL)
	if err != nil || back.Host == "" {
		return nil, fmt.Errorf("%s is not the address of a server", i.RedirectURL)
	}
	c := &Client{identity: i, clock: clock, assertKey: map[string]*Key{}}
	if back.Scheme == "http" && slices.Contains(localHosts(), back.Hostname()) {
		c.isLocal = true
		c.ID = loopbackID + "?" + encode(url.Values{"redirect_uri": {i.RedirectURL}, "scope": {Scopes}})
		return c, nil
	}
	if err := showable(i.URL); err != nil {
		return nil, err
	}
	c.ID = i.URL
	for _, k := range i.Keys {
		c.assertKey[k.Thumbprint()] = k
	}
	return c, nil
}

// encode writes a query with spaces as %20: not everybody reads plus signs.
func encode(q url.Values) string { return strings.ReplaceAll(q.Encode(), "+", "%20") }

// showable tells why a document at an address is of no use to servers elsewhere.
// https://atproto.com/specs/oauth#clients
func showable(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return errors.New("this server has no public address")
	}
	host := u.Hostname()
	switch ip, isIP := netip.ParseAddr(host); {
	case host == "localhost", isIP == nil && ip.IsLoopback() && u.Scheme == "http":
		return fmt.Errorf("browsers have to come back to 127.0.0.1: %s is not taken as an address", host)
	case u.Scheme != "https":
		return fmt.Errorf("the public address %s://%s has no TLS", u.Scheme, u.Host)
	case isIP == nil:
		return fmt.Errorf("the public address %s is a number, where a name is asked for", host)
	case !strings.Contains(host, ".") || slices.Contains([]string{"test", "local", "localhost", "invalid", "example", "internal"}, host[strings.LastIndexByte(host, '.')+1:]):
		return fmt.Errorf("the name %s is not one that servers elsewhere can find", host)
	}
	return nil
}

// Confidential tells whether the client authenticates itself. A grant of one that does not
// ends two weeks after the consent. https://atproto.com/specs/oauth#types-of-clients
func (c *Client) Confidential() bool { return len(c.assertKey) > 0 }

// document is what a server reads of a client.
// https://atproto.com/specs/oauth#client-id-metadata-document
type document struct {
	ClientID      string   `json:"client_id"`
	ClientName    string   `json:"client_name"`
	ClientURI     string   `json:"client_uri"`
	Application   string   `json:"application_type"`
	GrantTypes    []string `json:"grant_types"`
	ResponseTypes []string `json:"response_types"`
	RedirectURIs  []string `json:"redirect_uris"`
	Scope         string   `json:"scope"`
	BoundTokens   bool     `json:"dpop_bound_access_tokens"`
	AuthMethod    string   `json:"token_endpoint_auth_method"`
	AuthAlg       string   `json:"token_endpoint_auth_signing_alg,omitempty"`
	Keys          *keySet  `json:"jwks,omitempty"`
}

type keySet struct {
	Keys []publicKey `json:"keys"`
}

type publicKey struct {
	jwk

	ID  string `json:"kid"`
	Alg string `json:"alg"`
	Use string `json:"use"`
}

// Document is what the client's address shows; nil for one that has no address.
func (c *Client) Document() []byte {
	if c.isLocal {
		return nil
	}
	at, err := url.Parse(c.ID)
	if err != nil {
		panic("oauth: an address that was parsed before is none: " + err.Error())
	}
	d := document{
		ClientID: c.ID, ClientName: c.identity.Name, ClientURI: at.Scheme + "://" + at.Host, Application: "web",
		GrantTypes: []string{grantCode, grantRefresh}, ResponseTypes: []string{"code"}, RedirectURIs: []string{c.identity.RedirectURL},
		Scope: Scopes, BoundTokens: true, AuthMethod: "none",
	}
	if c.Confidential() {
		d.AuthMethod, d.AuthAlg, d.Keys = "private_key_jwt", jwt.SigningMethodES256.Alg(), &keySet{}
		for _, k := range c.identity.Keys {
			d.Keys.Keys = append(d.Keys.Keys, publicKey{k.public, k.Thumbprint(), jwt.SigningMethodES256.Alg(), "sig"})
		}
	}
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		panic("oauth: a document of strings cannot be encoded: " + err.Error())
	}
	return append(text, '\n')
}

// NewKeyID names the key that authenticates the client for a new grant; "": it has none.
func (c *Client) NewKeyID() string {
	if !c.Confidential() {
		return ""
	}
	return c.identity.Keys[0].Thumbprint()
}

// ErrNoKey tells that the client does not have the key any more that it authenticated itself
// with for a grant.
var ErrNoKey = errors.New("oauth: the client's key of this grant is gone")

// authenticate adds to a form what proves to a server who the client is.
// https://www.rfc-editor.org/rfc/rfc7523#section-2.2
func (c *Client) authenticate(form url.Values, issuer, keyID string) error {
	form.Set("client_id", c.ID)
	if keyID == "" {
		return nil
	}
	key, ok := c.assertKey[keyID]
	if !ok {
		return ErrNoKey
	}
	now := c.clock.Now()
	t := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims{
		"iss": c.ID, "sub": c.ID, "aud": issuer, "jti": rand.Text(), "iat": now.Unix(), "exp": now.Add(assertionLife).Unix(),
	})
	t.Header["kid"] = keyID
	signed, err := t.SignedString(key.private)
	if err != nil {
		return fmt.Errorf("sign a client assertion: %w", err)
	}
	form.Set("client_assertion_type", bearerJWT)
	form.Set("client_assertion", signed)
	return nil
}
