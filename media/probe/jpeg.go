package probe

import "encoding/binary"

// The markers of a JPEG file that matter here (ITU-T T.81, table B.1).
const (
	markStart      = 0xD8
	markEnd        = 0xD9
	markScan       = 0xDA
	markApp1       = 0xE1
	markTemporary  = 0x01
	markRestart0   = 0xD0
	markFrame0     = 0xC0 // sequential, as 1
	markFrame1     = 0xC1
	markHuffman    = 0xC4
	markExtension  = 0xC8
	markArithmetic = 0xCC
	markFrame15    = 0xCF
)

// readJPEG walks through the segments up to the first scan, and looks for the end
// marker behind it.
func readJPEG(c *cursor, img *Image) error {
	if b, err := c.take(2); err != nil {
		return err
	} else if b[0] != 0xFF || b[1] != markStart {
		return damaged("it is not a JPEG")
	}
	for {
		marker, err := nextMarker(c)
		switch {
		case err != nil:
			return err
		case marker == markTemporary || marker >= markRestart0 && marker <= markStart:
			continue // stands alone
		case marker == markEnd:
			return damaged("it holds no picture")
		}
		size, err := segmentSize(c)
		if err != nil {
			return err
		}
		if marker == markScan {
			return endOfJPEG(c)
		}
		if err := readSegment(c, marker, size, img); err != nil {
			return err
		}
	}
}

// nextMarker reads a marker and the fill bytes before it.
func nextMarker(c *cursor) (byte, error) {
	b, err := c.byte()
	if err == nil && b != 0xFF {
		return 0, damaged("a marker is missing")
	}
	for err == nil && b == 0xFF {
		b, err = c.byte()
	}
	return b, err
}

// segmentSize reads the length of a segment's payload.
func segmentSize(c *cursor) (int, error) {
	b, err := c.take(2)
	if err != nil {
		return 0, err
	}
	size := int(binary.BigEndian.Uint16(b)) - 2
	if size < 0 {
		return 0, damaged("a segment has a negative length")
	}
	return size, nil
}

// readSegment takes what it wants of a segment and moves behind it.
func readSegment(c *cursor, marker byte, size int, img *Image) error {
	end := c.pos + int64(size)
	switch {
	case isFrame(marker):
		const header = 5 // precision, height, width
		b, err := c.take(min(size, header))
		if err != nil {
			return err
		}
		if len(b) < header {
			return damaged("the frame header is too short")
		}
		img.Progressive = marker > markFrame1
		img.Height, img.Width = int(binary.BigEndian.Uint16(b[1:])), int(binary.BigEndian.Uint16(b[3:]))
	case marker == markApp1:
		b, err := c.take(min(size, windowSize)) // the orientation stands in the first directory
		if err != nil {
			return err
		}
		if o, ok := orientation(b); ok {
			img.Orientation = o
		}
	}
	return c.skip(end - c.pos)
}

// isFrame tells whether a marker begins a frame header.
func isFrame(marker byte) bool {
	switch marker {
	case markHuffman, markExtension, markArithmetic:
		return false
	}
	return marker >= markFrame0 && marker <= markFrame15
}

// endOfJPEG looks for the end marker. Compressed data hold no such pair of bytes,
// and what cameras append behind it does not matter.
func endOfJPEG(c *cursor) error {
	found, err := c.find([]byte{0xFF, markEnd})
	if err == nil && !found {
		return cutOff()
	}
	return err
}
