package api

import (
	"context"
	"net/http"

	"github.com/crier-social/crier/core"
)

// Session is what a server gives for an identifier and a password.
type Session struct {
	AccessJWT  core.Secret `json:"accessJwt"`
	RefreshJWT core.Secret `json:"refreshJwt"`
	SessionInfo
}

// SessionInfo tells whose a session is.
type SessionInfo struct {
	DID    string `json:"did"`
	Handle string `json:"handle"`
	// Active is false when the account is not shown for the reason of Status: "takendown",
	// "suspended" or "deactivated".
	Active *bool  `json:"active"`
	Status string `json:"status"`
}

// CreateSession signs in. Servers count every try.
// https://docs.bsky.app/docs/api/com-atproto-server-create-session
func (c *Client) CreateSession(ctx context.Context, s Server, identifier string, password core.Secret) (Session, error) {
	in := map[string]string{"identifier": identifier, "password": password.Reveal()}
	r := s.request(http.MethodPost, "com.atproto.server.createSession")
	r.Secrets = []core.Secret{password}
	var out Session
	_, err := c.rest.JSON(ctx, r, in, &out)
	return out, err
}

// RefreshSession trades the refresh token, which Auth holds, for new tokens.
// https://docs.bsky.app/docs/api/com-atproto-server-refresh-session
func (c *Client) RefreshSession(ctx context.Context, s Server) (Session, error) {
	var out Session
	err := c.procedure(ctx, s, "com.atproto.server.refreshSession", nil, &out)
	return out, err
}

// GetSession tells whose the token is.
// https://docs.bsky.app/docs/api/com-atproto-server-get-session
func (c *Client) GetSession(ctx context.Context, s Server) (SessionInfo, error) {
	var out SessionInfo
	err := c.query(ctx, s, "com.atproto.server.getSession", nil, &out)
	return out, err
}
