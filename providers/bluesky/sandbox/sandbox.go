package sandbox

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"github.com/crier-social/crier/providers/internal/double"
)

// Sandbox is a stateful Bluesky. It is safe for concurrent use.
type Sandbox struct {
	*double.Controls

	opts    Options
	clock   *double.Clock
	faults  *double.Faults
	journal *double.Journal[Request]
	methods map[string]method
	web     http.Handler
	pages   *double.Pages
	blobs   *double.Files

	mu       sync.Mutex
	secret   []byte // signs tokens
	accounts map[string]*account
	order    []*account // as they came
	sessions map[string]*session
	revoked  map[string]bool    // access tokens
	figures  map[string]Figures // by address
	// Of the authorization server: what apps have asked for, what they were granted, the
	// documents of those that tests have told of, and what can prove nothing again.
	pushed    map[string]*oauthRequest
	grants    []*oauthGrant // oldest first
	documents map[string][]byte
	proofs    map[string]time.Time
	jobs      []*job          // of videos
	noVideos  map[string]bool // by DID
	lastTID   int64
	late      []lateCall
}

// New makes a sandbox with DefaultAccounts. Close removes what it put on disk.
func New(o Options) *Sandbox {
	o = o.withDefaults()
	s := &Sandbox{opts: o, clock: double.NewClock(o.Clock), methods: methods(), blobs: newBlobStore(o.Dir)}
	s.faults = double.NewFaults("POST /xrpc/com.atproto.repo.putRecord", Actions()...)
	s.Controls = double.NewControls(s.clock, s.faults, s.clockMoved)
	s.journal = double.NewJournal[Request](o.MaxRequests)
	s.web = s.newWeb()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reset()
	s.restore()
	return s
}

// Close removes the uploads, if they are in a temporary folder.
func (s *Sandbox) Close() error { return s.blobs.Close() }

// Reset forgets all that happened, sets the clock right, and restores the accounts.
func (s *Sandbox) Reset() {
	s.mu.Lock()
	s.reset()
	s.mu.Unlock()
	s.clockMoved()
}

// clockMoved keeps how far the clock is ahead, and tells others. It is called without the lock.
func (s *Sandbox) clockMoved() {
	s.mu.Lock()
	s.save()
	s.mu.Unlock()
	if s.opts.OnClock != nil {
		s.opts.OnClock()
	}
}

// reset is Reset without what is kept in a file. The caller holds the lock.
func (s *Sandbox) reset() {
	s.secret = []byte(randomText())
	s.accounts, s.order = map[string]*account{}, nil
	s.sessions, s.revoked = map[string]*session{}, map[string]bool{}
	s.clock.Set(0)
	s.pushed, s.grants, s.documents, s.proofs = map[string]*oauthRequest{}, nil, map[string][]byte{}, map[string]time.Time{}
	s.jobs, s.noVideos = nil, map[string]bool{}
	s.figures, s.late = map[string]Figures{}, nil
	s.faults.Clear()
	s.blobs.Clear()
	s.journal.Clear()
	if !s.opts.Empty {
		for _, a := range DefaultAccounts() {
			s.addAccount(a)
		}
	}
}

// Knows tells whether a DID is one that only sandboxes have.
func Knows(did string) bool { return strings.HasPrefix(did, didPrefix) }

// baseURL is how the client of this request reaches the sandbox.
func (s *Sandbox) baseURL(r *http.Request) string { return double.BaseURL(s.opts.BaseURL, r) }

// splitURI takes an address of a record apart.
func splitURI(uri string) (authority, collection, rkey string, ok bool) {
	parsed, err := syntax.ParseATURI(uri)
	if err != nil || parsed.RecordKey() == "" {
		return "", "", "", false
	}
	return parsed.Authority().String(), parsed.Collection().String(), parsed.RecordKey().String(), true
}

var _ http.Handler = (*Sandbox)(nil)
