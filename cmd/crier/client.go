package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core"
)

// The limits of one exchange with the server.
const (
	maxAnswer     = 16_000_000 // bytes
	clientTries   = 4
	firstPause    = 500 * time.Millisecond
	longestPause  = 10 * time.Second
	dialTimeout   = 10 * time.Second
	answerTimeout = 2 * time.Minute
	// askBefore is the size, in bytes, from which on the server is asked whether it
	// wants a body before it is sent, and continueTimeout how long its answer is
	// waited for: servers and proxies that know nothing of it say nothing.
	askBefore       = 1 << 20
	continueTimeout = 2 * time.Second
)

// apiClient talks to a Crier server over its HTTP API.
type apiClient struct {
	base string
	key  core.Secret
	// profileKey selects the user profile to act for; empty: the primary one.
	profileKey core.Secret
	http       *http.Client
	clock      core.Clock
}

func newAPIClient(base string, key core.Secret, clock core.Clock) *apiClient {
	return &apiClient{
		base:  base,
		key:   key,
		clock: clock,
		http: &http.Client{Transport: &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           (&net.Dialer{Timeout: dialTimeout}).DialContext,
			TLSHandshakeTimeout:   dialTimeout,
			ResponseHeaderTimeout: answerTimeout,
			ExpectContinueTimeout: continueTimeout,
			ForceAttemptHTTP2:     true,
		}},
	}
}

// clientFlags adds the flags that every client command has.
type clientFlags struct {
	flags                *flags
	url, key, profileKey *string
}

func addClientFlags(f *flags) clientFlags {
	return clientFlags{
		flags:      f,
		url:        f.String("url", "", "`address` of the server; CRIER_URL by default, else http://127.0.0.1:8080."),
		key:        f.String("key", "", "API `key`; CRIER_API_KEY by default, which other users of this machine cannot see."),
		profileKey: f.String("profile-key", "", "`key` of the user profile to act for; CRIER_PROFILE_KEY by default, else the primary profile."),
	}
}

// client returns the client that flags and settings ask for.
func (cf clientFlags) client(c cli) (*apiClient, error) {
	settings, err := config.LoadClient(c.environ, c.dotenv)
	if err != nil {
		return nil, err
	}
	if *cf.url != "" {
		if err := settings.URL.UnmarshalText([]byte(*cf.url)); err != nil {
			return nil, cf.flags.wrong(fmt.Errorf("--url: %w", err))
		}
	}
	if *cf.key != "" {
		settings.APIKey = core.Secret(*cf.key)
	}
	if settings.APIKey == "" {
		return nil, errors.New("no API key: set CRIER_API_KEY (or --key) to the key that `crier serve` printed at its first start")
	}
	if *cf.profileKey != "" {
		settings.ProfileKey = core.Secret(*cf.profileKey)
	}
	client := newAPIClient(string(settings.URL), settings.APIKey, core.SystemClock{})
	client.profileKey = settings.ProfileKey
	return client, nil
}

// call is one request to the API.
type call struct {
	method, path string
	// address is used in place of path where it is set. It carries its own right: the
	// API key is not sent there.
	address string
	query   url.Values
	header  http.Header
	body    *payload // nil: none
	// repeatable means that the request may be sent again when no answer came.
	repeatable bool
}

// payload is a request's body that can be sent more than once.
type payload struct {
	contentType string
	size        int64
	open        func() (io.ReadCloser, error)
}

func jsonPayload(v any) (*payload, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return &payload{contentType: "application/json", size: int64(len(raw)), open: func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(raw)), nil
	}}, nil
}

// reply is an answer of the API, complete.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// do sends the call and returns the answer, whatever its status. A repeatable
// call is sent again while the server does not answer, or is starting or stopping.
func (c *apiClient) do(ctx context.Context, r call) (*reply, error) {
	pause := firstPause
	for try := 1; ; try++ {
		got, err := c.once(ctx, r)
		if !r.repeatable || try == clientTries || ctx.Err() != nil || !comeBack(got, err) {
			return got, err
		}
		select {
		case <-c.clock.After(max(pause, retryAfter(got))):
		case <-ctx.Done():
			return got, cmp.Or(err, c.explain(ctx, ctx.Err()))
		}
		pause = min(2*pause, longestPause)
	}
}

func (c *apiClient) once(ctx context.Context, r call) (*reply, error) {
	request, err := c.request(ctx, r)
	if err != nil {
		return nil, err
	}
	response, err := c.http.Do(request) //nolint:gosec // the address is the one that the user names
	if err != nil {
		return nil, c.explain(ctx, err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, c.explain(ctx, err)
	case len(body) > maxAnswer:
		return nil, fmt.Errorf("%s answered with more than %s; is that a Crier server?", c.base, core.FormatBytes(maxAnswer))
	}
	return &reply{status: response.StatusCode, header: response.Header, body: body}, nil
}

func (c *apiClient) request(ctx context.Context, r call) (*http.Request, error) {
	target := cmp.Or(r.address, c.base+r.path)
	if len(r.query) > 0 {
		target += "?" + r.query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, r.method, target, http.NoBody) //nolint:gosec // as above
	if err != nil {
		return nil, err
	}
	if r.header != nil {
		request.Header = r.header.Clone()
	}
	if r.address == "" {
		request.Header.Set("Authorization", "Bearer "+c.key.Reveal())
		if c.profileKey != "" {
			request.Header.Set("Profile-Key", c.profileKey.Reveal())
		}
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "crier/"+readBuild().Version)
	if r.body == nil {
		return request, nil
	}
	if request.Body, err = r.body.open(); err != nil {
		return nil, err
	}
	request.ContentLength = r.body.size
	request.Header.Set("Content-Type", r.body.contentType)
	if r.body.size >= askBefore {
		request.Header.Set("Expect", "100-continue")
	}
	return request, nil
}

// errInterrupted ends a command that was asked to stop.
var errInterrupted error = interruption{}

// interruption is context.Canceled in words for people.
type interruption struct{}

func (interruption) Error() string { return "interrupted" }

func (interruption) Is(target error) bool { return target == context.Canceled }

// explain says what a failed exchange means for the user. Whatever fails once ctx was
// cancelled failed because of that.
func (c *apiClient) explain(ctx context.Context, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(ctx.Err(), context.Canceled) {
		return errInterrupted
	}
	if file, ok := errors.AsType[*fileError](err); ok {
		return file
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return fmt.Errorf("no server answers at %s (%w)\nStart one with `crier serve`, or name another with --url or CRIER_URL", c.base, op.Err)
	}
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	return fmt.Errorf("no answer from %s: %w", c.base, err)
}

// comeBack tells whether the same request is likely to be answered a little later.
func comeBack(r *reply, err error) bool {
	if err != nil {
		_, local := errors.AsType[*fileError](err)
		return !local
	}
	switch r.status {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	case http.StatusConflict:
		var a apiAnswer
		return json.Unmarshal(r.body, &a) == nil && a.Code == core.CodeKeyInProgress
	default:
		return false
	}
}

// retryAfter is the time that the server asked to wait; 0 when it did not.
func retryAfter(r *reply) time.Duration {
	if r == nil {
		return 0
	}
	seconds, err := strconv.Atoi(r.header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return min(time.Duration(seconds)*time.Second, longestPause)
}
