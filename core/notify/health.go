package notify

import (
	"maps"
	"net/url"
	"strings"
	"sync"
	"time"
)

const (
	// Endpoints whose last call was slow share a small pool: so many calls of those of a host
	// are under way at a time, and all of them take at most a part of the workers. However many
	// there are, the other workers stay for those that answer, also on the same host.
	slowCalls    = 2
	allSlowCalls = Concurrency / 2
	// slowShare is the part of the time that an endpoint has to answer after which a call
	// counts as slow.
	slowShare = 3
	// slowPause is how long a call of a slow endpoint waits that was not let through, and by
	// how much it differs between calls.
	slowPause  = 10 * time.Second
	slowSpread = 5 * time.Second
	// forgetAfter is when what is known of an endpoint does not matter any more: all that
	// failed with it has ended.
	forgetAfter = 2 * callPatience
	// warnPause is how often the operator is told of endpoints of a host that begin to fail:
	// when the host is down, they all do.
	warnPause = time.Minute
)

// health knows which endpoints are slow and which fail, as far as this process has seen. It
// is safe for concurrent use.
type health struct {
	mu      sync.Mutex
	slow    map[string]time.Time // by address: when its last call, a slow one, ended
	calls   map[string]int       // of slow endpoints, under way, by host
	all     int                  // the sum of these
	failing map[string]time.Time // by address that the operator was told of: when it last failed
	warned  map[string]time.Time // by host: when the operator was told of one of its endpoints
}

func newHealth() *health {
	return &health{
		slow: map[string]time.Time{}, calls: map[string]int{},
		failing: map[string]time.Time{}, warned: map[string]time.Time{},
	}
}

// enter asks to call an address. Whoever may call it has to leave it afterwards.
func (h *health) enter(address string) (leave func(), ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, slow := h.slow[address]; !slow {
		return func() {}, true
	}
	host := hostOf(address)
	if h.calls[host] >= slowCalls || h.all >= allSlowCalls {
		return nil, false
	}
	h.calls[host]++
	h.all++
	return func() { h.leave(host) }, true
}

// leave ends a call of a slow endpoint.
func (h *health) leave(host string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all--
	if h.calls[host]--; h.calls[host] == 0 {
		delete(h.calls, host)
	}
}

// called notes whether a call of an address was slow.
func (h *health) called(address string, slow bool, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !slow {
		delete(h.slow, address)
		return
	}
	forget(h.slow, now, forgetAfter)
	h.slow[address] = now
}

// failed notes that an address failed, and tells whether the operator is to be told: once
// while it fails, and of one address of a host at a time. One that is passed over has its turn
// with a later failure.
func (h *health) failed(address string, now time.Time) (tell bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	forget(h.failing, now, forgetAfter)
	forget(h.warned, now, warnPause)
	host := hostOf(address)
	_, told := h.failing[address]
	_, recent := h.warned[host]
	if !told && recent {
		return false
	}
	h.failing[address] = now
	if !told {
		h.warned[host] = now
	}
	return !told
}

// forget removes what is older than an age.
func forget(known map[string]time.Time, now time.Time, age time.Duration) {
	maps.DeleteFunc(known, func(_ string, at time.Time) bool { return now.Sub(at) >= age })
}

// succeeded notes that an address took a call.
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
