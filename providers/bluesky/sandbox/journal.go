package sandbox

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
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

// journal keeps the latest requests.
type journal struct {
	limit   int
	seq     int
	entries []*Request // oldest first
	total   map[string]int
}

func newJournal(limit int) journal { return journal{limit: limit, total: map[string]int{}} }

// begin enters a request; its outcome follows with finish.
func (s *Sandbox) begin(r *http.Request) *Request {
	entry := &Request{Time: s.clock.Now(), Method: r.Method, Path: limited(r.URL.Path), Query: limited(withoutSecrets(r.URL.Query()))}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.journal.seq++
	entry.Seq = s.journal.seq
	return entry
}

func limited(s string) string {
	const most = 2000
	return s[:min(len(s), most)]
}

// withoutSecrets hides what clients put into a query by mistake, and the state by which an app
// knows its member again.
func withoutSecrets(query url.Values) string {
	for name := range query {
		lower := strings.ToLower(name)
		if lower == "code" || lower == "state" || strings.Contains(lower, "token") || strings.Contains(lower, "secret") {
			query.Set(name, "[redacted]")
		}
	}
	return query.Encode()
}

// finish completes an entry and files it. From then on it does not change.
func (s *Sandbox) finish(entry *Request, status int, c *call) {
	entry.Status = status
	s.mu.Lock()
	if c != nil && c.who != nil {
		entry.Account, entry.Scope = c.who.handle, c.token.scope
	}
	j := &s.journal
	j.entries = append(j.entries, entry)
	if extra := len(j.entries) - j.limit; extra > 0 {
		j.entries = slices.Delete(j.entries, 0, extra)
	}
	j.total[entry.Method+" "+strings.TrimPrefix(entry.Path, xrpcPrefix)]++
	s.mu.Unlock()
	s.opts.Log.LogAttrs(context.Background(), slog.LevelDebug, "sandbox request",
		slog.String("method", entry.Method), slog.String("path", entry.Path), slog.Int("status", status), slog.String("account", entry.Account))
}

// Requests returns the latest requests to the API, in the order in which they were
// finished.
func (s *Sandbox) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Request, len(s.journal.entries))
	for i, entry := range s.journal.entries {
		out[i] = *entry
	}
	return out
}

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
	c := Counts{Accounts: len(s.order), Faults: faults, Requests: s.journal.seq, Calls: maps.Clone(s.journal.total)}
	for _, a := range s.order {
		c.Blobs += len(a.blobs)
		c.Posts += len(a.records[collectionPost])
		for _, records := range a.records {
			c.Records += len(records)
		}
	}
	return c
}
