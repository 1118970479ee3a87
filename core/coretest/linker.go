package coretest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/oauth2"

	"github.com/crier-social/crier/core"
)

// errInvalidGrant is the network's code for a code or refresh token that is not good.
// https://www.rfc-editor.org/rfc/rfc6749#section-5.2
const errInvalidGrant = "invalid_grant"

// LinkApps lists the apps of the network's Config.
func (p *Provider) LinkApps() []core.LinkApp {
	return slices.Clone(p.apps)
}

func (p *Provider) app(name string) (core.LinkApp, bool) {
	i := slices.IndexFunc(p.apps, func(a core.LinkApp) bool { return a.Name == name })
	if i < 0 {
		return core.LinkApp{}, false
	}
	return p.apps[i], true
}

// Authorize returns the address of the consent page, which Consent takes. It makes a call, of
// OpAuthorize, for an app that asks for something.
func (p *Provider) Authorize(ctx context.Context, r core.LinkRequest) (core.Authorization, error) {
	app, ok := p.app(r.App)
	if !ok || app.Direct {
		return core.Authorization{}, p.noApp(OpExchange, r.App)
	}
	c := oauth2.Config{
		ClientID: app.Name, RedirectURL: r.RedirectURL, Scopes: []string{ScopePost, ScopeRead},
		Endpoint: oauth2.Endpoint{AuthURL: p.Info().Website + consentPath},
	}
	var options []oauth2.AuthCodeOption
	if app.PKCE {
		options = append(options, oauth2.S256ChallengeOption(r.Verifier))
	}
	var begun core.Authorization
	if len(app.Fields) > 0 {
		name, kept, err := p.ask(ctx, r)
		if err != nil {
			return core.Authorization{}, err
		}
		begun.Kept, options = kept, append(options, oauth2.SetAuthURLParam(askedParam, name))
	}
	begun.URL = strings.ReplaceAll(c.AuthCodeURL(r.State, options...), "+", "%20")
	return begun, nil
}

func (p *Provider) noApp(op Op, app string) *core.Error {
	return &core.Error{
		Kind: core.KindUnsupported, Code: core.CodeLinkSetup, Op: p.name + "." + string(op), Platform: p.name,
		Message: fmt.Sprintf("no app %q is set up for this network", app),
	}
}

// Exchange trades a code for a grant, or the answers of an app that is Direct. The one call to
// the network is of OpExchange.
func (p *Provider) Exchange(ctx context.Context, r core.LinkRequest, back core.LinkReturn) (core.Grant, error) {
	app, ok := p.app(r.App)
	if !ok {
		return core.Grant{}, p.noApp(OpExchange, r.App)
	}
	if back.Error != "" {
		return core.Grant{}, p.refused(back)
	}
	if wrong := p.wrongIssuer(app, back); wrong != nil {
		return core.Grant{}, wrong
	}
	var c core.Credentials
	var of consented
	err := p.send(ctx, Call{Op: OpExchange, Item: r.App}, func() (err error) {
		if app.Direct {
			of, err = p.answered(r)
		} else {
			of, err = p.redeem(back.Code, r)
		}
		if err == nil {
			c = p.issue(of)
		}
		return err
	})
	err = wrongAnswer(err)
	if e, ok := errors.AsType[*core.Error](err); ok && e.Upstream == errInvalidGrant {
		e.Code, e.Help = core.CodeLinkBrowser, "Start again."
	}
	if err != nil {
		return core.Grant{}, err
	}
	return p.grant(app, of, c), nil
}

// wrongIssuer refuses a return of somebody else, which an app that asks is told of; nil: it is
// the network's.
// https://www.rfc-editor.org/rfc/rfc9207
func (p *Provider) wrongIssuer(app core.LinkApp, back core.LinkReturn) error {
	if len(app.Fields) == 0 || app.Direct || back.Issuer == p.issuer() {
		return nil
	}
	return &core.Error{
		Kind: core.KindForbidden, Code: core.CodeLinkBrowser, Op: p.name + "." + string(OpExchange), Platform: p.name, Field: "iss",
		Message: "the browser was not sent back by the network", Help: "Start again.",
	}
}

// refused tells the person why the network sent him back without a code.
func (p *Provider) refused(back core.LinkReturn) *core.Error {
	e := &core.Error{Op: p.name + "." + string(OpExchange), Platform: p.name, Upstream: back.Error}
	switch back.Error {
	case ErrorDenied:
		e.Kind, e.Code, e.Message = core.KindForbidden, core.CodeLinkRefused, "the access was not allowed"
	case ErrorScope:
		e.Kind, e.Code, e.Message = core.KindForbidden, core.CodeLinkScope, "the app may not ask for all of its scopes"
	case ErrorUnavailable:
		e.Kind, e.Message = core.KindTemporary, "the network is in trouble"
	default:
		e.Kind, e.Code, e.Message = core.KindForbidden, core.CodeLinkRefused, "the network refused"
	}
	return e
}

// grant lists what an authorization can be used for.
func (p *Provider) grant(app core.LinkApp, of consented, c core.Credentials) core.Grant {
	g := core.Grant{Credentials: c, Notes: slices.Clone(of.consent.Notes), Operator: slices.Clone(of.consent.Operator)}
	for _, scope := range []string{ScopePost, ScopeRead} {
		if !slices.Contains(c.Scopes, scope) {
			g.Notes = append(g.Notes, core.Finding{
				Check: "scopes", Status: core.FindingWarning, Message: "The scope " + scope + " was not granted.", Help: "Link the account again and allow it.",
			})
		}
	}
	if !slices.Contains(c.Scopes, ScopePost) {
		return g
	}
	if slices.Contains(app.Kinds, core.AccountPerson) {
		person := p.linked(c, of.member.RemoteID, core.AccountPerson, of.member.Name)
		person.Username = p.username(c, of.member)
		g.Accounts = append(g.Accounts, person)
	}
	if slices.Contains(app.Kinds, core.AccountOrganization) {
		for _, page := range of.consent.Pages {
			g.Accounts = append(g.Accounts, p.linked(c, page, core.AccountOrganization, pageName(page)))
		}
	}
	return g
}

func pageName(remoteID string) string { return "Page " + strings.TrimPrefix(remoteID, PagePrefix) }

// username is what a member is called, where the app of his tokens asks for it.
func (p *Provider) username(c core.Credentials, m Member) string {
	if app, ok := p.app(c.App); ok && len(app.Fields) > 0 {
		return m.Handle
	}
	return ""
}

func (p *Provider) linked(c core.Credentials, remoteID string, kind core.AccountKind, name string) core.Account {
	return core.Account{
		Platform: p.name, RemoteID: remoteID, Kind: kind, DisplayName: name, Status: core.AccountActive,
		ProfileURL: p.Info().Website + "/" + remoteID, Scopes: slices.Clone(c.Scopes), App: c.App,
		ExpiresAt: c.ExpiresAt, RefreshExpiresAt: c.RefreshExpiresAt,
	}
}

// Refresh renews credentials of a consent. The one call to the network is of OpRefresh.
func (p *Provider) Refresh(ctx context.Context, c core.Credentials) (core.Credentials, error) {
	if _, ok := p.app(c.App); !ok {
		return core.Credentials{}, p.noApp(OpRefresh, c.App)
	}
	if c.RefreshToken == "" {
		return core.Credentials{}, &core.Error{
			Kind: core.KindAuth, Op: p.name + "." + string(OpRefresh), Platform: p.name, Message: "there is no refresh token",
		}
	}
	renewed := c
	err := p.send(ctx, Call{Op: OpRefresh, Item: c.App}, func() error {
		g, ok := p.grants[c.RefreshToken]
		if !ok || g.app != c.App || g.binding != c.Binding || !p.clock.Now().Before(g.ends) {
			return &refusal{status: 400, code: errInvalidGrant, message: "the refresh token is not good any more"}
		}
		if !p.lives.keep {
			delete(p.grants, c.RefreshToken)
			renewed.RefreshToken = p.refreshToken(g)
		}
		renewed.AccessToken, renewed.ExpiresAt = p.accessToken(g)
		renewed.IssuedAt = p.clock.Now()
		return nil
	})
	if e, ok := errors.AsType[*core.Error](err); ok && e.Upstream == errInvalidGrant {
		e.Kind, e.Message = core.KindAuth, "The grant was ended."
	}
	if err != nil {
		return core.Credentials{}, err
	}
	return renewed, nil
}

// Introspect tells how an access token of a consent stands. The one call to the network is of
// OpIntrospect. Of tokens that did not come of one the network tells nothing.
func (p *Provider) Introspect(ctx context.Context, c core.Credentials) (core.TokenState, error) {
	var state core.TokenState
	err := p.send(ctx, Call{Op: OpIntrospect, Item: c.App}, func() error {
		t, known := p.issued[c.AccessToken]
		switch {
		case p.revoked[c.AccessToken]:
			state = core.TokenState{Standing: core.TokenEnded, Reason: "its authorization was revoked"}
		case known && !p.clock.Now().Before(t.ends):
			state = core.TokenState{Standing: core.TokenEnded, Reason: "its access token has expired"}
		case known:
			state.Standing = core.TokenActive
		}
		return nil
	})
	if err != nil {
		return core.TokenState{}, err
	}
	return state, nil
}

// send makes one call without a token and translates what comes of it.
func (p *Provider) send(ctx context.Context, c Call, apply func() error) error {
	if p.unreachable {
		return p.translate(c.Op, &unreachable{})
	}
	return p.translate(c.Op, p.Network.send(ctx, c, apply))
}

var (
	_ core.Linker       = (*Provider)(nil)
	_ core.Refresher    = (*Provider)(nil)
	_ core.Introspector = (*Provider)(nil)
)
