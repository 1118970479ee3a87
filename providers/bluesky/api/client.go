// Package api holds the wire types of the AT protocol and of Bluesky's lexicons, and thin
// calls, one for each operation that the adapter uses. It decides nothing: what an answer
// means is the adapter's business.
package api

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/rest"
)

// Server is a server of the protocol, and how calls to it are authorized. Which one a call
// goes to is known only with the account: everybody chooses the server that keeps his posts.
type Server struct {
	URL  string // base, without a slash at its end: "https://bsky.social"
	Auth Auth   // zero: nobody's
}

// Auth is what a call is authorized with.
type Auth struct {
	Token core.Secret
	// Key signs the calls of a token that is bound to it; nil: the token suffices.
	// https://atproto.com/specs/oauth#demonstrating-proof-of-possession-dpop
	Key rest.Signer
	// Member is the linked account that the call is made for: its tokens are renewed every few
	// hours. Empty where nobody has shown yet that the account is his; the call counts for the
	// token alone.
	Member string
}

// Client makes calls. It is safe for concurrent use.
type Client struct {
	rest *rest.Client
}

// New returns a client.
func New(c *rest.Client) *Client { return &Client{rest: c} }

// query calls a method that reads, by its NSID ("com.atproto.repo.getRecord"), and decodes
// the answer into out.
// https://atproto.com/specs/xrpc
func (c *Client) query(ctx context.Context, s Server, nsid string, params url.Values, out any) error {
	r := s.request(http.MethodGet, nsid)
	if len(params) > 0 {
		r.URL += "?" + params.Encode()
	}
	r.Repeatable = true
	_, err := c.rest.JSON(ctx, r, nil, out)
	return err
}

// procedure calls a method that changes something, with in as its input (nil: none), and
// decodes the answer into out (nil: it is ignored). It is sent once.
func (c *Client) procedure(ctx context.Context, s Server, nsid string, in, out any) error {
	_, err := c.rest.JSON(ctx, s.request(http.MethodPost, nsid), in, out)
	return err
}

// idempotent is procedure for what may be repeated.
func (c *Client) idempotent(ctx context.Context, s Server, nsid string, in, out any) error {
	r := s.request(http.MethodPost, nsid)
	r.Repeatable = true
	_, err := c.rest.JSON(ctx, r, in, out)
	return err
}

// request describes a call of a method.
func (s Server) request(method, nsid string) rest.Request {
	return rest.Request{
		Op: Op(nsid), Method: method, URL: s.URL + "/xrpc/" + nsid, Token: s.Auth.Token, Signer: s.Auth.Key, Member: s.Auth.Member,
		Header: http.Header{"Accept": {"application/json"}},
	}
}

// Op is how errors and figures name a method: by the last part of its NSID.
func Op(nsid string) string { return "bluesky." + nsid[strings.LastIndexByte(nsid, '.')+1:] }
