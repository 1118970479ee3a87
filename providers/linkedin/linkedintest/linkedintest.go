// Package linkedintest runs the LinkedIn sandbox as an HTTP server for the length
// of a test.
package linkedintest

import (
	"net/http/httptest"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// Server is a sandbox that listens on a local address.
type Server struct {
	// URL is the base of /rest and /v2, without a slash at its end.
	URL string
	// Sandbox is the network behind it: what was posted, and what shall go wrong.
	Sandbox *sandbox.Sandbox
}

// Option changes the sandbox's options before it starts.
type Option func(*sandbox.Options)

// WithClock gives the sandbox a clock that the test moves.
func WithClock(c core.Clock) Option { return func(o *sandbox.Options) { o.Clock = c } }

// WithProcessingPolls keeps an upload in processing until it was looked at
// n times.
func WithProcessingPolls(n int) Option { return func(o *sandbox.Options) { o.ProcessingPolls = n } }

// WithOptions changes any option.
func WithOptions(change func(*sandbox.Options)) Option { return change }

// New starts a sandbox with the people, pages and tokens of sandbox.DefaultWorld and
// stops it when the test ends. It serves every version of the API, sunset ones
// included, so that tests do not fail from some day on; an option can change that.
func New(t testing.TB, options ...Option) *Server {
	t.Helper()
	o := sandbox.Options{EveryVersion: true, Dir: t.TempDir()}
	for _, change := range options {
		change(&o)
	}
	box := sandbox.New(o)
	server := httptest.NewServer(box)
	t.Cleanup(func() {
		server.Close()
		if err := box.Close(); err != nil {
			t.Errorf("close the sandbox: %v", err)
		}
	})
	return &Server{URL: server.URL, Sandbox: box}
}

// Next arms faults for the next requests that match, and fails the test when the
// pattern or a fault is wrong. See sandbox.Sandbox.Next.
func (s *Server) Next(t testing.TB, pattern string, faults ...sandbox.Fault) {
	t.Helper()
	if err := s.Sandbox.Next(pattern, faults...); err != nil {
		t.Fatal(err)
	}
}
