package mediatest

import (
	"cmp"
	"fmt"
	"math"
	"time"
)

// VideoOptions says what a video is like. Its structure is that of a real one; its
// pictures are noise, which no decoder shows.
type VideoOptions struct {
	Size       int64         // bytes of the whole file, exactly; 0: 100,000
	Duration   time.Duration // to the millisecond; 0: 5 s
	Width      int           // pixels, as displayed; 0: 1280
	Height     int           // 0: 720
	Rotation   int           // clockwise: 0, 90, 180 or 270
	Codec      string        // of the pictures; "": avc1
	AudioCodec string        // "": mp4a; "none": no sound
	Brand      string        // "": isom; "qt  " makes a QuickTime film
	MoovAtEnd  bool          // the facts stand behind the pictures, as cameras write them
	Wide       bool          // sizes and times of 64 bits
	Tables     int           // bytes of sample tables that the facts hold besides; hours of film have megabytes
	// Fragmented makes a film of four fragments, without an index.
	Fragmented bool
	// Bare leaves the duration out of the head of a fragmented film: only its
	// fragments tell it.
	Bare bool
	// Index puts an index of the fragments behind the facts.
	Index bool
	Seed  uint64 // another seed, other pictures
}

const fragments = 4 // of a fragmented film

const (
	movieScale   = 1000  // units of a second, of the film
	pictureScale = 12800 // and of the pictures
	soundScale   = 48000
)

func (o VideoOptions) defaults() VideoOptions {
	o.Size = cmp.Or(o.Size, 100_000)
	o.Duration = cmp.Or(o.Duration, 5*time.Second)
	o.Width, o.Height = cmp.Or(o.Width, 1280), cmp.Or(o.Height, 720)
	o.Codec, o.AudioCodec = cmp.Or(o.Codec, "avc1"), cmp.Or(o.AudioCodec, "mp4a")
	o.Brand = cmp.Or(o.Brand, "isom")
	return o
}

// MP4 returns a video of exactly size bytes, at least 2000.
func MP4(size int) []byte { return Whole(Video(VideoOptions{Size: int64(size)})) }

// MOV returns a QuickTime film of exactly size bytes, at least 2000.
func MOV(size int) []byte {
	return Whole(Video(VideoOptions{Size: int64(size), Brand: "qt  ", MoovAtEnd: true}))
}

// Video returns a video that takes no memory, whatever its size. It panics when the
// size does not hold the structure, which takes less than 2000 bytes without Tables,
// and 3000 with Fragmented.
func Video(o VideoOptions) Content {
	o = o.defaults()
	out := &patchwork{noise: noise{seed: o.Seed}}
	out.put(o.fileType())
	if o.Fragmented {
		o.writeFragments(out)
	} else {
		o.writeFilm(out)
	}
	if out.size != o.Size {
		panic(fmt.Sprintf("mediatest: a video of %d bytes is too small", o.Size))
	}
	return out
}

func (o VideoOptions) fileType() []byte {
	compatible := o.Brand + "iso2avc1mp41"
	if o.Brand == "qt  " {
		compatible = o.Brand
	}
	return box("ftyp", []byte(o.Brand), u32(0x200), []byte(compatible))
}

// writeFilm appends the facts and the pictures, in the order that is asked for.
func (o VideoOptions) writeFilm(out *patchwork) {
	header := o.dataHeader(0)
	data := o.Size - out.size - int64(len(o.movie(0, 0))) - int64(len(header))
	if data < 0 {
		return
	}
	start := out.size + int64(len(header))
	if !o.MoovAtEnd {
		start += int64(len(o.movie(0, 0)))
	}
	movie := o.movie(start, data)
	if !o.MoovAtEnd {
		out.put(movie)
	}
	out.put(o.dataHeader(data))
	out.leave(data)
	if o.MoovAtEnd {
		out.put(movie)
	}
}

// dataHeader begins the box of the pictures.
func (o VideoOptions) dataHeader(payload int64) []byte {
	const short, long = 8, 16
	if o.Wide || o.Size > math.MaxUint32 {
		return append(append(u32(1), "mdat"...), u64(payload+long)...)
	}
	return append(u32(payload+short), "mdat"...)
}

// units returns the duration in units of a second.
func (o VideoOptions) units(scale int64) int64 {
	return o.Duration.Milliseconds() * scale / 1000
}

// movie returns the facts. The pictures stand at start.
func (o VideoOptions) movie(start, data int64) []byte {
	length := o.units(movieScale)
	if o.Fragmented {
		length = 0
	}
	parts := [][]byte{
		o.full("mvhd", 0, o.times(movieScale, length), u32(0x10000), u16(0x100), make([]byte, 10), matrix(0), make([]byte, 24), u32(3)),
		o.track(1, start, data),
	}
	if o.AudioCodec != "none" {
		parts = append(parts, o.track(2, start, data))
	}
	if o.Fragmented {
		parts = append(parts, o.extends())
	}
	if o.Tables > 0 {
		parts = append(parts, box("udta", box("free", make([]byte, o.Tables))))
	}
	return box("moov", parts...)
}

// track returns the facts of the pictures (1) or of the sound (2).
func (o VideoOptions) track(id, start, data int64) []byte {
	handler, scale, entry := "vide", int64(pictureScale), o.pictureEntry()
	header, rotation, width, height := box("vmhd", u32(1), make([]byte, 8)), o.Rotation, o.Width, o.Height
	if rotation == 90 || rotation == 270 {
		width, height = height, width
	}
	if id == 2 {
		handler, scale, entry = "soun", soundScale, o.soundEntry()
		header, rotation, width, height = box("smhd", make([]byte, 8)), 0, 0, 0
	}
	length, mediaLength := o.units(movieScale), o.units(scale)
	if o.Fragmented {
		length, mediaLength = 0, 0
	}
	return box("trak",
		o.full("tkhd", 3, o.trackTimes(id, length), make([]byte, 16), matrix(rotation), u32(int64(width)<<16), u32(int64(height)<<16)),
		box("edts", box("elst", u32(0), u32(1), u32(length), u32(0), u32(0x10000))),
		box("mdia",
			o.full("mdhd", 0, o.times(scale, mediaLength), u32(0x55c40000)),
			box("hdlr", u32(0), u32(0), []byte(handler), make([]byte, 12), []byte("Handler\x00")),
			box("minf", header, dataInformation(),
				box("stbl", box("stsd", u32(0), u32(1), entry), o.sampleTables(start, data)))))
}

// sampleTables returns the tables of a single chunk of 25 samples a second.
func (o VideoOptions) sampleTables(start, data int64) []byte {
	if o.Fragmented {
		empty := make([]byte, 8)
		return join(box("stts", empty), box("stsc", empty), box("stsz", u32(0), empty), box("stco", empty))
	}
	samples := max(1, o.Duration.Milliseconds()/40)
	chunk := box("stco", u32(0), u32(1), u32(start))
	if o.Wide {
		chunk = box("co64", u32(0), u32(1), u64(start))
	}
	return join(
		box("stts", u32(0), u32(1), u32(samples), u32(pictureScale/25)),
		box("stsc", u32(0), u32(1), u32(1), u32(samples), u32(1)),
		box("stsz", u32(0), u32(data/samples), u32(samples)),
		chunk)
}

func (o VideoOptions) pictureEntry() []byte {
	width, height := o.Width, o.Height
	if o.Rotation == 90 || o.Rotation == 270 {
		width, height = height, width
	}
	return box(o.Codec, make([]byte, 6), u16(1), make([]byte, 16), u16(int64(width)), u16(int64(height)),
		u32(72<<16), u32(72<<16), u32(0), u16(1), make([]byte, 32), u16(24), u16(0xFFFF))
}

func (o VideoOptions) soundEntry() []byte {
	return box(o.AudioCodec, make([]byte, 6), u16(1), make([]byte, 8), u16(2), u16(16), u32(0), u32(soundScale<<16))
}

func dataInformation() []byte {
	return box("dinf", box("dref", u32(0), u32(1), box("url ", u32(1))))
}

// full makes a box with version and flags. Version 1 has times of 64 bits.
func (o VideoOptions) full(kind string, flags int64, parts ...[]byte) []byte {
	if o.Wide {
		flags |= 1 << 24
	}
	return box(kind, append([][]byte{u32(flags)}, parts...)...)
}

// times returns creation, modification, time scale and duration.
func (o VideoOptions) times(scale, length int64) []byte {
	if o.Wide {
		return join(u64(0), u64(0), u32(scale), u64(length))
	}
	return join(u32(0), u32(0), u32(scale), u32(length))
}

// trackTimes returns creation, modification, the track's number and its duration.
func (o VideoOptions) trackTimes(id, length int64) []byte {
	if o.Wide {
		return join(u64(0), u64(0), u32(id), u32(0), u64(length))
	}
	return join(u32(0), u32(0), u32(id), u32(0), u32(length))
}
