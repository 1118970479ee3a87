//go:build interop

package cluster_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/crier-social/crier/cmd/crier/crashtest"
)

// patience is longer than anything here takes.
const patience = time.Minute

// logged is how much of a log is shown, in bytes.
const logged = 4000

// journal is what a process writes.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// last is the end of what was written.
func (j *journal) last(bytes int) string {
	text := j.String()
	return text[max(0, len(text)-bytes):]
}

// process is a program that can be started again after it was stopped.
type process struct {
	t       *testing.T
	name    string
	program string
	args    []string
	environ []string
	log     journal
	running *exec.Cmd
}

// start starts the process, which ends with the test at the latest.
func (p *process) start() {
	p.t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(p.t.Context()), p.program, p.args...)
	cmd.Env, cmd.Stdout, cmd.Stderr, cmd.Dir = p.environ, &p.log, &p.log, p.t.TempDir()
	crashtest.EndWithTest(cmd)
	if err := cmd.Start(); err != nil {
		p.t.Fatalf("%s: %v", p.name, err)
	}
	p.running = cmd
	p.t.Cleanup(func() {
		if p.running == cmd {
			_, _ = p.end(syscall.SIGKILL) // says that it was killed
		}
		if p.t.Failed() {
			p.t.Logf("%s wrote last:\n%s", p.name, p.log.last(logged))
		}
	})
}

// end sends a signal, and returns what became of the process, and after which time.
func (p *process) end(signal syscall.Signal) (time.Duration, error) {
	began := time.Now()
	if err := p.running.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Errorf("%s: %v", p.name, err)
	}
	err := p.running.Wait()
	p.running = nil
	return time.Since(began), err
}

// errors are the lines of the log that tell of a defect.
func (p *process) errors() []string {
	var list []string
	for line := range strings.Lines(p.log.String()) {
		var entry struct{ Level string }
		if json.Unmarshal([]byte(line), &entry) != nil || entry.Level == "ERROR" {
			list = append(list, strings.TrimSpace(line))
		}
	}
	return list
}

// until asks again and again, and fails the test when the answer stays false.
func until(t *testing.T, what string, ask func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for !ask() {
		select {
		case <-again.C:
		case <-ctx.Done():
			t.Fatal("in vain waited for: " + what)
		}
	}
}

// freeAddress is one that nobody listens at. It is found under localhost, for which the
// certificate of the load balancer is.
func freeAddress(t *testing.T) string {
	t.Helper()
	address, err := crashtest.FreeLocalhost()
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// listens tells whether somebody listens at an address.
func listens(ctx context.Context, address string) bool {
	c, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err == nil {
		_ = c.Close()
	}
	return err == nil
}
