package main

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// oneConn is a listener that accepts one connection.
type oneConn struct {
	conn   chan net.Conn
	closed chan struct{}
}

// Accept implements net.Listener.
func (l oneConn) Accept() (net.Conn, error) {
	select {
	case c := <-l.conn:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener. It is called once.
func (l oneConn) Close() error {
	close(l.closed)
	return nil
}

// Addr implements net.Listener.
func (oneConn) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// A connection on which nothing is asked holds up a stop for a moment only, which net/http would
// let it do for 5 seconds.
func TestUnusedConnectionHoldsUpNoStop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, err := listen(t.Context(), "CRIER_ADDR", "127.0.0.1:0", false, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.listener.Close(); err != nil {
			t.Fatal(err)
		}
		client, server := net.Pipe()
		l := oneConn{conn: make(chan net.Conn), closed: make(chan struct{})}
		s.listener = l
		s.begin()
		l.conn <- server
		synctest.Wait()
		began := time.Now()
		if err := s.shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took < unusedGrace || took > time.Second {
			t.Errorf("it took %v", took)
		}
		if _, err := client.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("the connection: %v", err)
		}
		if err := s.serve(); err != nil {
			t.Error(err)
		}
	})
}
