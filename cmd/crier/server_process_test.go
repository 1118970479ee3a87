package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/crier-social/crier/cmd/crier/crashtest"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// serverVariable makes this program a server, and is how far its clock is ahead.
const serverVariable = "SERVER_CLOCK_AHEAD"

// runServerProcess is the program as a process of its own, with all of it but the way
// in which main gets its world.
func runServerProcess(ahead string, args []string) int {
	skipped, err := time.ParseDuration(ahead)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitFailure
	}
	clock := &aheadClock{}
	clock.skip(skipped)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return run(ctx, cli{environ: os.Environ(), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, clock: clock}, args)
}

// aheadClock is the real time, of which a part can be skipped.
type aheadClock struct {
	core.SystemClock
	ahead atomic.Int64 // nanoseconds
}

// Now implements core.Clock.
func (c *aheadClock) Now() time.Time { return c.SystemClock.Now().Add(c.skipped()) }

// Steady implements core.SteadyClock: what is skipped counts as time that has passed.
func (c *aheadClock) Steady() time.Duration { return c.SystemClock.Steady() + c.skipped() }

func (c *aheadClock) skip(d time.Duration) { c.ahead.Add(int64(d)) }

func (c *aheadClock) skipped() time.Duration { return time.Duration(c.ahead.Load()) }

const crashKey = "CRASH-TEST-KEY-0123456789"

// patience is how long tests wait for what has to happen, on a machine that has other things to
// do. It guards against hanging alone: what has not happened by then never will.
const patience = 3 * time.Minute

// serverProcess is `crier serve` as a process of its own, which posts to a sandbox in
// this one.
type serverProcess struct {
	t       *testing.T
	network *sandbox.Sandbox
	clock   *aheadClock // of the sandbox, and of each process from its start on
	url     string
	env     []string
	cmd     *exec.Cmd
	log     *processLog
	client  *http.Client
}

// newServerProcess starts the server, with the sandbox's page linked. The settings are
// added to those of every server.
func newServerProcess(t *testing.T, o sandbox.Options, settings ...string) *serverProcess {
	t.Helper()
	return newServerProcessAt(t, freeAddress(t), o, settings...)
}

// newServerProcessAt starts it at an address.
func newServerProcessAt(t *testing.T, addr string, o sandbox.Options, settings ...string) *serverProcess {
	t.Helper()
	clock := &aheadClock{}
	o.EveryVersion, o.Dir, o.Clock = true, t.TempDir(), clock
	network := sandbox.New(o)
	upstream := httptest.NewServer(network)
	t.Cleanup(upstream.Close)
	s := &serverProcess{
		t: t, network: network, clock: clock, url: "http://" + addr, log: &processLog{},
		client: &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}},
	}
	s.env = append(os.Environ(),
		"CRIER_ADDR="+addr, "CRIER_OPS_ADDR=off", "CRIER_DATA_DIR="+migratedDir(t), "CRIER_API_KEY="+crashKey,
		"CRIER_LINKEDIN_API_URL="+upstream.URL, "CRIER_LINKEDIN_OAUTH_URL="+upstream.URL+"/oauth/v2", "CRIER_LINKEDIN_OAUTH_URL="+upstream.URL+"/oauth/v2",
		"CRIER_LINKEDIN_POSTS_PER_DAY=0", "CRIER_MEDIA_ALLOW=127.0.0.0/8",
		"CRIER_COMMIT_TIMEOUT=1s", "CRIER_LEASE="+crashLease.String(), "CRIER_RECONCILE_AFTER=1s,"+crashLastLook.String(),
	)
	s.env = append(s.env, settings...)
	t.Cleanup(func() {
		if s.cmd != nil {
			s.kill()
		}
		if strings.Contains(s.log.String(), "DATA RACE") {
			t.Error("the server had a data race")
		}
		if t.Failed() {
			t.Logf("the server's log:\n%s", s.log)
		}
	})
	s.start()
	s.link()
	return s
}

func freeAddress(tb testing.TB) string {
	tb.Helper()
	list, err := crashtest.FreeAddresses(1)
	if err != nil {
		tb.Fatal(err)
	}
	return list[0]
}

// start runs the server and waits until it answers.
func (s *serverProcess) start() {
	s.t.Helper()
	program, err := os.Executable()
	if err != nil {
		s.t.Fatal(err)
	}
	s.cmd = exec.CommandContext(context.WithoutCancel(s.t.Context()), program, "serve")
	s.cmd.Env = append(slices.Clone(s.env), serverVariable+"="+s.clock.skipped().String())
	s.cmd.Stderr, s.cmd.Stdout = s.log, s.log
	crashtest.EndWithTest(s.cmd)
	s.cmd.Dir = s.t.TempDir()
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.until("the server answers", func() bool {
		status, _ := s.call(http.MethodGet, "/openapi.json", "", nil, nil)
		return status == http.StatusOK
	})
}

// until waits for something.
func (s *serverProcess) until(what string, happened func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); !happened(); s.wait(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("within %s it did not come true that %s", patience, what)
		}
	}
}

// untilLogged waits until the processes whose log it is have written something.
func (s *serverProcess) untilLogged(text string) {
	s.t.Helper()
	s.until("the log tells "+text, func() bool { return strings.Contains(s.log.String(), text) })
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

// startAfter starts the server as if so much time had passed since it was killed.
func (s *serverProcess) startAfter(d time.Duration) {
	s.t.Helper()
	s.clock.skip(d)
	s.start()
}

// wait lets real time pass: the clock of a process cannot be moved while it runs.
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
