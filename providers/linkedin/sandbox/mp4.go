package sandbox

import (
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"time"
)

// box is a box of an MP4 file: a type, and a content from start to end.
// ISO/IEC 14496-12, 4.2
type box struct {
	kind       string
	start, end int64
}

var (
	errDamaged = errors.New("the container is damaged")
	errCutOff  = errors.New("the file ends early")
)

// maxBoxes bounds the boxes that are looked at in one file.
const maxBoxes = 200_000

// boxReader walks over the boxes of a file. The first failure stays.
type boxReader struct {
	r    io.ReaderAt
	seen int
	err  error
}

// boxes calls visit for each box from start to end. Boxes fill their parent exactly.
func (b *boxReader) boxes(start, end int64, visit func(box)) {
	for at := start; at < end && b.err == nil; {
		one := b.header(at, end)
		if b.err != nil {
			return
		}
		visit(one)
		at = one.end
	}
}

func (b *boxReader) header(at, end int64) box {
	if b.seen++; b.seen > maxBoxes {
		b.err = errDamaged
		return box{}
	}
	raw := b.bytes(at, 8, end)
	if raw == nil {
		return box{}
	}
	size, length := int64(binary.BigEndian.Uint32(raw)), int64(8)
	one := box{kind: string(raw[4:8])}
	switch size {
	case 0: // up to the end
		size = end - at
	case 1:
		if raw = b.bytes(at+8, 8, end); raw == nil {
			return box{}
		}
		size, length = int64(binary.BigEndian.Uint64(raw)), 16 //nolint:gosec // a negative size is refused below
	}
	if size < length {
		b.err = errDamaged
		return box{}
	}
	if size > end-at {
		b.err = errCutOff
		return box{}
	}
	one.start, one.end = at+length, at+size
	return one
}

// bytes reads n bytes that have to lie before end; nil when they do not.
func (b *boxReader) bytes(at, n, end int64) []byte {
	if b.err != nil {
		return nil
	}
	if n > end-at {
		b.err = errCutOff
		return nil
	}
	raw := make([]byte, n)
	if _, err := b.r.ReadAt(raw, at); err != nil {
		b.err = errCutOff
		return nil
	}
	return raw
}

// movie is what the boxes of a file tell.
type movie struct {
	header   bool // there is a moov
	duration time.Duration
	tracks   []*track
}

// track is one stream of a movie.
type track struct {
	id            uint32
	handler       string // vide, soun
	width, height int    // as displayed
	timescale     uint32
	described     bool   // it has a sample description
	lastSample    uint64 // end of the last sample of the fragments
	sampleTicks   uint32 // of fragments without durations of their own
}

func (m *movie) video() *track {
	i := slices.IndexFunc(m.tracks, func(t *track) bool { return t.handler == "vide" })
	if i < 0 {
		return nil
	}
	return m.tracks[i]
}

func (m *movie) trackOf(id uint32) *track {
	i := slices.IndexFunc(m.tracks, func(t *track) bool { return t.id == id })
	if i < 0 {
		return nil
	}
	return m.tracks[i]
}

// readMovie reads the boxes of a file.
func readMovie(r io.ReaderAt, size int64) (*movie, error) {
	b, m := &boxReader{r: r}, &movie{}
	var fragments []box
	b.boxes(0, size, func(one box) {
		switch one.kind {
		case "moov":
			m.header = true
			b.readMoov(m, one)
		case "moof":
			fragments = append(fragments, one)
		}
	})
	for _, one := range fragments {
		b.readFragment(m, one)
	}
	if v := m.video(); m.duration == 0 && v != nil && v.timescale > 0 {
		m.duration = ticks(v.lastSample, v.timescale)
	}
	return m, b.err
}

func (b *boxReader) readMoov(m *movie, moov box) {
	var scale uint32
	b.boxes(moov.start, moov.end, func(one box) {
		switch one.kind {
		case "mvhd":
			var length uint64
			scale, length = b.timing(one)
			m.duration = ticks(length, scale)
		case "trak":
			t := &track{}
			m.tracks = append(m.tracks, t)
			b.readTrack(t, one)
		}
	})
	b.boxes(moov.start, moov.end, func(one box) {
		if one.kind == "mvex" {
			b.readMovieExtends(m, one, scale)
		}
	})
}

// unknownLength is how a duration says that it is not known.
const unknownLength = 1<<32 - 1

// timing reads timescale and duration of an mvhd or mdhd box.
func (b *boxReader) timing(one box) (scale uint32, length uint64) {
	version := b.bytes(one.start, 4, one.end)
	switch {
	case version == nil:
		return 0, 0
	case version[0] == 1:
		if raw := b.bytes(one.start+20, 12, one.end); raw != nil {
			scale, length = binary.BigEndian.Uint32(raw), binary.BigEndian.Uint64(raw[4:])
		}
	default:
		if raw := b.bytes(one.start+12, 8, one.end); raw != nil {
			scale, length = binary.BigEndian.Uint32(raw), uint64(binary.BigEndian.Uint32(raw[4:]))
		}
	}
	if length == unknownLength || length == 1<<64-1 {
		length = 0
	}
	return scale, length
}

// ticks converts a duration; what is absurd becomes the longest there is.
func ticks(n uint64, scale uint32) time.Duration {
	if scale == 0 {
		return 0
	}
	seconds := float64(n) / float64(scale)
	if seconds > 1e9 {
		seconds = 1e9
	}
	return time.Duration(seconds * float64(time.Second)).Round(time.Millisecond)
}

func (b *boxReader) readTrack(t *track, trak box) {
	b.boxes(trak.start, trak.end, func(one box) {
		switch one.kind {
		case "tkhd":
			b.readTrackHeader(t, one)
		case "mdia":
			b.boxes(one.start, one.end, func(inner box) { b.readMedia(t, inner) })
		}
	})
}

// readTrackHeader reads id and size. A matrix that turns the picture by a quarter
// swaps width and height.
func (b *boxReader) readTrackHeader(t *track, one box) {
	version := b.bytes(one.start, 4, one.end)
	if version == nil {
		return
	}
	idAt, matrixAt := int64(12), int64(40)
	if version[0] == 1 {
		idAt, matrixAt = 20, 52
	}
	id, tail := b.bytes(one.start+idAt, 4, one.end), b.bytes(one.start+matrixAt, 44, one.end)
	if id == nil || tail == nil {
		return
	}
	t.id = binary.BigEndian.Uint32(id)
	width, height := int(binary.BigEndian.Uint32(tail[36:])>>16), int(binary.BigEndian.Uint32(tail[40:])>>16)
	if upright := binary.BigEndian.Uint32(tail); upright == 0 && binary.BigEndian.Uint32(tail[4:]) != 0 {
		width, height = height, width
	}
	t.width, t.height = width, height
}

func (b *boxReader) readMedia(t *track, one box) {
	switch one.kind {
	case "mdhd":
		t.timescale, _ = b.timing(one)
	case "hdlr":
		if raw := b.bytes(one.start+8, 4, one.end); raw != nil {
			t.handler = string(raw)
		}
	case "minf":
		b.boxes(one.start, one.end, func(inner box) {
			if inner.kind == "stbl" {
				b.boxes(inner.start, inner.end, func(table box) { b.readDescription(t, table) })
			}
		})
	}
}

func (b *boxReader) readDescription(t *track, one box) {
	if one.kind != "stsd" {
		return
	}
	if raw := b.bytes(one.start+4, 4, one.end); raw != nil {
		t.described = binary.BigEndian.Uint32(raw) > 0
	}
}
