package api

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/rest"
)

const introspectTimeout = 5 * time.Second

// App is a LinkedIn app with the secret that proves it.
type App struct {
	ClientID     string
	ClientSecret core.Secret
}

// The status of a token that is not active.
const (
	TokenRevoked = "revoked"
	TokenExpired = "expired"
)

// Introspection is what LinkedIn tells an app about one of its tokens. A token of
// another app is not active.
type Introspection struct {
	Active    bool   `json:"active"`
	Status    string `json:"status"`     // active, expired or revoked; empty for a token of another app
	Scope     string `json:"scope"`      // comma list
	ExpiresAt int64  `json:"expires_at"` // seconds since 1970; 0: never, or not told
}

// Scopes returns the granted scopes.
func (i Introspection) Scopes() []string {
	return SplitScopes(i.Scope)
}

// IntrospectToken asks what a token is good for. oauthURL is the base of the
// authorization endpoints.
// https://learn.microsoft.com/en-us/linkedin/shared/authentication/token-introspection
func (c *Client) IntrospectToken(ctx context.Context, oauthURL string, app App, token core.Secret) (Introspection, error) {
	form := url.Values{
		"client_id":     {app.ClientID},
		"client_secret": {app.ClientSecret.Reveal()},
		"token":         {token.Reveal()},
	}.Encode()
	var out Introspection
	_, err := c.rest.JSON(ctx, rest.Request{
		Op: "linkedin.introspectToken", Method: http.MethodPost, URL: oauthURL + "/introspectToken",
		Header: http.Header{
			"Accept":       {"application/json"},
			"Content-Type": {"application/x-www-form-urlencoded"},
		},
		Body:       func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(form)), nil },
		Size:       int64(len(form)),
		Secrets:    []core.Secret{token, app.ClientSecret},
		Timeout:    introspectTimeout,
		Repeatable: true,
	}, nil, &out)
	return out, err
}
