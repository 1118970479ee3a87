package sandbox

import (
	"mime"
	"net/http"
	"net/url"
	"strings"
)

const (
	oauthPrefix    = "/oauth/v2/"
	introspectPath = oauthPrefix + "introspectToken"

	formType = "application/x-www-form-urlencoded"
)

// introspection is what an app is told about a token. When the token was granted
// is not known here.
// https://learn.microsoft.com/en-us/linkedin/shared/authentication/token-introspection
type introspection struct {
	Active    bool   `json:"active"`
	Status    string `json:"status,omitempty"`
	ClientID  string `json:"client_id,omitempty"`
	ExpiresAt int64  `json:"expires_at,omitempty"` // Unix seconds
	Scope     string `json:"scope,omitempty"`      // comma list
	AuthType  string `json:"auth_type,omitempty"`
}

// serveOAuth serves what an app asks about its tokens. It authenticates with its
// own id and secret, of which any will do here.
func (s *Sandbox) serveOAuth(c *call) (*reply, *problem) {
	if path := c.http.URL.EscapedPath(); path != introspectPath {
		return nil, unknownResource(path)
	}
	if c.http.Method != http.MethodPost {
		return nil, methodNotAllowed("introspectToken", restMethod(limitString(c.http.Method, 20)))
	}
	if kind, _, err := mime.ParseMediaType(c.http.Header.Get("Content-Type")); err != nil || kind != formType {
		return nil, unsupportedType(formType)
	}
	if _, _, bad := c.readBody(); bad != nil {
		return nil, bad
	}
	form, err := url.ParseQuery(string(c.body))
	switch {
	case err != nil:
		return oauthError(http.StatusBadRequest, "invalid_request", "The form cannot be read"), nil
	case form.Get("client_id") == "" || form.Get("client_secret") == "":
		return oauthError(http.StatusUnauthorized, "invalid_client", "Client authentication failed"), nil
	case form.Get("token") == "":
		return oauthError(http.StatusBadRequest, "invalid_request", "A required parameter \"token\" is missing"), nil
	}
	return ok(s.introspect(c, form.Get("client_id"), form.Get("token"))), nil
}

func (s *Sandbox) introspect(c *call, clientID, value string) introspection {
	s.mu.Lock()
	t, known := s.tokens[value]
	s.mu.Unlock()
	if !known {
		return introspection{}
	}
	c.token = t
	info := introspection{Status: "active", ClientID: clientID, Scope: strings.Join(t.Scopes, ","), AuthType: "3L"}
	switch {
	case t.Revoked:
		info.Status = "revoked"
	case t.expiredAt(c.now):
		info.Status = "expired"
	default:
		info.Active = true
	}
	if !t.ExpiresAt.IsZero() {
		info.ExpiresAt = t.ExpiresAt.Unix()
	}
	return info
}

// oauthError is an error as RFC 6749 writes it.
func oauthError(status int, code, description string) *reply {
	return &reply{status: status, body: map[string]string{"error": code, "error_description": description}}
}
