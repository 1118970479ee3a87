package media

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/internal/privdir"
)

// spool is the folder of fetched files.
type spool struct {
	dir *privdir.Dir
	log *slog.Logger
}

// create makes a file that is being written. It must be sealed or abandoned.
func (s *spool) create() (*os.File, error) {
	f, err := s.dir.CreateTemp("media")
	if err != nil {
		return nil, storeFailed(err)
	}
	return f, nil
}

// seal turns a written file into one that can be read. Its readers count as users.
func (s *spool) seal(f *os.File, u *usage) (*spoolFile, error) {
	if err := f.Close(); err != nil {
		s.remove(f.Name())
		return nil, storeFailed(err)
	}
	return &spoolFile{path: f.Name(), remove: s.remove, usage: u}, nil
}

// abandon removes a file that was not completed.
func (s *spool) abandon(f *os.File) {
	_ = f.Close() // its content does not matter any more
	s.remove(f.Name())
}

func (s *spool) remove(path string) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		s.log.Warn("spool file not removed", "error", err)
	}
}

// spoolFile is a complete file. It is removed when it is discarded and the last
// reader has closed it.
type spoolFile struct {
	path   string
	remove func(path string)
	usage  *usage

	mu        sync.Mutex
	readers   int
	discarded bool
}

// open starts reading.
func (f *spoolFile) open(ctx context.Context) (core.AssetReader, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.discarded {
		return nil, interrupted(errReleased)
	}
	file, err := os.Open(f.path)
	if err != nil {
		return nil, storeFailed(err)
	}
	f.readers++
	f.usage.begin()
	return &reader{ctx: ctx, file: file, release: sync.OnceFunc(f.close)}, nil
}

func (f *spoolFile) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.usage.end()
	if f.readers--; f.readers == 0 && f.discarded {
		f.remove(f.path)
	}
}

// discard removes the file, now or with the last reader.
func (f *spoolFile) discard() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.discarded {
		return
	}
	f.discarded = true
	if f.readers == 0 {
		f.remove(f.path)
	}
}

// reader reads a spool file until its context ends.
type reader struct {
	ctx     context.Context //nolint:containedctx // io interfaces have no other way to get it
	file    *os.File
	release func()
}

func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.file.Read(p)
}

func (r *reader) ReadAt(p []byte, off int64) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.file.ReadAt(p, off)
}

func (r *reader) Seek(offset int64, whence int) (int64, error) { return r.file.Seek(offset, whence) }

func (r *reader) Close() error {
	err := r.file.Close()
	r.release()
	return err
}

var _ core.AssetReader = (*reader)(nil)
