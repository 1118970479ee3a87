package sandbox

import (
	"net/http"
	"net/url"
	"strings"
)

// introspection is what an app is told about a token. What is not known of a token that
// was never granted here is left out.
// https://learn.microsoft.com/en-us/linkedin/shared/authentication/token-introspection
type introspection struct {
	Active       bool   `json:"active"`
	Status       string `json:"status,omitempty"`
	ClientID     string `json:"client_id,omitempty"`
	AuthorizedAt int64  `json:"authorized_at,omitempty"` // Unix seconds, as the others
	CreatedAt    int64  `json:"created_at,omitempty"`
	ExpiresAt    int64  `json:"expires_at,omitempty"`
	Scope        string `json:"scope,omitempty"` // comma list
	AuthType     string `json:"auth_type,omitempty"`
}

// serveIntrospection tells an app about one of its tokens.
func (s *Sandbox) serveIntrospection(c *call) (*reply, *problem) {
	if !c.isForm() {
		return nil, unsupportedType(formType)
	}
	form, err := url.ParseQuery(string(c.body))
	if err != nil {
		return oauthError(http.StatusBadRequest, oauthInvalidRequest, "The form cannot be read"), nil
	}
	app, authentic := s.clientOf(form)
	if !authentic {
		return invalidClient(), nil
	}
	if form.Get("token") == "" {
		return missingParameter("token"), nil
	}
	return ok(s.introspect(c, app, form.Get("token"))), nil
}

// introspect tells about a token. One of another app is as unknown as one that never was.
func (s *Sandbox) introspect(c *call, app App, value string) introspection {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, known := s.tokens[value]
	if g, ok := s.byRefresh[value]; ok {
		t, known = s.refreshTokenOf(g), true
	}
	if !known {
		return introspection{}
	}
	c.token = t
	if t.ClientID != app.ClientID {
		return introspection{}
	}
	info := introspection{Status: "active", ClientID: app.ClientID, Scope: strings.Join(t.Scopes, ","), AuthType: "3L"}
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
	if !t.CreatedAt.IsZero() {
		info.CreatedAt, info.AuthorizedAt = t.CreatedAt.Unix(), t.AuthorizedAt.Unix()
	}
	return info
}

// refreshTokenOf is the refresh token of a grant, for those who ask about it: it opens
// nothing.
func (s *Sandbox) refreshTokenOf(g *grant) Token {
	return Token{
		Name: "refresh token of " + g.person, Person: g.person, Scopes: g.scopes, ClientID: g.clientID,
		CreatedAt: g.at, AuthorizedAt: g.at, ExpiresAt: g.refreshEnds, Revoked: g.revoked,
	}
}
