package bluesky

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
	"github.com/crier-social/crier/providers/bluesky/identity"
	"github.com/crier-social/crier/providers/bluesky/oauth"
	"github.com/crier-social/crier/providers/internal/rest"
)

const (
	opCreateSession = "bluesky.createSession"

	appPasswordsURL = "https://bsky.app/settings/app-passwords" //nolint:gosec // where to get one
	helpAppPassword = "Make an app password in the app, under Settings, Privacy and security, App passwords: " + appPasswordsURL + "."
	helpStartAgain  = "Nothing was linked. Start again in a few minutes."
	helpStartAnew   = "Nothing was linked. Start again from the link page."
)

// The names of errors that servers have for those who sign in.
// https://docs.bsky.app/docs/api/com-atproto-server-create-session
const (
	errWrongPassword = "AuthenticationRequired"
	errSecondFactor  = "AuthFactorTokenRequired"
)

func missing(field, message, help string) *core.Error {
	return &core.Error{
		Kind: core.KindInvalid, Op: opAuthorize, Platform: name, Field: field, Message: message, Help: help,
	}
}

func internal(op string, err error) *core.Error {
	return &core.Error{Kind: core.KindInternal, Op: op, Platform: name, Message: "an internal error occurred", Err: err}
}

func isGone(err error) bool { return errors.Is(err, identity.ErrGone) }

// noApp tells that there is no such way of linking an account.
func (p *Provider) noApp(op, app string) *core.Error {
	if none := p.NoOAuth(); none != nil && app == appOAuth {
		none.Op = name + strings.TrimPrefix(op, name)
		return none
	}
	return &core.Error{
		Kind: core.KindUnsupported, Code: core.CodeLinkSetup, Op: op, Platform: name, Message: fmt.Sprintf("Bluesky accounts cannot be linked through %q.", app),
		Help: "They are linked through appPassword, and through oauth where this server has a public address.",
	}
}

// notFound names the field of an account that could not be found.
func notFound(err *core.Error) *core.Error {
	e := *err
	e.Field = fieldHandle
	switch e.Kind { //nolint:exhaustive // the others are what they are
	case core.KindNotFound:
		e.Kind, e.Code = core.KindInvalid, core.CodeParameters
	case core.KindTemporary:
		e.Field, e.Help = "", helpStartAgain
	case core.KindRateLimited:
		e.Field, e.Help = "", "Nothing was linked. Start again later."
	}
	return &e
}

// reachable turns the refusal to go to an address that somebody has named into one that tells
// what it is about.
func reachable(err *core.Error) *core.Error {
	e := *err
	if why, ok := rest.OffLimits(err); ok {
		e.Kind, e.Code, e.Platform, e.Field = core.KindInvalid, core.CodeParameters, name, fieldHandle
		e.Message = "The server of the account has an address that this server does not call: " + why + "."
		e.Help = "Its server has to be reached by https from everywhere. The operator can allow a network of his own with CRIER_MEDIA_ALLOW."
	}
	return &e
}

// notSignedIn tells why a server did not take a handle and an app password.
func notSignedIn(who, pds string, err *core.Error) *core.Error {
	e := reachable(err)
	switch {
	case e.Upstream == errWrongPassword:
		e.Kind, e.Code, e.Field = core.KindInvalid, core.CodeParameters, fieldPassword
		e.Message = fmt.Sprintf("The server %s does not take this app password for %s.", pds, who)
		e.Help = "Copy it once more, with its dashes; one that was deleted is not taken any more. " + helpAppPassword + " Servers say the same of an account that they have taken down."
	case e.Upstream == errSecondFactor:
		e.Kind, e.Code, e.Field = core.KindInvalid, core.CodeParameters, fieldPassword
		e.Message = "This is the password of the account itself, with which its server asks for a code that it sends by e-mail."
		e.Help = "An app password needs no code. " + helpAppPassword
	case e.Upstream == api.ErrAccountTakedown || e.Upstream == api.ErrAccountSuspended || e.Upstream == api.ErrAccountDeactivated:
		e.Field = fieldHandle
	case e.Kind == core.KindAuth:
		e.Kind, e.Code, e.Field = core.KindInvalid, core.CodeParameters, fieldPassword
		e.Help = helpAppPassword
	case e.Kind == core.KindRateLimited:
		e.Message = fmt.Sprintf("There were too many tries to sign in as %s.", who)
		e.Help = "Nothing was linked. Servers count wrong passwords as well: start again later."
	case e.Kind == core.KindTemporary:
		e.Message = fmt.Sprintf("The server of %s, %s, did not answer as it should: %s.", who, pds, core.Clause(e.Message))
		e.Help = helpStartAgain
	}
	return e
}

// unfitSession tells why an account whose password was taken cannot be posted to.
func unfitSession(who, did string, s api.Session) error {
	e := &core.Error{Kind: core.KindForbidden, Op: opCreateSession, Platform: name, Field: fieldHandle}
	switch {
	case s.AccessJWT == "" || s.DID == "":
		return &core.Error{
			Kind: core.KindTemporary, Op: opCreateSession, Platform: name, Message: "The account's server answered with something that cannot be used.", Help: helpStartAgain,
		}
	case s.DID != did:
		e.Code = core.CodeLinkAccount
		e.Message = fmt.Sprintf("The server signed in %s instead of %s.", quotable(s.DID), did)
		e.Help = "Whoever runs the server has to look into it."
	case s.Active == nil || *s.Active:
		return nil
	case s.Status == "deactivated":
		e.Message = fmt.Sprintf("The account %s is deactivated.", who)
		e.Help = "Activate it again by signing in to the app, then link it."
	default:
		e.Message = fmt.Sprintf("The account %s is not shown by its server, with the reason %q.", who, quotable(s.Status))
		e.Help = "Take it up with those who run the server, then link it."
	}
	return e
}

// notBegun tells why a person cannot be sent to the page of a server. What the operator has
// to mend keeps its number, by which it goes to him.
func notBegun(err *core.Error) *core.Error {
	e := reachable(err)
	switch {
	case core.CodeOf(e) == core.CodeLinkSetup:
	case errors.Is(e, oauth.ErrNotOffered):
		e.Field = fieldHandle
	case e.Kind == core.KindTemporary:
		e.Help = helpStartAgain
	case e.Kind == core.KindRateLimited:
		e.Help = "Nothing was linked. Start again later."
	}
	return e
}

// notExchanged tells why a code was not taken.
func notExchanged(err *core.Error) *core.Error {
	e := reachable(err)
	switch {
	case core.CodeOf(e) == core.CodeLinkSetup:
	case core.CodeOf(e) == core.CodeLinkBrowser:
		e.Help = "Start again from the link page. A code is good once, and for a short time."
	case e.Kind == core.KindTemporary:
		e.Help = helpStartAgain
	case e.Kind == core.KindRateLimited:
		e.Help = "Nothing was linked. Start again later."
	}
	return e
}

// wentAstray tells that a browser did not come back from where it was sent.
func wentAstray(message, upstream string) *core.Error {
	return &core.Error{
		Kind: core.KindForbidden, Code: core.CodeLinkBrowser, Op: opExchange, Platform: name, Upstream: upstream, Message: message, Help: helpStartAnew,
	}
}

// turnedBack tells why a server sent a browser back without a code; nil: it has one. Whoever
// sent it has to be the one that it was sent to.
// https://www.rfc-editor.org/rfc/rfc9207#section-2.4
func turnedBack(b begun, back core.LinkReturn) error {
	code := quotable(back.Error)
	switch {
	case back.Issuer != b.Binding.Issuer:
		return wentAstray("You did not come back from the server that you were sent to, "+b.Binding.Issuer+".", code)
	case back.Error == "" && back.Code != "":
		return nil
	case back.Error == "":
		return wentAstray("The server sent you back with neither a code nor a reason.", "")
	}
	e := &core.Error{Op: opExchange, Platform: name, Upstream: code}
	switch back.Error {
	case "access_denied":
		e.Kind, e.Code = core.KindForbidden, core.CodeLinkRefused
		e.Message, e.Help = "You did not allow the access on "+b.Binding.Issuer+".", "Start again and choose Authorize. The page lists what it is for."
	case "login_required", "consent_required", "account_selection_required", "interaction_required":
		e.Kind, e.Code = core.KindForbidden, core.CodeLinkRefused
		e.Message, e.Help = "You did not sign in on "+b.Binding.Issuer+".", "Start again and sign in as "+b.Handle+"."
	case "server_error", "temporarily_unavailable":
		e.Kind, e.Message, e.Help = core.KindTemporary, "The server "+b.Binding.Issuer+" has a problem of its own at the moment.", helpStartAgain
	case "invalid_scope", "invalid_request", "invalid_client", "unauthorized_client", "unsupported_response_type":
		e.Kind, e.Code = core.KindUnsupported, core.CodeLinkSetup
		e.Message = "The server " + b.Binding.Issuer + " does not accept the request of this server" + api.Quoted(back.Description)
		e.Help = oauth.HelpClient(b.Binding.ClientID)
	default:
		e.Kind, e.Code = core.KindForbidden, core.CodeLinkRefused
		e.Message = "The server " + b.Binding.Issuer + " refused, with the reason " + code + api.Quoted(back.Description)
		e.Help = "Start again. If it stays so, link the account with an app password."
	}
	return e
}

// somebodyElse tells that another account signed in than the one that was asked for.
func (p *Provider) somebodyElse(ctx context.Context, b begun, did string) *core.Error {
	other := quotable(did)
	if found, err := p.people.Lookup(ctx, did); err == nil {
		other = hint(found)
	}
	return &core.Error{
		Kind: core.KindForbidden, Code: core.CodeLinkAccount, Op: opExchange, Platform: name, Field: fieldHandle,
		Message: fmt.Sprintf("You signed in as %s, and not as %s.", other, b.Handle),
		Help:    "Start again, and sign in as " + b.Handle + ". The other account can be linked by itself, with its own handle.",
	}
}

// notTaken tells that a server does not take the tokens that it has just given.
func notTaken(b begun, err *core.Error) *core.Error {
	e := *err
	e.Kind, e.Code, e.Op, e.Field = core.KindForbidden, core.CodeLinkAccount, opExchange, fieldHandle
	e.Message = fmt.Sprintf("The server %s let %s sign in, and does not let the account be used: %s.", b.Binding.PDS, b.Handle, core.Clause(err.Message))
	e.Help = "Nothing was linked. See in the app whether the account can be used, then start again; if it stays so, take it up with those who run the server."
	return &e
}

// unfitFor is an error of unfitSession's for whoever did not sign in with a password.
func unfitFor(op, field string, err error) *core.Error {
	e := *core.AsError(err)
	e.Op, e.Field = op, field
	return &e
}
