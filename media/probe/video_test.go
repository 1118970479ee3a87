package probe_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/media/mediatest"
	"github.com/crier-social/crier/media/probe"
)

func readVideo(file mediatest.Content) (probe.Video, error) {
	return probe.ReadVideo(file, file.Size(), "video/mp4")
}

func TestReadVideo(t *testing.T) {
	t.Parallel()
	plain := probe.Video{Width: 1280, Height: 720, Duration: 5 * time.Second, Codec: "avc1", AudioCodec: "mp4a"}
	with := func(change func(*probe.Video)) probe.Video { v := plain; change(&v); return v }
	fragmented := with(func(v *probe.Video) { v.Fragmented = true })
	turned := func(rotation, width, height int) probe.Video {
		return with(func(v *probe.Video) { v.Rotation, v.Width, v.Height = rotation, width, height })
	}
	const hours = 4*time.Hour + 123*time.Millisecond
	cases := []struct {
		name string
		file mediatest.VideoOptions
		want probe.Video
	}{
		{"facts at the head", mediatest.VideoOptions{}, plain},
		{"facts at the end", mediatest.VideoOptions{MoovAtEnd: true}, plain},
		{"QuickTime", mediatest.VideoOptions{Brand: "qt  ", MoovAtEnd: true}, plain},
		{"wide numbers", mediatest.VideoOptions{Wide: true}, plain},
		{"wide numbers at the end", mediatest.VideoOptions{Wide: true, MoovAtEnd: true}, plain},
		{"silent", mediatest.VideoOptions{AudioCodec: "none"}, with(func(v *probe.Video) { v.AudioCodec = "" })},
		{"HEVC", mediatest.VideoOptions{Codec: "hvc1"}, with(func(v *probe.Video) { v.Codec = "hvc1" })},
		{"turned right", mediatest.VideoOptions{Rotation: 90, Width: 720, Height: 1280}, turned(90, 720, 1280)},
		{"upside down", mediatest.VideoOptions{Rotation: 180}, turned(180, 1280, 720)},
		{"turned left", mediatest.VideoOptions{Rotation: 270, Width: 720, Height: 1280}, turned(270, 720, 1280)},
		{"four hours", mediatest.VideoOptions{Duration: hours, Tables: 40_000}, with(func(v *probe.Video) { v.Duration = hours })},
		{"fragments, told", mediatest.VideoOptions{Fragmented: true}, fragmented},
		{"fragments, told in wide numbers", mediatest.VideoOptions{Fragmented: true, Wide: true}, fragmented},
		{"fragments, counted", mediatest.VideoOptions{Fragmented: true, Bare: true}, fragmented},
		{"fragments, counted in wide numbers", mediatest.VideoOptions{Fragmented: true, Bare: true, Wide: true}, fragmented},
		{"fragments with an index", mediatest.VideoOptions{Fragmented: true, Bare: true, Index: true}, fragmented},
		{"fragments with a wide index", mediatest.VideoOptions{Fragmented: true, Bare: true, Index: true, Wide: true}, fragmented},
		{"four hours of fragments", mediatest.VideoOptions{Fragmented: true, Bare: true, Duration: hours}, with(func(v *probe.Video) {
			v.Duration, v.Fragmented = hours.Truncate(time.Second/12800), true
		})},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := readVideo(mediatest.Video(tc.file))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got, cmp.Comparer(nearly)); diff != "" {
				t.Errorf("facts (-want +got):\n%s", diff)
			}
		})
	}
}

// nearly compares durations to the microsecond: clocks do not divide evenly.
func nearly(a, b time.Duration) bool { return (a - b).Abs() < time.Microsecond*100 }

func TestVideoReadable(t *testing.T) {
	t.Parallel()
	for mime, want := range map[string]bool{
		"video/mp4": true, "video/quicktime": true, "video/x-m4v": true, "video/3gpp": true,
		"video/webm": false, "video/x-matroska": false, "image/heic": false, "": false,
	} {
		if got := probe.VideoReadable(mime); got != want {
			t.Errorf("VideoReadable(%q) = %t, want %t", mime, got, want)
		}
	}
	video := mediatest.Bytes(mediatest.MP4(5000))
	if _, err := probe.ReadVideo(video, 5000, "video/webm"); !errors.Is(err, probe.ErrDamaged) {
		t.Errorf("an unknown format: got %v, want ErrDamaged", err)
	}
}

// TestVideoCutOff cuts files wherever it can: only one whose head tells the length of
// its fragments may pass, and one between two of its fragments.
func TestVideoCutOff(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]mediatest.VideoOptions{
		"head":    {Size: 2500},
		"end":     {Size: 2500, MoovAtEnd: true},
		"wide":    {Size: 2500, Wide: true},
		"indexed": {Size: 3500, Fragmented: true, Bare: true, Index: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := mediatest.Whole(mediatest.Video(o))
			for n := range file {
				if _, err := readVideo(mediatest.Bytes(file[:n])); !errors.Is(err, probe.ErrDamaged) {
					t.Fatalf("first %d of %d bytes: got %v, want ErrDamaged", n, len(file), err)
				}
			}
			if _, err := readVideo(mediatest.Bytes(append(file, 0, 0, 0))); !errors.Is(err, probe.ErrDamaged) {
				t.Errorf("with bytes behind the last box: got %v, want ErrDamaged", err)
			}
		})
	}
}

// patched returns a video in which bytes behind the n-th occurrence of a box's kind
// are others.
func patched(o mediatest.VideoOptions, kind string, n, at int, with ...byte) []byte {
	if o.Size == 0 {
		o.Size = 4000
	}
	file := mediatest.Whole(mediatest.Video(o))
	pos := 0
	for range n {
		pos += bytes.Index(file[pos:], []byte(kind)) + len(kind)
	}
	copy(file[pos+at:], with)
	return file
}

func TestHostileVideo(t *testing.T) {
	t.Parallel()
	plain, fragments := mediatest.VideoOptions{}, mediatest.VideoOptions{Fragmented: true, Bare: true}
	ones := bytes.Repeat([]byte{0xFF}, 8)
	const kindAt, sizeAt = -4, -8
	cases := []struct {
		name string
		file []byte
		text string // of the error
	}{
		{"no moov", patched(plain, "moov", 1, kindAt, []byte("free")...), "header is missing"},
		{"sound alone", patched(plain, "vide", 1, kindAt, []byte("soun")...), "no picture track"},
		{"clock of the film stands still", patched(plain, "mvhd", 1, 12, 0, 0, 0, 0), "clock"},
		{"clock of a track stands still", patched(plain, "mdhd", 1, 12, 0, 0, 0, 0), "clock"},
		{"centuries", patched(mediatest.VideoOptions{Wide: true}, "mvhd", 1, 24, 0x7F, 0xFF), "centuries"},
		{"a box of no size", patched(plain, "tkhd", 1, sizeAt, 0, 0, 0, 4), "impossible size"},
		{"a box of all the world", patched(plain, "mvhd", 1, sizeAt, ones[:4]...), "larger than the one around"},
		{"a box that overflows", patched(mediatest.VideoOptions{Wide: true}, "mdat", 1, 0, ones...), "impossible size"},
		{"a header that is too short", patched(plain, "mvhd", 1, sizeAt, 0, 0, 0, 12), "too short"},
		{"boxes without end", append(mediatest.MP4(3000), bytes.Repeat([]byte("\x00\x00\x00\x08free"), 600_000)...), "too many boxes"},
		{"no size of the picture", tiny(), "no size"},
		{"no duration", patched(mediatest.VideoOptions{Duration: time.Millisecond / 2, AudioCodec: "none"}, "none", 0, 0), "how long"},
		{"no codec", patched(plain, "stsd", 1, 4, 0, 0, 0, 0), "encoded"},
		{"a fragment of all samples", patched(fragments, "trun", 2, 4, ones[:4]...), "too large"},
		{"a fragment that says more than it holds", patched(fragments, "trun", 2, 4, 0, 0, 1, 0), "too short"},
		{"a fragment of centuries", patched(mediatest.VideoOptions{Fragmented: true, Bare: true, Wide: true}, "tfdt", 1, 4, ones[:7]...), "centuries"},
		{"an index that leads nowhere", patched(mediatest.VideoOptions{Fragmented: true, Index: true}, "sidx", 1, 16, 0x7F), "too early"},
		{"fragments without pictures", fragmentless(), "how long"},
		{"many tracks", manyTracks(), "too many tracks"},
		{"empty", nil, "header is missing"},
		{"zeroes", make([]byte, 5000), "header is missing"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := readVideo(mediatest.Bytes(tc.file))
			if !errors.Is(err, probe.ErrDamaged) {
				t.Fatalf("got %+v and %v, want ErrDamaged", got, err)
			}
			if !strings.Contains(err.Error(), tc.text) {
				t.Errorf("got %q, want something with %q", err, tc.text)
			}
			if errors.Is(err, probe.ErrNoPictures) != (tc.name == "sound alone") {
				t.Errorf("ErrNoPictures for %v", err)
			}
		})
	}
}

// tiny is a video whose pictures have no size anywhere.
func tiny() []byte {
	file := patched(mediatest.VideoOptions{Width: 1, Height: 1}, "avc1", 2, 24, 0, 0, 0, 0)
	at := bytes.Index(file, []byte("tkhd")) + 4 + 76
	copy(file[at:], make([]byte, 8))
	return file
}

// fragmentless announces fragments, and has none.
func fragmentless() []byte {
	file := mediatest.Whole(mediatest.Video(mediatest.VideoOptions{Size: 4000, Fragmented: true, Bare: true}))
	return file[:bytes.Index(file, []byte("moof"))-4]
}

func manyTracks() []byte {
	tracks := bytes.Repeat([]byte("\x00\x00\x00\x08trak"), 300)
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(tracks)+8)), append([]byte("moov"), tracks...)...)
}

// TestUnusualVideo holds what is odd, but right.
func TestUnusualVideo(t *testing.T) {
	t.Parallel()
	plain := mediatest.VideoOptions{}
	ones := []byte{0xFF, 0xFF, 0xFF, 0xFF}
	wide := bytes.Repeat(ones, 2)
	const five = 5 * time.Second
	cases := []struct {
		name string
		file []byte
		want time.Duration
	}{
		{"the film does not tell its length", patched(plain, "mvhd", 1, 16, 0, 0, 0, 0), five},
		{"the film does not know its length", patched(plain, "mvhd", 1, 16, ones...), five},
		{"the film does not know its wide length", patched(mediatest.VideoOptions{Wide: true}, "mvhd", 1, 24, wide...), five},
		{"the last box reaches to the end", patched(plain, "mdat", 1, -8, 0, 0, 0, 0), five},
		{"other boxes around", join(free("wide", 0), free("uuid", 40), mediatest.MP4(3000), free("skip", 9), free("free", 0)), five},
		{"a second header", append(mediatest.MP4(3000), mediatest.Whole(mediatest.Video(mediatest.VideoOptions{Size: 4000, Duration: time.Minute}))...), five},
		{"the size of the picture stands at its encoding alone", patched(plain, "tkhd", 1, 76, 0, 0, 0, 0, 0, 0, 0, 0), five},
		{"a matrix of zeroes", patched(plain, "tkhd", 1, 40, make([]byte, 36)...), five},
		{"a disabled track first", patched(plain, "tkhd", 1, 0, 0, 0, 0, 0), five},
		{"an index of an unknown track", patched(mediatest.VideoOptions{Fragmented: true, Bare: true, Index: true}, "sidx", 1, 4, 0, 0, 0, 9), five},
		{"an empty index", patched(mediatest.VideoOptions{Fragmented: true, Bare: true, Index: true}, "sidx", 1, 22, 0, 0), five},
		{"a fragment of an unknown track", patched(mediatest.VideoOptions{Fragmented: true, Bare: true}, "tfhd", 1, 4, 0, 0, 0, 9), 3750 * time.Millisecond},
		{"fragments without their time", bytes.ReplaceAll(patched(mediatest.VideoOptions{Fragmented: true, Bare: true}, "", 0, 0), []byte("tfdt"), []byte("free")), five},
		{"a live recording", patched(mediatest.VideoOptions{Fragmented: true, Bare: true}, "tfdt", 1, 4, 0, 0, 0x3E, 0x80), 5*time.Second - 16000*time.Second/12800},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := readVideo(mediatest.Bytes(tc.file))
			if err != nil {
				t.Fatal(err)
			}
			want := probe.Video{
				Width: 1280, Height: 720, Duration: tc.want, Codec: "avc1", AudioCodec: "mp4a",
				Fragmented: bytes.Contains(tc.file, []byte("moof")),
			}
			if diff := cmp.Diff(want, got, cmp.Comparer(nearly)); diff != "" {
				t.Errorf("facts (-want +got):\n%s", diff)
			}
		})
	}
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// free returns a box of n bytes that mean nothing.
func free(kind string, n int) []byte {
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(n+8)), kind...), make([]byte, n)...)
}

// counting counts what is read of a file.
type counting struct {
	mediatest.Content
	mu           sync.Mutex
	reads, bytes int64
	back         int // reads before the one that was the furthest
	furthest     int64
}

func (c *counting) ReadAt(p []byte, off int64) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reads, c.bytes = c.reads+1, c.bytes+int64(len(p))
	if off < c.furthest {
		c.back++
	}
	c.furthest = off
	return c.Content.ReadAt(p, off)
}

// TestVideoReadsLittle holds what is read of large files: each read may cost a request
// over the network.
func TestVideoReadsLittle(t *testing.T) {
	t.Parallel()
	const size, tables = 500 << 20, 4 << 20
	for name, tc := range map[string]struct {
		file         mediatest.VideoOptions
		reads, bytes int64
	}{
		"head":               {mediatest.VideoOptions{Tables: tables}, 3, 12 << 10},
		"end":                {mediatest.VideoOptions{Tables: tables, MoovAtEnd: true}, 2, 8 << 10},
		"fragments, told":    {mediatest.VideoOptions{Fragmented: true, Tables: tables}, 2, 8 << 10},
		"fragments, indexed": {mediatest.VideoOptions{Fragmented: true, Tables: tables, Bare: true, Index: true}, 2, 8 << 10},
		"fragments, counted": {mediatest.VideoOptions{Fragmented: true, Tables: tables, Bare: true}, 5, 20 << 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tc.file.Size = size
			file := &counting{Content: mediatest.Video(tc.file)}
			if _, err := readVideo(file); err != nil {
				t.Fatal(err)
			}
			if file.reads > tc.reads || file.bytes > tc.bytes || file.back > 0 {
				t.Errorf("%d reads of %d bytes, %d of them backwards; want at most %d of %d, none backwards",
					file.reads, file.bytes, file.back, tc.reads, tc.bytes)
			}
		})
	}
}

// broken is a file whose bytes from some place on do not come.
type broken struct {
	mediatest.Content
	from int64
}

func (b broken) ReadAt(p []byte, off int64) (int, error) {
	if n := b.from - off; n < int64(len(p)) {
		got, _ := b.Content.ReadAt(p[:max(0, n)], off)
		return got, io.ErrClosedPipe
	}
	return b.Content.ReadAt(p, off)
}

// TestVideoReadError makes sure that the reader's errors come through, and only where
// what is missing is wanted.
func TestVideoReadError(t *testing.T) {
	t.Parallel()
	file := mediatest.Bytes(mediatest.MP4(100_000))
	for from := range int64(1000) {
		_, err := readVideo(broken{file, from})
		if err != nil && (!errors.Is(err, io.ErrClosedPipe) || errors.Is(err, probe.ErrDamaged)) {
			t.Fatalf("broken at %d: got %v, want the reader's error", from, err)
		}
		if from < 500 && err == nil {
			t.Fatalf("broken at %d, and yet read", from)
		}
	}
	if _, err := readVideo(broken{file, 2000}); err != nil {
		t.Errorf("pictures that do not come are not looked at: %v", err)
	}
}

func FuzzReadVideo(f *testing.F) {
	for _, o := range []mediatest.VideoOptions{
		{},
		{MoovAtEnd: true},
		{Wide: true},
		{Brand: "qt  ", Rotation: 90},
		{Fragmented: true},
		{Fragmented: true, Bare: true},
		{Fragmented: true, Bare: true, Wide: true},
		{Fragmented: true, Bare: true, Index: true},
	} {
		o.Size = 3000
		f.Add(mediatest.Whole(mediatest.Video(o)))
	}
	f.Add(tiny())
	f.Add(manyTracks())
	f.Fuzz(func(t *testing.T, file []byte) {
		v, err := readVideo(mediatest.Bytes(file))
		if err != nil {
			if !errors.Is(err, probe.ErrDamaged) {
				t.Fatalf("an error that is not damage: %v", err)
			}
			return
		}
		if v.Width <= 0 || v.Height <= 0 || v.Duration <= 0 || v.Codec == "" || v.Rotation%90 != 0 || v.Rotation < 0 || v.Rotation > 270 {
			t.Fatalf("impossible facts %+v", v)
		}
	})
}
