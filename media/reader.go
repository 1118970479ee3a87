package media

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"

	"github.com/crier-social/crier/core"
)

// reader reads a spool file, waiting for bytes that are still to arrive, until its
// context ends.
type reader struct {
	ctx     context.Context //nolint:containedctx // io interfaces have no other way to get it
	spool   *spoolFile
	file    *os.File
	at      int64
	release func()
}

var _ core.AssetReader = (*reader)(nil)

// Read implements io.Reader: it returns as soon as there is one byte.
func (r *reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, r.ctx.Err()
	}
	if err := r.spool.await(r.ctx, r.at+1); err != nil {
		return 0, err
	}
	if there := r.spool.arrived() - r.at; there > 0 {
		p = p[:min(int64(len(p)), there)]
	}
	n, err := r.file.ReadAt(p, r.at)
	r.at += int64(n)
	if n > 0 {
		err = nil
	}
	return n, err
}

// ReadAt implements io.ReaderAt.
func (r *reader) ReadAt(p []byte, off int64) (int, error) {
	failure := r.spool.await(r.ctx, off+int64(len(p)))
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := r.file.ReadAt(p, off)
	if errors.Is(err, io.EOF) && failure != nil {
		err = failure
	}
	return n, err
}

// Seek implements io.Seeker. The end of a file that is still arriving has to be
// waited for.
func (r *reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekStart:
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		const beyond = 1<<63 - 1
		if err := r.spool.await(r.ctx, beyond); err != nil {
			return 0, err
		}
		offset += r.spool.arrived()
	default:
		return 0, errors.New("media: invalid whence")
	}
	if offset < 0 {
		return 0, errors.New("media: seek to before the beginning")
	}
	r.at = offset
	return offset, nil
}

// Close implements io.Closer.
func (r *reader) Close() error {
	err := r.file.Close()
	r.release()
	return err
}

// localFile is a file that lies on this server already: it is read where it is.
type localFile struct {
	opener func(context.Context) (core.AssetReader, error)
	usage  *usage

	mu        sync.Mutex
	discarded bool
}

func (f *localFile) open(ctx context.Context) (core.AssetReader, error) {
	f.mu.Lock()
	discarded := f.discarded
	f.mu.Unlock()
	if discarded {
		return nil, interrupted(errReleased)
	}
	r, err := f.opener(ctx)
	if err != nil {
		return nil, err
	}
	f.usage.begin()
	return &localReader{AssetReader: r, ctx: ctx, release: sync.OnceFunc(f.usage.end)}, nil
}

// discard keeps the file from being opened; it is not the spool's to remove.
func (f *localFile) discard() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.discarded = true
}

// localReader reads until its context ends.
type localReader struct {
	core.AssetReader
	ctx     context.Context //nolint:containedctx // io interfaces have no other way to get it
	release func()
}

func (r *localReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.AssetReader.Read(p)
}

func (r *localReader) ReadAt(p []byte, off int64) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.AssetReader.ReadAt(p, off)
}

func (r *localReader) Close() error {
	err := r.AssetReader.Close()
	r.release()
	return err
}
