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

// create makes an empty file. It is removed when it is discarded. Its readers count
// as users; its bytes as disk space of the claim.
func (s *spool) create(u *usage, c *claim) (*spoolFile, error) {
	f, err := s.dir.CreateTemp("media")
	if err != nil {
		return nil, storeFailed(err)
	}
	return &spoolFile{path: f.Name(), file: f, remove: s.remove, usage: u, claim: c}, nil
}

func (s *spool) remove(path string) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		s.log.Warn("spool file not removed", "error", err)
	}
}

// spoolFile is a file that can be read while it is still being written, by one
// goroutine, from its beginning to its end. It is removed when it is discarded and
// the last reader has closed it.
type spoolFile struct {
	path   string
	file   *os.File // for writing; closed at the end
	remove func(path string)
	usage  *usage
	claim  *claim

	mu        sync.Mutex
	have      int64 // bytes, from the beginning
	ended     bool  // nothing is written any more
	failure   error // why the rest will not come; nil if it is all there
	waits     []*wait
	readers   int
	discarded bool
}

// wait is a reader that needs bytes which have not arrived.
type wait struct {
	upTo  int64
	ready chan struct{}
}

// Write implements io.Writer.
func (f *spoolFile) Write(p []byte) (int, error) {
	n, err := f.file.Write(p)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.have += int64(n)
	f.wake(func(w *wait) bool { return w.upTo <= f.have })
	return n, err
}

// complete ends writing; the file is as long as it is now.
func (f *spoolFile) complete() error {
	err := f.file.Close()
	if err != nil {
		err = storeFailed(err)
	}
	f.finish(err)
	return err
}

// completeWith is complete for a file that was written past Write.
func (f *spoolFile) completeWith(size int64) error {
	f.mu.Lock()
	f.have = size
	f.mu.Unlock()
	return f.complete()
}

// fail ends writing. Readers get what has arrived, and the error for the rest; there
// are no new ones.
func (f *spoolFile) fail(err error) {
	_ = f.file.Close() // its content does not matter any more
	f.finish(err)
}

func (f *spoolFile) finish(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.end(err)
}

// end wakes all who wait. The lock is held.
func (f *spoolFile) end(err error) {
	f.ended, f.failure = true, err
	f.wake(func(*wait) bool { return true })
}

// wake ends the waits that a condition holds for. The lock is held.
func (f *spoolFile) wake(ends func(*wait) bool) {
	kept := f.waits[:0]
	for _, w := range f.waits {
		if ends(w) {
			close(w.ready)
		} else {
			kept = append(kept, w)
		}
	}
	clear(f.waits[len(kept):])
	f.waits = kept
}

// arrived returns how many bytes have arrived.
func (f *spoolFile) arrived() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.have
}

// await waits until the bytes before upTo have arrived, or until it is certain that
// no more will: then it returns the reason, nil at the end of the file.
func (f *spoolFile) await(ctx context.Context, upTo int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w := f.waitFor(upTo)
	if w != nil {
		select {
		case <-w.ready:
		case <-ctx.Done():
			f.giveUp(w)
			return ctx.Err()
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.have >= upTo {
		return nil
	}
	return f.failure
}

// waitFor returns a wait, nil if there is nothing to wait for.
func (f *spoolFile) waitFor(upTo int64) *wait {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.have >= upTo || f.ended {
		return nil
	}
	w := &wait{upTo: upTo, ready: make(chan struct{})}
	f.waits = append(f.waits, w)
	return w
}

func (f *spoolFile) giveUp(w *wait) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, other := range f.waits {
		if other == w {
			f.waits = append(f.waits[:i], f.waits[i+1:]...)
			return
		}
	}
}

// open starts reading.
func (f *spoolFile) open(ctx context.Context) (core.AssetReader, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.failure != nil:
		return nil, f.failure
	case f.discarded:
		return nil, interrupted(errReleased)
	}
	file, err := os.Open(f.path)
	if err != nil {
		return nil, storeFailed(err)
	}
	f.readers++
	f.usage.begin()
	return &reader{ctx: ctx, spool: f, file: file, release: sync.OnceFunc(f.close)}, nil
}

func (f *spoolFile) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.usage.end()
	if f.readers--; f.readers == 0 && f.discarded {
		f.vanish()
	}
}

// discard removes the file, now or with the last reader. Its writer has ended; one
// that panicked did not say so.
func (f *spoolFile) discard() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.discarded {
		return
	}
	if !f.ended {
		_ = f.file.Close()
		f.end(interrupted(errAbandoned))
	}
	f.discarded = true
	if f.readers == 0 {
		f.vanish()
	}
}

// vanish removes the file and gives its space back. The lock is held.
func (f *spoolFile) vanish() {
	f.remove(f.path)
	f.claim.release()
}
