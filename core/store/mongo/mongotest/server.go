package mongotest

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// ProgramVariable is the name of the environment variable with the path of the server
// program, which `make mongo-server` builds as bin/mongo-server/mongo-server.
const ProgramVariable = "CRIER_TEST_MONGO_SERVER"

// startTimeout is how long the program may take until it listens: the Java machine has to
// start, and read its file.
const startTimeout = time.Minute

var errNoURL = errors.New("it has ended")

// ServerOptions are how a server keeps its data. The zero value is a server that keeps
// everything in memory.
type ServerOptions struct {
	Program string // default: what ProgramVariable names
	// File, if set, keeps the data: what the server has acknowledged is there after Kill
	// and Start.
	File string
}

// Server is a server process of its own.
type Server struct {
	program string
	args    []string // behind the address

	mu      sync.Mutex
	address string // "127.0.0.1:port"; the port is 0 until the first start
	process *process
}

// process is a server that was started.
type process struct {
	*exec.Cmd
	stdin  io.Closer
	stderr bytes.Buffer
	ended  chan struct{} // closed once err is what became of it
	err    error
}

// StartServer starts a server that ends with the test. The test is skipped where there is
// no program.
func StartServer(t testing.TB, o ServerOptions) *Server {
	t.Helper()
	if o.Program == "" && os.Getenv(ProgramVariable) == "" {
		t.Skipf("%s IS NOT SET: NOTHING IS TESTED WITH A MONGODB SERVER OF ITS OWN HERE (make test-mongo builds one)", ProgramVariable)
	}
	s, err := Serve(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Serve starts a server at a free port of this machine. The caller stops it; it ends with
// this process too, even when that is killed.
func Serve(ctx context.Context, o ServerOptions) (*Server, error) {
	s := &Server{program: o.Program, args: []string{"memory"}, address: "127.0.0.1:0"}
	if s.program == "" {
		s.program = os.Getenv(ProgramVariable)
	}
	if s.program == "" {
		return nil, fmt.Errorf("no server program: set %s (make mongo-server builds one)", ProgramVariable)
	}
	if o.File != "" {
		s.args = []string{"file", o.File}
	}
	if err := s.Start(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// URL is the address of the server; it stays the same over all starts.
func (s *Server) URL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return "mongodb://" + s.address + "/"
}

// Start starts the process again after Stop or Kill, and returns once it listens.
func (s *Server) Start(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process != nil {
		return errors.New("the server runs already")
	}
	// Its life is that of the Server, not of ctx.
	command := exec.CommandContext(context.WithoutCancel(ctx), s.program, append([]string{s.address}, s.args...)...) //nolint:gosec // a test's program
	p := &process{Cmd: command, ended: make(chan struct{})}
	p.Stderr = &p.stderr
	stdout, err := p.StdoutPipe()
	if err != nil {
		return err
	}
	if p.stdin, err = p.StdinPipe(); err != nil {
		return err
	}
	if err := p.Cmd.Start(); err != nil {
		return err
	}
	lines := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(stdout).ReadString('\n') // without one the process has failed, which Wait tells
		lines <- line
		_, _ = io.Copy(io.Discard, stdout)
		p.err = p.Wait()
		close(p.ended)
	}()
	s.process = p
	return s.listening(ctx, lines)
}

// listening returns once the process has told its URL; it is gone when that fails.
func (s *Server) listening(ctx context.Context, lines <-chan string) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	var line string
	select {
	case line = <-lines:
	case <-ctx.Done():
	}
	address, err := url.Parse(strings.TrimSpace(line))
	if err == nil && address.Host != "" {
		s.address = address.Host
		return nil
	}
	p := s.process
	_ = s.kill() // it is the start that failed
	return fmt.Errorf("the server program %s did not tell its URL but %q: %w\n%s", s.program, line, cmp.Or(err, ctx.Err(), p.err, errNoURL), &p.stderr)
}

// Kill kills the process (SIGKILL), as a crash would.
func (s *Server) Kill() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kill()
}

func (s *Server) kill() error {
	if s.process == nil {
		return nil
	}
	err := s.process.Process.Kill()
	if errors.Is(err, os.ErrProcessDone) {
		err = nil
	}
	<-s.process.ended
	s.process = nil
	return err
}

// Stop ends the process as an administrator would. Stopping a server that does not run does
// nothing.
func (s *Server) Stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil {
		return nil
	}
	p := s.process
	_ = p.stdin.Close() // it ends when its input does
	select {
	case <-p.ended:
		s.process = nil
		return p.err
	case <-time.After(startTimeout):
		return errors.Join(errors.New("the server does not end when its input does"), s.kill())
	}
}
