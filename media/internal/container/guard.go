// Package container opens the files that hold other files: ZIP archives with the parts
// of an Office document, and compound files, which older Office programs write. It
// reads what strangers wrote, so all that it reads and keeps is bounded.
package container

import (
	"errors"
	"io"
)

var (
	// ErrFormat means that a file is not such a container, or a damaged one.
	ErrFormat = errors.New("container: not a valid container")
	// ErrTooLarge means that reading on would take more than a container of this kind
	// is worth.
	ErrTooLarge = errors.New("container: too much to read")
)

// Guard bounds what is read of a file, and remembers when the file cannot be read, so
// that parsers in between may make of the error what they like. It is for one
// goroutine.
type Guard struct {
	r    io.ReaderAt
	left int64
	err  error
}

// NewGuard returns a reader of r that fails with ErrTooLarge after so many bytes.
func NewGuard(r io.ReaderAt, bytes int64) *Guard { return &Guard{r: r, left: bytes} }

// Allow sets how many bytes may be read from now on.
func (g *Guard) Allow(bytes int64) { g.left = bytes }

// ReadAt reads. A place before the file is a mistake of the file's own numbers, not of r.
func (g *Guard) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, ErrFormat
	}
	if g.left -= int64(len(p)); g.left < 0 {
		return 0, ErrTooLarge
	}
	n, err := g.r.ReadAt(p, off)
	if err != nil && !errors.Is(err, io.EOF) && n < len(p) && g.err == nil {
		g.err = err
	}
	return n, err
}

// Err returns the error of the file itself, if it had one.
func (g *Guard) Err() error { return g.err }
