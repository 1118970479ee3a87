package bluesky

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
	"github.com/crier-social/crier/providers/bluesky/identity"
	"github.com/crier-social/crier/providers/bluesky/oauth"
)

// The ways of linking an account. The names are stored.
const (
	appOAuth    = "oauth"
	appPassword = "appPassword"

	fieldHandle   = "handle"
	fieldPassword = "appPassword"

	opAuthorize = "bluesky.authorization"
	opExchange  = "bluesky.exchangeCode"
)

// publicLife is for how long servers let a client that cannot authenticate itself renew the
// tokens of a consent. https://atproto.com/specs/oauth#tokens-and-session-lifetime
const publicLife = 14 * 24 * time.Hour

// LinkApps lists the ways of linking an account: on the page of its server where that can be
// done, and with an app password. For how long either is good is the server's to decide; only
// of clients that cannot authenticate themselves the protocol tells it.
func (p *Provider) LinkApps() []core.LinkApp {
	kinds := []core.AccountKind{core.AccountPerson}
	handle := core.LinkField{
		Name: fieldHandle, Label: "Handle", Example: "alice.bsky.social", Identifies: true,
		Help: "The app shows it below your name, after the @. It tells which server keeps your account, Bluesky's or another: you deal with that one.",
	}
	password := core.LinkField{
		Name: fieldPassword, Label: "App password", Example: "abcd-efgh-ijkl-mnop", Secret: true,
		Help: "Not the password of your account: make one for this purpose in the app, under Settings, Privacy and security, App passwords: " + appPasswordsURL + ". It goes to the server that keeps your account.",
	}
	direct := core.LinkApp{
		Name: appPassword, Title: "Your profile, with an app password", Kinds: kinds,
		Fields: []core.LinkField{handle, password}, Direct: true,
	}
	if p.signIn.client == nil {
		return []core.LinkApp{direct}
	}
	consent := core.LinkApp{
		Name: appOAuth, Title: "Your profile", Kinds: kinds, PKCE: true, Fields: []core.LinkField{handle},
	}
	if !p.signIn.client.Confidential() {
		consent.Lasts = publicLife
	}
	return []core.LinkApp{consent, direct}
}

// begun is what Exchange needs of Authorize.
type begun struct {
	Handle  string  `json:"handle"` // as it was named, for messages
	Binding binding `json:"binding"`
}

// Authorize finds the server of the account that is named, tells that server what it is going
// to be asked for, and returns the address of its page.
func (p *Provider) Authorize(ctx context.Context, r core.LinkRequest) (core.Authorization, error) {
	if r.App != appOAuth || p.signIn.client == nil {
		return core.Authorization{}, p.noApp(opAuthorize, r.App)
	}
	who, err := p.meant(ctx, r)
	if err != nil {
		return core.Authorization{}, err
	}
	issuer, err := p.signIn.flow.Discover(ctx, who.PDS)
	if err != nil {
		return core.Authorization{}, notBegun(core.AsError(err))
	}
	key, err := oauth.NewKey()
	if err != nil {
		return core.Authorization{}, internal(opAuthorize, err)
	}
	g := oauth.Grant{Issuer: issuer.URL, Token: issuer.Token, Key: key, KeyID: p.signIn.client.NewKeyID()}
	page, err := p.signIn.flow.Push(ctx, issuer, g, oauth.Consent{RedirectURL: r.RedirectURL, State: r.State, Verifier: r.Verifier, Hint: hint(who)})
	if err != nil {
		return core.Authorization{}, notBegun(core.AsError(err))
	}
	kept, err := p.keep(who, g)
	if err != nil {
		return core.Authorization{}, internal(opAuthorize, err)
	}
	return core.Authorization{URL: page, Kept: kept}, nil
}

// hint names who is to sign in, as its server knows the account.
func hint(who identity.Identity) string {
	if who.Handle != "" {
		return who.Handle
	}
	return who.DID
}

// keep writes down what Exchange needs.
func (p *Provider) keep(who identity.Identity, g oauth.Grant) (core.Secret, error) {
	key, err := g.Key.Text()
	if err != nil {
		return "", err
	}
	b := binding{PDS: who.PDS, Key: key.Reveal(), DID: who.DID, Issuer: g.Issuer, Token: g.Token, ClientID: p.signIn.client.ID, KeyID: g.KeyID}
	text, err := json.Marshal(begun{Handle: hint(who), Binding: b})
	if err != nil {
		return "", fmt.Errorf("write what a consent needs: %w", err)
	}
	return core.Secret(text), nil
}

// Exchange makes a grant of an app password, or of the code that the account's server sent
// the browser back with.
func (p *Provider) Exchange(ctx context.Context, r core.LinkRequest, back core.LinkReturn) (core.Grant, error) {
	switch {
	case r.App == appPassword:
		return p.signInDirectly(ctx, r)
	case r.App != appOAuth || p.signIn.client == nil:
		return core.Grant{}, p.noApp(opExchange, r.App)
	}
	var b begun
	if json.Unmarshal([]byte(r.Kept.Reveal()), &b) != nil || b.Binding.DID == "" {
		return core.Grant{}, wentAstray("It is not known any more which account was to be linked.", "")
	}
	if err := turnedBack(b, back); err != nil {
		return core.Grant{}, err
	}
	g, err := b.Binding.grant()
	if err != nil {
		return core.Grant{}, internal(opExchange, err)
	}
	asked := p.clock.Now()
	tokens, err := p.signIn.flow.Exchange(ctx, g, oauth.Consent{RedirectURL: r.RedirectURL, Verifier: r.Verifier}, back.Code)
	if err != nil {
		return core.Grant{}, notExchanged(core.AsError(err))
	}
	// https://atproto.com/specs/oauth#authorization-request: the page may have let somebody
	// else sign in, of whose tokens nobody has proven that this server may give them out.
	if tokens.Subject != b.Binding.DID {
		return core.Grant{}, p.somebodyElse(ctx, b, tokens.Subject)
	}
	c := core.Credentials{App: appOAuth}
	if c.Binding, err = b.Binding.text(); err != nil {
		return core.Grant{}, internal(opExchange, err)
	}
	c = received(c, tokens, asked)
	if c.RefreshToken != "" && b.Binding.KeyID == "" {
		c.RefreshExpiresAt = asked.Add(publicLife)
	}
	if err := p.unfitConsent(ctx, b, c); err != nil {
		return core.Grant{}, err
	}
	return p.grant(ctx, b.Binding.DID, b.Binding.PDS, c), nil
}

// unfitConsent tells why an account that was consented for cannot be posted to: its server lets
// people sign in to those that are deactivated as well. What cannot be found out now stops
// nothing, since a code is good once.
func (p *Provider) unfitConsent(ctx context.Context, b begun, c core.Credentials) error {
	ctx, cancel := context.WithTimeout(ctx, profileTime)
	defer cancel()
	s, err := p.serverOf(ctx, b.Binding.DID, c.AccessToken, b.Binding)
	if err != nil {
		return internal(opExchange, err)
	}
	session, err := p.api.GetSession(ctx, s)
	switch {
	case isPassing(err):
		return nil
	case err != nil:
		return notTaken(b, core.AsError(err))
	}
	if err := unfitSession(b.Handle, b.Binding.DID, api.Session{AccessJWT: c.AccessToken, SessionInfo: session}); err != nil {
		return unfitFor(opExchange, fieldHandle, err)
	}
	return nil
}

// received puts new tokens of OAuth into credentials; what is left of their lives counts from
// before the call.
func received(c core.Credentials, t oauth.Tokens, asked time.Time) core.Credentials {
	c.AccessToken, c.IssuedAt, c.ExpiresAt, c.Scopes = t.Access, asked, time.Time{}, t.Scopes
	if t.ExpiresIn > 0 {
		c.ExpiresAt = asked.Add(t.ExpiresIn)
	}
	if t.Refresh != "" {
		c.RefreshToken = t.Refresh
	}
	return c
}

// grant is what can be linked with credentials: their owner.
func (p *Provider) grant(ctx context.Context, did, pds string, c core.Credentials, notes ...core.Finding) core.Grant {
	a := p.account(ctx, did, pds)
	a.App, a.Status, a.Scopes = c.App, core.AccountActive, slices.Clone(c.Scopes)
	a.ExpiresAt, a.RefreshExpiresAt = c.ExpiresAt, c.RefreshExpiresAt
	return core.Grant{Credentials: c, Accounts: []core.Account{a}, Notes: notes}
}

var (
	_ core.Linker    = (*Provider)(nil)
	_ core.Refresher = (*Provider)(nil)
)
