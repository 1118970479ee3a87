package sandbox

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/crier-social/crier/providers/internal/double"
)

// Request is one entry of the journal. It names the token and never shows it.
type Request struct {
	Seq    int       `json:"seq"`
	Time   time.Time `json:"time"`
	Method string    `json:"method"`
	Path   string    `json:"path"`            // as sent
	Query  string    `json:"query,omitempty"` // as sent
	// RestMethod is what the request meant: CREATE, FINDER, BATCH_GET...
	RestMethod string `json:"restMethod,omitempty"`
	// Status is 0 for a request whose connection was cut before it took effect.
	Status int    `json:"status"`
	Token  string `json:"token,omitempty"` // name
	// GrantType is what a call to accessToken was made with.
	GrantType string `json:"grantType,omitempty"`
	Fault     Action `json:"fault,omitempty"`
	// Transfer is what an upload carried; nil for everything else, and for requests
	// that reached no upload.
	Transfer *Transfer `json:"transfer,omitempty"`
	// Notes say what the real API would bear in silence, but a client should mend.
	Notes []string `json:"notes,omitempty"`
}

// IsWrite tells whether the request was one that changes what members have there. Being
// granted tokens does not.
func (r Request) IsWrite() bool {
	switch r.RestMethod {
	case string(methodGet), string(methodBatchGet), string(methodGetAll), string(methodFinder), string(methodBatchFinder):
		return false
	default:
		return r.Method != http.MethodGet && r.Method != http.MethodHead && !strings.HasPrefix(r.Path, oauthPrefix)
	}
}

// begin enters a request; its outcome follows with finish.
func (s *Sandbox) begin(r *http.Request) *Request {
	return &Request{
		Seq: s.journal.Begin(), Time: s.opts.Clock.Now(), Method: limitString(r.Method, 20),
		Path: limitString(r.URL.EscapedPath(), 2000), Query: limitString(withoutTokens(r.URL.RawQuery), 2000),
	}
}

// finish completes an entry and files it. From then on it does not change.
func (s *Sandbox) finish(entry *Request, status int, notes []string) {
	entry.Status, entry.Notes = status, notes
	s.journal.File(*entry, endpointName(entry))
	s.opts.Log.LogAttrs(context.Background(), slog.LevelDebug, "sandbox request",
		slog.String("method", entry.Method), slog.String("path", entry.Path), slog.Int("status", status), slog.String("token", entry.Token))
}

// endpointName groups requests for counting: the resource, without ids.
func endpointName(r *Request) string {
	switch {
	case strings.HasPrefix(r.Path, uploadPrefix):
		return r.Method + " " + uploadPrefix
	case strings.HasPrefix(r.Path, "/rest/") && r.RestMethod != "":
		name, _, _ := strings.Cut(strings.TrimPrefix(r.Path, "/rest/"), "/")
		return name + "." + r.RestMethod
	case r.Path == "/v2/userinfo", r.Path == "/v2/me", r.Path == introspectPath, r.Path == accessTokenPath, r.Path == authorizationPath:
		return r.Method + " " + r.Path
	default:
		return "other"
	}
}

// withoutTokens hides what belongs to nobody else: tokens and secrets that a client put into
// a query by mistake, and the state by which an app knows its member again.
func withoutTokens(query string) string {
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		name, _, _ := strings.Cut(pair, "=")
		decoded, err := percentDecode(name)
		if err != nil || double.IsSecret(decoded) {
			pairs[i] = name + "=[redacted]"
		}
	}
	return strings.Join(pairs, "&")
}

// Requests returns the latest requests to the API, in the order in which they were
// finished.
func (s *Sandbox) Requests() []Request {
	out := s.journal.Entries()
	for i, entry := range out {
		out[i].Notes = slices.Clone(entry.Notes)
	}
	return out
}

// WriteCalls returns the latest requests that change something: creates, updates,
// deletes, actions and uploads, refused and cut ones included.
func (s *Sandbox) WriteCalls() []Request {
	return slices.DeleteFunc(s.Requests(), func(r Request) bool { return !r.IsWrite() })
}

// Counts is how much there is.
type Counts struct {
	Posts     int            `json:"posts"` // deleted ones left out
	Deleted   int            `json:"deleted"`
	Images    int            `json:"images"` // uploads that were begun, like the two below
	Videos    int            `json:"videos"`
	Documents int            `json:"documents"`
	Faults    int            `json:"faults"`
	Requests  int            `json:"requests"` // since the start, or the last reset
	Calls     map[string]int `json:"calls"`    // by endpoint
}

// Uploads is how many uploads were begun.
func (c Counts) Uploads() int { return c.Images + c.Videos + c.Documents }

// Counts returns how much there is.
func (s *Sandbox) Counts() Counts {
	faults := len(s.Faults())
	s.mu.Lock()
	defer s.mu.Unlock()
	c := Counts{Faults: faults}
	c.Requests, c.Calls = s.journal.Counts()
	for _, a := range s.assetOrder {
		switch a.kind {
		case kindImage:
			c.Images++
		case kindVideo:
			c.Videos++
		case kindDocument:
			c.Documents++
		}
	}
	for _, p := range s.posts {
		if p.deleted.IsZero() {
			c.Posts++
		} else {
			c.Deleted++
		}
	}
	return c
}
