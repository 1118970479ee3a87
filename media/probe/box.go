package probe

import (
	"encoding/binary"
	"io"
	"math"
)

const (
	// boxWindow is how much of a file is read at a time where boxes are looked at: the
	// facts of a track fit in, and the tables behind them are not read along.
	boxWindow = 4 << 10
	// maxBoxes is more than four hours of film in fragments of half a second have.
	maxBoxes = 1 << 19

	boxHeader = 8
	// unsized is the length of a box that tells none.
	unsized = -1
)

// boxes walks through a file of the ISO base media file format, or a QuickTime film.
// See ISO/IEC 14496-12, 4.2, and
// https://developer.apple.com/documentation/quicktime-file-format/atoms
type boxes struct {
	*cursor
	seen int
}

func newBoxes(r io.ReaderAt, size int64) *boxes {
	return &boxes{cursor: newCursorOf(r, size, boxWindow)}
}

// topLevel visits the boxes of the file. Each is to end within it, and the last one
// with it. A visit may move to where it wants to go on.
func (b *boxes) topLevel(visit func(kind string, end int64) (next int64, err error)) error {
	for b.left() > 0 {
		kind, length, err := b.header()
		if err != nil {
			return err
		}
		end := b.size
		if length != unsized { // such a box reaches to the end of the file
			if length > b.left() {
				return cutOff()
			}
			end = b.pos + length
		}
		if b.pos, err = visit(kind, end); err != nil {
			return err
		}
	}
	return nil
}

// inside visits the boxes from here to the end of the one around them. What is too
// short for a box, or has no size, ends the list, as QuickTime ends some.
func (b *boxes) inside(end int64, visit func(kind string, end int64) error) error {
	for end-b.pos >= boxHeader {
		kind, length, err := b.header()
		if err != nil {
			return err
		}
		if length == unsized {
			break
		}
		next := b.pos + length
		if length > end-b.pos {
			return damaged("a box is larger than the one around it")
		}
		if err := visit(kind, next); err != nil {
			return err
		}
		b.pos = next
	}
	b.pos = end
	return nil
}

// header reads the beginning of a box and returns its kind and the length of what
// follows.
func (b *boxes) header() (kind string, length int64, err error) {
	if b.seen++; b.seen > maxBoxes {
		return "", 0, damaged("it has too many boxes")
	}
	head, err := b.take(boxHeader)
	if err != nil {
		return "", 0, err
	}
	kind = string(head[4:])
	size, counted := uint64(binary.BigEndian.Uint32(head)), uint64(boxHeader)
	const untilEnd, inLargeSize, largeSize = 0, 1, 8
	switch size {
	case untilEnd:
		return kind, unsized, nil
	case inLargeSize:
		if head, err = b.take(largeSize); err != nil {
			return "", 0, err
		}
		size, counted = binary.BigEndian.Uint64(head), boxHeader+largeSize
	}
	if size < counted || size > math.MaxInt64 {
		return "", 0, damaged("a box has an impossible size")
	}
	return kind, int64(size - counted), nil
}
