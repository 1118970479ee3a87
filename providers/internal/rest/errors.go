package rest

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
)

const (
	firstBackoff = 250 * time.Millisecond
	// maxRetryAfter bounds what a network may ask for, so that a wrong header
	// does not park a post for weeks.
	maxRetryAfter = 24 * time.Hour

	requestNotBuilt = "the request could not be built"
)

// undone describes a call that the HTTP client gave up: since the content could not be read, or
// else because of err. That it was called off, for whatever reason, is nothing that the client
// has found out about the address.
func (c *Client) undone(ctx context.Context, r Request, content, err error, connected bool) *core.Error {
	if content != nil {
		return c.transportError(r, content, connected)
	}
	if why, ok := errors.AsType[*core.Error](err); ok && ctx.Err() == nil {
		e := c.unsent(r, core.KindTemporary, "the network has an address that this server does not call: "+core.Clause(why.Message), &offLimits{why: why})
		e.Help, e.Unsent = why.Help, !connected
		return e
	}
	return c.transportError(r, outcome(ctx, err), connected)
}

// offLimits is the refusal of an HTTP client to go to an address that somebody has named.
type offLimits struct{ why *core.Error }

func (o *offLimits) Error() string { return o.why.Error() }

// OffLimits tells whether a call was not made since its address, which somebody has named, is
// none that this server goes to, and why, as a clause. To whoever calls an address that was good
// before, the error is a passing one: names change their meaning.
func OffLimits(err error) (why string, ok bool) {
	o, ok := errors.AsType[*offLimits](err)
	if !ok {
		return "", false
	}
	return core.Clause(o.why.Message), true
}

// transportError describes a call that got no complete answer. connected tells
// whether it had a connection, so that bytes may have left. A *core.Error that
// the content's reader returned passes through, since it is the cause.
func (c *Client) transportError(r Request, err error, connected bool) *core.Error {
	if own, ok := errors.AsType[*core.Error](err); ok {
		e := *own
		e.Unsent = !connected
		return &e
	}
	return &core.Error{
		Kind: core.KindTemporary, Op: r.Op, Platform: c.cfg.Platform, Unsent: !connected,
		Message: transportMessage(err, connected), Err: withoutURL(err),
	}
}

func (c *Client) unsent(r Request, kind core.Kind, message string, err error) *core.Error {
	return &core.Error{
		Kind: kind, Op: r.Op, Platform: c.cfg.Platform, Unsent: true, Message: message, Err: err,
	}
}

func transportMessage(err error, connected bool) string {
	var timeout net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return "the call was cancelled"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "the network did not answer in time"
	case !connected:
		return "the network could not be reached"
	}
	return "the connection to the network broke before its answer was complete"
}

// withoutURL strips the address, which may be signed, from an error.
func withoutURL(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// pause waits and tells whether the whole time passed.
func (c *Client) pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-c.cfg.Clock.After(d):
		return true
	}
}

// backoff returns the wait after a failed attempt: doubling, of which a random
// half, so that callers that failed together do not come back together.
func backoff(attempt int) time.Duration {
	d := firstBackoff << (attempt - 1)
	return d/2 + rand.N(d/2+1) //nolint:gosec // jitter needs no secrecy
}

// RetryAfter reads the Retry-After header (RFC 9110 section 10.2.3), seconds or a
// date; 0 when there is none that can be read. It is bounded to a day.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(v, 10, 31); err == nil {
		return min(time.Duration(seconds)*time.Second, maxRetryAfter)
	}
	if at, err := http.ParseTime(v); err == nil {
		return min(max(at.Sub(now), 0), maxRetryAfter)
	}
	return 0
}
