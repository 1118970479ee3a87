package oauth

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
	"github.com/crier-social/crier/providers/internal/rest"
)

// ErrNotOffered tells that people cannot sign in with OAuth at a server.
var ErrNotOffered = errors.New("oauth: the server does not offer it")

const platform = "bluesky"

// refusal is what a server says about a request that it does not take.
// https://www.rfc-editor.org/rfc/rfc6749#section-5.2
type refusal struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

// MapError says what an answer outside 2xx means. The Upstream of the error is the server's
// code; clientID is how servers know this one, for the operator.
func MapError(clock core.Clock, clientID string) func(op string, r *rest.Response) *core.Error {
	return func(op string, r *rest.Response) *core.Error {
		var body refusal
		if json.Unmarshal(r.Body, &body) != nil {
			body = refusal{}
		}
		e := body.classify(op, r.Status)
		if e.Code == core.CodeLinkSetup {
			e.Help = HelpClient(clientID)
		}
		e.Op, e.Platform, e.Status, e.Upstream = op, platform, r.Status, rest.Quotable(body.Error)
		e.RetryAfter = api.RetryAfter(r.Header, r.Status, clock.Now())
		return e
	}
}

// classify finds the kind. Of a renewal, only that the grant itself is not good any more is
// an end; that the client is not, is the operator's to mend.
func (b refusal) classify(op string, status int) *core.Error {
	switch {
	case status == http.StatusTooManyRequests:
		return &core.Error{Kind: core.KindRateLimited, Message: "The server that people sign in at takes no more calls for the moment."}
	case status >= http.StatusInternalServerError, status < http.StatusBadRequest && op != opMetadata, status == http.StatusRequestTimeout, status == http.StatusConflict:
		return &core.Error{Kind: core.KindTemporary, Message: "The server that people sign in at has a problem of its own" + b.quote()}
	case op == opMetadata:
		return &core.Error{Kind: core.KindNotFound, Message: "The server does not offer OAuth."}
	}
	switch b.Error {
	case "":
		return &core.Error{Kind: core.KindTemporary, Message: "A gateway before the server that people sign in at turned the call away."}
	case "invalid_grant":
		if op == opRefresh {
			return &core.Error{Kind: core.KindAuth, Message: "its authorization has ended on its server, as it does when it is revoked, after a time, or when the answer to a renewal was lost" + b.quote()}
		}
		return &core.Error{Kind: core.KindInvalid, Code: core.CodeLinkBrowser, Message: "The code that you were sent back with was used before, or has expired" + b.quote()}
	case errNonce, "invalid_dpop_proof":
		return &core.Error{
			Kind: core.KindTemporary, Message: "The server that people sign in at does not take this server's proof" + b.quote(),
			Help: "The operator makes sure that the clock of this server is right.",
		}
	case "temporarily_unavailable", "server_error":
		return &core.Error{Kind: core.KindTemporary, Message: "The server that people sign in at has a problem of its own" + b.quote()}
	}
	e := &core.Error{
		Kind: core.KindUnsupported, Code: core.CodeLinkSetup, Message: "The server that people sign in at does not accept this server as a client" + b.quote(),
	}
	if op == opRefresh {
		e.Kind = core.KindForbidden
	}
	return e
}

// HelpClient tells the operator what to do about a server that does not accept this one as a
// client.
func HelpClient(id string) string {
	if !strings.HasPrefix(id, "https://") {
		return "The operator sets CRIER_PUBLIC_URL to an address with https:// that is reached from everywhere: not every server lets in programs on one's own machine."
	}
	return "The operator makes sure that " + id + " can be read from everywhere, unchanged, and that the master key has not been lost."
}

func (b refusal) quote() string { return api.Quoted(cmp.Or(b.Description, b.Error)) }

// notOffered tells that a server has nothing to say about OAuth; one that does not answer may
// have tomorrow.
func notOffered(server string, err error) *core.Error {
	e := *core.AsError(err)
	e.Op, e.Platform = opMetadata, platform
	if e.Kind == core.KindNotFound {
		e.Kind, e.Code, e.Err = core.KindUnsupported, 0, ErrNotOffered
		e.Message = "The server " + server + " does not offer to sign in with OAuth."
		e.Help = helpAppPassword
		return &e
	}
	e.Message = fmt.Sprintf("The server %s could not be asked how to sign in there: %s.", server, core.Clause(e.Message))
	if e.Help == "" || e.Kind == core.KindTemporary {
		e.Help = "Nothing was linked. Start again in a few minutes."
	}
	return &e
}

const helpAppPassword = "Link the account with an app password instead."

// unfit tells that a server offers OAuth in another way than the protocol asks for.
func unfit(server, lack string) *core.Error {
	return &core.Error{
		Kind: core.KindUnsupported, Op: opMetadata, Platform: platform, Err: ErrNotOffered,
		Message: fmt.Sprintf("The server %s does not offer to sign in as it has to be: %s.", server, lack), Help: helpAppPassword,
	}
}

// unreadable tells of an answer that is not what it has to be.
func unreadable(op string) *core.Error {
	return &core.Error{
		Kind: core.KindTemporary, Op: op, Platform: platform, Message: "The server that people sign in at answered with something that cannot be used.",
	}
}

// notAuthenticated tells that the client cannot prove who it is.
func notAuthenticated(op string, err error) *core.Error {
	if errors.Is(err, ErrNoKey) {
		return &core.Error{
			Kind: core.KindForbidden, Code: core.CodeLinkSetup, Op: op, Platform: platform, Err: err, Unsent: true,
			Message: "The key that this server was known by when the account was linked is not there any more.",
			Help:    "The operator puts the master key back that was used then, or the account is linked again.",
		}
	}
	return &core.Error{Kind: core.KindInternal, Op: op, Platform: platform, Err: err, Unsent: true, Message: "an internal error occurred"}
}
