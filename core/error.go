package core

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// Kind says what follows from an error. Kinds are stored and shown to clients:
// the list only grows, and no value changes its meaning.
type Kind string

// The kinds. Callers switch on KindOf, never on a message.
const (
	KindInvalid     Kind = "invalid"      // the request is wrong; repeating it cannot help
	KindUnsupported Kind = "unsupported"  // well formed, but this network or this version cannot do it
	KindMedia       Kind = "media"        // a media file is unreachable, of the wrong type or over a limit
	KindAuth        Kind = "auth"         // the account's authorization expired or was revoked
	KindForbidden   Kind = "forbidden"    // authorized, but without the permission or role for this
	KindNotFound    Kind = "not_found"    // the named thing does not exist
	KindDuplicate   Kind = "duplicate"    // the network says that this was just posted
	KindRateLimited Kind = "rate_limited" // too many calls; see RetryAfter
	KindTemporary   Kind = "temporary"    // likely to work later
	KindUncertain   Kind = "uncertain"    // sent, but nobody knows whether it took effect
	KindInternal    Kind = "internal"     // a defect in Crier
)

// Kinds lists every kind.
func Kinds() []Kind {
	return []Kind{
		KindInvalid, KindUnsupported, KindMedia, KindAuth, KindForbidden, KindNotFound,
		KindDuplicate, KindRateLimited, KindTemporary, KindUncertain, KindInternal,
	}
}

// Error is the one error type of Crier. Message, Field and Help are safe to show
// to the API's user; Err is for the log only. Neither ever holds a token.
type Error struct {
	Kind     Kind   `json:"kind"`
	Code     Code   `json:"code"`               // public number; 0 means the kind's default, see CodeOf
	Op       string `json:"op,omitempty"`       // where it happened: "media.fetch"
	Platform string `json:"platform,omitempty"` // the network concerned, if one is
	Field    string `json:"field,omitempty"`    // JSON path in the request: "mediaUrls[2]"
	Message  string `json:"message"`
	Help     string `json:"help,omitempty"` // the way out; empty means the code's general help

	// What the network answered, when it did.
	Status    int    `json:"upstreamStatus,omitempty"`
	Upstream  string `json:"upstreamCode,omitempty"`
	RequestID string `json:"upstreamRequestId,omitempty"`
	// RemoteID is the network's id of the post that the error names: a duplicate's original.
	RemoteID string `json:"remoteId,omitempty"`

	// RetryAfter is how long to wait at least; 0 means that nobody said.
	RetryAfter time.Duration `json:"retryAfter,omitempty"`
	// Unsent means that the transport proves that the request never left: no
	// connection was made. Only then may an irreversible call be repeated.
	Unsent bool `json:"unsent,omitempty"`

	Err error `json:"-"`
}

// Error shows everything that a log wants; API answers use Message alone.
func (e *Error) Error() string {
	var b strings.Builder
	for _, part := range []string{e.Op, e.Field} {
		if part != "" {
			b.WriteString(part + ": ")
		}
	}
	b.WriteString(e.Message)
	if e.Status != 0 {
		b.WriteString(" (upstream " + e.upstream() + ")")
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// upstream shows what the network answered.
func (e *Error) upstream() string {
	s := strconv.Itoa(e.Status)
	if e.Upstream != "" {
		s += " " + e.Upstream
	}
	if e.RequestID != "" {
		s += ", request " + e.RequestID
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Refused tells whether an error of a call that cannot be repeated proves that the call
// had no effect: it never left, or the network answered that it will not.
func (e *Error) Refused() bool {
	if e.Unsent {
		return true
	}
	switch e.Kind {
	case KindInvalid, KindUnsupported, KindMedia, KindAuth, KindForbidden, KindNotFound, KindDuplicate, KindRateLimited:
		return true
	case KindTemporary:
		// A definite client error is an answer; 408 is a server that gave up waiting.
		return e.Status >= 400 && e.Status < 500 && e.Status != 408
	case KindUncertain, KindInternal:
		return false
	}
	return false
}

// Errors is several problems found at once, in the order of the request.
type Errors []*Error

// Error joins the messages.
func (es Errors) Error() string {
	parts := make([]string, len(es))
	for i, e := range es {
		parts[i] = e.Error()
	}
	return strings.Join(parts, "; ")
}

// Unwrap returns the single errors.
func (es Errors) Unwrap() []error {
	out := make([]error, len(es))
	for i, e := range es {
		out[i] = e
	}
	return out
}

// OrNil returns nil when there is no problem, so that a collected list can be
// returned as an error.
func (es Errors) OrNil() error {
	if len(es) == 0 {
		return nil
	}
	return es
}

// AsErrors returns every *Error within err, in order; what an *Error has as its
// cause is part of it. Where there is none, it returns one of KindInternal around
// err; nil alone gives nil.
func AsErrors(err error) Errors {
	if err == nil {
		return nil
	}
	if found := collect(err); len(found) > 0 {
		return found
	}
	return Errors{AsError(err)}
}

// collect returns the outermost *Errors of err's tree.
func collect(err error) Errors {
	switch e := err.(type) { //nolint:errorlint // every link of the tree is looked at
	case *Error:
		return Errors{e}
	case interface{ Unwrap() error }:
		return collect(e.Unwrap())
	case interface{ Unwrap() []error }:
		var found Errors
		for _, one := range e.Unwrap() {
			found = append(found, collect(one)...)
		}
		return found
	}
	return nil
}

// AsError returns the first *Error within err, or one of KindInternal around err.
func AsError(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Kind: KindInternal, Message: "an internal error occurred", Err: err}
}

// KindOf returns the kind of the first *Error within err; KindInternal for any
// other error, and "" for nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	if k := AsError(err).Kind; k != "" {
		return k
	}
	return KindInternal
}
