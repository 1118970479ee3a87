package netguard

import (
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
)

// testTimeout is never waited for, however slow the test's machine is.
const testTimeout = 5 * time.Minute

func loopback() []netip.Prefix {
	return []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
}

// get fetches with a client of the guard and returns the body.
func get(t *testing.T, g *Guard, address string) (string, error) {
	t.Helper()
	return fetch(t, g.Client(testTimeout), address)
}

func fetch(t *testing.T, client *http.Client, address string) (string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}

// refused fails the test unless err holds a *core.Error of this number whose
// message says all of the words.
func refused(t *testing.T, err error, code core.Code, says ...string) {
	t.Helper()
	e, ok := errors.AsType[*core.Error](err)
	if !ok {
		t.Fatalf("got error %v, want a *core.Error", err)
	}
	if diff := cmp.Diff([]any{core.KindMedia, code}, []any{e.Kind, e.Code}); diff != "" {
		t.Fatalf("kind and code of %v (-want +got):\n%s", e, diff)
	}
	for _, words := range says {
		if !strings.Contains(e.Message, words) {
			t.Errorf("message %q does not say %q", e.Message, words)
		}
	}
}

func hello(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }

func TestCheckAddress(t *testing.T) {
	t.Parallel()
	g := New([]netip.Prefix{
		netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("::ffff:10.2.0.0/112"),
		netip.MustParsePrefix("fd00:1::/32"),
	})
	const ok reason = -1
	cases := []struct {
		name, scheme, network, address string
		want                           reason
	}{
		{"public", "https", "tcp4", "93.184.215.14:443", ok},
		{"public IPv6", "https", "tcp6", "[2606:2800:21f:cb07::1]:443", ok},
		{"public high port", "https", "tcp4", "93.184.215.14:8443", ok},
		{"public other service", "https", "tcp4", "93.184.215.14:25", reasonPort},
		{"public http", "http", "tcp4", "93.184.215.14:80", reasonScheme},
		{"loopback", "https", "tcp4", "127.0.0.1:443", reasonAddress},
		{"loopback http", "http", "tcp4", "127.0.0.1:80", reasonAddress},
		{"loopback IPv6", "https", "tcp6", "[::1]:443", reasonAddress},
		{"private", "https", "tcp4", "192.168.1.1:443", reasonAddress},
		{"private 10", "https", "tcp4", "10.0.0.1:443", reasonAddress},
		{"carrier NAT", "https", "tcp4", "100.64.0.1:443", reasonAddress},
		{"link local, cloud metadata", "https", "tcp4", "169.254.169.254:443", reasonAddress},
		{"unspecified", "https", "tcp4", "0.0.0.0:443", reasonAddress},
		{"broadcast", "https", "tcp4", "255.255.255.255:443", reasonAddress},
		{"multicast", "https", "tcp4", "224.0.0.1:443", reasonAddress},
		{"mapped loopback", "https", "tcp6", "[::ffff:127.0.0.1]:443", reasonAddress},
		{"translated loopback", "https", "tcp6", "[64:ff9b::7f00:1]:443", reasonAddress},
		{"6to4 loopback", "https", "tcp6", "[2002:7f00:1::]:443", reasonAddress},
		{"unique local", "https", "tcp6", "[fd00::1]:443", reasonAddress},
		{"link local IPv6", "https", "tcp6", "[fe80::1%eth0]:443", reasonAddress},
		{"unix socket", "https", "unix", "/run/docker.sock", reasonAddress},
		{"not an address", "https", "tcp4", "example.com:443", reasonAddress},
		{"allowed", "https", "tcp4", "10.1.2.3:443", ok},
		{"allowed http, any port", "http", "tcp4", "10.1.2.3:22", ok},
		{"allowed, written as mapped", "http", "tcp4", "10.2.0.9:80", ok},
		{"allowed mapped address", "http", "tcp6", "[::ffff:10.1.2.3]:80", ok},
		{"allowed IPv6", "http", "tcp6", "[fd00:1::5]:80", ok},
		{"next to allowed", "http", "tcp4", "10.3.0.1:80", reasonAddress},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := ok
			var r *refusal
			if err := g.checkAddress(tc.scheme, tc.network, tc.address); errors.As(err, &r) {
				got = r.reason
			}
			if got != tc.want {
				t.Errorf("verdict on %s %s = %d, want %d", tc.scheme, tc.address, got, tc.want)
			}
		})
	}
}

func TestCheckURL(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, url string
		allow     []netip.Prefix
		want      core.Code
	}{
		{"https", "https://example.com/a.png", nil, 0},
		{"http with an allow list", "http://example.com/a.png", loopback(), 0},
		{"http without one", "http://example.com/a.png", nil, core.CodeMediaURL},
		{"no such port", "https://example.com:99999/", nil, core.CodeMediaURL},
		{"port 0", "https://example.com:0/", loopback(), core.CodeMediaURL},
		{"last port", "https://example.com:65535/", nil, 0},
		{"no port after the colon", "https://example.com:/", nil, 0},
		{"user", "https://user@example.com/", nil, core.CodeMediaURL},
		{"user and password", "https://user:pw@example.com/", loopback(), core.CodeMediaURL},
		{"file", "file:///etc/passwd", loopback(), core.CodeMediaURL},
		{"gopher", "gopher://example.com/", loopback(), core.CodeMediaURL},
		{"no host", "https:///a.png", nil, core.CodeMediaURL},
		{"opaque", "https:example.com", nil, core.CodeMediaURL},
		{"port without host", "https://:443/", nil, core.CodeMediaURL},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			u, err := url.Parse(tc.url)
			if err != nil {
				t.Fatal(err)
			}
			err = New(tc.allow).CheckURL(u)
			if tc.want == 0 {
				if err != nil {
					t.Fatalf("refused: %v", err)
				}
				return
			}
			refused(t, err, tc.want)
			if strings.Contains(err.Error(), "pw") {
				t.Errorf("the error shows the password: %v", err)
			}
		})
	}
}

func TestAllowedServer(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(hello))
	t.Cleanup(srv.Close)
	body, err := get(t, New(loopback()), srv.URL)
	if err != nil || body != "hello" {
		t.Fatalf("got %q, %v, want hello", body, err)
	}
}

func TestBlockedServerIsNotContacted(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	srv := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
	t.Cleanup(srv.Close)
	_, port, err := net.SplitHostPort(srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"127.0.0.1", "localhost", "evil.test.", "[::ffff:127.0.0.1]", "0x7f000001"} {
		t.Run(host, func(t *testing.T) {
			t.Parallel()
			g := newGuard(nil, fakeDNS("127.0.0.1"), nil)
			_, err := get(t, g, "https://"+host+":"+port+"/")
			refused(t, err, core.CodeMediaBlocked, strings.Trim(host, "[]"))
		})
	}
	t.Cleanup(func() {
		if n := calls.Load(); n != 0 {
			t.Errorf("the blocked server was called %d times", n)
		}
	})
}

func TestTLS(t *testing.T) {
	t.Parallel()
	srv := httptest.NewUnstartedServer(http.HandlerFunc(hello))
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // one of the two handshakes is meant to fail
	srv.StartTLS()
	t.Cleanup(srv.Close)
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	body, err := get(t, newGuard(loopback(), net.DefaultResolver, roots), srv.URL)
	if err != nil || body != "hello" {
		t.Fatalf("got %q, %v, want hello", body, err)
	}
	_, err = get(t, New(loopback()), srv.URL)
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); !ok {
		t.Errorf("got %v for an unknown issuer, want a certificate error", err)
	}
}

// TestRebinding resolves a name to a public address first and to loopback when it
// is used: the answer that is connected to is the one that is judged.
func TestRebinding(t *testing.T) {
	t.Parallel()
	resolver := fakeDNS("93.184.215.14", "127.0.0.1")
	addrs, err := resolver.LookupHost(t.Context(), "rebind.test.")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"93.184.215.14"}, addrs); diff != "" {
		t.Fatalf("first answer (-want +got):\n%s", diff)
	}
	_, err = get(t, newGuard(nil, resolver, nil), "https://rebind.test./")
	refused(t, err, core.CodeMediaBlocked, "rebind.test")
	if message := core.AsError(err).Message; strings.Contains(message, "127.0.0.1") {
		t.Errorf("message %q tells what the host resolved to", message)
	}
}

func TestPlainHTTPToPublicAddress(t *testing.T) {
	t.Parallel()
	g := newGuard(loopback(), fakeDNS("93.184.215.14"), nil)
	_, err := get(t, g, "http://public.test./")
	refused(t, err, core.CodeMediaURL, "public.test", "https")
	if core.AsError(err).Help == "" {
		t.Error("there is no way out")
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("/hop/{n}", func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.PathValue("n"))
		if n == 0 {
			_, _ = io.WriteString(w, "referer="+r.Referer())
			return
		}
		http.Redirect(w, r, "/hop/"+strconv.Itoa(n-1)+"?secret=1", http.StatusFound)
	})
	for path, target := range map[string]string{
		"/private": "http://192.168.0.1/", "/file": "file:///etc/passwd", "/user": "http://a:b@127.0.0.1/",
		"/v6": "http://[::1]:1/", "/meta": "http://169.254.169.254/latest/meta-data/",
		"/malformed": "http://[::1/", "/escape": "/%zz", "/hostless": "http:///a.png", "/opaque": "https:example.com", "/bare": "http://",
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", target)
			w.WriteHeader(http.StatusFound)
		})
	}
	mux.HandleFunc("/nowhere", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusFound) })
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	g := New([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")})
	if body, err := get(t, g, srv.URL+"/nowhere"); err != nil || body != "" {
		t.Errorf("an answer that names no address: %q, %v; want it as it is", body, err)
	}

	cases := []struct {
		name, path string
		want       core.Code
	}{
		{"as many as allowed", "/hop/5", 0},
		{"one more", "/hop/6", core.CodeMediaURL},
		{"to a private address", "/private", core.CodeMediaBlocked},
		{"to the metadata service", "/meta", core.CodeMediaBlocked},
		{"to IPv6 loopback", "/v6", core.CodeMediaBlocked},
		{"to a file", "/file", core.CodeMediaURL},
		{"with a password", "/user", core.CodeMediaURL},
		{"to no address", "/malformed", core.CodeMediaURL},
		{"to a bad escape", "/escape", core.CodeMediaURL},
		{"to no host", "/hostless", core.CodeMediaURL},
		{"to an opaque address", "/opaque", core.CodeMediaURL},
		{"to a scheme alone", "/bare", core.CodeMediaURL},
	}
	for kind, client := range map[string]*http.Client{"": g.Client(testTimeout), "kept: ": g.KeepingClient()} {
		t.Cleanup(client.CloseIdleConnections)
		for _, tc := range cases {
			t.Run(kind+tc.name, func(t *testing.T) {
				t.Parallel()
				body, err := fetch(t, client, srv.URL+tc.path)
				if tc.want != 0 {
					refused(t, err, tc.want)
					return
				}
				if err != nil || body != "referer=" {
					t.Fatalf("got %q, %v, want the end of the chain without a referer", body, err)
				}
			})
		}
	}
}

// TestNoProxy cannot run in parallel: it sets the environment.
func TestNoProxy(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "by proxy")
	}))
	t.Cleanup(proxy.Close)
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("HTTPS_PROXY", proxy.URL)
	_, err := get(t, newGuard(loopback(), fakeDNS("192.168.0.1"), nil), "http://inner.test./")
	refused(t, err, core.CodeMediaBlocked)
}

func TestHeaderSizeIsCapped(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Long", strings.Repeat("a", 2*maxHeaderBytes))
	}))
	t.Cleanup(srv.Close)
	if _, err := get(t, New(loopback()), srv.URL); err == nil {
		t.Error("an answer with huge headers was taken")
	}
}

func TestClientGivesUp(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done() // the body never comes
	}))
	t.Cleanup(srv.Close)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := New(loopback()).Client(100 * time.Millisecond).Do(req)
	if err == nil { // the time may end before the header has come
		defer func() { _ = resp.Body.Close() }()
		_, err = io.ReadAll(resp.Body)
	}
	if e, ok := errors.AsType[net.Error](err); !ok || !e.Timeout() {
		t.Errorf("got %v, want that the time is up", err)
	}
}

// TestNoCompression: what is counted against a cap is what the server sent.
func TestNoCompression(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "accepts="+r.Header.Get("Accept-Encoding"))
	}))
	t.Cleanup(srv.Close)
	if body, err := get(t, New(loopback()), srv.URL); err != nil || body != "accepts=" {
		t.Errorf("got %q, %v, want a request for the plain body", body, err)
	}
}

// body tells whether it was closed.
type body struct {
	io.Reader
	closed bool
}

func (b *body) Close() error { b.closed = true; return nil }

func TestRefusedRequestIsClosed(t *testing.T) {
	t.Parallel()
	b := &body{Reader: strings.NewReader("hello")}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://example.com/", b)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := New(nil).Client(0).Transport.RoundTrip(req)
	if err == nil {
		_ = resp.Body.Close()
	}
	refused(t, err, core.CodeMediaURL)
	if !b.closed {
		t.Error("the body of the refused request stays open, which the contract of RoundTrip forbids")
	}
}
