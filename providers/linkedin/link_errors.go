package linkedin

import (
	"net/http"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
)

// The codes that LinkedIn sends browsers back with, and answers at its token endpoint.
// https://learn.microsoft.com/en-us/linkedin/shared/authentication/authorization-code-flow
// https://learn.microsoft.com/en-us/linkedin/shared/api-guide/concepts/error-handling
const (
	codeCancelledLogin  = "user_cancelled_login"
	codeCancelledAccess = "user_cancelled_authorize"
	codeDenied          = "access_denied"
	codeScope           = "unauthorized_scope_error"
	codeBadScope        = "invalid_scope"
	codeRedirect        = "invalid_redirect_uri"
	codeRedirectOther   = "redirect_uri_mismatch"
	codeBadRequest      = "invalid_request"
	codeBadClient       = "invalid_client"
	codeOtherClient     = "unauthorized_client"
	codeBadGrant        = "invalid_grant"
	codeServerError     = "server_error"
	codeUnavailable     = "temporarily_unavailable"
)

const (
	helpStartAgain = "Nothing was linked. Start again in a few minutes."
	badClient      = "LinkedIn does not accept the app's client id and secret."
)

// isGrant tells whether a refusal is that of the token endpoint.
func (a refusal) isGrant() bool { return a.op == api.OpExchange || a.op == api.OpRefresh }

// grantError says what a refusal of the token endpoint means. That an app's secret is wrong
// says nothing about the grant of an account: a renewal goes on once the operator has put
// it right.
func (a refusal) grantError() *core.Error {
	switch {
	case a.status == http.StatusRequestTimeout || a.status == http.StatusConflict:
		return &core.Error{Kind: core.KindTemporary, Message: "LinkedIn gave up waiting for the request."}
	case a.op == api.OpRefresh && a.body.Has(codeOtherClient):
		return &core.Error{
			Kind: core.KindUnsupported, Code: core.CodeLinkSetup, Message: "LinkedIn does not let the app renew tokens" + a.quote(),
			Help: "Link the account again before its token ends. The operator asks LinkedIn for programmatic refresh tokens for the app: " + portalURL + ".",
		}
	case a.op == api.OpRefresh && a.body.Has(codeBadClient):
		return &core.Error{Kind: core.KindForbidden, Code: core.CodeLinkSetup, Message: badClient}
	case a.body.Has(codeBadClient, codeOtherClient):
		return &core.Error{Kind: core.KindUnsupported, Code: core.CodeLinkSetup, Message: badClient}
	case a.body.Has(codeBadGrant) && a.op == api.OpRefresh:
		return &core.Error{Kind: core.KindAuth, Message: "its authorization was ended or revoked on LinkedIn"}
	case a.body.Has(codeRedirect, codeRedirectOther):
		return &core.Error{Kind: core.KindUnsupported, Code: core.CodeLinkSetup, Message: "LinkedIn did not take the code with this redirect address" + a.quote()}
	case a.op == api.OpExchange && (a.body.Has(codeBadGrant) || a.status == http.StatusUnauthorized):
		return &core.Error{Kind: core.KindInvalid, Code: core.CodeLinkBrowser, Message: "The code that LinkedIn sent you back with was used before, or is not one of this app."}
	case a.status == http.StatusForbidden:
		return &core.Error{Kind: core.KindForbidden, Code: core.CodeLinkSetup, Message: "LinkedIn does not let the app do this" + a.quote()}
	}
	return &core.Error{Kind: core.KindInvalid, Code: core.CodeLinkSetup, Message: "LinkedIn refused the request" + a.quote()}
}

// turnedBack tells why LinkedIn sent a browser back without a code.
func (a app) turnedBack(r core.LinkRequest, back core.LinkReturn) *core.Error {
	e := &core.Error{Op: name + ".authorization", Platform: name, Upstream: quotable(back.Error)}
	switch back.Error {
	case "":
		e.Kind, e.Code = core.KindInvalid, core.CodeLinkBrowser
		e.Message, e.Help = "LinkedIn sent you back with neither a code nor a reason.", "Start again from the link page."
	case codeCancelledLogin:
		e.Kind, e.Code = core.KindForbidden, core.CodeLinkRefused
		e.Message, e.Help = "You did not sign in to LinkedIn.", "Start again and sign in as the person who may post."
	case codeCancelledAccess, codeDenied:
		e.Kind, e.Code = core.KindForbidden, core.CodeLinkRefused
		e.Message, e.Help = "You did not allow the access on LinkedIn.", "Start again and choose Allow. LinkedIn lists what it is for."
	case codeScope, codeBadScope:
		e.Kind, e.Code = core.KindForbidden, core.CodeLinkScope
		e.Message, e.Help = a.unauthorizedScope(back.Description)
	case codeRedirect, codeRedirectOther:
		e.Kind, e.Code = core.KindUnsupported, core.CodeLinkSetup
		e.Message = "LinkedIn does not know the address that it is to send you back to."
		e.Help = a.helpRedirect(r)
	case codeBadClient, codeOtherClient, codeBadRequest:
		e.Kind, e.Code = core.KindUnsupported, core.CodeLinkSetup
		e.Message = "LinkedIn does not accept the request of this server" + quote(quotable(back.Description))
		e.Help = "The operator compares " + a.settings + "CLIENT_ID with the client id that the developer portal shows under Auth: " + portalURL + ". " + a.helpRedirect(r)
	case codeServerError, codeUnavailable:
		e.Kind, e.Message, e.Help = core.KindTemporary, "LinkedIn has a problem of its own at the moment.", helpStartAgain
	default:
		e.Kind, e.Code = core.KindForbidden, core.CodeLinkRefused
		e.Message = "LinkedIn refused, with the reason " + quotable(back.Error) + quote(quotable(back.Description))
		e.Help = "Start again. If it stays so, " + tellGiver
	}
	return e
}

// unauthorizedScope names the scope that the app may not ask for, where LinkedIn does.
func (a app) unauthorizedScope(description string) (message, help string) {
	scope := a.scopeIn(description)
	if scope == "" {
		return "LinkedIn does not let this server's app ask for one of the permissions " + strings.Join(a.Scopes, ", ") + quote(quotable(description)),
			"The operator compares them with those that the developer portal shows under Auth of the app, at " + portalURL +
				", and sets " + a.settings + "SCOPES to the ones that are there."
	}
	message = "LinkedIn does not let this server's app ask for the permission " + scope + "."
	help = strings.Replace(a.helpScope(scope), "If LinkedIn does not offer it, the", "The", 1)
	if a.name == appShare && slices.Contains(shareScopes(), scope) {
		help += " An app with the " + productCommunity + " belongs into CRIER_LINKEDIN_COMMUNITY_CLIENT_ID and CRIER_LINKEDIN_COMMUNITY_CLIENT_SECRET instead."
	}
	return message, help
}

// scopeIn finds the scope that a text names. Some names are the beginning of others.
func (a app) scopeIn(text string) string {
	words := strings.FieldsFunc(text, func(c rune) bool { return !scopeName.MatchString(string(c)) })
	for i := range words {
		words[i] = strings.Trim(words[i], ".-")
	}
	for _, scope := range a.Scopes {
		if slices.Contains(words, scope) {
			return scope
		}
	}
	return ""
}

// helpRedirect names the address that the operator has to register.
func (a app) helpRedirect(r core.LinkRequest) string {
	return "The operator registers exactly " + r.RedirectURL + " with " + a.label() + ": " + portalURL + ", then Auth, Authorized redirect URLs."
}

// notExchanged tells why a code was not taken. The errors of LinkedIn itself are told with
// the way out; what it did not answer to, or for reasons that pass, can be tried again.
func (a app) notExchanged(r core.LinkRequest, err *core.Error) *core.Error {
	e := *err
	switch {
	case core.CodeOf(&e) == core.CodeLinkBrowser:
		e.Help = "Start again from the link page. A code is good once."
	case e.Upstream == codeRedirect || e.Upstream == codeRedirectOther:
		e.Message = "LinkedIn did not take the code: it is older than 30 minutes, or the address that LinkedIn sent you back to is not the one that is registered."
		e.Help = "Start again. If it stays so: " + a.helpRedirect(r)
	case core.CodeOf(&e) == core.CodeLinkSetup:
		e.Help = a.helpSecret()
	default:
		return startAgain(&e)
	}
	return &e
}

// startAgain gives an error of a try that can be made again the help for it.
func startAgain(err *core.Error) *core.Error {
	e := *err
	switch e.Kind { //nolint:exhaustive // the help of the others fits
	case core.KindTemporary:
		e.Help = helpStartAgain
	case core.KindRateLimited:
		e.Message, e.Help = "LinkedIn takes no more calls of this service for the moment.", "Nothing was linked. Start again later."
	case core.KindAuth:
		e.Message, e.Help = "LinkedIn does not accept the token that it has just given.", helpStartAgain
		e.Kind = core.KindTemporary
	}
	return &e
}

// notRefreshed tells why tokens were not renewed.
func (a app) notRefreshed(err *core.Error) *core.Error {
	e := *err
	if core.CodeOf(&e) == core.CodeLinkSetup && e.Help == "" {
		e.Help = a.helpSecret()
	}
	return &e
}

// helpSecret names the settings that the app's identity is in.
func (a app) helpSecret() string {
	return "The operator compares " + a.settings + "CLIENT_ID and " + a.settings + "CLIENT_SECRET with those that the developer portal shows under Auth: " + portalURL + "."
}
