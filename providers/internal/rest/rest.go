// Package rest is the HTTP client that adapters share. It sends addresses byte
// for byte, repeats only calls that are marked as repeatable, bounds every answer
// and every wait, and turns what goes wrong into a *core.Error that says whether
// the request can have left. No error holds a token or a signed address.
package rest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/crier-social/crier/core"
)

const (
	defaultTimeout  = 30 * time.Second
	defaultMaxBody  = 4 << 20 // bytes of an answer that are read
	maxAttempts     = 3       // of a repeatable call
	dialTimeout     = 10 * time.Second
	idleConnTimeout = 90 * time.Second
	idleConnsHost   = 16
	maxPause        = 5 * time.Second // before a repetition; longer waits are the queue's
)

// Config makes a Client. Platform and MapError are required.
type Config struct {
	Platform string
	// MapError turns an answer outside 2xx into an error. What it leaves empty
	// of Op, Platform and Status is filled in.
	MapError func(op string, r *Response) *core.Error
	HTTP     *http.Client // nil: NewHTTPClient
	Clock    core.Clock   // nil: the system's
	Log      *slog.Logger // nil: none
	MaxBody  int64        // bytes; 0: 4 MiB
	// Around, if given, stands around every attempt of a call: it may hold one back,
	// refuse it, or send it again with another header when the answer proves that
	// nothing was done.
	Around Around
}

// Send makes one attempt at a call.
type Send func(ctx context.Context, r Request) (*Response, *core.Error)

// Client sends requests to one network. It is safe for concurrent use.
type Client struct {
	cfg  Config
	http *http.Client
}

// New returns a client. It follows no redirects: they would carry the token to
// another address, or turn a POST into a GET.
func New(c Config) *Client {
	c.Clock = cmp.Or[core.Clock](c.Clock, core.SystemClock{})
	c.MaxBody = cmp.Or(c.MaxBody, defaultMaxBody)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	base := c.HTTP
	if base == nil {
		base = NewHTTPClient()
	}
	own := *base
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{cfg: c, http: &own}
}

// NewHTTPClient returns a client for the addresses of a network: connections are
// kept, and connecting is bounded in time. Requests bring their own deadlines.
func NewHTTPClient() *http.Client {
	dialer := &net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}
	return &http.Client{Transport: &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         dialer.DialContext,
		ForceAttemptHTTP2:   true,
		TLSHandshakeTimeout: dialTimeout,
		IdleConnTimeout:     idleConnTimeout,
		MaxIdleConnsPerHost: idleConnsHost,
	}}
}

// Request is one call.
type Request struct {
	Op     string // for errors and the log: "linkedin.createPost"
	Method string
	URL    string // sent byte for byte
	Header http.Header
	Token  core.Secret // sent as a bearer token when not empty, unless there is a Signer
	// Signer, if given, signs every attempt, and sends the token.
	Signer Signer
	// Member is whose call it is, for whoever stands around it, where the token does not
	// tell for long; empty: that of whoever was given the token. It is not sent.
	Member string
	// Secrets are what the body holds besides: like the token, they are taken out
	// of an answer before it can end up in an error.
	Secrets []core.Secret
	// Body opens the content anew for each attempt; nil means none. Size is its
	// length in bytes. When the content cannot be opened or read with a *core.Error,
	// that is what the call fails with, and it is not repeated: the fault is not the
	// network's.
	Body func(ctx context.Context) (io.ReadCloser, error)
	Size int64
	// Repeatable calls are repeated, up to twice, after an error of KindTemporary,
	// unless the network asks for a longer wait than 5 s. A call that creates
	// something visible never is.
	Repeatable bool
	// Takes lists statuses besides those in 2xx whose answer is what was asked for.
	Takes []int
	// DiscardBody tells that the answer is all in its status and headers, so
	// that a connection cut after them loses nothing.
	DiscardBody bool
	// Timeout bounds one attempt; 0: 30 s. It begins anew with every piece of the body
	// that the connection takes, so that a slow line is told from a dead one.
	Timeout time.Duration
}

// Signer signs requests with a key that a token is bound to.
// https://www.rfc-editor.org/rfc/rfc9449
type Signer interface {
	// Sign returns the header of one attempt, Authorization included: what it proves holds
	// for this attempt alone. The token may be empty.
	Sign(method, url string, token core.Secret) (http.Header, error)
	// Learn is shown every answer, and tells whether it refuses nothing but the signature
	// for want of something that it brings along: the attempt is made once more then.
	Learn(url string, r *Response) (again bool)
}

// Response is an answer whose body has been read, up to the client's bound.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Do sends the request and returns the answer if its status is in 2xx or one that it takes; every
// other outcome is a *core.Error.
func (c *Client) Do(ctx context.Context, r Request) (*Response, error) {
	for attempt := 1; ; attempt++ {
		content := &bodySource{open: r.Body}
		resp, err := c.guarded(ctx, r, content)
		if err == nil {
			return resp, nil
		}
		if content.failure() != nil || !r.Repeatable || attempt == maxAttempts || err.Kind != core.KindTemporary || ctx.Err() != nil {
			return nil, err
		}
		wait := max(backoff(attempt), err.RetryAfter)
		if wait > maxPause {
			return nil, err
		}
		c.cfg.Log.DebugContext(ctx, "repeating a call", "op", r.Op, "attempt", attempt, "wait", wait, "error", err)
		if !c.pause(ctx, wait) {
			return nil, err
		}
	}
}

// guarded makes one attempt, by way of whoever stands around it.
func (c *Client) guarded(ctx context.Context, r Request, content *bodySource) (*Response, *core.Error) {
	send := func(ctx context.Context, r Request) (*Response, *core.Error) { return c.attempt(ctx, r, content) }
	if c.cfg.Around == nil {
		return send(ctx, r)
	}
	return c.cfg.Around(ctx, r, send)
}

// JSON sends in (nil: no body) and decodes the answer into out (nil: it is
// ignored). An answer that cannot be decoded is an error of KindTemporary.
func (c *Client) JSON(ctx context.Context, r Request, in, out any) (*Response, error) {
	if in != nil {
		body, err := json.Marshal(in)
		if err != nil {
			return nil, c.unsent(r, core.KindInternal, requestNotBuilt, err)
		}
		r.setJSON(body)
	}
	resp, err := c.Do(ctx, r)
	if err != nil || out == nil {
		return resp, err
	}
	if err := json.Unmarshal(resp.Body, out); err != nil {
		return nil, &core.Error{
			Kind: core.KindTemporary, Op: r.Op, Platform: c.cfg.Platform, Status: resp.Status,
			Message: "the network's answer could not be read", Err: errors.New("undecodable JSON answer"),
		}
	}
	return resp, nil
}

// setJSON makes JSON the body.
func (r *Request) setJSON(body []byte) {
	r.Header = r.Header.Clone()
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Header.Set("Content-Type", "application/json")
	r.Size = int64(len(body))
	r.Body = func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
}
