package mediatest

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
)

// Content is a file that need not be in memory. *bytes.Reader and *io.SectionReader
// are such files as well. It may be read concurrently.
type Content interface {
	io.ReaderAt
	Size() int64
}

// Bytes makes a file of what is in memory.
func Bytes(b []byte) Content { return bytes.NewReader(b) }

// Whole reads a file into memory.
func Whole(c Content) []byte {
	b := make([]byte, c.Size())
	if n, err := c.ReadAt(b, 0); n < len(b) {
		must(err)
	}
	return b
}

// SHA256 returns the checksum of a file, in hex. It is computed in a stream.
func SHA256(c Content) string {
	sum := sha256.New()
	_, err := io.CopyBuffer(sum, io.NewSectionReader(c, 0, c.Size()), make([]byte, 256<<10))
	must(err)
	return hex.EncodeToString(sum.Sum(nil))
}

// Noise-like bytes of any length: each depends on the seed and its offset alone.
type noise struct{ seed uint64 }

// fill writes what stands at the offset.
func (n noise) fill(p []byte, off int64) {
	const word = 8
	at := uint64(off) //nolint:gosec // offsets are positive
	if skip := int(at % word); skip > 0 {
		var b [word]byte
		binary.LittleEndian.PutUint64(b[:], n.word(at/word))
		p = p[copy(p, b[skip:]):]
		at += uint64(word - skip)
	}
	i := at / word
	for ; len(p) >= word; p = p[word:] {
		binary.LittleEndian.PutUint64(p, n.word(i))
		i++
	}
	var b [word]byte
	binary.LittleEndian.PutUint64(b[:], n.word(i))
	copy(p, b[:])
}

// word mixes the bits of a counter: the generator is SplitMix64.
// See https://prng.di.unimi.it/splitmix64.c
func (n noise) word(i uint64) uint64 {
	z := n.seed + (i+1)*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// patchwork is a file of noise with some pieces in memory.
type patchwork struct {
	size   int64
	noise  noise
	pieces []piece // in order, without overlap
}

type piece struct {
	at    int64
	bytes []byte
}

// put appends a piece.
func (p *patchwork) put(b []byte) {
	p.pieces = append(p.pieces, piece{at: p.size, bytes: b})
	p.size += int64(len(b))
}

// leave appends n bytes of noise.
func (p *patchwork) leave(n int64) { p.size += n }

func (p *patchwork) Size() int64 { return p.size }

func (p *patchwork) ReadAt(b []byte, off int64) (int, error) {
	if off < 0 {
		return 0, errors.New("mediatest: negative offset")
	}
	if off >= p.size {
		return 0, io.EOF
	}
	n := int(min(int64(len(b)), p.size-off))
	p.read(b[:n], off)
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// read fills b, which ends within the file.
func (p *patchwork) read(b []byte, off int64) {
	for _, piece := range p.pieces {
		if len(b) == 0 {
			return
		}
		if gap := int(min(int64(len(b)), piece.at-off)); gap > 0 {
			p.noise.fill(b[:gap], off)
			b, off = b[gap:], off+int64(gap)
		}
		if from := off - piece.at; from >= 0 && from < int64(len(piece.bytes)) {
			n := copy(b, piece.bytes[from:])
			b, off = b[n:], off+int64(n)
		}
	}
	p.noise.fill(b, off)
}
