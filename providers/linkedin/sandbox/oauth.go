package sandbox

import (
	"crypto/subtle"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

const (
	oauthPrefix       = "/oauth/v2/"
	authorizationPath = oauthPrefix + "authorization"
	accessTokenPath   = oauthPrefix + "accessToken"
	introspectPath    = oauthPrefix + "introspectToken"

	formType = "application/x-www-form-urlencoded"
)

// The errors of OAuth 2.0 that LinkedIn answers with.
const (
	oauthInvalidRequest  = "invalid_request"
	oauthInvalidClient   = "invalid_client"
	oauthInvalidGrant    = "invalid_grant"
	oauthInvalidRedirect = "invalid_redirect_uri"
)

// serveOAuth serves what an app asks by itself, with its id and secret in the form. The
// page on which members consent is not among it.
func (s *Sandbox) serveOAuth(c *call) (*reply, *problem) {
	serve := map[string]func(*call) (*reply, *problem){
		accessTokenPath: s.serveAccessToken,
		introspectPath:  s.serveIntrospection,
	}
	path := c.http.URL.EscapedPath()
	endpoint, known := serve[path]
	if !known {
		return nil, unknownResource(path)
	}
	if c.http.Method != http.MethodPost {
		return nil, methodNotAllowed(strings.TrimPrefix(path, oauthPrefix), restMethod(limitString(c.http.Method, 20)))
	}
	if _, _, bad := c.readBody(); bad != nil {
		return nil, bad
	}
	return endpoint(c)
}

// isForm tells whether the body of a call is a form.
func (c *call) isForm() bool {
	kind, _, err := mime.ParseMediaType(c.http.Header.Get("Content-Type"))
	return err == nil && kind == formType
}

// clientOf returns the app that a form names, if the secret is its own.
func (s *Sandbox) clientOf(form url.Values) (App, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	app, known := s.apps[form.Get("client_id")]
	right := subtle.ConstantTimeCompare([]byte(app.ClientSecret), []byte(form.Get("client_secret"))) == 1
	return app, known && right
}

func invalidClient() *reply {
	return oauthError(http.StatusUnauthorized, oauthInvalidClient, "Client authentication failed")
}

func missingParameter(name string) *reply {
	return oauthError(http.StatusBadRequest, oauthInvalidRequest, `A required parameter "`+name+`" is missing`)
}

// oauthError is an error as RFC 6749 writes it.
func oauthError(status int, code, description string) *reply {
	return &reply{status: status, body: map[string]string{"error": code, "error_description": description}}
}
