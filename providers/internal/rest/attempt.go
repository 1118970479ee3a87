package rest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/crier-social/crier/core"
)

// attempt sends the request, with the content from source: once or, if nothing but its
// signature was refused and another one may be good, twice.
func (c *Client) attempt(ctx context.Context, r Request, source *bodySource) (*Response, *core.Error) {
	resp, err, again := c.once(ctx, r, source)
	if again {
		resp, err, _ = c.once(ctx, r, source)
	}
	return resp, err
}

// once sends the request, and tells whether its Signer wants it sent again.
func (c *Client) once(ctx context.Context, r Request, source *bodySource) (answer *Response, coreErr *core.Error, again bool) {
	if err := ctx.Err(); err != nil {
		return nil, c.transportError(r, err, false), false
	}
	ctx, progress, cancel := withCountdown(ctx, cmp.Or(r.Timeout, defaultTimeout))
	defer cancel()
	source.taken = progress.restart

	// A connection is handed out only after dialing and the TLS handshake: until
	// then no byte of the request can have left.
	var connected atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	req, coreErr := c.build(traced, r, source)
	if coreErr != nil {
		return nil, coreErr, false
	}
	resp, err := c.http.Do(req) //nolint:bodyclose // read closes it
	if err != nil {
		return nil, c.undone(ctx, r, source.failure(), err, connected.Load()), false
	}
	out := &Response{Status: resp.StatusCode, Header: resp.Header}
	answer, coreErr = c.read(r, resp, out)
	if failure := source.failure(); failure != nil {
		// Whatever the network answered, it was to a request that ended too early.
		return nil, c.transportError(r, failure, true), false
	}
	learned := r.Signer != nil && r.Signer.Learn(r.URL, out)
	return answer, coreErr, learned && coreErr != nil
}

// build makes the request of net/http.
func (c *Client) build(ctx context.Context, r Request, source *bodySource) (*http.Request, *core.Error) {
	target, err := exactURL(r.URL)
	if err != nil {
		return nil, c.unsent(r, core.KindTemporary, "the network named an address that cannot be used", err)
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, "", http.NoBody)
	if err != nil {
		return nil, c.unsent(r, core.KindInternal, requestNotBuilt, err)
	}
	req.URL, req.Host = target, target.Host
	if r.Header != nil {
		req.Header = r.Header.Clone()
	}
	if err := authorize(req.Header, r); err != nil {
		return nil, c.unsent(r, core.KindInternal, requestNotBuilt, err)
	}
	if r.Body == nil {
		return req, nil
	}
	if err := setBody(ctx, req, r, source); err != nil {
		e := *core.AsError(err)
		e.Unsent = true
		return nil, &e
	}
	return req, nil
}

// authorize sends the token, signed if the request wants that.
func authorize(h http.Header, r Request) error {
	if r.Signer == nil {
		if r.Token != "" {
			h.Set("Authorization", "Bearer "+r.Token.Reveal())
		}
		return nil
	}
	signed, err := r.Signer.Sign(r.Method, r.URL, r.Token)
	maps.Copy(h, signed)
	return err
}

// setBody opens the content. GetBody lets the transport try another connection
// when the one it kept turns out to be closed before a byte was written.
func setBody(ctx context.Context, req *http.Request, r Request, source *bodySource) error {
	body, err := source.next(ctx)
	if err != nil {
		return err
	}
	req.Body = body
	req.ContentLength = r.Size
	req.GetBody = func() (io.ReadCloser, error) { return source.next(ctx) }
	if r.Size == 0 {
		_ = body.Close()
		req.Body, req.GetBody = http.NoBody, nil
	}
	return nil
}

// exactURL parses an address so that it is sent as it is written. The parser of
// net/url normalises some escapes, which breaks signed addresses.
func exactURL(raw string) (*url.URL, error) {
	for i := range len(raw) {
		if raw[i] <= ' ' || raw[i] >= 0x7f {
			return nil, errors.New("address holds a character that must be encoded")
		}
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, errors.New("malformed address") // the parser's error quotes the address
	}
	if (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.User != nil || u.Fragment != "" {
		return nil, errors.New("not an absolute http address")
	}
	target := requestTarget(raw)
	if u.RequestURI() != target {
		u.Opaque, _, _ = strings.Cut(target, "?")
	}
	if u.RequestURI() != target { // a path that begins with two slashes reads as a host there
		return nil, errors.New("address that cannot be sent as it is written")
	}
	return u, nil
}

// requestTarget returns path and query of an absolute address as written.
func requestTarget(raw string) string {
	_, rest, _ := strings.Cut(raw, "://")
	rest, _, _ = strings.Cut(rest, "#")
	i := strings.IndexAny(rest, "/?")
	if i < 0 {
		return "/"
	}
	if rest[i] == '?' {
		return "/" + rest[i:]
	}
	return rest[i:]
}

// read reads the answer into out, and maps it.
func (c *Client) read(r Request, resp *http.Response, out *Response) (*Response, *core.Error) {
	defer func() { _ = resp.Body.Close() }()
	ok := resp.StatusCode >= 200 && resp.StatusCode < 300 || slices.Contains(r.Takes, resp.StatusCode)
	if ok && isPage(resp) {
		return nil, c.pageInstead(r, out)
	}
	if ok && r.DiscardBody {
		return out, nil
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, c.cfg.MaxBody))
	if err != nil {
		err = outcome(resp.Request.Context(), err)
	}
	out.Body = body
	switch {
	case err != nil && ok:
		e := c.transportError(r, err, true)
		e.Status = out.Status
		return nil, e
	case err != nil && !r.Repeatable:
		return nil, c.cutRefusal(r, out, err)
	case !ok:
		return nil, c.mapped(r, out)
	}
	return out, nil
}

// cutRefusal describes a refusal of an irreversible call whose end is missing. The
// missing part may name what an earlier call has created, so that its status alone
// does not tell what it means.
func (c *Client) cutRefusal(r Request, resp *Response, err error) *core.Error {
	e := c.transportError(r, err, true)
	e.Status, e.RequestID = resp.Status, c.mapped(r, resp).RequestID
	return e
}

// mapped asks the adapter what an answer outside 2xx means. A network that echoes
// a secret cannot bring it into an error or a log that way.
func (c *Client) mapped(r Request, resp *Response) *core.Error {
	secrets := append([]core.Secret{r.Token}, r.Secrets...)
	for _, secret := range secrets {
		resp = resp.without(secret)
	}
	e := c.cfg.MapError(r.Op, resp)
	for _, secret := range secrets { // one that JSON writes in another way was not seen in the body
		for _, text := range []*string{&e.Message, &e.Help, &e.Upstream} {
			*text = hidden(*text, secret)
		}
	}
	e.Op = cmp.Or(e.Op, r.Op)
	e.Platform = cmp.Or(e.Platform, c.cfg.Platform)
	e.Status = cmp.Or(e.Status, resp.Status)
	return e
}

// without returns the answer with every occurrence of the secret hidden.
func (r *Response) without(secret core.Secret) *Response {
	if secret == "" {
		return r
	}
	out := &Response{Status: r.Status, Header: make(http.Header, len(r.Header))}
	out.Body = bytes.ReplaceAll(r.Body, []byte(secret.Reveal()), []byte(secret.String()))
	for key, values := range r.Header {
		for _, v := range values {
			out.Header[key] = append(out.Header[key], hidden(v, secret))
		}
	}
	return out
}

// hidden returns the text with every occurrence of the secret hidden.
func hidden(text string, secret core.Secret) string {
	if secret == "" {
		return text
	}
	return strings.ReplaceAll(text, secret.Reveal(), secret.String())
}
