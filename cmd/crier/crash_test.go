package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

const (
	crashKey   = "CRASH-TEST-KEY-0123456789"
	crashKills = 50
	// crashPatience is how long a restarted server may take to bring everything
	// to an end: longer than the last look-up for a lost answer, which has to wait
	// until a post that is not there will not appear any more.
	crashPatience = 2 * time.Minute
)

// TestKilledAtAnyMoment kills the real program with SIGKILL at random moments of
// 50 publishes, starts it again each time, and holds what Crier says against what
// the network has: every post exactly once.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	const seed = 20261121
	random := rand.New(rand.NewPCG(seed, seed))
	network := sandbox.New(sandbox.Options{
		EveryVersion: true, Dir: t.TempDir(),
		Latency: sandbox.Latency{Min: time.Millisecond, Max: 25 * time.Millisecond, Seed: seed},
	})
	upstream := httptest.NewServer(network)
	t.Cleanup(upstream.Close)

	s := newServerProcess(t, upstream.URL)
	s.start()
	s.link()
	var ids []string
	for i := range crashKills {
		answer := make(chan string, 1)
		go func() { answer <- s.post(i) }()
		// The moment lies anywhere between the arrival of the request and well
		// after the answer.
		s.wait(time.Duration(random.Int64N(int64(120 * time.Millisecond))))
		s.kill()
		s.start()
		id := <-answer
		if id == "" { // nothing was promised: the client asks again, with the same key
			id = s.post(i)
		}
		if id == "" {
			t.Fatalf("post %d: no answer from a running server", i)
		}
		ids = append(ids, id)
	}
	s.checkEach(ids, network)
	s.kill()
}

// serverProcess is `crier serve` as a program of its own.
type serverProcess struct {
	t      *testing.T
	binary string
	url    string
	env    []string
	cmd    *exec.Cmd
	log    *bytes.Buffer
	client *http.Client
}

func newServerProcess(t *testing.T, upstream string) *serverProcess {
	t.Helper()
	addr := freeAddress(t)
	s := &serverProcess{
		t: t, binary: buildBinary(t), url: "http://" + addr, log: &bytes.Buffer{},
		client: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}},
	}
	s.env = append(os.Environ(),
		"CRIER_ADDR="+addr, "CRIER_OPS_ADDR=off", "CRIER_DATA_DIR="+t.TempDir(), "CRIER_API_KEY="+crashKey,
		"CRIER_LINKEDIN_API_URL="+upstream, "CRIER_MEDIA_ALLOW=127.0.0.0/8",
		"CRIER_COMMIT_TIMEOUT=1s", "CRIER_LEASE=2s", "CRIER_RECONCILE_AFTER=1s,62s",
	)
	t.Cleanup(func() {
		if s.cmd != nil {
			s.kill()
		}
		if t.Failed() {
			t.Logf("the server's log:\n%s", s.log)
		}
	})
	return s
}

// buildBinary compiles the program once for each test that wants it.
func buildBinary(tb testing.TB) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "crier")
	out, err := exec.CommandContext(tb.Context(), "go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		tb.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

func freeAddress(tb testing.TB) string {
	tb.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// start runs the server and waits until it answers.
func (s *serverProcess) start() {
	s.t.Helper()
	s.cmd = exec.CommandContext(context.WithoutCancel(s.t.Context()), s.binary, "serve")
	s.cmd.Env, s.cmd.Stderr, s.cmd.Stdout = s.env, s.log, s.log
	s.cmd.Dir = s.t.TempDir()
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	deadline := time.Now().Add(20 * time.Second)
	for time.Now().Before(deadline) {
		if status, _ := s.call(http.MethodGet, "/openapi.json", "", nil, nil); status == http.StatusOK {
			return
		}
		s.wait(5 * time.Millisecond)
	}
	s.t.Fatalf("the server does not answer:\n%s", s.log)
}

// kill ends the server as a power cut would.
func (s *serverProcess) kill() {
	s.t.Helper()
	if err := s.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.t.Fatal(err)
	}
	_ = s.cmd.Wait() // says that it was killed
	s.cmd = nil
}

// wait lets real time pass: a process of its own cannot be given a test's clock.
func (s *serverProcess) wait(d time.Duration) { <-time.After(d) }

// call makes one request; status 0 means that there was no answer.
func (s *serverProcess) call(method, path, key string, body any, answer any) (int, error) {
	var payload io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return 0, err
		}
		payload = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(context.WithoutCancel(s.t.Context()), method, s.url+path, payload)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+crashKey)
	req.Header.Set("Content-Type", "application/json")
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
		req.Header.Set("Prefer", "wait=1")
	}
	res, err := s.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err
	}
	if answer != nil {
		if err := json.Unmarshal(raw, answer); err != nil {
			return 0, fmt.Errorf("%w in %s", err, raw)
		}
	}
	return res.StatusCode, nil
}

func (s *serverProcess) link() {
	s.t.Helper()
	var answer map[string]any
	status, err := s.call(http.MethodPost, "/profiles/social", "", map[string]any{
		"platform": "linkedin", "accessToken": sandbox.PageToken, "expiresIn": 5184000, "id": sandbox.PageURN,
	}, &answer)
	if err != nil || status != http.StatusOK {
		s.t.Fatalf("linking the page: %d %v %v", status, answer, err)
	}
}

func crashText(i int) string {
	return fmt.Sprintf("Post number %d (of %d), come what may #crash", i, crashKills)
}

// post asks for the i-th post, every third with a picture, and returns its id, or
// "" when there was no answer.
func (s *serverProcess) post(i int) string {
	body := map[string]any{"post": crashText(i), "platforms": []string{"linkedin"}}
	if i%3 == 0 {
		body["randomMediaUrl"] = true
	}
	var answer struct{ ID string }
	if _, err := s.call(http.MethodPost, "/post", fmt.Sprintf("crash-%d", i), body, &answer); err != nil {
		return ""
	}
	return answer.ID
}

// checkEach waits until every post has ended and compares it with the network.
func (s *serverProcess) checkEach(ids []string, network *sandbox.Sandbox) {
	s.t.Helper()
	deadline := time.Now().Add(crashPatience)
	said := make([]string, len(ids)) // URN that Crier names for each post
	for i, id := range ids {
		for {
			var answer struct {
				Status  string
				PostIDs []struct{ ID string } `json:"postIds"`
				Errors  []any
			}
			status, err := s.call(http.MethodGet, "/post/"+id, "", nil, &answer)
			if status == http.StatusOK && answer.Status == "success" && len(answer.PostIDs) == 1 {
				said[i] = answer.PostIDs[0].ID
				break
			}
			if time.Now().After(deadline) {
				s.t.Fatalf("post %d (%s) ended as %+v, %v", i, id, answer, err)
			}
			s.wait(20 * time.Millisecond)
		}
	}
	has := map[string][]string{} // URNs on the network by text
	for _, p := range network.Posts() {
		has[p.DisplayText] = append(has[p.DisplayText], p.URN)
	}
	for i := range ids {
		switch urns := has[crashText(i)]; {
		case len(urns) == 0:
			s.t.Errorf("post %d is lost: Crier says %s", i, said[i])
		case len(urns) > 1:
			s.t.Errorf("post %d went out %d times: %s", i, len(urns), strings.Join(urns, ", "))
		case urns[0] != said[i]:
			s.t.Errorf("post %d is %s on the network, but Crier says %s", i, urns[0], said[i])
		}
	}
	if len(has) != len(ids) {
		s.t.Errorf("the network has %d different texts, want %d", len(has), len(ids))
	}
}
