package linkedin

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
)

// member is the person who granted a token.
type member struct {
	urn     string
	name    string
	picture string
	vanity  string // in the address of the profile; empty: not told
}

// member asks whom a token belongs to: by OpenID Connect, or by the profile where the
// token has no scope for that. Of a token whose scopes are not known, both are tried.
func (p *Provider) member(ctx context.Context, token core.Secret, scopes []string) (member, error) {
	if slices.Contains(scopes, scopeBasicProfile) && !slices.Contains(scopes, scopeOpenID) {
		return p.memberByProfile(ctx, token)
	}
	who, err := p.memberByOpenID(ctx, token)
	if core.KindOf(err) != core.KindForbidden || len(scopes) > 0 {
		return who, err
	}
	if who, other := p.memberByProfile(ctx, token); core.KindOf(other) != core.KindForbidden {
		return who, other
	}
	return member{}, err
}

func (p *Provider) memberByOpenID(ctx context.Context, token core.Secret) (member, error) {
	info, err := p.api.GetUserInfo(ctx, token)
	if err != nil {
		return member{}, err
	}
	return member{
		urn: personPrefix + info.Sub, picture: info.Picture,
		name: cmp.Or(info.Name, strings.TrimSpace(info.GivenName+" "+info.FamilyName)),
	}.checked()
}

func (p *Provider) memberByProfile(ctx context.Context, token core.Secret) (member, error) {
	me, err := p.api.GetMe(ctx, token)
	if err != nil {
		return member{}, err
	}
	return member{urn: personPrefix + me.ID, name: strings.TrimSpace(me.FirstName + " " + me.LastName), vanity: me.Vanity}.checked()
}

// checked refuses an answer that names nobody.
func (m member) checked() (member, error) {
	if !personURN.MatchString(m.urn) {
		return member{}, &core.Error{
			Kind: core.KindTemporary, Op: "linkedin.identify", Platform: name, Message: "LinkedIn did not say whom the token belongs to.",
		}
	}
	return m, nil
}

// account describes the member as an author.
func (p *Provider) account(m member, scopes []string, app string) core.Account {
	a := core.Account{
		Platform: name, RemoteID: m.urn, Kind: core.AccountPerson, DisplayName: cmp.Or(m.name, m.urn),
		Username: m.vanity, ImageURL: m.picture, Scopes: scopes, App: app,
	}
	if m.vanity != "" {
		a.ProfileURL = p.cfg.WebURL + "/in/" + api.Escape(m.vanity)
	}
	return a
}

// page describes an organization as an author.
func (p *Provider) page(org api.Organization, id int64, scopes []string, app string) core.Account {
	urn := organizationURN(id)
	return core.Account{
		Platform: name, RemoteID: urn, Kind: core.AccountOrganization,
		DisplayName: cmp.Or(org.LocalizedName, org.VanityName, urn), Username: org.VanityName,
		ProfileURL: p.pageURL(org.VanityName, id), Scopes: scopes, App: app,
	}
}
