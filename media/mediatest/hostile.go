package mediatest

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
)

// PNGLying returns a tiny PNG whose header claims other dimensions, checksum
// included.
func PNGLying(width, height uint32) []byte {
	b := PNG(8, 8)
	binary.BigEndian.PutUint32(b[16:], width)
	binary.BigEndian.PutUint32(b[20:], height)
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	return b
}

// PNGBomb returns a valid PNG of one bit a pixel: a few bytes that decode to
// width × height pixels.
func PNGBomb(width, height int) []byte {
	header := binary.BigEndian.AppendUint32(nil, uint32(width))    //nolint:gosec // test data
	header = binary.BigEndian.AppendUint32(header, uint32(height)) //nolint:gosec // test data
	header = append(header, 1, 0, 0, 0, 0)                         // 1 bit, grey, not interlaced
	var rows bytes.Buffer
	w := zlib.NewWriter(&rows)
	row := make([]byte, 1+(width+7)/8) // filter, then pixels
	for range height {
		_, err := w.Write(row)
		must(err)
	}
	must(w.Close())
	var b bytes.Buffer
	b.Write(PNG(1, 1)[:8])
	b.Write(pngChunk("IHDR", header))
	b.Write(pngChunk("IDAT", rows.Bytes()))
	b.Write(pngChunk("IEND", nil))
	return b.Bytes()
}

// JPEGLying returns a tiny JPEG whose frame header claims other dimensions.
func JPEGLying(width, height uint16) []byte {
	b := JPEG(8, 8)
	frame := bytes.Index(b, []byte{0xFF, 0xC0})
	binary.BigEndian.PutUint16(b[frame+5:], height)
	binary.BigEndian.PutUint16(b[frame+7:], width)
	return b
}

// GIFLying returns a tiny GIF whose screen is larger than its frame.
func GIFLying(width, height uint16) []byte {
	b := GIF(8, 8, 1)
	binary.LittleEndian.PutUint16(b[6:], width)
	binary.LittleEndian.PutUint16(b[8:], height)
	return b
}

// JPEGExifLoop returns a JPEG whose EXIF directory starts far outside its segment.
func JPEGExifLoop() []byte {
	payload := exif(6)
	binary.LittleEndian.PutUint32(payload[10:], 0xFFFFFFF0)
	return insertSegment(JPEG(8, 8), 0xE1, payload)
}

// Truncated returns the first half of a file.
func Truncated(b []byte) []byte { return append([]byte{}, b[:len(b)/2]...) }

// Hostile returns files that decoders and parsers must refuse or survive, by name.
func Hostile() map[string][]byte {
	return map[string][]byte{
		"png lying dimensions":   PNGLying(60000, 60000),
		"png overflowing":        PNGLying(0x7FFFFFFF, 0x7FFFFFFF),
		"png of no size":         PNGLying(0, 0),
		"png bomb":               PNGBomb(3000, 3000),
		"png truncated":          Truncated(PNG(64, 64)),
		"png signature alone":    PNG(8, 8)[:8],
		"jpeg lying dimensions":  JPEGLying(65535, 65535),
		"jpeg of no size":        JPEGLying(0, 0),
		"jpeg truncated":         Truncated(JPEG(64, 64)),
		"jpeg start alone":       {0xFF, 0xD8, 0xFF},
		"jpeg fill bytes":        append([]byte{0xFF, 0xD8}, bytes.Repeat([]byte{0xFF}, 5000)...),
		"jpeg exif out of range": JPEGExifLoop(),
		"gif lying screen":       GIFLying(65535, 65535),
		"gif truncated":          Truncated(GIF(64, 64, 3)),
		"gif header alone":       []byte("GIF89a"),
		"webp largest":           WebP(16384, 16384),
		"webp truncated":         Truncated(WebP(64, 64)),
		"webp header alone":      []byte("RIFF\xff\xff\xff\xffWEBPVP8X"),
		"apng without end":       Truncated(APNG(64, 64, 50)),
		"empty":                  {},
		"zeroes":                 make([]byte, 4096),
	}
}
