package probe

import (
	"encoding/binary"
	"math"
	"time"
)

// maxTableBytes is how much of the fragments' tables is read: several times what four
// hours of film have.
const maxTableBytes = 64 << 20

// timeline is what the fragments of a track play.
type timeline struct {
	known      bool
	begin, end time.Duration
	next       uint64 // units: where a fragment begins that does not say it
}

// length returns how long the fragments play, together with what is before them: a
// recording of something live begins anywhere, but where the film has samples besides,
// the fragments continue them.
func (l timeline) length(continued bool) time.Duration {
	if continued {
		return l.end
	}
	return l.end - l.begin
}

// add widens the timeline.
func (l *timeline) add(begin, end uint64, scale uint32) error {
	from, err := inTime(begin, scale)
	if err != nil {
		return err
	}
	to, err := inTime(end, scale)
	if err != nil {
		return err
	}
	if !l.known {
		l.begin, l.end, l.known = from, to, true
	}
	l.begin, l.end = min(l.begin, from), max(l.end, to)
	return nil
}

// readExtension reads mvex: the duration with all fragments, if it is told, and each
// track's default for the length of a sample.
func (f *film) readExtension(end int64, defaults map[uint32]uint32) error {
	return f.inside(end, func(kind string, end int64) error {
		switch kind {
		case "mehd":
			version, _, err := f.version(end)
			if err != nil {
				return err
			}
			units, known, err := f.number(end, version)
			if known {
				f.extension = units
			}
			return err
		case "trex":
			b, err := f.payload(end, 16) // version and flags, track, sample entry, length
			if err != nil {
				return err
			}
			if len(defaults) < maxTracks {
				defaults[binary.BigEndian.Uint32(b[4:])] = binary.BigEndian.Uint32(b[12:])
			}
		}
		return nil
	})
}

// byID returns a track, or nil.
func (f *film) byID(id uint32) *track {
	for _, t := range f.tracks {
		if t.id == id {
			return t
		}
	}
	return nil
}

// readIndex reads sidx, and returns the place behind the fragments that it counts up:
// they need not be looked at.
func (f *film) readIndex(end int64) (next int64, err error) {
	version, _, err := f.version(end)
	if err != nil {
		return 0, err
	}
	b, err := f.payload(end, 8)
	if err != nil {
		return 0, err
	}
	id, scale := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
	begin, _, err := f.number(end, version)
	if err != nil {
		return 0, err
	}
	skipped, _, err := f.number(end, version)
	if err != nil {
		return 0, err
	}
	bytes, units, err := f.readReferences(end)
	if err != nil {
		return 0, err
	}
	if bytes == 0 || units == 0 {
		return end, nil
	}
	if left := uint64(f.size - end); skipped > left || bytes > left-skipped { //nolint:gosec // the box ends within the file
		return 0, cutOff()
	}
	t := f.byID(id)
	if t == nil {
		return end, nil
	}
	t.fragments.next = 0                                                                // its clock is another one
	return end + int64(skipped+bytes), t.fragments.add(begin, sum(begin, units), scale) //nolint:gosec // within the file
}

// readReferences sums up the entries of sidx.
func (f *film) readReferences(end int64) (bytes, units uint64, err error) {
	b, err := f.payload(end, 4) // reserved, number of entries
	if err != nil {
		return 0, 0, err
	}
	const sizeBits = 1<<31 - 1 // the first bit tells what is referred to
	for range binary.BigEndian.Uint16(b[2:]) {
		if b, err = f.payload(end, 12); err != nil {
			return 0, 0, err
		}
		bytes += uint64(binary.BigEndian.Uint32(b) & sizeBits)
		units += uint64(binary.BigEndian.Uint32(b[4:]))
	}
	return bytes, units, nil
}

// readFragment reads moof.
func (f *film) readFragment(end int64) error {
	return f.inside(end, func(kind string, end int64) error {
		if kind != "traf" {
			return nil
		}
		return f.readTrackFragment(end)
	})
}

// trackFragment is what is being read of traf.
type trackFragment struct {
	track        *track
	sampleLength uint32
	begin        uint64
	units        uint64
}

// readTrackFragment reads what a fragment has of one track.
func (f *film) readTrackFragment(end int64) error {
	p := &trackFragment{}
	err := f.inside(end, func(kind string, end int64) error {
		switch {
		case kind == "tfhd":
			return f.readFragmentHeader(end, p)
		case p.track == nil: // of a track that is not there
			return nil
		case kind == "tfdt":
			version, _, err := f.version(end)
			if err != nil {
				return err
			}
			p.begin, _, err = f.number(end, version)
			return err
		case kind == "trun":
			return f.readRun(end, p)
		}
		return nil
	})
	if err != nil || p.track == nil {
		return err
	}
	p.track.fragments.next = sum(p.begin, p.units)
	return p.track.fragments.add(p.begin, p.track.fragments.next, p.track.scale)
}

// readFragmentHeader reads tfhd.
func (f *film) readFragmentHeader(end int64, p *trackFragment) error {
	_, flags, err := f.version(end)
	if err != nil {
		return err
	}
	b, err := f.payload(end, 4)
	if err != nil {
		return err
	}
	if p.track = f.byID(binary.BigEndian.Uint32(b)); p.track == nil {
		return nil
	}
	p.sampleLength, p.begin = p.track.sampleLength, p.track.fragments.next
	const hasOffset, hasEntry, hasLength = 0x1, 0x2, 0x8
	before := 0
	if flags&hasOffset != 0 {
		before += 8
	}
	if flags&hasEntry != 0 {
		before += 4
	}
	if flags&hasLength == 0 {
		return nil
	}
	if b, err = f.payload(end, before+4); err != nil {
		return err
	}
	p.sampleLength = binary.BigEndian.Uint32(b[before:])
	return nil
}

// readRun reads trun: how long its samples play.
func (f *film) readRun(end int64, p *trackFragment) error {
	_, flags, err := f.version(end)
	if err != nil {
		return err
	}
	b, err := f.payload(end, 4)
	if err != nil {
		return err
	}
	count := binary.BigEndian.Uint32(b)
	const hasOffset, hasFirstFlags, hasLengths = 0x1, 0x4, 0x100
	if flags&hasLengths == 0 {
		p.units = sum(p.units, uint64(count)*uint64(p.sampleLength))
		return nil
	}
	for _, present := range []uint32{hasOffset, hasFirstFlags} {
		if flags&present != 0 {
			if _, err := f.payload(end, 4); err != nil {
				return err
			}
		}
	}
	entry := 4
	for _, present := range []uint32{0x200, 0x400, 0x800} { // size, flags, composition time
		if flags&present != 0 {
			entry += 4
		}
	}
	if f.tableBytes += int64(count) * int64(entry); f.tableBytes > maxTableBytes {
		return damaged("its tables are too large")
	}
	for range count {
		if b, err = f.payload(end, entry); err != nil {
			return err
		}
		p.units = sum(p.units, uint64(binary.BigEndian.Uint32(b)))
	}
	return nil
}

// sum adds without overflow: what is too much stays impossibly much.
func sum(a, b uint64) uint64 {
	if a > math.MaxUint64-b {
		return math.MaxUint64
	}
	return a + b
}
