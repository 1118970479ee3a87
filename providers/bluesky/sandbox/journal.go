package sandbox

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/crier-social/crier/providers/internal/double"
)

// Request is one entry of the journal. It shows no token.
type Request struct {
	Seq    int       `json:"seq"`
	Time   time.Time `json:"time"`
	Method string    `json:"method"`
	Path   string    `json:"path"`
	Query  string    `json:"query,omitempty"`
	// Status is 0 for a request whose connection was cut before it took effect.
	Status int `json:"status"`
	// Account is the handle of who was calling, and Scope what with.
	Account string `json:"account,omitempty"`
	Scope   string `json:"scope,omitempty"`
	Fault   Action `json:"fault,omitempty"`
}

// IsWrite tells whether the request was one that changes a repository.
func (r Request) IsWrite() bool {
	return r.Method == http.MethodPost && strings.HasPrefix(r.Path, xrpcPrefix+"com.atproto.repo.")
}

// begin enters a request; its outcome follows with finish.
func (s *Sandbox) begin(r *http.Request) *Request {
	return &Request{Seq: s.journal.Begin(), Time: s.clock.Now(), Method: r.Method, Path: limited(r.URL.Path), Query: limited(withoutSecrets(r.URL.Query()))}
}

func limited(s string) string {
	const most = 2000
	return s[:min(len(s), most)]
}

// withoutSecrets hides what clients put into a query by mistake, and the state by which an app
// knows its member again.
func withoutSecrets(query url.Values) string {
	for name := range query {
		if double.IsSecret(name) {
			query.Set(name, "[redacted]")
		}
	}
	return query.Encode()
}

// finish completes an entry and files it. From then on it does not change.
func (s *Sandbox) finish(entry *Request, status int, c *call) {
	entry.Status = status
	if c != nil && c.who != nil {
		s.mu.Lock() // accounts can be renamed
		entry.Account, entry.Scope = c.who.handle, c.token.scope
		s.mu.Unlock()
	}
	s.journal.File(*entry, entry.Method+" "+strings.TrimPrefix(entry.Path, xrpcPrefix))
	s.opts.Log.LogAttrs(context.Background(), slog.LevelDebug, "sandbox request",
		slog.String("method", entry.Method), slog.String("path", entry.Path), slog.Int("status", status), slog.String("account", entry.Account))
}

// Requests returns the latest requests to the API, in the order in which they were
// finished.
func (s *Sandbox) Requests() []Request { return s.journal.Entries() }

// WriteCalls returns the latest requests that change a repository, refused and cut ones included.
func (s *Sandbox) WriteCalls() []Request {
	return slices.DeleteFunc(s.Requests(), func(r Request) bool { return !r.IsWrite() })
}

// Counts is how much there is.
type Counts struct {
	Accounts int            `json:"accounts"`
	Posts    int            `json:"posts"` // replies included
	Records  int            `json:"records"`
	Blobs    int            `json:"blobs"`
	Faults   int            `json:"faults"`
	Requests int            `json:"requests"` // since the start, or the last reset
	Calls    map[string]int `json:"calls"`    // by method
}

// Counts returns how much there is.
func (s *Sandbox) Counts() Counts {
	faults := len(s.Faults())
	s.mu.Lock()
	defer s.mu.Unlock()
	c := Counts{Accounts: len(s.order), Faults: faults}
	c.Requests, c.Calls = s.journal.Counts()
	for _, a := range s.order {
		c.Blobs += len(a.blobs)
		c.Posts += len(a.records[collectionPost])
		for _, records := range a.records {
			c.Records += len(records)
		}
	}
	return c
}
