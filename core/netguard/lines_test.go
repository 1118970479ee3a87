package netguard

import (
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// counted serves hello, and tells of its connections: how many were made, and each that ends.
type counted struct {
	*httptest.Server

	made  chan struct{}
	ended chan struct{}
}

func newCounted(t *testing.T) counted {
	t.Helper()
	c := counted{httptest.NewUnstartedServer(http.HandlerFunc(hello)), make(chan struct{}, 2*keptInAll), make(chan struct{}, 2*keptInAll)}
	c.EnableHTTP2 = true
	c.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			c.made <- struct{}{}
		case http.StateClosed:
			c.ended <- struct{}{}
		case http.StateActive, http.StateIdle, http.StateHijacked:
		}
	}
	t.Cleanup(c.Close)
	return c
}

// at is the server under another name.
func (c counted) at(t *testing.T, host string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(c.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return "http://" + net.JoinHostPort(host, port)
}

func hears(t *testing.T, client *http.Client, address string) {
	t.Helper()
	if body, err := fetch(t, client, address); err != nil || body != "hello" {
		t.Fatalf("%s: %q, %v, want hello", address, body, err)
	}
}

func TestConnectionsOfClients(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		secure bool
		client func(*Guard) *http.Client
		want   int // of three requests
	}{
		{"kept", false, (*Guard).KeepingClient, 1},
		{"kept, https", true, (*Guard).KeepingClient, 1},
		{"not kept", false, func(g *Guard) *http.Client { return g.Client(testTimeout) }, 3},
		{"not kept, https", true, func(g *Guard) *http.Client { return g.Client(testTimeout) }, 3},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			server, roots := newCounted(t), x509.NewCertPool()
			if tc.secure {
				server.StartTLS()
				roots.AddCert(server.Certificate())
			} else {
				server.Start()
			}
			client := tc.client(newGuard(loopback(), net.DefaultResolver, roots))
			t.Cleanup(client.CloseIdleConnections)
			for range 3 {
				hears(t, client, server.URL)
			}
			if got := len(server.made); got != tc.want {
				t.Errorf("%d connections for three requests, want %d", got, tc.want)
			}
		})
	}
}

// TestRebindingOfAKeptConnection: a name that leads inwards since leads nowhere new as long as
// the connection is kept, and is refused when the next one is made.
func TestRebindingOfAKeptConnection(t *testing.T) {
	t.Parallel()
	server := newCounted(t)
	server.Start()
	client := newGuard(loopback(), fakeDNS("127.0.0.1", "192.168.0.1"), nil).KeepingClient()
	address := server.at(t, "rebind.test.")
	for range 2 {
		hears(t, client, address)
	}
	client.CloseIdleConnections()
	_, err := fetch(t, client, address)
	refused(t, err, core.CodeMediaBlocked, "rebind.test")
}

// TestKeptConnectionsAreForTheirNameAlone: what a name was admitted for does not admit another
// one, nor an address that is no good in itself.
func TestKeptConnectionsAreForTheirNameAlone(t *testing.T) {
	t.Parallel()
	server := newCounted(t)
	server.Start()
	client := newGuard(loopback(), fakeDNS("127.0.0.1", "192.168.0.1"), nil).KeepingClient()
	t.Cleanup(client.CloseIdleConnections)
	hears(t, client, server.at(t, "one.test."))
	_, err := fetch(t, client, server.at(t, "two.test."))
	refused(t, err, core.CodeMediaBlocked, "two.test")
	_, err = fetch(t, client, server.at(t, "user@one.test."))
	refused(t, err, core.CodeMediaURL, "user name")
}

// TestIdleConnectionsAreBounded asks under more names than connections are kept.
func TestIdleConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	const more = 5
	server := newCounted(t)
	server.Start()
	client := newGuard(loopback(), fakeDNS("127.0.0.1"), nil).KeepingClient()
	t.Cleanup(client.CloseIdleConnections)
	for i := range keptInAll + more {
		hears(t, client, server.at(t, "n"+strconv.Itoa(i)+".test."))
	}
	for range more {
		coretest.Receive(t, "the end of as many connections as there are too many of", server.ended)
	}
	if got := len(server.made); got != keptInAll+more {
		t.Errorf("%d connections were made", got)
	}
}

// A server may take its time with a large file: the caller knows how long, not the client.
func TestKeepingClientWaitsAsLongAsItsCaller(t *testing.T) {
	t.Parallel()
	client := New(loopback()).KeepingClient()
	kept, ok := client.Transport.(*lines)
	if !ok || client.Timeout != 0 || kept.secure.ResponseHeaderTimeout != 0 || kept.plain.ResponseHeaderTimeout != 0 {
		t.Errorf("a request ends by itself: %+v", client)
	}
	if kept.secure.IdleConnTimeout != keptIdle || kept.secure.MaxIdleConnsPerHost != keptPerHost {
		t.Error("idle connections are not bounded as the client says")
	}
}

// TestUploadThroughAKeptConnection: a body of no known end to the client is sent as it comes.
func TestUploadThroughAKeptConnection(t *testing.T) {
	t.Parallel()
	const piece, pieces = 64 << 10, 100
	arrived := make(chan int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for range pieces { // the next piece is not made before this one has come
			n, err := io.CopyN(io.Discard, r.Body, piece)
			if err != nil {
				t.Error(err)
			}
			arrived <- n
		}
		hello(w, r)
	}))
	t.Cleanup(server.Close)
	body, source := io.Pipe()
	go func() {
		for range pieces {
			_, _ = source.Write(make([]byte, piece))
			<-arrived
		}
		_ = source.Close()
	}()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, body)
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = piece * pieces
	client := New(loopback()).KeepingClient()
	t.Cleanup(client.CloseIdleConnections)
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if answer, err := io.ReadAll(resp.Body); err != nil || string(answer) != "hello" {
		t.Errorf("%q, %v", answer, err)
	}
}
