package probe

import (
	"encoding/binary"
	"math"
	"time"
)

const maxTracks = 256

// film is what the boxes of a video say, read from front to back.
type film struct {
	*boxes
	hasMovie   bool
	hasData    bool
	scale      uint32        // units of a second, of length and extended
	length     time.Duration // 0: not told
	extended   time.Duration // with all fragments; 0: not told
	extension  uint64        // the same in units, until scale is known
	fragmented bool
	tracks     []*track
	tableBytes int64 // read of the fragments' tables
}

// track is one of the pictures, the sound, subtitles and so on.
type track struct {
	id            uint32
	enabled       bool
	handler       string
	rotation      int
	width, height int // as the track is to be shown, before rotation
	codec         string
	codedWidth    int
	codedHeight   int
	scale         uint32 // units of a second
	length        time.Duration
	// sampleLength is how long a sample of a fragment plays that does not say it.
	sampleLength uint32
	fragments    timeline
}

// read walks through the boxes of the file.
func (f *film) read() error {
	return f.topLevel(func(kind string, end int64) (int64, error) {
		var err error
		switch {
		case kind == "moov" && !f.hasMovie:
			err = f.readMovie(end)
		case kind == "mdat":
			f.hasData = true
		case kind == "sidx" && f.hasMovie:
			return f.readIndex(end)
		case kind == "moof" && f.hasMovie:
			if f.extended > 0 {
				return f.size, nil
			}
			f.fragmented = true
			err = f.readFragment(end)
		}
		return end, err
	})
}

// readMovie reads the facts of the whole film.
func (f *film) readMovie(end int64) error {
	f.hasMovie = true
	defaults := map[uint32]uint32{}
	err := f.inside(end, func(kind string, end int64) error {
		switch kind {
		case "mvhd":
			var err error
			f.scale, f.length, err = f.readTimes(end)
			return err
		case "trak":
			return f.readTrack(end)
		case "mvex":
			f.fragmented = true
			return f.readExtension(end, defaults)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, t := range f.tracks {
		t.sampleLength = defaults[t.id]
	}
	if f.extension > 0 {
		f.extended, err = inTime(f.extension, f.scale)
	}
	return err
}

// payload returns the next n bytes of a box that ends at end.
func (f *film) payload(end int64, n int) ([]byte, error) {
	if int64(n) > end-f.pos {
		return nil, damaged("a box is too short")
	}
	return f.take(n)
}

// version reads the version and the flags that many boxes begin with.
func (f *film) version(end int64) (version byte, flags uint32, err error) {
	b, err := f.payload(end, 4)
	if err != nil {
		return 0, 0, err
	}
	return b[0], binary.BigEndian.Uint32(b) & 0xFFFFFF, nil
}

// number reads an unsigned number of 32 bits, or of 64 where the version is not 0. All
// bits set mean that there is none.
func (f *film) number(end int64, version byte) (n uint64, known bool, err error) {
	if version == 0 {
		b, err := f.payload(end, 4)
		if err != nil {
			return 0, false, err
		}
		n := binary.BigEndian.Uint32(b)
		return uint64(n), n != math.MaxUint32, nil
	}
	b, err := f.payload(end, 8)
	if err != nil {
		return 0, false, err
	}
	n = binary.BigEndian.Uint64(b)
	return n, n != math.MaxUint64, nil
}

// readTimes reads the beginning of mvhd or mdhd. The length is 0 when it is not told.
func (f *film) readTimes(end int64) (scale uint32, length time.Duration, err error) {
	version, _, err := f.version(end)
	if err != nil {
		return 0, 0, err
	}
	for range 2 { // creation and modification
		if _, _, err := f.number(end, version); err != nil {
			return 0, 0, err
		}
	}
	b, err := f.payload(end, 4)
	if err != nil {
		return 0, 0, err
	}
	if scale = binary.BigEndian.Uint32(b); scale == 0 {
		return 0, 0, damaged("its clock stands still")
	}
	units, known, err := f.number(end, version)
	if err != nil || !known {
		return scale, 0, err
	}
	length, err = inTime(units, scale)
	return scale, length, err
}

// inTime converts units of a track's or a film's clock.
func inTime(units uint64, scale uint32) (time.Duration, error) {
	if scale == 0 {
		return 0, damaged("its clock stands still")
	}
	const longest = uint64(math.MaxInt64/int64(time.Second)) - 1
	seconds, rest := units/uint64(scale), units%uint64(scale)
	if seconds > longest {
		return 0, damaged("it plays for centuries")
	}
	nanoseconds := rest * uint64(time.Second) / uint64(scale)
	return time.Duration(seconds)*time.Second + time.Duration(nanoseconds), nil //nolint:gosec // within longest
}
