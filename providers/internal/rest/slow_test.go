package rest_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/internal/rest"
)

// pipes is a listener without a network, so that time passes in a bubble of synctest while both
// sides wait.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
}

func (p pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case p.conns <- server:
		return client, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements net.Listener.
func (p pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener. It is called once.
func (p pipes) Close() error {
	close(p.done)
	return nil
}

// Addr implements net.Listener.
func (pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes"} }

// withSlowServer runs f in a bubble, with a client whose requests h answers.
func withSlowServer(t *testing.T, h http.HandlerFunc, f func(t *testing.T, client *rest.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := pipes{conns: make(chan net.Conn), done: make(chan struct{})}
		server := &http.Server{Handler: h, ReadHeaderTimeout: time.Hour}
		ended := make(chan error, 1)
		go func() { ended <- server.Serve(p) }()
		transport := &http.Transport{DialContext: p.dial}
		clock := coretest.NewClock(coretest.Epoch())
		f(t, rest.New(rest.Config{Platform: "net", HTTP: &http.Client{Transport: transport}, Clock: clock, MapError: mapError}))
		transport.CloseIdleConnections()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
}

const (
	slowPatience = 600 * time.Millisecond
	tooSlow      = "the network did not answer in time"
)

// wantTooSlow holds that a call ended when no progress was made for as long as it may take.
func wantTooSlow(t *testing.T, client *rest.Client, r rest.Request) {
	t.Helper()
	began := time.Now()
	_, err := client.Do(t.Context(), r)
	if e := core.AsError(err); err == nil || e.Message != tooSlow || e.Kind != core.KindTemporary || e.Unsent || e.Op != r.Op {
		t.Errorf("%+v", err)
	}
	if took := time.Since(began); took != slowPatience {
		t.Errorf("it took %s", took)
	}
}

// Whoever takes a request and does not answer it may have carried it out.
func TestAnAnswerThatDoesNotCome(t *testing.T) {
	t.Parallel()
	withSlowServer(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}, func(t *testing.T, client *rest.Client) {
		wantTooSlow(t, client, rest.Request{
			Op: "net.create", Method: http.MethodPost, URL: "http://net.example/", Token: token, Body: text("{}"), Size: 2, Timeout: slowPatience,
		})
	})
}

func TestAnAnswerThatStops(t *testing.T) {
	t.Parallel()
	withSlowServer(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "2")
		_, _ = w.Write([]byte("{"))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}, func(t *testing.T, client *rest.Client) {
		wantTooSlow(t, client, rest.Request{Op: "net.get", Method: http.MethodGet, URL: "http://net.example/", Timeout: slowPatience})
	})
}

// A line that takes the body slowly is waited for, as long as it takes any of it.
func TestSlowBodiesAreWaitedFor(t *testing.T) {
	t.Parallel()
	const pieces = 4
	withSlowServer(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusCreated)
	}, func(t *testing.T, client *rest.Client) {
		slow := func(wait time.Duration) func(context.Context) (io.ReadCloser, error) {
			return func(ctx context.Context) (io.ReadCloser, error) {
				return io.NopCloser(&slowReader{ctx: ctx, wait: wait, left: pieces}), nil
			}
		}
		request := rest.Request{Op: "net.put", Method: http.MethodPut, URL: "http://net.example/", Size: pieces, Timeout: slowPatience, DiscardBody: true}
		request.Body = slow(slowPatience * 2 / 5)
		began := time.Now()
		if _, err := client.Do(t.Context(), request); err != nil {
			t.Errorf("a body that took longer than the limit as a whole, piece by piece: %v", err)
		}
		if took := time.Since(began); took <= slowPatience {
			t.Errorf("it took %s, which is within the limit", took)
		}
		request.Body = slow(time.Minute)
		wantTooSlow(t, client, request)
	})
}

// slowReader yields single bytes with waits in between.
type slowReader struct {
	ctx  context.Context //nolint:containedctx // an io.Reader has no other way to get it
	wait time.Duration
	left int
}

func (r *slowReader) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	select {
	case <-time.After(r.wait):
	case <-r.ctx.Done():
		return 0, context.Cause(r.ctx)
	}
	r.left--
	p[0] = 'x'
	return 1, nil
}
