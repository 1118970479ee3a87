package sandbox

import (
	"net/http"
	"time"
)

// oauthGrant is what somebody has granted to an app.
type oauthGrant struct {
	scopes []string
}

func (g *oauthGrant) allows(scope string) bool {
	for _, have := range g.scopes {
		if have == scope {
			return true
		}
	}
	return false
}

// writes tells whether the app may change the repository.
func (g *oauthGrant) writes() bool { return g.allows("transition:generic") }

type savedGrant struct{}

func (s *Sandbox) savedGrants() []savedGrant { return nil }

func (s *Sandbox) restoreGrants([]savedGrant) {}

func isOAuthAPI(string) bool { return false }

func (s *Sandbox) authenticateDPoP(*call, string, access) *problem {
	return named("InvalidToken", "Token could not be verified")
}

// mayWrite checks that a token allows to change the repository.
func (c *call) mayWrite() *problem { return nil }

func (s *Sandbox) serveOAuth(*http.Request, time.Time) *reply {
	return &reply{status: http.StatusNotFound, header: http.Header{"Content-Type": {"text/plain"}}, body: []byte("Not Found")}
}
