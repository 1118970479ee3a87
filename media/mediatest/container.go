package mediatest

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
)

// insertSegment puts a marker segment behind the start marker of a JPEG.
func insertSegment(jpg []byte, marker byte, payload []byte) []byte {
	out := append([]byte{}, jpg[:2]...)
	out = append(out, 0xFF, marker)
	out = binary.BigEndian.AppendUint16(out, uint16(len(payload)+2)) //nolint:gosec // test data
	out = append(out, payload...)
	return append(out, jpg[2:]...)
}

// exif returns the payload of an APP1 segment with the orientation alone. Even
// orientations are written little-endian, odd ones big-endian.
func exif(orientation int) []byte {
	var order binary.AppendByteOrder = binary.BigEndian
	mark := "MM"
	if orientation%2 == 0 {
		order, mark = binary.LittleEndian, "II"
	}
	const tagOrientation, typeShort = 0x0112, 3
	b := []byte("Exif\x00\x00" + mark)
	b = order.AppendUint16(b, 42)
	b = order.AppendUint32(b, 8) // offset of the directory
	b = order.AppendUint16(b, 1) // entries
	b = order.AppendUint16(b, tagOrientation)
	b = order.AppendUint16(b, typeShort)
	b = order.AppendUint32(b, 1)
	b = order.AppendUint16(b, uint16(orientation)) //nolint:gosec // test data
	b = order.AppendUint16(b, 0)
	return order.AppendUint32(b, 0) // no further directory
}

// APNG returns an animated PNG of that many frames, all alike.
func APNG(width, height, frames int) []byte {
	still := PNG(width, height)
	const headEnd = 8 + 25 // signature and IHDR
	var data []byte
	var out bytes.Buffer
	out.Write(still[:headEnd])
	control := binary.BigEndian.AppendUint32(nil, uint32(frames))          //nolint:gosec // test data
	out.Write(pngChunk("acTL", binary.BigEndian.AppendUint32(control, 0))) // plays forever
	for rest := still[headEnd:]; len(rest) >= 12; {
		size := int(binary.BigEndian.Uint32(rest))
		if string(rest[4:8]) == "IDAT" {
			data = append(data, rest[8:8+size]...)
		}
		rest = rest[12+size:]
	}
	sequence := uint32(0)
	next := func() []byte { b := binary.BigEndian.AppendUint32(nil, sequence); sequence++; return b }
	for i := range frames {
		frame := next()
		for _, v := range []uint32{uint32(width), uint32(height), 0, 0} { //nolint:gosec // test data
			frame = binary.BigEndian.AppendUint32(frame, v)
		}
		out.Write(pngChunk("fcTL", append(frame, 0, 1, 0, 10, 0, 0)))
		if i == 0 {
			out.Write(pngChunk("IDAT", data))
		} else {
			out.Write(pngChunk("fdAT", append(next(), data...)))
		}
	}
	out.Write(pngChunk("IEND", nil))
	return out.Bytes()
}

func pngChunk(kind string, payload []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(payload))) //nolint:gosec // test data
	b = append(append(b, kind...), payload...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// WebP returns a still WebP of one colour. It is lossless, and its size in bytes
// does not depend on its dimensions (at most 16384).
func WebP(width, height int) []byte { return riff(webpChunk("VP8L", vp8l(width, height, 255))) }

// WebPAlpha returns a still WebP of one half-transparent colour.
func WebPAlpha(width, height int) []byte { return riff(webpChunk("VP8L", vp8l(width, height, 128))) }

// WebPAnimated returns an animated WebP of that many frames.
func WebPAnimated(width, height, frames int) []byte {
	const animated = 1 << 1
	extended := append([]byte{animated, 0, 0, 0}, uint24(width-1)...)
	body := webpChunk("VP8X", append(extended, uint24(height-1)...))
	body = append(body, webpChunk("ANIM", make([]byte, 6))...)
	for range frames {
		frame := append(uint24(0), uint24(0)...)
		frame = append(append(frame, uint24(width-1)...), uint24(height-1)...)
		frame = append(append(frame, uint24(100)...), 0) // 100 ms
		frame = append(frame, webpChunk("VP8L", vp8l(width, height, 255))...)
		body = append(body, webpChunk("ANMF", frame)...)
	}
	return riff(body)
}

func uint24(n int) []byte { return binary.LittleEndian.AppendUint32(nil, uint32(n))[:3:3] } //nolint:gosec // test data

func riff(chunks []byte) []byte {
	b := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(chunks)+4)) //nolint:gosec // test data
	return append(append(b, "WEBP"...), chunks...)
}

func webpChunk(kind string, payload []byte) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(payload))) //nolint:gosec // test data
	b = append(b, payload...)
	if len(payload)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

// vp8l writes a lossless bitstream in which every prefix code has a single symbol:
// such a code takes no bits, so no pixel does.
// See https://developers.google.com/speed/webp/docs/webp_lossless_bitstream_specification
func vp8l(width, height int, alpha byte) []byte {
	w := &bitWriter{out: []byte{0x2F}}
	w.write(uint32(width-1), 14)                        //nolint:gosec // test data
	w.write(uint32(height-1), 14)                       //nolint:gosec // test data
	w.write(1, 1)                                       // alpha is used
	w.write(0, 3)                                       // version
	w.write(0, 1)                                       // no transform
	w.write(0, 1)                                       // no colour cache
	w.write(0, 1)                                       // one group of prefix codes
	for _, symbol := range []byte{90, 180, 60, alpha} { // green, red, blue, alpha
		w.write(1, 1) // simple code
		w.write(0, 1) // one symbol
		w.write(1, 1) // of 8 bits
		w.write(uint32(symbol), 8)
	}
	w.write(1, 1) // distances: simple code
	w.write(0, 1) // one symbol
	w.write(0, 1) // of 1 bit
	w.write(0, 1)
	return w.bytes()
}

// bitWriter packs bits, least significant first.
type bitWriter struct {
	out   []byte
	acc   uint32
	count uint
}

func (w *bitWriter) write(v uint32, bits uint) {
	for i := range bits {
		w.acc |= (v >> i & 1) << w.count
		if w.count++; w.count == 8 {
			w.out, w.acc, w.count = append(w.out, byte(w.acc&0xFF)), 0, 0
		}
	}
}

func (w *bitWriter) bytes() []byte {
	if w.count > 0 {
		return append(w.out, byte(w.acc&0xFF))
	}
	return w.out
}
