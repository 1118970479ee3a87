package providertest

import (
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/crier-social/crier/core"
)

// Clients are those of core.AdapterDeps: HTTP for the addresses of the adapter's settings, and
// Guarded for those that strangers name. They remember what they have called.
type Clients struct {
	HTTP, Guarded *http.Client

	settings []string

	mu      sync.Mutex
	guarded int      // calls
	strange []string // addresses that HTTP was given
}

// NewClients returns clients that call by way of a transport. settings are the addresses in the
// adapter's settings: what begins otherwise was named by a stranger.
func NewClients(transport http.RoundTripper, settings ...string) *Clients {
	c := &Clients{settings: settings}
	c.HTTP = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		c.plain(r)
		return transport.RoundTrip(r)
	})}
	c.Guarded = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		c.mu.Lock()
		c.guarded++
		c.mu.Unlock()
		return transport.RoundTrip(r)
	})}
	return c
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// plain remembers a call of HTTP that is not its own.
func (c *Clients) plain(r *http.Request) {
	address := r.URL.Scheme + "://" + r.URL.Host + r.URL.Path
	own := slices.ContainsFunc(c.settings, func(base string) bool {
		return strings.HasPrefix(address+"/", strings.TrimSuffix(base, "/")+"/")
	})
	if own {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.strange = append(c.strange, address)
}

// trespasses tells whether HTTP was given the address of a stranger.
func (s *scene) trespasses() error {
	if s.Clients == nil {
		return nil
	}
	s.Clients.mu.Lock()
	defer s.Clients.mu.Unlock()
	var ps problems
	for _, address := range slices.Compact(slices.Sorted(slices.Values(s.Clients.strange))) {
		ps.add("AdapterDeps.HTTP has called %s, which no setting names: what strangers name is called with AdapterDeps.Guarded", address)
	}
	return ps.err()
}

// checkStrangers: addresses that strangers name are called with Guarded. That HTTP calls none of
// them is looked at in every check; here somebody is called at all.
func checkStrangers(s *scene) error {
	if !s.h.Strangers {
		s.t.Log("not checked: nobody but the settings names an address")
		return nil
	}
	if s.Clients == nil {
		return wrongf("Instance.Clients is missing: without it, nobody sees whom the adapter calls")
	}
	if p, ok := s.Provider.(core.Identifier); ok {
		if _, err := p.Identify(s.t.Context(), s.Author.credentials(), s.Author.Account.RemoteID); err != nil {
			return wrongf("Identify fails on a healthy network: %w", s.hear(err))
		}
	}
	if _, err := s.publish(s.Author, s.h.Text); err != nil {
		return err
	}
	s.Clients.mu.Lock()
	defer s.Clients.mu.Unlock()
	if s.Clients.guarded == 0 {
		return wrongf("AdapterDeps.Guarded was not used: no address of a stranger was called, or HTTP has called it")
	}
	return nil
}
