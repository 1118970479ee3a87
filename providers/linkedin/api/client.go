// Package api holds the wire types of LinkedIn's REST API and thin calls, one for
// each operation that the adapter uses. It decides nothing: what an answer means
// is the adapter's business.
package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/rest"
)

const protocolVersion = "2.0.0"

// VersionHeader names the version of the API in every request to it.
// https://learn.microsoft.com/en-us/linkedin/marketing/versioning
const VersionHeader = "Linkedin-Version"

// The methods of Rest.li that a request names besides its HTTP method.
// https://linkedin.github.io/rest.li/spec/protocol
const (
	methodFinder   = "FINDER"
	methodBatchGet = "BATCH_GET"
	methodDelete   = "DELETE"

	methodPartialUpdate = "PARTIAL_UPDATE"
)

// Client calls LinkedIn. It is safe for concurrent use.
type Client struct {
	rest    *rest.Client
	base    string // without a slash at its end
	version func() string
}

// New returns a client of the API at base ("https://api.linkedin.com"). version tells
// the version in use ("202607") at any time.
func New(c *rest.Client, base string, version func() string) *Client {
	return &Client{rest: c, base: strings.TrimRight(base, "/"), version: version}
}

// call describes a call of the versioned API.
// https://learn.microsoft.com/en-us/linkedin/marketing/versioning
func (c *Client) call(op, method, path string, token core.Secret) rest.Request {
	return rest.Request{
		Op: "linkedin." + op, Method: method, URL: c.base + "/rest/" + path, Token: token,
		Header: http.Header{
			VersionHeader:               {c.version()},
			"X-Restli-Protocol-Version": {protocolVersion},
			"Accept":                    {"application/json"},
		},
	}
}

// get reads a resource. restliMethod is empty for a plain GET.
func (c *Client) get(ctx context.Context, op, path, restliMethod string, token core.Secret, out any) error {
	r := c.call(op, http.MethodGet, path, token)
	r.Repeatable = true
	if restliMethod != "" {
		r.Header.Set("X-Restli-Method", restliMethod)
	}
	_, err := c.rest.JSON(ctx, r, nil, out)
	return err
}

// Page is one page of a collection. It can hold fewer elements than were asked
// for, even none, although more follow: unreadable ones are left out.
type Page[T any] struct {
	Elements []T `json:"elements"`
	Paging   struct {
		Start int `json:"start"`
		Count int `json:"count"`
		Links []struct {
			Rel  string `json:"rel"`
			Href string `json:"href"`
		} `json:"links"`
	} `json:"paging"`
}

// More tells whether another page follows.
func (p Page[T]) More() bool {
	for _, l := range p.Paging.Links {
		if l.Rel == "next" {
			return true
		}
	}
	return false
}
