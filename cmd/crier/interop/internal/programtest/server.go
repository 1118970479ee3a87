//go:build interop

package programtest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Key is the API key of every server that Start starts.
const Key = "INTEROP-KEY-0123456789"

// module is where the program is.
const module = "github.com/crier-social/crier/cmd/crier"

// Build makes the program and returns its path. The file lives as long as the test.
func Build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "crier")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, module) //nolint:gosec // of a path of this test
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return binary
}

// Server is `crier serve --sandbox` as a program of its own.
type Server struct {
	URL     string // of the API and the link pages
	Sandbox string // of the network that it publishes to
	Dir     string // CRIER_DATA_DIR

	header http.Header
	client *http.Client
}

// Start runs the program until the test ends. Settings are added to those of every test;
// those of whoever runs it do not count. A server that logs an error fails the test.
func Start(t *testing.T, binary string, settings ...string) *Server {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), binary, "serve", "--sandbox")
	s := &Server{
		Dir: filepath.Join(dir, "data"), client: &http.Client{Timeout: time.Minute},
		header: http.Header{"Authorization": {"Bearer " + Key}, "Content-Type": {"application/json"}},
	}
	cmd.Dir, cmd.Env = dir, append(environ(s.Dir), settings...)
	stderr, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	log := &serverLog{lines: bufio.NewReader(stderr)}
	if s.URL, s.Sandbox, err = log.untilStarted(); err != nil {
		t.Fatalf("the server ended before it started: %v\n%s", errors.Join(err, cmd.Wait()), &log.text)
	}
	rest := make(chan error, 1)
	go func() { _, err := io.Copy(&log.text, log.lines); rest <- err }()
	t.Cleanup(func() {
		err := cmd.Process.Signal(os.Interrupt)
		if err = errors.Join(err, <-rest, cmd.Wait()); err != nil {
			t.Errorf("the server ended badly: %v", err)
		}
		log.check(t)
		if t.Failed() {
			t.Logf("the server's log:\n%s", &log.text)
		}
	})
	return s
}

func environ(dataDir string) []string {
	other := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "CRIER_") })
	return append(other,
		"CRIER_ADDR=127.0.0.1:0", "CRIER_SANDBOX_ADDR=127.0.0.1:0", "CRIER_OPS_ADDR=off", "CRIER_DATA_DIR="+dataDir,
		"CRIER_API_KEY="+Key, "CRIER_MEDIA_ALLOW=127.0.0.0/8", "CRIER_LOG_FORMAT=json")
}

// As is the same server, asked on behalf of the profile with this key.
func (s *Server) As(profileKey string) *Server {
	other := *s
	other.header = maps.Clone(s.header)
	other.header.Set("Profile-Key", profileKey)
	return &other
}

// Call makes a request of the API, decodes the answer, and fails the test unless it is 200.
func (s *Server) Call(t *testing.T, method, path string, body, answer any) {
	t.Helper()
	s.call(t, method, s.URL+path, body, answer)
}

// MoveClock moves the clock of the server and of its network forward.
func (s *Server) MoveClock(t *testing.T, by time.Duration) {
	t.Helper()
	var moved any
	s.call(t, http.MethodPost, s.Sandbox+"/sandbox/clock", map[string]any{"advance": by.String()}, &moved)
}

func (s *Server) call(t *testing.T, method, address string, body, answer any) {
	t.Helper()
	var payload io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		payload = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, address, payload)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = s.header
	res, err := s.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %d %s", method, address, res.StatusCode, raw)
	}
	if err := json.Unmarshal(raw, answer); err != nil {
		t.Fatalf("%s %s: %v in %s", method, address, err, raw)
	}
}
