package identity

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
	"github.com/crier-social/crier/providers/internal/rest"
)

// What is certain of an account; the errors of a Resolver wrap these.
var (
	ErrMalformed = errors.New("identity: neither a handle nor a DID")
	ErrUnknown   = errors.New("identity: no such account")
	ErrStray     = errors.New("identity: the handle is not that of the account it leads to")
	ErrGone      = errors.New("identity: the account was deleted")
	ErrNoServer  = errors.New("identity: no server keeps the account")
)

// The operations, for errors and the log.
const (
	opHandle   = platform + ".resolveHandle"
	opDocument = platform + ".resolveDID"
)

const helpHandle = "A handle looks like alice.bsky.social, or is a domain of one's own. The app shows it below the name, after the @."

func malformed(who string) *core.Error {
	e := &core.Error{
		Kind: core.KindInvalid, Op: opHandle, Platform: platform, Err: ErrMalformed,
		Message: quote(who) + " is not a handle.", Help: helpHandle,
	}
	if _, err := syntax.ParseHandle(who + ".bsky.social"); err == nil && !dotted(who) {
		e.Help = fmt.Sprintf("It has to be whole; perhaps %s.bsky.social is meant. %s", who, helpHandle)
	}
	return e
}

func malformedDID(did string) *core.Error {
	return &core.Error{
		Kind: core.KindInvalid, Op: opDocument, Platform: platform, Err: ErrMalformed,
		Message: quote(did) + " is not the DID of an account.",
		Help:    "Accounts have DIDs that begin with did:plc: or did:web:. Their handles do as well.",
	}
}

func noSuchHandle(handle syntax.Handle) *core.Error {
	return &core.Error{
		Kind: core.KindNotFound, Op: opHandle, Platform: platform, Err: ErrUnknown,
		Message: fmt.Sprintf("There is no account with the handle %s.", handle),
		Help:    "Check the spelling. " + helpHandle + " An account that is deactivated or suspended may not be found by its handle: see in the app whether it can be used.",
	}
}

func notPointingBack(handle syntax.Handle, did string) *core.Error {
	return &core.Error{
		Kind: core.KindInvalid, Op: opHandle, Platform: platform, Err: ErrStray,
		Message: fmt.Sprintf("The handle %s leads to an account that does not bear it (%s).", handle, quote(did)),
		Help:    "Use the handle that the app shows for the account. Whose domain it is finishes changing the handle in the settings of the app.",
	}
}

func unknownDID(did string) *core.Error {
	return &core.Error{
		Kind: core.KindNotFound, Op: opDocument, Platform: platform, Err: ErrUnknown,
		Message: fmt.Sprintf("There is no account %s.", quote(did)), Help: "Check the DID, or use the handle.",
	}
}

func gone(did string) *core.Error {
	return &core.Error{
		Kind: core.KindNotFound, Op: opDocument, Platform: platform, Err: ErrGone, Status: http.StatusGone,
		Message: fmt.Sprintf("The account %s was deleted.", quote(did)), Help: "Use another account; this one cannot be brought back.",
	}
}

func noServer(did string) *core.Error {
	return &core.Error{
		Kind: core.KindInvalid, Op: opDocument, Platform: platform, Err: ErrNoServer,
		Message: fmt.Sprintf("The account %s names no server that keeps its posts.", quote(did)),
		Help:    "Whoever runs its server has to mend its entry in the directory of accounts.",
	}
}

// unanswered tells that nobody could be asked: for the moment, or at all, because the address is
// one that this server does not call. asked is who could have told.
func unanswered(op, about, asked string, err error) *core.Error {
	e := *core.AsError(err)
	if why, ok := rest.OffLimits(err); ok {
		return &core.Error{
			Kind: core.KindInvalid, Op: op, Platform: platform, Err: err,
			Message: fmt.Sprintf("What %s is has to be asked at an address that this server does not call: %s.", about, why),
			Help:    "It has to be reached by https from everywhere. The operator can allow a network of his own with CRIER_MEDIA_ALLOW.",
		}
	}
	if e.Kind != core.KindRateLimited {
		e.Kind = core.KindTemporary
	}
	e.Op, e.Platform, e.Code = op, platform, 0
	e.Message = fmt.Sprintf("Who %s is could not be found out from %s: %s.", about, asked, core.Clause(e.Message))
	e.Help = "Try again later."
	return &e
}

// mapError says what a refusal of a directory means; whoever asked knows what for.
func mapError(clock core.Clock) func(op string, r *rest.Response) *core.Error {
	return func(_ string, r *rest.Response) *core.Error {
		e := &core.Error{Kind: core.KindTemporary, Status: r.Status, RetryAfter: api.RetryAfter(r.Header, r.Status, clock.Now())}
		switch r.Status {
		case http.StatusTooManyRequests:
			e.Kind, e.Message = core.KindRateLimited, "it takes no more questions for the moment"
		case http.StatusGone, http.StatusNotFound, http.StatusBadRequest:
			e.Kind, e.Message = core.KindNotFound, "it does not know that"
		default:
			e.Message = "it answered with status " + strconv.Itoa(r.Status)
		}
		return e
	}
}

// quote bounds what strangers have written.
func quote(s string) string {
	const most = 80
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return strconv.Quote(s)
}
