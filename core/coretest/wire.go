package coretest

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/crier-social/crier/core"
)

// defaultRetryAfter is what the adapter waits when the network limits its calls
// and does not say for how long.
const defaultRetryAfter = time.Minute

// refusal is an answer of the network other than success.
type refusal struct {
	status     int
	code       string
	message    string
	requestID  string
	remoteID   string
	retryAfter time.Duration
}

func (r *refusal) Error() string { return fmt.Sprintf("status %d: %s", r.status, r.message) }

// cut is a connection that ended after the request left.
type cut struct{ cause error }

func (c *cut) Error() string { return "the connection was cut" }
func (c *cut) Unwrap() error { return c.cause }

// page is a web page that came instead of the network's answer.
type page struct{ status int }

func (*page) Error() string { return "a web page was answered" }

// unreachable is a connection that was never made.
type unreachable struct{ cause error }

func (u *unreachable) Error() string { return "the connection was refused" }
func (u *unreachable) Unwrap() error { return u.cause }

// numbered gives a refusal the id of the request that it answers.
func numbered(index int, err error) error {
	var r *refusal
	if !errors.As(err, &r) || r.requestID != "" {
		return err
	}
	answer := *r
	answer.requestID = fmt.Sprintf("request-%d", index+1)
	return &answer
}

// translate turns what a call came to into the one error type. like carries what
// the caller knows of the place. An error that is a *core.Error already passes.
func translate(like core.Error, err error) *core.Error {
	if known, ok := errors.AsType[*core.Error](err); ok {
		return known
	}
	e := like
	e.Err = err
	var answer *refusal
	var never *unreachable
	var lost *cut
	var instead *page
	switch {
	case errors.As(err, &answer):
		e.Kind = kindOf(answer.status)
		e.Status, e.Upstream, e.RequestID = answer.status, answer.code, answer.requestID
		e.RemoteID = answer.remoteID
		e.Message = cmp.Or(answer.message, fmt.Sprintf("the network answered with status %d", answer.status))
		if e.RetryAfter = answer.retryAfter; e.Kind == core.KindRateLimited && e.RetryAfter == 0 {
			e.RetryAfter = defaultRetryAfter
		}
	case errors.As(err, &never):
		e.Kind, e.Unsent, e.Message = core.KindTemporary, true, "the network cannot be reached"
	case errors.As(err, &lost):
		e.Kind, e.Message = core.KindTemporary, "the network's answer was lost"
	case errors.As(err, &instead):
		e.Kind, e.Status, e.Message = core.KindTemporary, instead.status, "a web page came instead of the network's answer"
	default:
		e.Kind, e.Message = core.KindInternal, "an internal error occurred"
	}
	return &e
}

// kindOf says what follows from a status.
func kindOf(status int) core.Kind {
	switch {
	case status == 401:
		return core.KindAuth
	case status == 403:
		return core.KindForbidden
	case status == 404:
		return core.KindNotFound
	case status == 409:
		return core.KindDuplicate
	case status == 429:
		return core.KindRateLimited
	case status >= 500:
		return core.KindTemporary
	}
	return core.KindInvalid
}
