package sqlite

import (
	"context"
	"errors"
	"sync"
)

// readers is a pool of connections that only read. They are opened when they are
// first needed, and the one used last is used first, so that an idle server
// holds few.
type readers struct {
	open  func() (*conn, error)
	slots chan struct{} // holds a token for each reader at work

	mu     sync.Mutex
	idle   []*conn
	closed bool
}

func newReaders(limit int, open func() (*conn, error)) *readers {
	return &readers{open: open, slots: make(chan struct{}, limit)}
}

// do lends a connection to fn, waiting for a free one until ctx ends. Once fn has
// begun it is not interrupted.
func (p *readers) do(ctx context.Context, fn func(*conn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	c, err := p.take()
	if err != nil {
		return classify(err)
	}
	defer p.put(c)
	return classify(fn(c))
}

func (p *readers) take() (*conn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, errClosed
	}
	if n := len(p.idle); n > 0 {
		c := p.idle[n-1]
		p.idle = p.idle[:n-1]
		return c, nil
	}
	return p.open()
}

func (p *readers) put(c *conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, c)
}

// close waits for the reads that are under way and closes all connections.
func (p *readers) close() error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	for range cap(p.slots) {
		p.slots <- struct{}{}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, c := range p.idle {
		errs = append(errs, c.close())
	}
	p.idle = nil
	for range cap(p.slots) {
		<-p.slots
	}
	return errors.Join(errs...)
}
