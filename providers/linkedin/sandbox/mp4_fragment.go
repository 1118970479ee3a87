package sandbox

import "encoding/binary"

// Flags of the boxes of a fragment.
// ISO/IEC 14496-12, 8.8.7 and 8.8.8
const (
	tfhdBaseOffset     = 0x000001
	tfhdDescription    = 0x000002
	tfhdDuration       = 0x000008
	trunDataOffset     = 0x000001
	trunFirstFlags     = 0x000004
	trunSampleDuration = 0x000100
	trunSampleSize     = 0x000200
	trunSampleFlags    = 0x000400
	trunSampleOffset   = 0x000800
)

// readMovieExtends reads what all fragments have in common: the duration of the
// whole movie, where it is told, and that of samples which do not tell theirs.
func (b *boxReader) readMovieExtends(m *movie, mvex box, scale uint32) {
	b.boxes(mvex.start, mvex.end, func(one box) {
		switch one.kind {
		case "mehd":
			version := b.bytes(one.start, 4, one.end)
			switch {
			case version == nil || m.duration != 0:
			case version[0] == 1:
				if raw := b.bytes(one.start+4, 8, one.end); raw != nil {
					m.duration = ticks(binary.BigEndian.Uint64(raw), scale)
				}
			default:
				if raw := b.bytes(one.start+4, 4, one.end); raw != nil {
					m.duration = ticks(uint64(binary.BigEndian.Uint32(raw)), scale)
				}
			}
		case "trex":
			if raw := b.bytes(one.start+4, 12, one.end); raw != nil {
				if t := m.trackOf(binary.BigEndian.Uint32(raw)); t != nil {
					t.sampleTicks = binary.BigEndian.Uint32(raw[8:])
				}
			}
		}
	})
}

// readFragment adds the samples of a moof box to the length of their tracks.
func (b *boxReader) readFragment(m *movie, moof box) {
	b.boxes(moof.start, moof.end, func(traf box) {
		if traf.kind != "traf" {
			return
		}
		run := trackRun{}
		b.boxes(traf.start, traf.end, func(one box) {
			switch one.kind {
			case "tfhd":
				b.readRunHeader(m, &run, one)
			case "tfdt":
				run.at = b.decodeTime(one)
			case "trun":
				run.at += b.runLength(&run, one)
			}
		})
		if run.track != nil {
			run.track.lastSample = max(run.track.lastSample, run.at)
		}
	})
}

// trackRun is the samples of one track in one fragment.
type trackRun struct {
	track       *track
	sampleTicks uint32
	at          uint64
}

func (b *boxReader) readRunHeader(m *movie, run *trackRun, one box) {
	raw := b.bytes(one.start, 8, one.end)
	if raw == nil {
		return
	}
	flags := binary.BigEndian.Uint32(raw) & 0xffffff
	if run.track = m.trackOf(binary.BigEndian.Uint32(raw[4:])); run.track == nil {
		return
	}
	run.sampleTicks, run.at = run.track.sampleTicks, run.track.lastSample
	at := one.start + 8
	if flags&tfhdBaseOffset != 0 {
		at += 8
	}
	if flags&tfhdDescription != 0 {
		at += 4
	}
	if flags&tfhdDuration != 0 {
		if raw := b.bytes(at, 4, one.end); raw != nil {
			run.sampleTicks = binary.BigEndian.Uint32(raw)
		}
	}
}

func (b *boxReader) decodeTime(one box) uint64 {
	version := b.bytes(one.start, 4, one.end)
	if version == nil {
		return 0
	}
	if version[0] == 1 {
		if raw := b.bytes(one.start+4, 8, one.end); raw != nil {
			return binary.BigEndian.Uint64(raw)
		}
		return 0
	}
	if raw := b.bytes(one.start+4, 4, one.end); raw != nil {
		return uint64(binary.BigEndian.Uint32(raw))
	}
	return 0
}

// runLength is the duration of the samples of a trun box.
func (b *boxReader) runLength(run *trackRun, one box) uint64 {
	raw := b.bytes(one.start, 8, one.end)
	if raw == nil {
		return 0
	}
	flags, count := binary.BigEndian.Uint32(raw)&0xffffff, int64(binary.BigEndian.Uint32(raw[4:]))
	if flags&trunSampleDuration == 0 {
		return uint64(count) * uint64(run.sampleTicks) //nolint:gosec // a count is not negative
	}
	at, entry := one.start+8, int64(0)
	for _, flag := range []uint32{trunDataOffset, trunFirstFlags} {
		if flags&flag != 0 {
			at += 4
		}
	}
	for _, flag := range []uint32{trunSampleDuration, trunSampleSize, trunSampleFlags, trunSampleOffset} {
		if flags&flag != 0 {
			entry += 4
		}
	}
	samples := b.bytes(at, count*entry, min(one.end, at+maxRunBytes))
	var sum uint64
	for ; int64(len(samples)) >= entry; samples = samples[entry:] {
		sum += uint64(binary.BigEndian.Uint32(samples))
	}
	return sum
}

// maxRunBytes bounds the table of the samples of one run.
const maxRunBytes = 16 << 20
