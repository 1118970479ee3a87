package container

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
)

const (
	// maxCompound is how much of a compound file is read to open it, and once more for
	// each of its streams.
	maxCompound = 16 << 20
	maxEntries  = 1 << 14
)

// Compound is a compound file. See [MS-CFB],
// https://learn.microsoft.com/openspecs/windows_protocols/ms-cfb
type Compound struct {
	guard       *Guard
	size        int64
	sectorSize  int64
	fat         []uint32 // the sectors of the allocation table
	miniFirst   uint32
	root        entry
	rootEntries map[string]entry
}

// entry is a storage or a stream.
type entry struct {
	name               string
	kind               byte
	left, right, child uint32
	first              uint32
	size               int64
}

const (
	kindStream = 2
	kindRoot   = 5

	noEntry      = 0xFFFFFFFF
	largestUsed  = 0xFFFFFFFA // sectors above are marks
	miniSize     = 64
	miniCutoff   = 4096 // streams that are shorter lie in pieces of miniSize
	entrySize    = 128
	headerSize   = 512
	inlineTables = 109
)

// OpenCompound reads the directory of a compound file. It fails with ErrFormat when r
// is none, with ErrTooLarge, or with the error of r.
func OpenCompound(r io.ReaderAt, size int64) (*Compound, error) {
	c := &Compound{guard: NewGuard(r, maxCompound), size: size, rootEntries: map[string]entry{}}
	err := c.open()
	if c.guard.Err() != nil {
		return nil, c.guard.Err()
	}
	if err != nil && !errors.Is(err, ErrTooLarge) {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

var (
	errNotCompound = errors.New("no compound file")
	errChain       = errors.New("a chain of sectors is broken")
)

func (c *Compound) open() error {
	var head [headerSize]byte
	if err := c.read(head[:], 0); err != nil {
		return err
	}
	u32 := func(at int) uint32 { return binary.LittleEndian.Uint32(head[at:]) }
	const signature = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"
	shift := binary.LittleEndian.Uint16(head[30:])
	if string(head[:8]) != signature || shift != 9 && shift != 12 {
		return errNotCompound
	}
	c.sectorSize = 1 << shift
	c.miniFirst = u32(60)
	if err := c.readTables(head[76:], u32(68)); err != nil {
		return err
	}
	return c.readDirectory(u32(48))
}

// read fills p.
func (c *Compound) read(p []byte, off int64) error {
	n, err := c.guard.ReadAt(p, off)
	if n == len(p) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// at returns where a sector is.
func (c *Compound) at(sector uint32) int64 { return (int64(sector) + 1) * c.sectorSize }

// readTables collects where the allocation table is: the header tells the first of its
// sectors, and a chain of sectors the others.
func (c *Compound) readTables(inline []byte, next uint32) error {
	most := c.size/c.sectorSize/(c.sectorSize/4) + 1 // that many suffice for the file
	collect := func(b []byte) {
		for ; len(b) >= 4 && int64(len(c.fat)) < most; b = b[4:] {
			c.fat = append(c.fat, binary.LittleEndian.Uint32(b))
		}
	}
	collect(inline[:4*inlineTables])
	sector := make([]byte, c.sectorSize)
	for next < largestUsed && int64(len(c.fat)) < most {
		if err := c.read(sector, c.at(next)); err != nil {
			return err
		}
		last := len(sector) - 4
		collect(sector[:last])
		next = binary.LittleEndian.Uint32(sector[last:])
	}
	return nil
}

// next returns the sector behind another one in its chain.
func (c *Compound) next(sector uint32) (uint32, error) {
	perTable := uint32(c.sectorSize / 4) //nolint:gosec // 128 or 1024
	table := sector / perTable
	if int(table) >= len(c.fat) || c.fat[table] >= largestUsed {
		return 0, errChain
	}
	var b [4]byte
	err := c.read(b[:], c.at(c.fat[table])+4*int64(sector%perTable))
	return binary.LittleEndian.Uint32(b[:]), err
}

// readDirectory reads the entries of the root storage.
func (c *Compound) readDirectory(first uint32) error {
	entries, err := c.entries(first)
	if err != nil {
		return err
	}
	if len(entries) == 0 || entries[0].kind != kindRoot {
		return errNotCompound
	}
	c.root = entries[0]
	seen := make([]bool, len(entries))
	for rest := []uint32{c.root.child}; len(rest) > 0; {
		id := rest[len(rest)-1]
		rest = rest[:len(rest)-1]
		if int64(id) >= int64(len(entries)) || seen[id] {
			continue
		}
		seen[id] = true
		e := entries[id]
		c.rootEntries[strings.ToLower(e.name)] = e
		rest = append(rest, e.left, e.right)
	}
	return nil
}

// entries reads the whole directory.
func (c *Compound) entries(sector uint32) ([]entry, error) {
	var out []entry
	b := make([]byte, c.sectorSize)
	for sector < largestUsed {
		if err := c.read(b, c.at(sector)); err != nil {
			return nil, err
		}
		for at := 0; at+entrySize <= len(b); at += entrySize {
			out = append(out, c.entry(b[at:at+entrySize]))
		}
		if len(out) > maxEntries {
			return nil, ErrTooLarge
		}
		var err error
		if sector, err = c.next(sector); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// entry decodes an entry of the directory.
func (c *Compound) entry(b []byte) entry {
	const nameBytes = 64
	u32 := func(at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
	e := entry{kind: b[66], left: u32(68), right: u32(72), child: u32(76), first: u32(116), size: int64(u32(120))}
	if n := int(binary.LittleEndian.Uint16(b[nameBytes:])); n >= 2 && n <= nameBytes {
		units := make([]uint16, n/2-1) // without the zero at its end
		for i := range units {
			units[i] = binary.LittleEndian.Uint16(b[2*i:])
		}
		e.name = string(utf16.Decode(units))
	}
	return e
}

// Has tells whether there is a stream of the name in the root storage.
func (c *Compound) Has(name string) bool {
	e, ok := c.rootEntries[strings.ToLower(name)]
	return ok && e.kind == kindStream
}
