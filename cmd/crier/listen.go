package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"

	"github.com/crier-social/crier/config"
)

// The time limits of the HTTP servers. Reading covers the upload of large files,
// writing the longest wait for the result of an immediate post.
const (
	headerTimeout  = 10 * time.Second
	readTimeout    = 10 * time.Minute
	writeTimeout   = 15 * time.Minute
	idleTimeout    = 2 * time.Minute
	maxHeaderBytes = 64 << 10
)

// unusedGrace is how long a server that stops waits for the first request of a connection
// that has brought none. Browsers and HTTP clients open connections to have them ready; by
// itself, net/http waits 5 seconds for each.
const unusedGrace = 200 * time.Millisecond

// webServer is one HTTP server on one address.
type webServer struct {
	name     string
	listener net.Listener
	server   *http.Server
	begun    chan error // the end of a server that has begun before its serve; nil: of none
	unused   unusedConns
}

// unusedConns are the connections on which nothing was asked yet.
type unusedConns struct {
	mu    sync.Mutex
	conns map[net.Conn]struct{}
}

// track is called when the state of a connection changes.
func (u *unusedConns) track(c net.Conn, state http.ConnState) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if state == http.StateNew {
		u.conns[c] = struct{}{}
	} else {
		delete(u.conns, c)
	}
}

// close closes them.
func (u *unusedConns) close() {
	u.mu.Lock()
	defer u.mu.Unlock()
	for c := range u.conns {
		_ = c.Close() // nobody hears of it
	}
}

// listen takes the address, so that a request that comes at once is kept until
// serve begins. setting is where the address comes from. With fallback, a port that
// is taken is replaced by a free one.
func listen(ctx context.Context, setting, addr string, fallback bool, log *slog.Logger) (*webServer, error) {
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", addr)
	if err != nil && fallback {
		host, _, _ := net.SplitHostPort(addr) // an error leaves it to the system
		listener, err = lc.Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w%s", setting, err, listenHelp(err, setting))
	}
	s := &webServer{name: setting, listener: listener, unused: unusedConns{conns: map[net.Conn]struct{}{}}}
	s.server = &http.Server{
		ConnState:         s.unused.track,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	return s, nil
}

// listenHelp tells the way out of an address that cannot be listened on.
func listenHelp(err error, setting string) string {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return "\nAnother process listens there, perhaps another Crier: stop it, or set " + setting + " to another address"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "\nThis machine does not have the address: set " + setting + " to one that it has, such as 127.0.0.1:8080 or :8080"
	case errors.Is(err, syscall.EACCES):
		return "\nPorts below 1024 are for privileged users: set " + setting + " to a port from 1024 up"
	default:
		return ""
	}
}

// url is the address under which a client on this machine reaches the server.
func (s *webServer) url() string { return config.Endpoint(s.listener.Addr().String()).URL() }

// begin has requests answered from now on. Either serve or abandon is called then.
func (s *webServer) begin() {
	s.begun = make(chan error, 1)
	go func() { s.begun <- s.answerAll() }()
}

// serve answers requests, with the server's handler, until it is shut down.
func (s *webServer) serve() error {
	if s.begun != nil {
		return <-s.begun
	}
	return s.answerAll()
}

// abandon ends a server whose serve is not called.
func (s *webServer) abandon() error {
	err := s.listener.Close()
	if s.begun != nil {
		err = errors.Join(s.server.Close(), <-s.begun) // both tell that the listener is closed
	}
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func (s *webServer) answerAll() error {
	if err := s.server.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	return nil
}

// shutdown stops listening and waits for running requests until ctx ends; then
// it cuts them.
func (s *webServer) shutdown(ctx context.Context) error {
	defer time.AfterFunc(unusedGrace, s.unused.close).Stop()
	if err := s.server.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("%s: requests had to be cut: %w", s.name, err), s.server.Close())
	}
	return nil
}
