package probe

import "encoding/binary"

// readWebP walks through the chunks of the container.
// See https://developers.google.com/speed/webp/docs/riff_container
func readWebP(c *cursor, img *Image) error {
	b, err := c.take(12)
	if err != nil {
		return err
	}
	if string(b[:4]) != "RIFF" || string(b[8:]) != "WEBP" {
		return damaged("it is not a WebP")
	}
	const counted = 4 // "WEBP" is part of the size
	end := c.pos - counted + int64(binary.LittleEndian.Uint32(b[4:]))
	if end > c.size {
		return cutOff()
	}
	frames := 0
	for end-c.pos >= 8 {
		b, err := c.take(8)
		if err != nil {
			return err
		}
		kind, size := string(b[:4]), int64(binary.LittleEndian.Uint32(b[4:]))
		next := c.pos + size + size%2
		if kind == "ANMF" {
			frames++
		}
		if err := readWebPChunk(c, kind, size, img); err != nil {
			return err
		}
		if err := c.skip(next - c.pos); err != nil {
			return err
		}
	}
	img.Frames = max(1, frames)
	return nil
}

// readWebPChunk takes the facts that a chunk has. The canvas of VP8X comes first
// and counts more than the picture behind it.
func readWebPChunk(c *cursor, kind string, size int64, img *Image) error {
	switch kind {
	case "VP8X", "VP8 ", "VP8L":
		const header = 10 // the longest of the three
		b, err := c.take(int(min(size, header)))
		if err != nil {
			return err
		}
		if img.Width != 0 {
			return nil
		}
		var ok bool
		if img.Width, img.Height, ok = webpSize(kind, b); !ok {
			return damaged("its picture header is malformed")
		}
	case "EXIF":
		b, err := c.take(int(min(size, windowSize)))
		if err != nil {
			return err
		}
		if o, ok := orientation(b); ok {
			img.Orientation = o
		}
	}
	return nil
}

// webpSize reads width and height from the beginning of a chunk.
func webpSize(kind string, b []byte) (width, height int, ok bool) {
	const mask14 = 1<<14 - 1
	switch {
	case kind == "VP8X" && len(b) >= 10:
		return 1 + uint24(b[4:]), 1 + uint24(b[7:]), true
	case kind == "VP8 " && len(b) >= 10 && uint24(b[3:]) == 0x2A019D: // start code
		return int(binary.LittleEndian.Uint16(b[6:])) & mask14, int(binary.LittleEndian.Uint16(b[8:])) & mask14, true
	case kind == "VP8L" && len(b) >= 5 && b[0] == 0x2F: // signature
		bits := int(binary.LittleEndian.Uint32(b[1:]))
		return 1 + bits&mask14, 1 + bits>>14&mask14, true
	}
	return 0, 0, false
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }
