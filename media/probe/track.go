package probe

import (
	"encoding/binary"
	"strings"
)

// readTrack reads the facts of one track.
func (f *film) readTrack(end int64) error {
	if len(f.tracks) == maxTracks {
		return damaged("it has too many tracks")
	}
	t := &track{}
	f.tracks = append(f.tracks, t)
	return f.inside(end, func(kind string, end int64) error {
		switch kind {
		case "tkhd":
			return f.readTrackHeader(end, t)
		case "mdia":
			return f.inside(end, func(kind string, end int64) error { return f.readMedia(kind, end, t) })
		}
		return nil
	})
}

// readTrackHeader reads tkhd.
func (f *film) readTrackHeader(end int64, t *track) error {
	version, flags, err := f.version(end)
	if err != nil {
		return err
	}
	const enabled = 1
	t.enabled = flags&enabled != 0
	for range 2 { // creation and modification
		if _, _, err := f.number(end, version); err != nil {
			return err
		}
	}
	b, err := f.payload(end, 8) // number, reserved
	if err != nil {
		return err
	}
	t.id = binary.BigEndian.Uint32(b)
	if _, _, err := f.number(end, version); err != nil { // duration, edits included
		return err
	}
	const matrixAt, matrixSize, sizes = 16, 36, 8
	if b, err = f.payload(end, matrixAt+matrixSize+sizes); err != nil {
		return err
	}
	t.rotation = rotation(b[matrixAt:])
	t.width, t.height = fixedPoint(b[matrixAt+matrixSize:]), fixedPoint(b[matrixAt+matrixSize+4:])
	return nil
}

// fixedPoint reads a number whose lower 16 bits are its fraction, and rounds it.
func fixedPoint(b []byte) int {
	return int((uint64(binary.BigEndian.Uint32(b)) + 1<<15) >> 16)
}

// rotation tells how a matrix turns the picture, clockwise; slants count as the nearest
// right angle, and mirrors as none.
func rotation(matrix []byte) int {
	at := func(i int) int64 { return int64(int32(binary.BigEndian.Uint32(matrix[4*i:]))) } //nolint:gosec // two's complement
	a, b, d := at(0), at(1), at(4)
	switch {
	case abs(b) > abs(a) && b > 0:
		return 90
	case abs(b) > abs(a):
		return 270
	case a < 0 && d < 0:
		return 180
	}
	return 0
}

func abs(n int64) int64 { return max(n, -n) }

// readMedia reads a box of a track's mdia.
func (f *film) readMedia(kind string, end int64, t *track) (err error) {
	switch kind {
	case "mdhd":
		t.scale, t.length, err = f.readTimes(end)
	case "hdlr":
		b, err := f.payload(end, 12) // version and flags, a component's type, its subtype
		if err != nil {
			return err
		}
		t.handler = string(b[8:])
	case "minf":
		return f.inside(end, func(kind string, end int64) error {
			if kind != "stbl" {
				return nil
			}
			return f.inside(end, func(kind string, end int64) error {
				if kind != "stsd" {
					return nil
				}
				return f.readSampleEntry(end, t)
			})
		})
	}
	return err
}

// readSampleEntry reads how the samples of a track are encoded: the first entry of
// stsd. What stands where pictures have their size is of no use for other tracks, and
// may be missing.
func (f *film) readSampleEntry(end int64, t *track) error {
	b, err := f.payload(end, 8) // version and flags, number of entries
	if err != nil {
		return err
	}
	if binary.BigEndian.Uint32(b[4:]) == 0 {
		return nil
	}
	if b, err = f.payload(end, boxHeader); err != nil {
		return err
	}
	t.codec = printable(b[4:])
	const sizesAt, sizes = 24, 4
	if end-f.pos < sizesAt+sizes {
		return nil
	}
	if b, err = f.take(sizesAt + sizes); err != nil {
		return err
	}
	t.codedWidth = int(binary.BigEndian.Uint16(b[sizesAt:]))
	t.codedHeight = int(binary.BigEndian.Uint16(b[sizesAt+2:]))
	return nil
}

// printable makes a word of a stranger's four bytes.
func printable(b []byte) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, string(b))
}
