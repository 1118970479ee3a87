package sandbox_test

import (
	"bytes"
	"encoding/binary"
	"time"
)

// mp4Box is a box of an MP4 file around its contents.
func mp4Box(kind string, contents ...[]byte) []byte {
	body := bytes.Join(contents, nil)
	out := binary.BigEndian.AppendUint32(nil, uint32(8+len(body)))
	return append(append(out, kind...), body...)
}

// words are 32-bit numbers.
func words(numbers ...uint32) []byte {
	var out []byte
	for _, n := range numbers {
		out = binary.BigEndian.AppendUint32(out, n)
	}
	return out
}

// clip describes an MP4 file of a test.
type clip struct {
	brand    string // "" is isom
	duration time.Duration
	width    uint32
	height   uint32
	turned   bool // by a quarter
	handler  string
	// fragments is in how many fragments the samples are; 0 for none. told writes
	// the duration of the whole into mehd; unknown says that it is not known.
	fragments int
	told      bool
	unknown   bool
	size      int  // of the file, filled up with mdat
	tail      bool // moov comes last
	wide      bool // times and sizes have 64 bits
}

const ticksPerSecond = 1000

func (c clip) bytes() []byte {
	if c.brand == "" {
		c.brand = "isom"
	}
	if c.handler == "" {
		c.handler = "vide"
	}
	head := mp4Box("ftyp", []byte(c.brand), words(512), []byte("isomiso2mp41"))
	body := append(c.moov(), c.moofs()...)
	filler := make([]byte, max(0, c.size-len(head)-len(body)-8))
	for i := range filler {
		filler[i] = byte(i * i >> 7)
	}
	mdat := mp4Box("mdat", filler)
	if c.wide && len(filler) >= 8 { // the size in 64 bits takes 8 bytes of the filler
		mdat = append(append(words(1), "mdat"...), append(words(0, uint32(8+len(filler))), filler[8:]...)...)
	}
	if c.tail {
		return bytes.Join([][]byte{head, mdat, body}, nil)
	}
	return bytes.Join([][]byte{head, body, mdat}, nil)
}

func (c clip) ticks() uint32 { return uint32(c.duration.Milliseconds() * ticksPerSecond / 1000) }

// time is a time in the width of the file.
func (c clip) time(t uint32) []byte {
	if c.wide {
		return words(0, t)
	}
	return words(t)
}

// times are the version of a box and times.
func (c clip) times(times ...uint32) []byte {
	out := words(0)
	if c.wide {
		out = words(1 << 24)
	}
	for _, t := range times {
		out = append(out, c.time(t)...)
	}
	return out
}

func (c clip) moov() []byte {
	length := c.ticks()
	var extends []byte
	if c.fragments > 0 {
		length = 0
		if c.unknown {
			length = 1<<32 - 1
		}
		trex := mp4Box("trex", words(0, 1, 1, 0, 0, 0))
		var mehd []byte
		if c.told {
			mehd = mp4Box("mehd", c.times(c.ticks()))
		}
		extends = mp4Box("mvex", mehd, trex)
	}
	mvhd := mp4Box("mvhd", c.times(0, 0), words(ticksPerSecond), c.time(length), make([]byte, 80))
	return mp4Box("moov", mvhd, c.trak(length), extends)
}

func (c clip) trak(length uint32) []byte {
	matrix := words(1<<16, 0, 0, 0, 1<<16, 0, 0, 0, 1<<30)
	if c.turned {
		matrix = words(0, 1<<16, 0, 0xffff0000, 0, 0, 0, 0, 1<<30)
	}
	tkhd := mp4Box("tkhd", c.times(0, 0), words(1, 0), c.time(length), words(0, 0, 0, 0), matrix, words(c.width<<16, c.height<<16))
	mdhd := mp4Box("mdhd", c.times(0, 0), words(ticksPerSecond), c.time(length), words(0))
	hdlr := mp4Box("hdlr", words(0, 0), []byte(c.handler), make([]byte, 13))
	stsd := mp4Box("stsd", words(0, 1), mp4Box("avc1", make([]byte, 78)))
	return mp4Box("trak", tkhd, mp4Box("mdia", mdhd, hdlr, mp4Box("minf", mp4Box("stbl", stsd))))
}

// moofs are fragments of equal length with one sample each, every other one by the
// default duration.
func (c clip) moofs() []byte {
	var out []byte
	for i := range uint32(c.fragments) {
		each := c.ticks() / uint32(c.fragments)
		tfdt := mp4Box("tfdt", c.times(i*each))
		tfhd, trun := mp4Box("tfhd", words(0x8, 1, each)), mp4Box("trun", words(0, 1))
		if i%2 == 1 {
			tfhd, trun = mp4Box("tfhd", words(0, 1)), mp4Box("trun", words(0x301, 1, 0, each, 9))
		}
		out = append(out, mp4Box("moof", mp4Box("mfhd", words(0, i+1)), mp4Box("traf", tfhd, tfdt, trun))...)
	}
	return out
}

// clipOf is a good video of a size in bytes.
func clipOf(size int) []byte {
	return clip{duration: 10 * time.Second, width: 640, height: 360, size: size}.bytes()
}
