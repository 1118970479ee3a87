package api

import (
	"context"
	"net/http"

	"github.com/crier-social/crier/providers/internal/rest"
)

// Health asks a server for its version, which may be empty. Whoever answers, is there.
// https://github.com/bluesky-social/atproto/blob/main/packages/pds/src/basic-routes.ts
func (c *Client) Health(ctx context.Context, s Server) (version string, err error) {
	return c.health(ctx, s.URL+"/xrpc/_health")
}

// DirectoryHealth asks a directory of did:plc identities for its version, which may be empty.
// https://github.com/did-method-plc/did-method-plc/blob/main/packages/server/src/routes.ts
func (c *Client) DirectoryHealth(ctx context.Context, base string) (version string, err error) {
	return c.health(ctx, base+"/_health")
}

func (c *Client) health(ctx context.Context, address string) (string, error) {
	var out struct {
		Version string `json:"version"`
	}
	r := rest.Request{
		Op: Op("_health"), Method: http.MethodGet, URL: address, Repeatable: true,
		Header: http.Header{"Accept": {"application/json"}},
	}
	_, err := c.rest.JSON(ctx, r, nil, &out)
	return out.Version, err
}
