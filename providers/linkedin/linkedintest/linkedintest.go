// Package linkedintest runs the LinkedIn sandbox as an HTTP server for the length
// of a test.
package linkedintest

import (
	"net/http/httptest"
	"strings"
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

	server *httptest.Server
}

// Option changes the sandbox's options before it starts.
type Option func(*sandbox.Options)

// WithClock gives the sandbox a clock that the test moves.
func WithClock(c core.Clock) Option { return func(o *sandbox.Options) { o.Clock = c } }

// WithProcessingPolls keeps an upload in processing until it was looked at
// n times.
func WithProcessingPolls(n int) Option { return func(o *sandbox.Options) { o.ProcessingPolls = n } }

// WithGhostDuplicates makes texts of deleted posts count as duplicates of posts that
// do not exist.
func WithGhostDuplicates() Option { return func(o *sandbox.Options) { o.GhostDuplicates = true } }

// WithDailyLimit limits the calls of a token to an endpoint.
func WithDailyLimit(n int) Option { return func(o *sandbox.Options) { o.DailyLimit = n } }

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
	return &Server{URL: server.URL, Sandbox: box, server: server}
}

// Version is the latest API version of sandbox.DefaultVersions, which the server takes
// unless an option changed that.
func (s *Server) Version() string {
	versions := sandbox.DefaultVersions()
	return versions[len(versions)-1].Name
}

// RestURL is the address of a path of the versioned API: RestURL("posts").
func (s *Server) RestURL(path string) string {
	return s.URL + "/rest/" + strings.TrimPrefix(path, "/")
}

// PageURL is the address of the page that shows a post.
func (s *Server) PageURL(urn string) string { return s.URL + "/feed/update/" + urn + "/" }

// CloseConnections cuts every connection that is open now.
func (s *Server) CloseConnections() { s.server.CloseClientConnections() }

// Stop closes the server's address, so that connections are refused from now on.
func (s *Server) Stop() { s.server.Close() }

// Next arms faults for the next requests that match, and fails the test when the
// pattern or a fault is wrong. See sandbox.Sandbox.Next.
func (s *Server) Next(t testing.TB, pattern string, faults ...sandbox.Fault) {
	t.Helper()
	if err := s.Sandbox.Next(pattern, faults...); err != nil {
		t.Fatal(err)
	}
}
