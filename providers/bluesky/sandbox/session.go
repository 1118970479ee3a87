package sandbox

import (
	"crypto/rand"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
)

// Answers about a session, in the order of the genuine server.
type sessionTokens struct {
	AccessJWT  string `json:"accessJwt"`
	RefreshJWT string `json:"refreshJwt"`
}

type sessionInfo struct {
	DID            string `json:"did"`
	Handle         string `json:"handle"`
	Email          string `json:"email,omitempty"`
	EmailConfirmed *bool  `json:"emailConfirmed,omitempty"`
	Active         bool   `json:"active"`
	Status         Status `json:"status,omitempty"`
}

type sessionAnswer struct {
	sessionTokens
	sessionInfo
}

func infoOf(a *account) sessionInfo {
	out := sessionInfo{DID: a.did, Handle: a.handle, Email: a.email, EmailConfirmed: &a.emailConfirmed, Active: a.active()}
	if !out.Active {
		out.Status = a.status
	}
	return out
}

// newSession begins a session. The caller holds the lock.
func (s *Sandbox) newSession(c *call, a *account, by *appPassword) sessionTokens {
	id := randomText()
	s.sessions[id] = &session{did: a.did, ends: c.now.Add(refreshTTL), password: by}
	defer s.save()
	return sessionTokens{s.accessToken(c, a, scopeOf(by)), s.refreshToken(c, a, id)}
}

func scopeOf(by *appPassword) string {
	switch {
	case by == nil:
		return scopeAccess
	case by.privileged:
		return scopePrivileged
	default:
		return scopeAppPass
	}
}

func (s *Sandbox) createSession(c *call) (any, *problem) {
	a, by, bad := s.login(c.text("identifier"), c.text("password"))
	if bad != nil {
		return nil, bad
	}
	if a.barred() {
		return nil, takendown()
	}
	return sessionAnswer{s.newSession(c, a, by), infoOf(a)}, nil
}

func takendown() *problem { return unauthorized("AccountTakedown", "Account has been taken down") }

// login finds the account of an identifier and a password. The caller holds the lock.
func (s *Sandbox) login(identifier, password string) (*account, *appPassword, *problem) {
	wrong := unauthorized("AuthenticationRequired", "Invalid identifier or password")
	a := s.byIdentifier(strings.ToLower(identifier))
	switch {
	case a == nil || a.status == StatusDeleted:
		return nil, nil, wrong
	case a.password != "" && a.password == password:
		return a, nil, nil
	case a.barred():
		return nil, nil, wrong
	}
	for i, p := range a.appPasswords {
		if p.password == password {
			return a, &a.appPasswords[i], nil
		}
	}
	return nil, nil, wrong
}

func (s *Sandbox) byIdentifier(identifier string) *account {
	if !strings.Contains(identifier, "@") {
		return s.find(identifier)
	}
	for _, a := range s.order {
		if a.email == identifier {
			return a
		}
	}
	return nil
}

// refreshSession rotates the tokens of a session: the old refresh token stays good for a while,
// and leads to the same new one.
func (s *Sandbox) refreshSession(c *call) (any, *problem) {
	if c.who.barred() {
		return nil, takendown()
	}
	current := s.sessions[c.token.id]
	if current == nil || !current.ends.After(c.now) {
		return nil, named("ExpiredToken", "Token has been revoked")
	}
	if grace := c.now.Add(refreshGrace); grace.Before(current.ends) {
		current.ends = grace
	}
	if current.next == "" {
		current.next = randomText()
	}
	if s.sessions[current.next] == nil { // else it may have been renewed itself
		s.sessions[current.next] = &session{did: c.who.did, ends: c.now.Add(refreshTTL), password: current.password}
	}
	defer s.save()
	tokens := sessionTokens{s.accessToken(c, c.who, scopeOf(current.password)), s.refreshToken(c, c.who, current.next)}
	return sessionAnswer{tokens, infoOf(c.who)}, nil
}

func (s *Sandbox) getSession(c *call) (any, *problem) {
	if c.who.barred() {
		return nil, invalid("Could not find user info for account: " + c.who.did)
	}
	info := infoOf(c.who)
	if c.token.oauth != nil && !c.token.oauth.allows("transition:email") {
		info.Email, info.EmailConfirmed = "", nil
	}
	return info, nil
}

func (s *Sandbox) deleteSession(c *call) (any, *problem) {
	delete(s.sessions, c.token.id)
	s.save()
	return nil, nil
}

func (s *Sandbox) createAppPassword(c *call) (any, *problem) {
	if c.token.oauth != nil {
		return nil, &problem{status: http.StatusForbidden, name: "Forbidden", message: "OAuth credentials are not supported for this endpoint"}
	}
	if c.who.barred() {
		return nil, takendown()
	}
	name := c.text("name")
	for _, p := range c.who.appPasswords {
		if p.name == name {
			return nil, broken()
		}
	}
	privileged, _ := c.input["privileged"].(bool)
	p := appPassword{name: name, password: newAppPassword(), created: c.now, privileged: privileged}
	c.who.appPasswords = append(c.who.appPasswords, p)
	return struct {
		Name       string `json:"name"`
		Password   string `json:"password"`
		CreatedAt  string `json:"createdAt"`
		Privileged bool   `json:"privileged"`
	}{p.name, p.password, timestamp(p.created), p.privileged}, nil
}

// newAppPassword makes four groups of four letters and digits.
func newAppPassword() string {
	text := strings.ToLower(rand.Text())
	return text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:16]
}

// revokeAppPassword removes an app password, and ends the sessions that began with it.
func (s *Sandbox) revokeAppPassword(c *call) (any, *problem) {
	name := c.text("name")
	for id, session := range s.sessions {
		if session.did == c.who.did && session.password != nil && session.password.name == name {
			delete(s.sessions, id)
		}
	}
	kept := c.who.appPasswords[:0:0]
	for _, p := range c.who.appPasswords {
		if p.name != name {
			kept = append(kept, p)
		}
	}
	c.who.appPasswords = kept
	s.save()
	return nil, nil
}

// handleDomain is where accounts get their handles here.
const handleDomain = ".test"

func (s *Sandbox) createAccount(c *call) (any, *problem) {
	handle := strings.ToLower(c.text("handle"))
	name, served := strings.CutSuffix(handle, handleDomain)
	switch {
	case !served:
		return nil, named("UnsupportedDomain", "Not a supported handle domain")
	case strings.Contains(name, "."):
		return nil, named("InvalidHandle", "Invalid characters in handle")
	case len(name) < 3:
		return nil, named("InvalidHandle", "Handle too short")
	case len(name) > 18:
		return nil, named("InvalidHandle", "Handle too long")
	case c.text("email") == "":
		return nil, invalid("Email is required")
	case c.text("password") == "":
		return nil, invalid("Password is required")
	case s.find(handle) != nil:
		return nil, invalid("Handle already taken: " + handle)
	case s.byIdentifier(strings.ToLower(c.text("email"))) != nil:
		return nil, invalid("Email already taken: " + c.text("email"))
	}
	a := s.addAccount(Account{
		DID: newDID(handle, c.now), Handle: handle, Email: c.text("email"), Password: c.text("password"), Status: StatusActive,
	})
	tokens := s.newSession(c, a, nil)
	return struct {
		Handle string `json:"handle"`
		DID    string `json:"did"`
		DIDDoc any    `json:"didDoc"`
		sessionTokens
	}{a.handle, a.did, didDocument(a, c.base), tokens}, nil
}

func (s *Sandbox) deactivateAccount(c *call) (any, *problem) {
	c.who.status = StatusDeactivated
	return nil, nil
}

func (s *Sandbox) activateAccount(c *call) (any, *problem) {
	c.who.status = StatusActive
	return nil, nil
}

func (s *Sandbox) describeServer(c *call) (any, *problem) {
	return struct {
		DID     string   `json:"did"`
		Domains []string `json:"availableUserDomains"`
		Invite  bool     `json:"inviteCodeRequired"`
		Links   struct{} `json:"links"`
		Contact struct{} `json:"contact"`
	}{DID: serviceDID(c.base), Domains: []string{handleDomain}}, nil
}

// resolveHandle answers for accounts that others see. https://docs.bsky.app/docs/api/com-atproto-identity-resolve-handle
func (s *Sandbox) resolveHandle(c *call) (any, *problem) {
	handle, bad := c.need("handle")
	if bad != nil {
		return nil, bad
	}
	if _, err := syntax.ParseHandle(handle); err != nil {
		return nil, invalid("Error: handle must be a valid handle")
	}
	a := s.seen(handle)
	if a == nil || a.did == handle {
		return nil, invalid("Unable to resolve handle")
	}
	return struct {
		DID string `json:"did"`
	}{a.did}, nil
}

// Tokens are those of a session.
type Tokens struct {
	DID          string    `json:"did"`
	AccessToken  string    `json:"accessToken"`
	RefreshToken string    `json:"refreshToken"`
	Ends         time.Time `json:"ends"` // of the access token
	RefreshEnds  time.Time `json:"refreshEnds"`
}

// Login begins a session without a request. base is the address of the sandbox.
func (s *Sandbox) Login(base, identifier, password string) (Tokens, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, by, bad := s.login(strings.ToLower(identifier), password)
	if bad != nil {
		return Tokens{}, errors.New(bad.message)
	}
	now := s.clock.Now()
	tokens := s.newSession(&call{base: base, now: now}, a, by)
	return Tokens{a.did, tokens.AccessJWT, tokens.RefreshJWT, now.Add(s.accessTTL()), now.Add(refreshTTL)}, nil
}
