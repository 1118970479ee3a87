package sandbox

import (
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/crier-social/crier/providers/internal/double"
)

// Sandbox is a stateful LinkedIn. It is safe for concurrent use.
type Sandbox struct {
	*double.Controls

	opts      Options
	resources map[string]resource
	web       http.Handler
	uploads   *double.Files
	buffers   sync.Pool     // of *[copyBuffer]byte
	clock     *double.Clock // opts.Clock
	faults    *double.Faults
	journal   *double.Journal[Request]

	mu            sync.Mutex
	people        map[string]Person
	organizations map[string]Organization
	tokens        map[string]Token    // by value
	granted       map[string]struct{} // values of the tokens that were granted here
	issued        int                 // access tokens
	apps          map[string]App      // by client id
	grants        []*grant            // oldest first
	byCode        map[string]*grant
	byRefresh     map[string]*grant // by refresh token
	consent       Consent
	posts         []*post // oldest first, deleted ones included
	postsByURN    map[string]*post
	postsByKey    map[contentKey]*post                        // the latest of each key
	pageViews     map[string]map[string]map[viewCounter]int64 // by id of the organization and day
	assets        map[string]*asset                           // by URN
	assetOrder    []*asset                                    // oldest first
	ghosts        map[contentKey]time.Time
	quota         quota
	latency       *mathrand.Rand
	lastID        int64
}

// New makes a sandbox with the people, pages and tokens of DefaultWorld. Close
// removes what it put on disk.
func New(o Options) *Sandbox {
	o = o.withDefaults()
	clock := double.NewClock(o.Clock)
	o.Clock = clock
	s := &Sandbox{
		clock:     clock,
		opts:      o,
		faults:    double.NewFaults("POST /rest/posts", Actions()...),
		journal:   double.NewJournal[Request](o.MaxRequests),
		resources: resources(),
		uploads:   double.NewFiles(o.Dir, o.MaxUploadBytes),
	}
	s.Controls = double.NewControls(s.clock, s.faults, s.clockMoved)
	s.web = s.newWeb()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reset()
	s.restore()
	return s
}

// Close removes the uploads, and the folder if it is a temporary one.
func (s *Sandbox) Close() error { return s.uploads.Close() }

// Reset forgets posts, uploads, faults, grants and the journal, sets the clock right, and
// restores the DefaultWorld and the apps. Nobody sees it half done.
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
	s.people = map[string]Person{}
	s.organizations = map[string]Organization{}
	s.tokens = map[string]Token{}
	s.resetGrants()
	s.clock.Set(0)
	if !s.opts.Empty {
		s.settle(DefaultWorld())
	}
	s.posts = nil
	s.postsByURN = map[string]*post{}
	s.postsByKey = map[contentKey]*post{}
	s.pageViews = map[string]map[string]map[viewCounter]int64{}
	s.assets = map[string]*asset{}
	s.assetOrder = nil
	s.ghosts = map[contentKey]time.Time{}
	s.faults.Clear()
	s.journal.Clear()
	s.quota = quota{}
	s.latency = mathrand.New(mathrand.NewPCG(s.opts.Latency.Seed, 0)) //nolint:gosec // reproducible delays, not secrets
	s.uploads.Clear()
}

// ServeHTTP serves the API, the pages and the control API.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.EscapedPath()
	for _, prefix := range []string{"/rest/", "/v2/", oauthPrefix, uploadPrefix} {
		if strings.HasPrefix(path, prefix) && path != authorizationPath {
			s.serveAPI(w, r)
			return
		}
	}
	s.web.ServeHTTP(w, r)
}

// newID returns a number that looks like LinkedIn's: milliseconds in the upper
// bits, never the same twice. The caller holds the lock.
func (s *Sandbox) newID() int64 {
	id := s.opts.Clock.Now().UnixMilli() << 22
	s.lastID = max(id, s.lastID+1)
	return s.lastID
}

func (s *Sandbox) newURN(kind string) string { return fmt.Sprintf("urn:li:%s:%d", kind, s.newID()) }

// baseURL is how the client of this request reaches the sandbox.
func (s *Sandbox) baseURL(r *http.Request) string { return double.BaseURL(s.opts.BaseURL, r) }

var _ http.Handler = (*Sandbox)(nil)
