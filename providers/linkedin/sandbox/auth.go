package sandbox

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"strings"
	"time"
)

// authenticate finds the token of a request.
// https://learn.microsoft.com/en-us/linkedin/shared/api-guide/concepts/error-handling
func (s *Sandbox) authenticate(c *call) *problem {
	header := c.http.Header.Get("Authorization")
	scheme, value, _ := strings.Cut(header, " ")
	value = strings.TrimSpace(value)
	switch {
	case header == "" || (strings.EqualFold(scheme, "Bearer") && value == ""):
		return &problem{Status: http.StatusUnauthorized, Code: "EMPTY_ACCESS_TOKEN", ServiceCode: 401, Message: "Empty oauth2 access token"}
	case !strings.EqualFold(scheme, "Bearer"):
		return &problem{Status: http.StatusUnauthorized, Message: "Unknown authentication scheme"}
	}
	s.mu.Lock()
	t, known := s.tokens[value]
	s.mu.Unlock()
	if !known {
		return &problem{Status: http.StatusUnauthorized, Code: "INVALID_ACCESS_TOKEN", ServiceCode: 65600, Message: "Invalid access token"}
	}
	c.token = t
	switch {
	case t.Revoked:
		return &problem{Status: http.StatusUnauthorized, Code: "REVOKED_ACCESS_TOKEN", ServiceCode: 65601, Message: "The token used in the request has been revoked by the user"}
	case t.expiredAt(c.now):
		return &problem{Status: http.StatusUnauthorized, Code: "EXPIRED_ACCESS_TOKEN", ServiceCode: 65602, Message: "The token used in the request has expired"}
	}
	return nil
}

// expireTokenOf ends the life of the token that a request carries, so that the
// request itself comes too late.
func (s *Sandbox) expireTokenOf(c *call) {
	_, value, _ := strings.Cut(c.http.Header.Get("Authorization"), " ")
	s.mu.Lock()
	defer s.mu.Unlock()
	if t, ok := s.tokens[strings.TrimSpace(value)]; ok {
		t.ExpiresAt = c.now
		s.tokens[t.Value] = t
		s.save()
	}
}

func (t Token) expiredAt(now time.Time) bool {
	return !t.ExpiresAt.IsZero() && !now.Before(t.ExpiresAt)
}

func (t Token) personURN() string { return urn{"person", t.Person}.String() }

const authorField = "author"

// mayActAs checks that a token may create things in the name of an author, and
// returns the author. The caller holds the lock.
func (s *Sandbox) mayActAs(t Token, field, author string, m restMethod, resource string) (urn, *problem) {
	u, bad := checkURN(field, author, "person", "organization")
	if bad != nil {
		return urn{}, bad
	}
	if !t.has(postScopes()...) {
		return urn{}, notPermitted(resource, m)
	}
	if u.Kind == "person" {
		if !t.has(scopeMemberPost) {
			return urn{}, illegalArgument("Member permissions must be used when using member as %s", authorField)
		}
		if author != t.personURN() {
			return urn{}, foreignAuthor(field)
		}
		return u, nil
	}
	if !t.has(scopePagePost) {
		return urn{}, illegalArgument("Organization permissions must be used when using organization as %s", authorField)
	}
	o, known := s.organizations[u.ID]
	if !known {
		return urn{}, foreignAuthor(field)
	}
	if !o.hasRole(t.Person, postingRoles()...) {
		return urn{}, accessDenied("The member does not have a role on this organization that permits posting")
	}
	return u, nil
}

func foreignAuthor(field string) *problem {
	return &problem{
		Status:  http.StatusForbidden,
		Message: "Field Value validation failed in REQUEST_BODY: Data Processing Exception while processing fields [/" + field + "]",
	}
}

// randomID returns n random bytes in base64, the form of tracing headers and signatures.
func randomID(n int) string {
	raw := make([]byte, n)
	_, _ = rand.Read(raw) // crypto/rand.Read never fails
	return base64.StdEncoding.EncodeToString(raw)
}

// quota counts the calls of a token to an endpoint on one day.
type quota struct {
	day  string
	used map[string]int
}

// countCall enforces Options.DailyLimit. The counters start anew at midnight UTC.
func (s *Sandbox) countCall(c *call) *problem {
	if s.opts.DailyLimit <= 0 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if day := c.now.UTC().Format(time.DateOnly); s.quota.day != day {
		s.quota = quota{day: day, used: map[string]int{}}
	}
	key := c.token.Value + " " + c.resource + "." + string(c.method)
	if s.quota.used[key]++; s.quota.used[key] > s.opts.DailyLimit {
		return throttled()
	}
	return nil
}
