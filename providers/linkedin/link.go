package linkedin

import (
	"context"
	"slices"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
)

// Authorize returns the address of LinkedIn's consent page.
func (p *Provider) Authorize(_ context.Context, r core.LinkRequest) (core.Authorization, error) {
	a, ok := p.appNamed(r.App)
	if !ok {
		return core.Authorization{}, p.noApp("authorization", r.App)
	}
	return core.Authorization{URL: a.consent(r).AuthCodeURL(p.cfg.OAuthURL, r.State)}, nil
}

// consent is what the app asks members for.
func (a app) consent(r core.LinkRequest) api.Consent {
	return api.Consent{App: a.api(), RedirectURL: r.RedirectURL, Scopes: a.Scopes}
}

// Exchange trades LinkedIn's code for tokens, and finds out whom they belong to and as whom
// they can post.
func (p *Provider) Exchange(ctx context.Context, r core.LinkRequest, back core.LinkReturn) (core.Grant, error) {
	a, ok := p.appNamed(r.App)
	if !ok {
		return core.Grant{}, p.noApp(api.OpExchange, r.App)
	}
	if back.Error != "" || back.Code == "" {
		return core.Grant{}, a.turnedBack(r, back)
	}
	asked := p.clock.Now()
	tokens, err := p.api.ExchangeCode(ctx, p.cfg.OAuthURL, a.consent(r), back.Code)
	if err != nil {
		return core.Grant{}, a.notExchanged(r, core.AsError(err))
	}
	c := credentials(core.Credentials{App: a.name, Scopes: slices.Clone(a.Scopes)}, tokens, asked)
	g, err := p.grant(ctx, a, c)
	if err != nil {
		return core.Grant{}, startAgain(core.AsError(err))
	}
	return g, nil
}

// Refresh renews the access token. The end of the grant stays what it was: LinkedIn counts
// the year from the consent.
// https://learn.microsoft.com/en-us/linkedin/shared/authentication/programmatic-refresh-tokens
func (p *Provider) Refresh(ctx context.Context, c core.Credentials) (core.Credentials, error) {
	if c.RefreshToken == "" {
		return core.Credentials{}, &core.Error{
			Kind: core.KindAuth, Op: name + "." + api.OpRefresh, Platform: name,
			Message: "LinkedIn has given no refresh token for this account.",
		}
	}
	a, ok := p.renewing(c.App)
	if !ok {
		e := p.noApp(api.OpRefresh, c.App)
		if c.App != "" { // its settings may be back tomorrow, and the refresh token is still good
			e.Kind = core.KindForbidden
		}
		return core.Credentials{}, e
	}
	asked := p.clock.Now()
	tokens, err := p.api.RefreshToken(ctx, p.cfg.OAuthURL, a.api(), c.RefreshToken)
	switch {
	case core.KindOf(err) == core.KindAuth && c.App == "":
		return core.Credentials{}, foreignRefreshToken(err)
	case err != nil:
		return core.Credentials{}, a.notRefreshed(core.AsError(err))
	}
	return credentials(c, tokens, asked), nil
}

// foreignRefreshToken answers for a token that came from elsewhere and that LinkedIn does not
// take of this server's app: most likely another app's, which says nothing about the access
// token. That one serves until it ends.
func foreignRefreshToken(err error) *core.Error {
	return &core.Error{
		Kind: core.KindUnsupported, Op: name + "." + api.OpRefresh, Platform: name,
		Message: "The refresh token is none of this server's LinkedIn app.",
		Help:    "Link the account again on the link page, or leave refreshToken out.",
		Err:     err,
	}
}

// renewing finds the app that a refresh token belongs to. Of a token that was granted
// elsewhere, it is the app to which LinkedIn gives any.
func (p *Provider) renewing(granted string) (app, bool) {
	if granted != "" || len(p.apps) == 0 {
		return p.appNamed(granted)
	}
	if i := slices.IndexFunc(p.apps, func(a app) bool { return a.renews }); i >= 0 {
		return p.apps[i], true
	}
	return p.apps[0], true
}

// credentials puts new tokens into credentials; what LinkedIn does not tell stays. What is
// left of their lives counts from before the call, so that none ends earlier than is told.
func credentials(c core.Credentials, t api.Tokens, asked time.Time) core.Credentials {
	c.AccessToken, c.IssuedAt, c.ExpiresAt = t.AccessToken, asked, time.Time{}
	if t.ExpiresIn > 0 {
		c.ExpiresAt = asked.Add(t.ExpiresIn)
	}
	if t.RefreshToken != "" {
		c.RefreshToken = t.RefreshToken
	}
	if end := asked.Add(t.RefreshExpiresIn); t.RefreshExpiresIn > 0 && (c.RefreshExpiresAt.IsZero() || end.Before(c.RefreshExpiresAt)) {
		c.RefreshExpiresAt = end
	}
	if len(t.Scopes) > 0 {
		c.Scopes = t.Scopes
	}
	return c
}

// grant finds out what tokens are good for. The person is offered whatever becomes of the
// pages.
func (p *Provider) grant(ctx context.Context, a app, c core.Credentials) (core.Grant, error) {
	g := core.Grant{Credentials: c}
	g.Notes, g.Operator = a.scopeNotes(c.Scopes)
	kinds := a.kinds(c.Scopes)
	if slices.Contains(kinds, core.AccountPerson) {
		who, err := p.member(ctx, c.AccessToken, c.Scopes)
		switch core.KindOf(err) {
		case "":
			g.Accounts = append(g.Accounts, p.account(who, c.Scopes, c.App))
		case core.KindForbidden:
			g.Notes, g.Operator = append(g.Notes, noPerson(core.AsError(err))), append(g.Operator, a.forOperator(core.AsError(err), aboutAuthor, identityProduct(c.Scopes)))
		default:
			return core.Grant{}, err
		}
	}
	if slices.Contains(kinds, core.AccountOrganization) {
		pages, notes, err := p.pagesOf(ctx, c)
		if err != nil && len(g.Accounts) == 0 && core.KindOf(err) != core.KindForbidden {
			return core.Grant{}, err
		}
		if err != nil {
			notes, g.Operator = append(notes, noPages(core.AsError(err))), append(g.Operator, a.forOperator(core.AsError(err), aboutPages, productCommunity))
		}
		g.Accounts, g.Notes = append(g.Accounts, pages...), append(g.Notes, notes...)
	}
	for i := range g.Accounts {
		g.Accounts[i].Status = core.AccountActive
		g.Accounts[i].Scopes = slices.Clone(c.Scopes)
		g.Accounts[i].ExpiresAt, g.Accounts[i].RefreshExpiresAt = c.ExpiresAt, c.RefreshExpiresAt
	}
	return g, nil
}
