package template

import (
	"cmp"
	"context"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/template/api"
)

// How accounts are linked. This network takes a name and a password; for OAuth, LinkApp has no
// Direct, Authorize returns the address of the consent page, and Exchange trades the code.

// appPassword is the one way to link.
const appPassword = "password"

// The fields of the form.
const (
	userField     = "user"
	passwordField = "password"
)

// LinkApps lists the one way to link.
func (p *Provider) LinkApps() []core.LinkApp {
	return []core.LinkApp{{
		Name: appPassword, Title: "User name and password", Kinds: []core.AccountKind{core.AccountPerson}, Direct: true,
		Fields: []core.LinkField{
			{Name: userField, Label: "User name", Help: "The name that you sign in with.", Example: "ann", Identifies: true},
			{Name: passwordField, Label: "Password", Help: "The password of that account.", Example: "correct horse battery staple", Secret: true},
		},
	}}
}

// Authorize is not called: nobody is sent to the network.
func (p *Provider) Authorize(context.Context, core.LinkRequest) (core.Authorization, error) {
	return core.Authorization{}, noApp()
}

// Exchange signs in.
func (p *Provider) Exchange(ctx context.Context, r core.LinkRequest, _ core.LinkReturn) (core.Grant, error) {
	if r.App != appPassword {
		return core.Grant{}, noApp()
	}
	asked := p.clock.Now()
	token, err := p.api.SignIn(ctx, cmp.Or(r.Answers[userField].Reveal(), r.Again.Username), r.Answers[passwordField])
	if err != nil {
		return core.Grant{}, notSignedIn(err)
	}
	c := core.Credentials{AccessToken: token, App: appPassword, IssuedAt: asked}
	a, err := p.Identify(ctx, c, "")
	if err != nil {
		return core.Grant{}, err
	}
	return core.Grant{Credentials: c, Accounts: []core.Account{a}}, nil
}

// notSignedIn tells the person what was wrong with the answers.
func notSignedIn(err error) error {
	e := *core.AsError(err)
	switch e.Upstream {
	case api.ErrUnknownUser:
		e.Field, e.Message, e.Help = userField, "Nobody has this user name.", "It is the name that is shown behind the @ on your profile."
	case api.ErrWrongPassword:
		e.Field, e.Message, e.Help = passwordField, "The password is wrong.", "Try again; at "+website+" a new one can be set."
	default:
		return err
	}
	e.Kind, e.Code = core.KindInvalid, core.CodeLinkRefused
	return &e
}

// Identify asks whose token this is.
func (p *Provider) Identify(ctx context.Context, c core.Credentials, remoteID string) (core.Account, error) {
	me, err := p.api.Me(ctx, c.AccessToken)
	if err != nil {
		return core.Account{}, err
	}
	if remoteID != "" && remoteID != me.ID {
		return core.Account{}, &core.Error{
			Kind: core.KindForbidden, Op: name + ".identify", Platform: name, Field: "id",
			Message: "The token is not " + remoteID + "'s but " + me.ID + "'s.", Help: "Leave id out, or send a token of that account.",
		}
	}
	return core.Account{
		Platform: name, RemoteID: me.ID, Kind: core.AccountPerson, DisplayName: me.Name, Username: me.User,
		ProfileURL: me.URL, Status: core.AccountActive, App: c.App,
	}, nil
}

func noApp() *core.Error {
	return &core.Error{
		Kind: core.KindUnsupported, Code: core.CodeLinkSetup, Op: name + ".link", Platform: name,
		Message: title + " is linked with a user name and a password alone.",
	}
}

var (
	_ core.Provider   = (*Provider)(nil)
	_ core.Linker     = (*Provider)(nil)
	_ core.Identifier = (*Provider)(nil)
	_ core.Deleter    = (*Provider)(nil)
)
