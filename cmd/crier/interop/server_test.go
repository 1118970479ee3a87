//go:build interop

package interop_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// startCrier builds the program and runs it until the test ends, which then looks at
// what it leaves behind.
func startCrier(t *testing.T) *crier {
	t.Helper()
	dir := t.TempDir()
	binary := filepath.Join(dir, "crier")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "..").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), binary, "serve", "--sandbox")
	cmd.Dir, cmd.Env = dir, environ(dir)
	stderr, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	c, log := &crier{client: &http.Client{Timeout: patience + time.Minute}}, &serverLog{lines: bufio.NewReader(stderr)}
	if c.url, c.sandbox, err = log.untilStarted(); err != nil {
		t.Fatalf("the server ended before it started: %v\n%s", errors.Join(err, cmd.Wait()), &log.text)
	}
	rest := make(chan error, 1)
	go func() { _, err := io.Copy(&log.text, log.lines); rest <- err }()
	t.Cleanup(func() {
		err := cmd.Process.Signal(os.Interrupt)
		err = errors.Join(err, <-rest, cmd.Wait())
		if err != nil {
			t.Errorf("the server ended badly: %v", err)
		}
		log.check(t)
		checkSpool(t, filepath.Join(dir, "data", "sandbox", "spool"))
		if t.Failed() {
			t.Logf("the server's log:\n%s", &log.text)
		}
	})
	return c
}

// environ is the server's environment. Settings of whoever runs the test are not the
// test's.
func environ(dir string) []string {
	other := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "CRIER_") })
	return append(other,
		"CRIER_ADDR=127.0.0.1:0", "CRIER_SANDBOX_ADDR=127.0.0.1:0", "CRIER_OPS_ADDR=off", "CRIER_DATA_DIR="+filepath.Join(dir, "data"),
		"CRIER_API_KEY="+apiKey, "CRIER_MEDIA_ALLOW=127.0.0.0/8", "CRIER_LOG_FORMAT=json")
}

// serverLog gathers what the server logs. It is read by one goroutine at a time.
type serverLog struct {
	lines *bufio.Reader
	text  strings.Builder
}

// untilStarted reads until the server tells its addresses.
func (l *serverLog) untilStarted() (api, sandbox string, err error) {
	for {
		line, err := l.lines.ReadString('\n')
		l.text.WriteString(line)
		if err != nil {
			return "", "", err
		}
		var entry struct{ Msg, API, Sandbox string }
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Msg == "started" {
			return entry.API, entry.Sandbox, nil
		}
	}
}

// check looks for defects: a refusal is none.
func (l *serverLog) check(t *testing.T) {
	t.Helper()
	for line := range strings.Lines(l.text.String()) {
		var entry struct{ Level string }
		if json.Unmarshal([]byte(line), &entry) != nil || entry.Level == "ERROR" {
			t.Errorf("logged: %s", line)
		}
	}
}

// checkSpool finds files of posts that have ended long since.
func checkSpool(t *testing.T, dir string) {
	t.Helper()
	if _, err := os.Stat(dir); err != nil {
		t.Error(err)
	}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil && info.Size() > 0 {
			t.Errorf("%s is left behind, with %d bytes", path, info.Size())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
