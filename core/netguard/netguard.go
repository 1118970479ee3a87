// Package netguard makes HTTP requests to addresses that strangers chose, without
// letting them reach what only this machine can reach. An address is judged after
// its name was resolved, at the moment of connecting, so that a name which changes
// its meaning between check and use gains nothing; every redirect passes the same
// judgement. A connection leads for all its time to the address that was judged.
package netguard

import (
	"crypto/x509"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"time"

	"code.dny.dev/ssrf"
)

// MaxRedirects is how many redirects a request follows.
const MaxRedirects = 5

// Limits of a single exchange. The time of the whole is set by Client's timeout
// and by the request's context.
const (
	dialTimeout      = 10 * time.Second
	tlsTimeout       = 10 * time.Second
	headerTimeout    = 30 * time.Second // of Client
	maxHeaderBytes   = 64 << 10
	portHTTPS        = 443
	mostPort         = 1<<16 - 1
	firstUserPort    = 1024 // ports below are well-known services that do not speak HTTP
	schemeHTTP       = "http"
	schemeHTTPS      = "https"
	controlNetworkV4 = "tcp4"
	controlNetworkV6 = "tcp6"
)

// Guard decides which addresses may be reached. It is safe for concurrent use.
type Guard struct {
	allow     []netip.Prefix
	addresses *ssrf.Guardian
	resolver  *net.Resolver
	roots     *x509.CertPool // nil: the system's
	once      *lines         // for one request each
}

// New returns a guard that admits public addresses by https, on port 443 and on
// the ports from 1024 up. The networks of the allow list are admitted whatever
// they are, by http too, on every port.
func New(allow []netip.Prefix) *Guard {
	return newGuard(allow, net.DefaultResolver, nil)
}

// newGuard takes what tests replace. Nil roots are the system's.
func newGuard(allow []netip.Prefix, resolver *net.Resolver, roots *x509.CertPool) *Guard {
	g := &Guard{allow: unmapped(allow), addresses: ssrf.New(ssrf.WithAnyPort()), resolver: resolver, roots: roots}
	g.once = g.newLines(func(t *http.Transport) {
		t.DisableKeepAlives, t.ForceAttemptHTTP2, t.ResponseHeaderTimeout = true, true, headerTimeout
	})
	return g
}

// unmapped turns prefixes of IPv4 addresses in IPv6 form into plain IPv4.
func unmapped(prefixes []netip.Prefix) []netip.Prefix {
	const mappedBits = 96
	out := make([]netip.Prefix, 0, len(prefixes))
	for _, p := range prefixes {
		if p.Addr().Is4In6() && p.Bits() >= mappedBits {
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-mappedBits)
		}
		out = append(out, p.Masked())
	}
	return out
}

// Client returns a client that goes through the guard, and connects for every request.
// timeout bounds a whole exchange, redirects and body included; 0 leaves that to the
// request's context. Its errors hold a *core.Error where the guard refused.
func (g *Guard) Client(timeout time.Duration) *http.Client {
	return &http.Client{Transport: g.once, CheckRedirect: checkRedirect, Timeout: timeout}
}

// CheckURL judges what can be judged without resolving the name: the scheme, the
// host, the absence of a user name. An address that passes may still be refused
// when it is connected to.
func (g *Guard) CheckURL(u *url.URL) error {
	switch {
	case u.Scheme != schemeHTTPS && u.Scheme != schemeHTTP:
		return refusedURL("the scheme " + quote(u.Scheme) + " cannot be fetched, only https")
	case u.Hostname() == "":
		return refusedURL("the address names no host")
	case u.User != nil:
		return refusedURL("the address holds a user name or password")
	case !ValidPort(u):
		return refusedURL("the port " + quote(u.Port()) + " does not exist: ports go from 1 to " + strconv.Itoa(mostPort))
	case u.Scheme == schemeHTTP && len(g.allow) == 0:
		return plainHTTP(u.Hostname())
	}
	return nil
}

// ValidPort tells whether an address names a port that there can be, or none.
func ValidPort(u *url.URL) bool {
	if u.Port() == "" {
		return true
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	return err == nil && port > 0
}

// checkAddress judges a resolved address before the connection to it is opened.
func (g *Guard) checkAddress(scheme, network, address string) error {
	if network != controlNetworkV4 && network != controlNetworkV6 {
		return &refusal{address: address, reason: reasonAddress}
	}
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return &refusal{address: address, reason: reasonAddress}
	}
	addr := ap.Addr().Unmap()
	switch {
	case slices.ContainsFunc(g.allow, func(p netip.Prefix) bool { return p.Contains(addr) }):
		return nil
	case g.addresses.SafeAddr(addr) != nil:
		return &refusal{address: address, reason: reasonAddress}
	case scheme == schemeHTTP:
		return &refusal{address: address, reason: reasonScheme}
	case ap.Port() != portHTTPS && ap.Port() < firstUserPort:
		return &refusal{address: address, reason: reasonPort}
	}
	return nil
}

// checkRedirect ends chains of redirects, and keeps the address that was asked
// for, which may carry a signature, from the host that is redirected to.
func checkRedirect(req *http.Request, via []*http.Request) error {
	req.Header.Del("Referer")
	if len(via) > MaxRedirects {
		return tooManyRedirects()
	}
	return nil
}
