package sandbox

import (
	"bufio"
	"io"
)

// gifWalker steps over the blocks of a GIF file.
// https://www.w3.org/Graphics/GIF/spec-gif89a.txt
type gifWalker struct {
	r *bufio.Reader
}

const (
	gifHeaderSize     = 13 // signature and logical screen descriptor
	gifFlagsAt        = 10 // of the header
	gifFrameSize      = 9  // image descriptor after its separator
	gifFrameFlags     = 8
	gifSeparator      = 0x2c
	gifExtension      = 0x21
	gifHasColorTable  = 0x80
	gifColorTableBits = 0x07
)

// frames counts images, up to a limit.
func (g gifWalker) frames(limit int) int {
	header := make([]byte, gifHeaderSize)
	if _, err := io.ReadFull(g.r, header); err != nil || !g.skipColors(header[gifFlagsAt]) {
		return 0
	}
	for n := 0; n < limit; {
		switch kind, err := g.r.ReadByte(); {
		case err != nil:
			return n
		case kind == gifSeparator:
			if !g.skipFrame() {
				return n
			}
			n++
		case kind == gifExtension:
			if _, err := g.r.Discard(1); err != nil || !g.skipBlocks() {
				return n
			}
		default: // the trailer, or something unknown
			return n
		}
	}
	return limit
}

func (g gifWalker) skipFrame() bool {
	frame := make([]byte, gifFrameSize)
	if _, err := io.ReadFull(g.r, frame); err != nil || !g.skipColors(frame[gifFrameFlags]) {
		return false
	}
	_, err := g.r.Discard(1) // code size
	return err == nil && g.skipBlocks()
}

func (g gifWalker) skipColors(flags byte) bool {
	if flags&gifHasColorTable == 0 {
		return true
	}
	_, err := g.r.Discard(3 << (flags&gifColorTableBits + 1))
	return err == nil
}

// skipBlocks steps over data blocks up to the empty one that ends them.
func (g gifWalker) skipBlocks() bool {
	for {
		size, err := g.r.ReadByte()
		if err != nil {
			return false
		}
		if size == 0 {
			return true
		}
		if _, err := g.r.Discard(int(size)); err != nil {
			return false
		}
	}
}
