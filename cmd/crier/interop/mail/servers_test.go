//go:build interop

package mail_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/cmd/crier/interop/internal/programtest"
)

// patience is longer than a server takes to look again at what has come due.
const patience = 90 * time.Second

// install puts the packages of package-lock.json into a folder.
func install(t *testing.T) string {
	t.Helper()
	programtest.Need(t, "mail through servers of others", "they belong to Node.js", "node", "npm")
	dir := t.TempDir()
	for _, name := range []string{"package.json", "package-lock.json", "starttls.mjs"} {
		content, err := os.ReadFile(name)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	npm := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	npm.Dir = dir
	if out, err := npm.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	return dir
}

// run runs a program of Node.js until the test ends, and returns what it prints.
func run(t *testing.T, dir string, args ...string) *bufio.Reader {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "node", args...)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Error(err)
		}
		_ = cmd.Wait() // says that it was killed
	})
	return bufio.NewReader(stdout)
}

// received is a mail as maildev shows it.
type received struct {
	Subject, Text, HTML string
	Headers             map[string]string
	To                  []struct{ Address string }
}

// maildev is a running maildev.
type maildev struct {
	t    *testing.T
	smtp string // host and port
	web  string
}

func startMaildev(t *testing.T, dir string, args ...string) *maildev {
	t.Helper()
	smtp, web := freePort(t), freePort(t)
	m := &maildev{t: t, smtp: "127.0.0.1:" + strconv.Itoa(smtp), web: "http://127.0.0.1:" + strconv.Itoa(web)}
	out := run(t, dir, append([]string{
		"node_modules/.bin/maildev", "--ip", "127.0.0.1", "--web-ip", "127.0.0.1", "--smtp", strconv.Itoa(smtp), "--web", strconv.Itoa(web),
		"--mail-directory", t.TempDir(),
	}, args...)...)
	for line := ""; !strings.Contains(line, "SMTP Server running"); { // it ends when somebody connects without a TLS handshake
		var err error
		if line, err = out.ReadString('\n'); err != nil {
			t.Fatalf("maildev: %v", err)
		}
	}
	go func() { _, _ = out.WriteTo(os.Stderr) }() // ends with the program
	m.until(func() bool { _, err := m.all(); return err == nil })
	return m
}

// all is every mail that has arrived.
func (m *maildev) all() ([]received, error) {
	req, err := http.NewRequestWithContext(m.t.Context(), http.MethodGet, m.web+"/email", nil)
	if err != nil {
		return nil, err
	}
	res, err := (&http.Client{Timeout: patience}).Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	var list []received
	return list, json.NewDecoder(res.Body).Decode(&list)
}

// await waits until there are so many mails.
func (m *maildev) await(n int) []received {
	m.t.Helper()
	var list []received
	m.until(func() bool {
		var err error
		list, err = m.all()
		return err == nil && len(list) >= n
	})
	if len(list) != n {
		m.t.Fatalf("%d mails have arrived, want %d: %+v", len(list), n, list)
	}
	return list
}

func (m *maildev) until(done func() bool) {
	m.t.Helper()
	for begun := time.Now(); !done(); <-time.After(100 * time.Millisecond) {
		if time.Since(begun) > patience {
			list, err := m.all()
			m.t.Fatalf("that takes too long; the mail server has %+v, %v", list, err)
		}
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

// certificate makes one for 127.0.0.1, and returns the files of it and of its key.
func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for name, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: signed}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}
