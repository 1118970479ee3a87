package sandbox

import "net/http"

// userInfo is the answer of OpenID Connect's userinfo.
// https://learn.microsoft.com/en-us/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2
type userInfo struct {
	Subject       string            `json:"sub"`
	Name          string            `json:"name,omitempty"`
	GivenName     string            `json:"given_name,omitempty"`
	FamilyName    string            `json:"family_name,omitempty"`
	Locale        map[string]string `json:"locale,omitempty"`
	Email         string            `json:"email,omitempty"`
	EmailVerified *bool             `json:"email_verified,omitempty"`
}

type profile struct {
	ID        string `json:"id"`
	FirstName string `json:"localizedFirstName"`
	LastName  string `json:"localizedLastName"`
	Headline  string `json:"localizedHeadline,omitempty"`
	Vanity    string `json:"vanityName,omitempty"`
}

// serveIdentity serves /v2, which has no versions and no Rest.li.
func (s *Sandbox) serveIdentity(c *call) (*reply, *problem) {
	if bad := s.authenticate(c); bad != nil {
		return nil, bad
	}
	c.method, c.resource = methodGet, "v2"
	path := c.http.URL.EscapedPath()
	serve := map[string]func(*call) (*reply, *problem){
		"/v2/userinfo": s.getUserInfo,
		"/v2/me":       s.getMe,
	}[path]
	if serve == nil {
		return nil, unknownResource(path)
	}
	if c.http.Method != http.MethodGet {
		return nil, methodNotAllowed("v2", restMethod(limitString(c.http.Method, 20)))
	}
	if bad := s.countCall(c); bad != nil {
		return nil, bad
	}
	return serve(c)
}

func (s *Sandbox) getUserInfo(c *call) (*reply, *problem) {
	if !c.token.has(scopeOpenID) {
		return nil, notPermitted("userinfo", methodGet)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.people[c.token.Person]
	info := userInfo{Subject: p.ID}
	if c.token.has(scopeProfile) {
		info.Name, info.GivenName, info.FamilyName = p.Name(), p.FirstName, p.LastName
		info.Locale = map[string]string{"country": "US", "language": "en"}
	}
	if c.token.has(scopeEmail) && p.Email != "" {
		info.Email, info.EmailVerified = p.Email, new(true)
	}
	return ok(info), nil
}

func (s *Sandbox) getMe(c *call) (*reply, *problem) {
	if !c.token.has(scopeBasicProfile) {
		return nil, notPermitted("me", methodGet)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.people[c.token.Person]
	return ok(profile{ID: p.ID, FirstName: p.FirstName, LastName: p.LastName, Headline: p.Headline, Vanity: p.Vanity}), nil
}
