package probe

import "encoding/binary"

// The blocks of a GIF file. See https://www.w3.org/Graphics/GIF/spec-gif89a.txt
const (
	gifExtension = 0x21
	gifFrame     = 0x2C
	gifTrailer   = 0x3B
)

// readGIF walks through all blocks and counts the frames. A missing trailer is
// taken, as every viewer does, where a block is complete.
func readGIF(c *cursor, img *Image) error {
	b, err := c.take(13)
	if err != nil {
		return err
	}
	if magic := string(b[:6]); magic != "GIF87a" && magic != "GIF89a" {
		return damaged("it is not a GIF")
	}
	img.Width, img.Height = int(binary.LittleEndian.Uint16(b[6:])), int(binary.LittleEndian.Uint16(b[8:]))
	if err := skipColours(c, b[10]); err != nil {
		return err
	}
	frames := 0
	for c.left() > 0 {
		block, err := c.byte()
		if err != nil {
			return err
		}
		switch block {
		case gifTrailer:
			return setFrames(img, frames)
		case gifExtension:
			if err := c.skip(1); err != nil { // label
				return err
			}
		case gifFrame:
			frames++
			if err := skipFrameHeader(c); err != nil {
				return err
			}
		default:
			return damaged("it has an unknown block")
		}
		if err := skipSubBlocks(c); err != nil {
			return err
		}
	}
	return setFrames(img, frames)
}

func setFrames(img *Image, frames int) error {
	if frames == 0 {
		return damaged("it holds no picture")
	}
	img.Frames = frames
	return nil
}

// skipColours moves behind the colour table that a flags byte announces.
func skipColours(c *cursor, flags byte) error {
	const present, sizeBits, bytesPerColour = 0x80, 0x07, 3
	if flags&present == 0 {
		return nil
	}
	return c.skip(bytesPerColour << (flags&sizeBits + 1))
}

// skipFrameHeader moves behind a frame's position, colours and code size.
func skipFrameHeader(c *cursor) error {
	b, err := c.take(9)
	if err != nil {
		return err
	}
	if err := skipColours(c, b[8]); err != nil {
		return err
	}
	return c.skip(1)
}

// skipSubBlocks moves behind a list of blocks that each begin with their length,
// which ends with one of no length.
func skipSubBlocks(c *cursor) error {
	for {
		size, err := c.byte()
		if err != nil || size == 0 {
			return err
		}
		if err := c.skip(int64(size)); err != nil {
			return err
		}
	}
}
