package coretest

import (
	"bytes"
	"context"
	"io"
	"sync"

	"github.com/crier-social/crier/core"
)

// Arrival lets the bytes of a file come in while they are read: whoever reads further
// than they have come waits. It is safe for concurrent use.
type Arrival struct {
	// Wanted receives, for every read that has to wait, how many bytes from the
	// beginning it wants to be there.
	Wanted <-chan int64
	wanted chan int64

	mu    sync.Mutex
	there int64
	err   error
	moved chan struct{} // closed, and replaced, when there or err changes
}

// NewArrival returns a file's way here, on which no byte has come yet.
func NewArrival() *Arrival {
	wanted := make(chan int64, gateCapacity)
	return &Arrival{Wanted: wanted, wanted: wanted, moved: make(chan struct{})}
}

// Upto lets the file's first n bytes be there.
func (a *Arrival) Upto(n int64) {
	a.change(func() { a.there = max(a.there, n) })
}

// Break ends the way: reads of what is not there fail with err.
func (a *Arrival) Break(err error) {
	a.change(func() { a.err = err })
}

// There returns how many of the file's first bytes are there.
func (a *Arrival) There() int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.there
}

func (a *Arrival) change(fn func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	fn()
	close(a.moved)
	a.moved = make(chan struct{})
}

// wait waits until the first end bytes are there.
func (a *Arrival) wait(ctx context.Context, end int64) error {
	for announced := false; ; announced = true {
		a.mu.Lock()
		there, err, moved := a.there, a.err, a.moved
		a.mu.Unlock()
		switch {
		case there >= end:
			return nil
		case err != nil:
			return err
		}
		if !announced {
			a.wanted <- end
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// open returns a reader of the file's data that waits for what has not come, until
// ctx ends.
func (a *Arrival) open(ctx context.Context, data []byte) core.AssetReader {
	r := &arriving{ctx: ctx, arrival: a, data: bytes.NewReader(data)}
	r.SectionReader = io.NewSectionReader(readerAt(r.readAt), 0, int64(len(data)))
	return r
}

// arriving reads a file on its way.
type arriving struct {
	*io.SectionReader

	ctx     context.Context //nolint:containedctx // the contract: reads wait until the context of Open ends
	arrival *Arrival
	data    *bytes.Reader
}

func (r *arriving) readAt(p []byte, off int64) (int, error) {
	if err := r.arrival.wait(r.ctx, min(off+int64(len(p)), r.data.Size())); err != nil {
		return 0, err
	}
	return r.data.ReadAt(p, off)
}

func (*arriving) Close() error { return nil }

// readerAt makes a function an io.ReaderAt.
type readerAt func(p []byte, off int64) (int, error)

func (f readerAt) ReadAt(p []byte, off int64) (int, error) { return f(p, off) }
