package netguard

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"syscall"
	"time"
)

// Limits of connections that are kept.
const (
	keptIdle    = 90 * time.Second
	keptPerHost = 8
	keptInAll   = 64
)

// KeepingClient returns a client that goes through the guard like Client's, for servers that
// are asked one thing after the other. Each client keeps the connections that nobody uses for
// 90 seconds, up to 64 for each scheme and 8 to one host and port, for what is asked there
// next: what was judged is where a connection leads, so that a name with another meaning since
// leads nowhere new. Nothing but a request's context ends one that the server does not answer: how
// long it may work on a file, the caller knows.
func (g *Guard) KeepingClient() *http.Client {
	// HTTP/1 alone: MaxIdleConns does not bound connections of HTTP/2.
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &http.Client{CheckRedirect: checkRedirect, Transport: g.newLines(func(t *http.Transport) {
		t.Protocols, t.IdleConnTimeout = &protocols, keptIdle
		t.MaxIdleConnsPerHost, t.MaxIdleConns = keptPerHost, keptInAll
	})}
}

// lines are connections, one set for each scheme: the dialer is not told which one it is for.
type lines struct {
	guard  *Guard
	plain  *http.Transport // for http: allowed networks only
	secure *http.Transport // for https
}

// newLines makes none yet. set says how long they last.
func (g *Guard) newLines(set func(*http.Transport)) *lines {
	l := &lines{guard: g, plain: g.transport(schemeHTTP, nil), secure: g.transport(schemeHTTPS, g.roots)}
	set(l.plain)
	set(l.secure)
	return l
}

// transport connects for one scheme.
func (g *Guard) transport(scheme string, roots *x509.CertPool) *http.Transport {
	return &http.Transport{
		Proxy: nil, // a proxy would resolve names out of the guard's sight
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			d := net.Dialer{
				Timeout:  dialTimeout,
				Resolver: g.resolver,
				Control: func(network, address string, _ syscall.RawConn) error {
					return g.checkAddress(scheme, network, address)
				},
			}
			conn, err := d.DialContext(ctx, network, address)
			return conn, named(err, address)
		},
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		TLSHandshakeTimeout:    tlsTimeout,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: maxHeaderBytes,
		DisableCompression:     true, // a body is what the server sent, so that caps count what arrives
	}
}

// RoundTrip sends one request if its URL and the address behind it are admitted.
func (l *lines) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := l.guard.CheckURL(req.URL); err != nil {
		closeBody(req)
		return nil, err
	}
	transport := l.secure
	if req.URL.Scheme == schemeHTTP {
		transport = l.plain
	}
	resp, err := transport.RoundTrip(req)
	if err == nil && misdirects(resp) {
		_ = resp.Body.Close()
		return nil, refusedURL("the address redirects to one that is malformed")
	}
	return resp, err
}

// CloseIdleConnections is for http.Client.
func (l *lines) CloseIdleConnections() {
	l.plain.CloseIdleConnections()
	l.secure.CloseIdleConnections()
}

// misdirects tells whether an answer redirects to what is no address. The client
// would report that as a failure to reach the server, which may pass.
func misdirects(resp *http.Response) bool {
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		_, err := resp.Location()
		return err != nil && !errors.Is(err, http.ErrNoLocation) // without one, it is no redirect
	}
	return false
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}
