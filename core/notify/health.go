package notify

import (
	"maps"
	"net/url"
	"strings"
	"sync"
	"time"
)

const (
	// A host whose last call was slow is called twice at a time, and all such hosts together
	// take at most a part of the workers: however many there are, the others stay for those
	// that answer.
	slowCalls    = 2
	allSlowCalls = Concurrency / 2
	// slowShare is the part of the time that an endpoint has to answer after which a call
	// counts as slow.
	slowShare = 3
	// slowPause is how long a call of a slow host waits that was not let through, and by how
	// much it differs between calls.
	slowPause  = 10 * time.Second
	slowSpread = 5 * time.Second
	// forgetAfter is when what is known of a host or an endpoint does not matter any more:
	// all that failed with it has ended.
	forgetAfter = 2 * callPatience
)

// health knows which hosts are slow and which endpoints fail, as far as this process has
// seen. It is safe for concurrent use.
type health struct {
	mu      sync.Mutex
	slow    map[string]*slowHost // by host
	calls   int                  // to slow hosts, under way
	failing map[string]time.Time // by address: when it last failed
}

// slowHost is one whose last call was slow.
type slowHost struct {
	calls int // under way
	last  time.Time
}

func newHealth() *health {
	return &health{slow: map[string]*slowHost{}, failing: map[string]time.Time{}}
}

// enter asks to call a host. Whoever may call it has to leave it afterwards.
func (h *health) enter(host string) (leave func(), ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.slow[host]
	if s == nil {
		return func() {}, true
	}
	if s.calls >= slowCalls || h.calls >= allSlowCalls {
		return nil, false
	}
	s.calls++
	h.calls++
	return func() { h.leave(s) }, true
}

// leave ends a call of a slow host.
func (h *health) leave(s *slowHost) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s.calls--
	h.calls--
}

// called notes whether a call of a host was slow.
func (h *health) called(host string, slow bool, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !slow {
		delete(h.slow, host)
		return
	}
	maps.DeleteFunc(h.slow, func(_ string, s *slowHost) bool { return s.calls == 0 && now.Sub(s.last) > forgetAfter })
	if h.slow[host] == nil {
		h.slow[host] = &slowHost{}
	}
	h.slow[host].last = now
}

// failed notes that an endpoint failed, and tells whether that is the first time in a row.
func (h *health) failed(address string, now time.Time) (first bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	maps.DeleteFunc(h.failing, func(_ string, last time.Time) bool { return now.Sub(last) > forgetAfter })
	_, known := h.failing[address]
	h.failing[address] = now
	return !known
}

// succeeded notes that an endpoint took a call.
func (h *health) succeeded(address string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.failing, address)
}

// hostOf is what an address connects to: scheme, host and port. An address that cannot be
// read is its own.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return address
	}
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "http":
		port = "80"
	default:
		port = "443"
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}

// loggedHost is the part of an address that may be logged: its path and query may be secrets.
func loggedHost(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}
