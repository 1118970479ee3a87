package coretest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/crier-social/crier/core"
)

// The scopes of the scripted network. Both are asked for; nobody posts without ScopePost.
const (
	ScopePost = "post"
	ScopeRead = "read"
)

// The codes with which the scripted network refuses on its consent page.
// https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1
const (
	ErrorDenied      = "access_denied"
	ErrorScope       = "invalid_scope"
	ErrorUnavailable = "temporarily_unavailable"
)

// How long authorizations last, unless Config says otherwise.
const (
	DefaultAccessLife = 60 * 24 * time.Hour
	DefaultGrantLife  = 365 * 24 * time.Hour
)

// LinkApp is the app of a scripted network unless Config names others.
func LinkApp() core.LinkApp {
	return core.LinkApp{
		Name: "main", Title: "The scripted app", PKCE: true,
		Kinds: []core.AccountKind{core.AccountPerson, core.AccountOrganization},
	}
}

// Consent is what happens on the consent page.
type Consent struct {
	Member string         // remote id of who is signed in; empty: MemberID
	Pages  []string       // remote ids of the pages that he may post as
	Scopes []string       // that are granted; nil: all that were asked for
	Notes  []core.Finding // that the grant comes with, besides its own
	// Operator is what the grant tells the operator.
	Operator []core.Finding
	// Error is the network's code of a refusal, Description its words; empty: the member
	// consents.
	Error, Description string
}

// lives is how long authorizations last.
type lives struct {
	access, grant time.Duration
	keep          bool // refresh tokens are good more than once
}

func livesOf(c Config) lives {
	return lives{
		access: cmp.Or(c.AccessLife, DefaultAccessLife), grant: cmp.Or(c.GrantLife, DefaultGrantLife),
		keep: c.KeepRefreshTokens,
	}
}

// consented is a consent that waits to be traded for tokens, by its code.
type consented struct {
	consent               Consent
	member                Member
	app, redirect, digest string
	lasts                 time.Duration // of the app; 0: as all
	kept                  core.Secret   // of an app that asks
	bound                 bool          // the tokens are good with their binding alone
}

// grant is what a refresh token stands for.
type grant struct {
	member Member
	app    string
	ends   time.Time
	// binding is what the tokens are good with alone; empty: they are good without any.
	binding core.Secret
}

// issued is what an access token stands for.
type issued struct {
	member  Member
	ends    time.Time
	binding core.Secret
}

// bearer is what a caller shows.
type bearer struct{ token, binding core.Secret }

// bearerOf is what the account of a session shows.
func bearerOf(ctx context.Context, s *core.Session) (bearer, error) {
	token, binding, err := s.BoundToken(ctx)
	return bearer{token, binding}, err
}

// holder tells who holds a token, with n.mu held.
func (n *Network) holder(b bearer) (Member, bool) {
	if t, ok := n.issued[b.token]; ok && n.clock.Now().Before(t.ends) {
		return t.member, t.binding == b.binding
	}
	m, ok := n.members[b.token]
	return m, ok
}

// known finds a member by his id, with n.mu held.
func (n *Network) known(remoteID string) (Member, bool) {
	for _, m := range n.members {
		if m.RemoteID == remoteID {
			return m, true
		}
	}
	return Member{}, false
}

// EndGrants ends every authorization that a member has given on the consent page.
func (n *Network) EndGrants(memberID string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for token, g := range n.grants {
		if g.member.RemoteID == memberID {
			delete(n.grants, token)
		}
	}
	for token, i := range n.issued {
		if i.member.RemoteID == memberID {
			delete(n.issued, token)
			n.revoked[token] = true
		}
	}
}

// consentPath is where the consent page is, on the network's website; askedParam tells who was
// asked for it.
const (
	consentPath = "/consent"
	askedParam  = "asked"
)

// Consent plays the browser of a person who follows an address of Authorize: it returns
// where the network sends it then, with a code or with an error. What a network would
// refuse by a page of its own is an error.
func (p *Provider) Consent(address string, c Consent) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || !strings.HasPrefix(address, p.Info().Website+consentPath+"?") {
		return nil, fmt.Errorf("%q is not the consent page", address)
	}
	q := u.Query()
	app, ok := p.app(q.Get("client_id"))
	switch {
	case !ok:
		return nil, fmt.Errorf("there is no app %q", q.Get("client_id"))
	case q.Get("response_type") != "code":
		return nil, errors.New("no code is asked for")
	case app.PKCE != (q.Get("code_challenge") != ""):
		return nil, fmt.Errorf("the code challenge is %q", q.Get("code_challenge"))
	}
	back, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || !back.IsAbs() {
		return nil, fmt.Errorf("the redirect address %q is none", q.Get("redirect_uri"))
	}
	answer := back.Query()
	answer.Set("state", q.Get("state"))
	if len(app.Fields) > 0 {
		answer.Set("iss", p.issuer())
	}
	if c.Error != "" {
		answer.Set("error", c.Error)
		answer.Set("error_description", c.Description)
	} else {
		code, err := p.consent(c, q.Get(askedParam), consented{app: app.Name, redirect: q.Get("redirect_uri"), digest: q.Get("code_challenge"), lasts: app.Lasts})
		if err != nil {
			return nil, err
		}
		answer.Set("code", code.Reveal())
	}
	back.RawQuery = answer.Encode()
	return back, nil
}

// consent notes a consent and returns its code. Of one that somebody asked for by name, that
// is who is signed in.
func (n *Network) consent(c Consent, name string, pending consented) (core.Secret, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	m, ok := n.known(cmp.Or(c.Member, MemberID))
	if name != "" {
		by, known := n.asked[name]
		if !known {
			return "", fmt.Errorf("nobody asked for %q", name)
		}
		if c.Member == "" {
			m, ok = n.named(by.handle)
		}
		pending.kept, pending.bound = by.kept, true
	}
	if !ok {
		return "", fmt.Errorf("there is no member %q", c.Member)
	}
	if c.Scopes == nil {
		c.Scopes = []string{ScopePost, ScopeRead}
	}
	pending.consent, pending.member = c, m
	n.serial++
	code := core.Secret(fmt.Sprintf("scripted-code-%d", n.serial))
	n.codes[code] = &pending
	return code, nil
}

// ReturnOf reads what the network sent a browser back with.
func ReturnOf(address *url.URL) (state string, back core.LinkReturn) {
	q := address.Query()
	return q.Get("state"), core.LinkReturn{
		Code: core.Secret(q.Get("code")), Error: q.Get("error"), Description: q.Get("error_description"), Issuer: q.Get("iss"),
	}
}

// Issue grants tokens as if a member had consented, through the first app.
func (p *Provider) Issue(c Consent) core.Credentials {
	p.mu.Lock()
	defer p.mu.Unlock()
	m, ok := p.known(cmp.Or(c.Member, MemberID))
	if !ok {
		panic(fmt.Sprintf("coretest: there is no member %q", c.Member))
	}
	if c.Scopes == nil {
		c.Scopes = []string{ScopePost, ScopeRead}
	}
	return p.issue(consented{consent: c, member: m, app: p.apps[0].Name, lasts: p.apps[0].Lasts})
}

// issue grants tokens for a consent, with n.mu held.
func (n *Network) issue(of consented) core.Credentials {
	now := n.clock.Now()
	c := core.Credentials{Scopes: slices.Clone(of.consent.Scopes), App: of.app, IssuedAt: now}
	life := cmp.Or(of.lasts, n.lives.grant)
	g := &grant{member: of.member, app: of.app, ends: now.Add(life)}
	if of.bound {
		n.serial++
		g.binding = core.Secret(fmt.Sprintf("scripted-binding-%d", n.serial))
		c.Binding = g.binding
	}
	switch {
	case life <= 0:
		g.ends = now.Add(n.lives.access)
	case of.lasts == 0 || life > n.lives.access:
		c.RefreshToken, c.RefreshExpiresAt = n.refreshToken(g), g.ends
	}
	c.AccessToken, c.ExpiresAt = n.accessToken(g)
	return c
}

// accessToken issues an access token, which lasts no longer than its grant, with n.mu held.
func (n *Network) accessToken(g *grant) (core.Secret, time.Time) {
	n.serial++
	token, ends := core.Secret(fmt.Sprintf("scripted-access-%d", n.serial)), n.clock.Now().Add(n.lives.access)
	if ends.After(g.ends) {
		ends = g.ends
	}
	n.issued[token] = issued{member: g.member, ends: ends, binding: g.binding}
	return token, ends
}

// refreshToken issues a refresh token, with n.mu held.
func (n *Network) refreshToken(g *grant) core.Secret {
	n.serial++
	token := core.Secret(fmt.Sprintf("scripted-refresh-%d", n.serial))
	n.grants[token] = g
	return token
}

// redeem takes the consent of a code, which is good once, with n.mu held.
func (n *Network) redeem(code core.Secret, r core.LinkRequest) (consented, error) {
	pending, ok := n.codes[code]
	if !ok {
		return consented{}, &refusal{status: 400, code: errInvalidGrant, message: "the code is not known, or was used before"}
	}
	delete(n.codes, code)
	var digest string
	if r.Verifier != "" {
		digest = oauth2.S256ChallengeFromVerifier(r.Verifier)
	}
	if pending.app != r.App || pending.redirect != r.RedirectURL || pending.digest != digest || pending.kept != r.Kept {
		return consented{}, &refusal{status: 400, code: errInvalidGrant, message: "the code belongs to another request"}
	}
	return *pending, nil
}
