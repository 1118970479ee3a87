package container

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// maxStream is how much Stream returns.
const maxStream = 64 << 10

// Stream returns the first 64 KiB of a stream of the root storage. Its errors are those
// of Open.
func (c *Compound) Stream(name string) ([]byte, error) {
	s, err := c.Open(name)
	if err != nil {
		return nil, err
	}
	b := make([]byte, min(s.Size(), maxStream))
	if err := s.Read(b, 0); err != nil {
		return nil, err
	}
	return b, nil
}

// Open opens a stream of the root storage. It fails with ErrFormat when the stream is
// not there, and it and reading fail with ErrFormat where the stream is damaged, with
// ErrTooLarge, or with the error of the file. One stream can be read at a time.
func (c *Compound) Open(name string) (*Stream, error) {
	if !c.Has(name) {
		return nil, fmt.Errorf("%w: it has no %q", ErrFormat, name)
	}
	e := c.rootEntries[strings.ToLower(name)]
	c.guard.Allow(maxCompound)
	s := &Stream{c: c, size: e.size}
	var err error
	if e.size < miniCutoff {
		s.chain, err = c.miniChain(e.first, e.size)
	} else {
		s.chain, err = c.sectors(e.first, e.size)
	}
	if err != nil {
		return nil, c.reading(err)
	}
	return s, nil
}

// Stream is an open stream.
type Stream struct {
	c     *Compound
	chain chain
	size  int64
}

// Size returns how many bytes the stream is to have.
func (s *Stream) Size() int64 { return s.size }

// Read fills p from a place on.
func (s *Stream) Read(p []byte, off int64) error {
	if off < 0 || int64(len(p)) > s.size-off {
		return fmt.Errorf("%w: a stream ends too early", ErrFormat)
	}
	if err := s.chain.read(s.c, p, off); err != nil {
		return s.c.reading(err)
	}
	return nil
}

// reading makes an error of reading one of those that callers know.
func (c *Compound) reading(err error) error {
	switch {
	case c.guard.Err() != nil:
		return c.guard.Err()
	case errors.Is(err, ErrTooLarge):
		return ErrTooLarge
	}
	return fmt.Errorf("%w: %w", ErrFormat, err)
}

// chain is where the pieces of a stream are in the file. They have one size, and lie
// one behind the other as their list has them.
type chain struct {
	pieces []int64
	size   int64
}

// read fills p from a place in the stream on.
func (s chain) read(c *Compound, p []byte, off int64) error {
	for len(p) > 0 {
		i, within := off/s.size, off%s.size
		if i >= int64(len(s.pieces)) {
			return errChain
		}
		n := min(int64(len(p)), s.size-within)
		if err := c.read(p[:n], s.pieces[i]+within); err != nil {
			return err
		}
		p, off = p[n:], off+n
	}
	return nil
}

// sectors follows a chain of sectors for so many bytes, or to its end. It does not go
// on for more than the file has, since a chain may bite its tail.
func (c *Compound) sectors(sector uint32, bytes int64) (chain, error) {
	out := chain{size: c.sectorSize}
	for sector < largestUsed {
		out.pieces = append(out.pieces, c.at(sector))
		if int64(len(out.pieces))*c.sectorSize >= min(bytes, c.size) {
			break
		}
		var err error
		if sector, err = c.next(sector); err != nil {
			return chain{}, err
		}
	}
	return out, nil
}

// miniChain follows the chain of a short stream: those share the sectors of one stream,
// which the root has, in pieces of 64 bytes with an allocation table of their own.
func (c *Compound) miniChain(mini uint32, bytes int64) (chain, error) {
	shared, err := c.sectors(c.root.first, c.root.size)
	if err != nil {
		return chain{}, err
	}
	table, err := c.sectors(c.miniFirst, c.size)
	if err != nil {
		return chain{}, err
	}
	out := chain{size: miniSize}
	for read := int64(0); read < bytes && mini < largestUsed; read += miniSize {
		at := int64(mini) * miniSize
		i := at / c.sectorSize
		if i >= int64(len(shared.pieces)) {
			return chain{}, errChain
		}
		out.pieces = append(out.pieces, shared.pieces[i]+at%c.sectorSize)
		var b [4]byte
		if err := table.read(c, b[:], 4*int64(mini)); err != nil {
			return chain{}, err
		}
		mini = binary.LittleEndian.Uint32(b[:])
	}
	return out, nil
}
