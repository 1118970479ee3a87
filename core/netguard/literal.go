package netguard

import (
	"net"
	"net/netip"
	"net/url"
	"strings"

	"github.com/crier-social/crier/core"
)

// CheckLiteral judges an address whose host needs no resolving: one that is written as
// numbers, or that means this machine by its name. It is for telling early, and clearly, what
// connecting would refuse; an address that passes may still be refused then.
func (g *Guard) CheckLiteral(u *url.URL) error {
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	addr, err := netip.ParseAddr(host)
	if host == "localhost" || strings.HasSuffix(host, ".localhost") { // https://www.rfc-editor.org/rfc/rfc6761#section-6.3
		addr, err = netip.AddrFrom4([4]byte{127, 0, 0, 1}), nil
	}
	if err != nil {
		return nil //nolint:nilerr // a name: it is judged when it is resolved
	}
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == schemeHTTP:
		port = "80"
	default:
		port = "443"
	}
	network := controlNetworkV6
	if addr.Is4() {
		network = controlNetworkV4
	}
	if err := g.checkAddress(u.Scheme, network, net.JoinHostPort(addr.String(), port)); err != nil {
		return core.AsError(named(err, net.JoinHostPort(u.Hostname(), port)))
	}
	return nil
}
