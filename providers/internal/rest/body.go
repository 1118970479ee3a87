package rest

import (
	"context"
	"errors"
	"io"
	"sync/atomic"

	"github.com/crier-social/crier/core"
)

// bodySource opens the content of a request, and remembers when it could not be read
// to its end: such a request fails for that reason, whatever the network makes of it.
type bodySource struct {
	open   func(ctx context.Context) (io.ReadCloser, error)
	taken  func() // is called with every piece that the connection takes
	failed atomic.Pointer[core.Error]
}

// next opens the content from its beginning.
func (s *bodySource) next(ctx context.Context) (io.ReadCloser, error) {
	s.failed.Store(nil)
	body, err := s.open(ctx)
	if err != nil {
		return nil, s.note(err)
	}
	return &watchedBody{ReadCloser: body, source: s}, nil
}

// note remembers an error that says what is wrong with the content.
func (s *bodySource) note(err error) error {
	if own, ok := errors.AsType[*core.Error](err); ok {
		s.failed.Store(own)
	}
	return err
}

// failure returns why the content could not be read, nil if it could.
func (s *bodySource) failure() error {
	if own := s.failed.Load(); own != nil {
		return own
	}
	return nil
}

// watchedBody is content that is being sent.
type watchedBody struct {
	io.ReadCloser

	source *bodySource
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.source.taken()
	if err != nil && !errors.Is(err, io.EOF) {
		err = b.source.note(err)
	}
	return n, err
}
