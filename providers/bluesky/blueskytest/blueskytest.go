// Package blueskytest runs the Bluesky sandbox as an HTTP server for the length of a test.
package blueskytest

import (
	"net/http/httptest"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

// Server is a sandbox that listens on a local address.
type Server struct {
	// URL is the base of all parts of the network, without a slash at its end: PDS, AppView, video
	// service and authorization server.
	URL string
	// Sandbox is the network behind it: what was posted, and what shall go wrong.
	Sandbox *sandbox.Sandbox
}

// Option changes the sandbox's options before it starts.
type Option func(*sandbox.Options)

// WithClock gives the sandbox a clock that the test moves.
func WithClock(c core.Clock) Option { return func(o *sandbox.Options) { o.Clock = c } }

// WithOptions changes any option.
func WithOptions(change func(*sandbox.Options)) Option { return change }

// New starts a sandbox with the accounts of sandbox.DefaultAccounts and stops it when the test
// ends.
func New(t testing.TB, options ...Option) *Server {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	o := sandbox.Options{Dir: t.TempDir(), BaseURL: "http://" + server.Listener.Addr().String()}
	for _, change := range options {
		change(&o)
	}
	box := sandbox.New(o)
	server.Config.Handler = box
	server.Start()
	t.Cleanup(func() {
		server.Close()
		if err := box.Close(); err != nil {
			t.Errorf("close the sandbox: %v", err)
		}
	})
	return &Server{URL: server.URL, Sandbox: box}
}

// PLCURL is the base of the directory of DIDs.
func (s *Server) PLCURL() string { return s.URL + "/plc" }

// Next arms faults for the next requests that match, and fails the test when the
// pattern or a fault is wrong. See sandbox.Sandbox.Next.
func (s *Server) Next(t testing.TB, pattern string, faults ...sandbox.Fault) {
	t.Helper()
	if err := s.Sandbox.Next(pattern, faults...); err != nil {
		t.Fatal(err)
	}
}

// Login begins a session of an account, without a request.
func (s *Server) Login(t testing.TB, identifier, password string) sandbox.Tokens {
	t.Helper()
	tokens, err := s.Sandbox.Login(s.URL, identifier, password)
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}
