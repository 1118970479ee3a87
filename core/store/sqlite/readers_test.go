package sqlite

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/crier-social/crier/core/coretest"
)

// newPool returns one reader at most, and the number of connections that were
// opened for it.
func newPool(t *testing.T) (*readers, *int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.db")
	if err := createFile(path); err != nil {
		t.Fatal(err)
	}
	opened := 0
	return newReaders(1, func() (*conn, error) {
		opened++
		return openConn(path)
	}), &opened
}

func TestReadersKeepConnections(t *testing.T) {
	t.Parallel()
	p, opened := newPool(t)
	for range 3 {
		if err := p.do(t.Context(), func(*conn) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if *opened != 1 {
		t.Errorf("three reads opened %d connections", *opened)
	}
	if err := p.close(); err != nil {
		t.Error(err)
	}
}

func (p *readers) isClosed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed
}

// TestReadersWait: who waits for a connection can hang up, and close waits for
// the read that is under way.
func TestReadersWait(t *testing.T) {
	t.Parallel()
	p, _ := newPool(t)
	entered, release := make(chan struct{}), make(chan struct{})
	read := make(chan error, 1)
	go func() {
		read <- p.do(t.Context(), func(c *conn) error {
			close(entered)
			<-release
			_, err := c.exists("SELECT 1")
			return err
		})
	}()
	<-entered
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err := p.do(ctx, func(*conn) error { return errors.New("there was a second connection") })
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("who hung up got %v, want %v", err, context.DeadlineExceeded)
	}
	closed := make(chan error, 1)
	go func() { closed <- p.close() }()
	coretest.Await(t, "the end", p.isClosed)
	close(release)
	if err := <-read; err != nil {
		t.Errorf("the read under way: %v", err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if err := p.do(t.Context(), func(*conn) error { return nil }); !errors.Is(err, errClosed) {
		t.Errorf("after close: got %v, want %v", err, errClosed)
	}
}
