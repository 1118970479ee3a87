package probe

import "encoding/binary"

const pngSignature = "\x89PNG\r\n\x1a\n"

// readPNG walks through all chunks. See https://www.w3.org/TR/png-3/
func readPNG(c *cursor, img *Image) error {
	if b, err := c.take(len(pngSignature)); err != nil {
		return err
	} else if string(b) != pngSignature {
		return damaged("it is not a PNG")
	}
	const checksum = 4
	for first := true; ; first = false {
		b, err := c.take(8)
		if err != nil {
			return err
		}
		size, kind := int64(binary.BigEndian.Uint32(b)), string(b[4:])
		if first != (kind == "IHDR") {
			return damaged("its header is not where it belongs")
		}
		end := c.pos + size + checksum
		if err := readChunk(c, kind, size, img); err != nil {
			return err
		}
		if err := c.skip(end - c.pos); err != nil {
			return err
		}
		if kind == "IEND" {
			return nil
		}
	}
}

// readChunk takes the facts that a chunk has.
func readChunk(c *cursor, kind string, size int64, img *Image) error {
	switch kind {
	case "IHDR":
		b, err := c.take(8)
		if err != nil {
			return err
		}
		const most = 1<<31 - 1 // by the standard
		width, height := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
		if size != 13 || width > most || height > most {
			return damaged("its header is malformed")
		}
		img.Width, img.Height = int(width), int(height)
	case "acTL": // animation control: number of frames, number of plays
		b, err := c.take(4)
		if err != nil {
			return err
		}
		if size < 8 {
			return damaged("its animation header is malformed")
		}
		img.Frames = max(1, int(binary.BigEndian.Uint32(b)))
	}
	return nil
}
