package pdstest

import (
	"bufio"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// startTime is how long a program may take until it answers, on a machine that has much to do.
const startTime = 2 * time.Minute

// program is a running program of Node.js.
type program struct {
	address string
	cmd     *exec.Cmd
	stdin   io.Closer // the program ends when this does, so it never outlives the test
}

// run starts one of the programs and waits until it answers.
func (s *Server) run(t testing.TB, name string, settings ...string) *program {
	t.Helper()
	cmd := exec.CommandContext(background(t), "node", filepath.Join(s.dir, "server", name), s.installed) //nolint:gosec // a program of this package
	cmd.Env = append(withoutSettings(os.Environ()), settings...)
	cmd.Stderr = os.Stderr
	p := &program{cmd: cmd}
	stdin, err := cmd.StdinPipe()
	p.stdin = stdin
	var stdout io.ReadCloser
	if err == nil {
		stdout, err = cmd.StdoutPipe()
	}
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	watch := time.AfterFunc(startTime, func() { _ = cmd.Process.Kill() }) // the line then ends
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if p.address = strings.TrimSpace(line); err != nil || !watch.Stop() {
		_ = stdin.Close()
		_ = cmd.Process.Kill()
		log, _ := os.ReadFile(s.log())
		t.Fatalf("%s did not start: %v, it said %q\n%s", name, errors.Join(err, cmd.Wait()), line, log)
	}
	return p
}

// withoutSettings leaves out what would set up a PDS or its log.
func withoutSettings(environ []string) []string {
	var kept []string
	for _, v := range environ {
		if !strings.HasPrefix(v, "PDS_") && !strings.HasPrefix(v, "LOG_") && !strings.HasPrefix(v, "NODE_") {
			kept = append(kept, v)
		}
	}
	return kept
}

// stop kills the program, and fails the test if it has ended by itself.
func (p *program) stop(t testing.TB) {
	t.Helper()
	if p.cmd.ProcessState != nil {
		return // stopped before
	}
	_ = p.cmd.Process.Kill() // if it has ended, its state says so
	_ = p.stdin.Close()
	_ = p.cmd.Wait() // says that it was killed
	if p.cmd.ProcessState.Exited() {
		t.Errorf("a program of the Bluesky server has ended by itself: %v", p.cmd.ProcessState)
	}
}

// port is the one that the program listens on.
func (p *program) port(t testing.TB) string {
	t.Helper()
	address, err := url.Parse(p.address)
	if err != nil {
		t.Fatal(err)
	}
	return address.Port()
}

// secret is a random key or password.
func secret() string {
	var key [32]byte
	_, _ = rand.Read(key[:]) // never fails
	return hex.EncodeToString(key[:])
}

func blobLimit() string { return "PDS_BLOB_UPLOAD_LIMIT=" + strconv.Itoa(BlobLimit) }
