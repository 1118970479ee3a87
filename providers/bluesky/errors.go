package bluesky

import (
	"cmp"
	"net/http"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
	"github.com/crier-social/crier/providers/internal/rest"
)

// Who answers, in messages.
const (
	accountServer = "The account's server"
	ownService    = "Bluesky" // the AppView, or the video service
)

// errorsOf returns what says what an answer of somebody outside 2xx means.
func (p *Provider) errorsOf(who string) func(op string, r *rest.Response) *core.Error {
	return func(op string, r *rest.Response) *core.Error { return p.mapError(who, op, r) }
}

// mapError says what an answer outside 2xx means.
// https://atproto.com/specs/xrpc#error-responses
func (p *Provider) mapError(who, op string, r *rest.Response) *core.Error {
	a := refusal{who: who, status: r.Status, body: api.ParseError(r.Body)}
	a.text = quotable(a.body.Message)
	e := a.classify()
	e.Op, e.Platform, e.Status = op, name, r.Status
	e.Upstream = quotable(a.body.Error)
	// Servers name no request; what stands before one may.
	e.RequestID = cmp.Or(r.Header.Get("X-Request-Id"), r.Header.Get("Cf-Ray"))
	if after := api.RetryAfter(r.Header, r.Status, p.clock.Now()); after > 0 {
		e.RetryAfter = after
	}
	p.log.Info("bluesky refused a call", "op", op, "status", r.Status, "code", e.Upstream, "kind", e.Kind)
	return e
}

// refusal is an answer outside 2xx.
type refusal struct {
	who    string
	status int
	body   api.ErrorBody
	text   string // what it says, fit to be shown
}

// classify finds the kind. Only a status in 4xx proves that nothing was done.
func (a refusal) classify() *core.Error {
	switch {
	case a.status == http.StatusNotImplemented || a.body.Error == api.ErrNotImplemented:
		return &core.Error{Kind: core.KindUnsupported, Message: a.who + " does not offer this" + a.quote()}
	case a.status >= http.StatusInternalServerError || a.status < http.StatusBadRequest:
		return &core.Error{Kind: core.KindTemporary, Message: a.who + " has a problem of its own" + a.quote()}
	case a.status == http.StatusTooManyRequests:
		return &core.Error{Kind: core.KindRateLimited, Message: a.who + "'s limit of calls is used up."}
	case a.status == http.StatusRequestTimeout:
		return &core.Error{Kind: core.KindTemporary, Message: a.who + " gave up waiting for the request."}
	case a.status == http.StatusRequestEntityTooLarge:
		return &core.Error{Kind: core.KindMedia, Code: core.CodeMediaTooLarge, Message: a.who + " takes no file of this size" + a.quote()}
	}
	if e := a.accountError(); e != nil {
		return e
	}
	if e := a.recordError(); e != nil {
		return e
	}
	return a.statusError()
}

// accountError is about the token, or the account that it is for; nil: it is about neither.
func (a refusal) accountError() *core.Error {
	switch a.body.Error {
	case api.ErrExpiredToken:
		return &core.Error{Kind: core.KindAuth, Message: "The access token has expired."}
	case "invalid_dpop_proof", "use_dpop_nonce": // of the request: the token may be good
		return &core.Error{
			Kind: core.KindTemporary, Message: a.who + " does not take this server's proof" + a.quote(),
			Help: "The operator makes sure that the clock of this server is right.",
		}
	case api.ErrInvalidToken, "invalid_token":
		return &core.Error{Kind: core.KindAuth, Message: a.who + " does not accept the access token" + a.quote()}
	case api.ErrAuthMissing:
		return &core.Error{Kind: core.KindAuth, Message: a.who + " wants an access token."}
	case api.ErrAccountTakedown, api.ErrAccountSuspended:
		return &core.Error{
			Kind: core.KindForbidden, Message: "The account has been taken down by its server" + a.quote(),
			Help: "Its owner has to take it up with those who run the server.",
		}
	case api.ErrAccountDeactivated:
		return &core.Error{
			Kind: core.KindForbidden, Message: "The account is deactivated.",
			Help: "Its owner activates it again by signing in, or posts from the server that it has moved to after linking it anew.",
		}
	case api.ErrScopeMissing:
		return &core.Error{Kind: core.KindForbidden, Message: "The authorization does not include this" + a.quote()}
	}
	return nil
}

// recordError is about what was named or sent; nil: it is about something else.
func (a refusal) recordError() *core.Error {
	switch a.body.Error {
	case api.ErrRecordNotFound, api.ErrRepoNotFound, "NotFound", "AccountNotFound":
		return &core.Error{Kind: core.KindNotFound, Message: "The server does not know what was named" + a.quote()}
	case api.ErrBlobNotFound:
		return &core.Error{Kind: core.KindTemporary, Message: a.who + " no longer has a file of the post; it is sent again."}
	case api.ErrInvalidMimeType:
		return &core.Error{Kind: core.KindMedia, Code: core.CodeMediaType, Message: a.who + " takes no file of this type" + a.quote()}
	case api.ErrBlobTooLarge:
		return &core.Error{Kind: core.KindMedia, Code: core.CodeMediaTooLarge, Message: a.who + " takes no file of this size" + a.quote()}
	}
	return nil
}

// statusError is about a refusal whose name tells nothing.
func (a refusal) statusError() *core.Error {
	switch {
	case a.status == http.StatusUnauthorized:
		return &core.Error{Kind: core.KindAuth, Message: a.who + " does not accept the authorization" + a.quote()}
	// An account's server names its errors; an address that others have set may be wrong.
	case a.body.Error == "" && (a.status != http.StatusNotFound || a.who == accountServer):
		return &core.Error{Kind: core.KindTemporary, Message: a.who + " was not reached: a gateway before it turned the call away."}
	case a.status == http.StatusForbidden:
		return &core.Error{Kind: core.KindForbidden, Message: a.who + " does not allow this" + a.quote()}
	case a.status == http.StatusNotFound:
		return &core.Error{Kind: core.KindNotFound, Message: "The server does not know what was named, or does not offer this" + a.quote()}
	}
	return &core.Error{
		Kind: core.KindInvalid, Code: core.CodeUpstreamInvalid, Message: a.who + " refused the request" + a.quote(),
	}
}

func (a refusal) quote() string { return api.Quoted(a.text) }

// quotable makes a stranger's text fit for a message: one line, not too long.
func quotable(s string) string { return rest.Quotable(s) }

func invalid(field, message string) *core.Error {
	return &core.Error{Kind: core.KindInvalid, Code: core.CodeParameters, Platform: name, Field: field, Message: message}
}

func unsupported(field, message string) *core.Error {
	return &core.Error{Kind: core.KindUnsupported, Code: core.CodeUnsupported, Platform: name, Field: field, Message: message}
}
