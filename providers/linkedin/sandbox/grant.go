package sandbox

import (
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The lives of what members grant.
// https://learn.microsoft.com/en-us/linkedin/shared/authentication/programmatic-refresh-tokens
const (
	codeLife         = 30 * time.Minute
	accessTokenLife  = 60 * 24 * time.Hour
	refreshTokenLife = 365 * 24 * time.Hour
)

// How much is kept; the oldest goes first.
const (
	maxGrants         = 5_000
	maxTokensOfAGrant = 200
)

// grant is one consent of a member to an app, and what the app was given for it.
type grant struct {
	clientID    string
	person      string
	scopes      []string // sorted
	at          time.Time
	code        string
	redirect    string // that the code is bound to
	spent       bool   // the code
	refresh     string // token; empty: none
	refreshEnds time.Time
	access      []string // values in Sandbox.tokens, oldest first
	refreshes   int
	revoked     bool
}

// Grant is one consent of a member to an app.
type Grant struct {
	ClientID     string    `json:"clientId"`
	App          string    `json:"app"`    // title
	Person       string    `json:"person"` // id
	Name         string    `json:"name"`
	Scopes       []string  `json:"scopes"`
	AuthorizedAt time.Time `json:"authorizedAt"`
	// Exchanged tells that the app has traded the code for tokens.
	Exchanged bool `json:"exchanged"`
	// GoodTokens is how many access tokens are neither expired nor revoked.
	GoodTokens int `json:"goodTokens"`
	// ExpiresAt is when the latest access token ends, RefreshExpiresAt when the refresh token
	// does; zero: there is none.
	ExpiresAt        time.Time `json:"expiresAt,omitzero"`
	RefreshExpiresAt time.Time `json:"refreshExpiresAt,omitzero"`
	Refreshes        int       `json:"refreshes"` // how often the app has refreshed
	Revoked          bool      `json:"revoked,omitempty"`
}

// sameScopes tells whether a grant has exactly these scopes, which are sorted.
func (g *grant) sameScopes(scopes []string) bool { return slices.Equal(g.scopes, scopes) }

// newSecret returns a token or code of about n characters that looks like LinkedIn's.
func newSecret(n int) string {
	raw := make([]byte, n*3/4)
	_, _ = rand.Read(raw) // crypto/rand.Read never fails
	return "AQ" + base64.RawURLEncoding.EncodeToString(raw)
}

// authorize records the consent of a member, and gives out the code for it. Another set of
// scopes than before ends what the member had granted to the app. The caller holds the lock.
func (s *Sandbox) authorize(app App, person string, scopes []string, redirect string) *grant {
	for _, g := range s.grants {
		if g.clientID == app.ClientID && g.person == person && !g.sameScopes(scopes) {
			s.revokeGrant(g)
		}
	}
	g := &grant{
		clientID: app.ClientID, person: person, scopes: scopes, at: s.opts.Clock.Now(),
		code: newSecret(150), redirect: redirect,
	}
	s.grants = append(s.grants, g)
	s.byCode[g.code] = g
	for len(s.grants) > maxGrants {
		s.forget(s.grants[0])
		s.grants = slices.Delete(s.grants, 0, 1)
	}
	return g
}

// resetGrants forgets what was granted, and restores the apps. The caller holds the lock.
func (s *Sandbox) resetGrants() {
	s.granted = map[string]struct{}{}
	s.issued = 0
	s.grants = nil
	s.byCode = map[string]*grant{}
	s.byRefresh = map[string]*grant{}
	s.consent = Consent{Mode: ConsentAsk}
	s.apps = map[string]App{}
	for _, a := range s.opts.Apps {
		s.apps[a.ClientID] = a.clone()
	}
}

// forget removes what a grant gave. The caller holds the lock.
func (s *Sandbox) forget(g *grant) {
	delete(s.byCode, g.code)
	delete(s.byRefresh, g.refresh)
	for _, value := range g.access {
		delete(s.tokens, value)
		delete(s.granted, value)
	}
}

// hasGoodToken tells whether a member's consent to exactly these scopes is not needed again:
// an app has a token for them that is good. The caller holds the lock.
func (s *Sandbox) hasGoodToken(clientID, person string, scopes []string) bool {
	now := s.opts.Clock.Now()
	return slices.ContainsFunc(s.grants, func(g *grant) bool {
		return g.clientID == clientID && g.person == person && g.sameScopes(scopes) && s.goodTokens(g, now) > 0
	})
}

func (s *Sandbox) goodTokens(g *grant, now time.Time) int {
	n := 0
	for _, value := range g.access {
		if t := s.tokens[value]; !t.Revoked && !t.expiredAt(now) {
			n++
		}
	}
	return n
}

// redeem trades the code of a grant for tokens. The caller holds the lock.
func (s *Sandbox) redeem(g *grant, app App) Tokens {
	g.spent = true
	if app.Refresh {
		g.refreshEnds = g.at.Add(refreshTokenLife)
		s.setRefreshToken(g)
	}
	return s.issue(g, app)
}

func (s *Sandbox) setRefreshToken(g *grant) {
	delete(s.byRefresh, g.refresh)
	g.refresh = newSecret(500)
	s.byRefresh[g.refresh] = g
}

// issue gives out another access token of a grant. The caller holds the lock.
func (s *Sandbox) issue(g *grant, app App) Tokens {
	now := s.opts.Clock.Now()
	ends := now.Add(accessTokenLife)
	if g.refresh != "" && ends.After(g.refreshEnds) {
		ends = g.refreshEnds
	}
	s.issued++
	t := Token{
		Name: fmt.Sprintf("token %d of %s", s.issued, g.person), Value: newSecret(500), Person: g.person, Scopes: g.scopes,
		ClientID: g.clientID, CreatedAt: now, AuthorizedAt: g.at, ExpiresAt: ends, DevelopmentTier: app.DevelopmentTier,
	}
	s.tokens[t.Value] = t
	s.granted[t.Value] = struct{}{}
	g.access = append(g.access, t.Value)
	if len(g.access) > maxTokensOfAGrant {
		delete(s.tokens, g.access[0])
		delete(s.granted, g.access[0])
		g.access = slices.Delete(g.access, 0, 1)
	}
	answer := Tokens{
		AccessToken: t.Value, ExpiresIn: seconds(ends.Sub(now)), Scope: strings.Join(g.scopes, ","), TokenType: "Bearer", name: t.Name,
	}
	if g.refresh != "" {
		answer.RefreshToken, answer.RefreshExpiresIn = g.refresh, seconds(g.refreshEnds.Sub(now))
	}
	if slices.Contains(g.scopes, scopeOpenID) {
		answer.IDToken = idToken(app, s.people[g.person], g.scopes, now)
	}
	return answer
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

// revokeGrant ends a grant with all its tokens. The caller holds the lock.
func (s *Sandbox) revokeGrant(g *grant) {
	g.revoked = true
	for _, value := range g.access {
		t := s.tokens[value]
		t.Revoked = true
		s.tokens[value] = t
	}
}

// Grants lists what members have granted to apps, oldest first.
func (s *Sandbox) Grants() []Grant {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opts.Clock.Now()
	out := make([]Grant, 0, len(s.grants))
	for _, g := range s.grants {
		one := Grant{
			ClientID: g.clientID, App: s.apps[g.clientID].Title, Person: g.person, Name: s.people[g.person].Name(),
			Scopes: slices.Clone(g.scopes), AuthorizedAt: g.at, Exchanged: g.spent, GoodTokens: s.goodTokens(g, now),
			RefreshExpiresAt: g.refreshEnds, Refreshes: g.refreshes, Revoked: g.revoked,
		}
		if n := len(g.access); n > 0 {
			one.ExpiresAt = s.tokens[g.access[n-1]].ExpiresAt
		}
		out = append(out, one)
	}
	return out
}

// Revoke ends whatever a member has granted to an app, as members do in their settings:
// every token is refused from now on. An empty id means every app, or every member. It
// returns how many access tokens have ended.
func (s *Sandbox) Revoke(clientID, person string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.save()
	for _, g := range s.grants {
		if isOne(clientID, g.clientID) && isOne(person, g.person) {
			g.revoked = true
		}
	}
	return s.changeTokens(clientID, person, func(t *Token) bool {
		changed := !t.Revoked
		t.Revoked = true
		return changed
	})
}

// ExpireTokens lets the access tokens expire that a member has granted to an app. Refresh
// tokens stay good, unless they are to expire too. An empty id means every app, or every
// member. It returns how many access tokens have expired.
func (s *Sandbox) ExpireTokens(clientID, person string, refreshTokens bool) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.save()
	now := s.opts.Clock.Now()
	for _, g := range s.grants {
		if refreshTokens && g.refresh != "" && isOne(clientID, g.clientID) && isOne(person, g.person) && g.refreshEnds.After(now) {
			g.refreshEnds = now
		}
	}
	return s.changeTokens(clientID, person, func(t *Token) bool {
		if t.Revoked || t.expiredAt(now) {
			return false
		}
		t.ExpiresAt = now
		return true
	})
}

// isOne tells whether an id is the one that is meant; empty means any.
func isOne(meant, id string) bool { return cmp.Or(meant, id) == id }

// changeTokens changes the access tokens of a member and an app, those of the world
// included, and returns how many change said were changed. The caller holds the lock.
func (s *Sandbox) changeTokens(clientID, person string, change func(*Token) bool) int {
	n := 0
	for value, t := range s.tokens {
		if !isOne(clientID, t.ClientID) || !isOne(person, t.Person) {
			continue
		}
		if change(&t) {
			n++
		}
		s.tokens[value] = t
	}
	return n
}
