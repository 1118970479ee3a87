//go:build interop

package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// publicHost is where Crier is, as browsers and networks see it: a name for private networks
// (RFC 8375). A server of the protocol asks for nothing at example.com.
const publicHost = "crier.home.arpa"

// TestGenuineBlueskyReadsWhoAsks has a genuine server read the document in which Crier, at an
// https address, tells who it is, and check the signature by which Crier proves it.
// https://atproto.com/specs/oauth#confidential-client-authentication
func TestGenuineBlueskyReadsWhoAsks(t *testing.T) {
	t.Parallel()
	front := httptest.NewUnstartedServer(nil)
	certificate, file := ownCertificate(t)
	front.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	_, port, err := net.SplitHostPort(front.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	public := "https://" + net.JoinHostPort(publicHost, port)
	w := newATWorld(t, genuineNetwork(t, "HOSTS_HERE="+publicHost, "NODE_EXTRA_CA_CERTS="+file), "CRIER_PUBLIC_URL="+public)
	w.public = public
	crier, err := url.Parse(w.server.url)
	if err != nil {
		t.Fatal(err)
	}
	front.Config.Handler = &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(crier); r.Out.Host = r.In.Host }}
	front.StartTLS()
	t.Cleanup(front.Close)

	w.checkDocument()
	w.newVisitor(here(t, certificate, front.Listener.Addr().String())).linkBob()
	w.postAsBob("By a program that has a name")
	const passed = 3 * time.Hour
	w.server.kill()
	w.net.advance(t, passed)
	w.server.startAfter(passed)
	w.postAsBob("And after three hours")
}

// checkDocument looks at the document: it has the public key alone.
func (w *atWorld) checkDocument() {
	w.t.Helper()
	status, body := fetch(w.t, w.server.url+"/link/clients/bluesky.json")
	var document struct {
		Method string `json:"token_endpoint_auth_method"`
		Keys   struct {
			Keys []map[string]any
		} `json:"jwks"`
	}
	if err := json.Unmarshal([]byte(body), &document); err != nil || status != http.StatusOK {
		w.t.Fatalf("%d %s", status, body)
	}
	if document.Method != "private_key_jwt" || len(document.Keys.Keys) == 0 || document.Keys.Keys[0]["d"] != nil {
		w.t.Errorf("the document of the client: %s", body)
	}
}

// here reaches every address of the public host at one of this machine.
func here(t *testing.T, certificate tls.Certificate, addr string) *http.Transport {
	t.Helper()
	pool := x509.NewCertPool()
	pool.AddCert(certificate.Leaf)
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, addr)
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// ownCertificate is one for the public host, which is its own authority, and the file of it.
func ownCertificate(t *testing.T) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: publicHost}, DNSNames: []string{publicHost},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(365 * 24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(signed)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "authority.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{signed}, PrivateKey: key, Leaf: leaf}, file
}
