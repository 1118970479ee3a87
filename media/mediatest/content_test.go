package mediatest_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/media/mediatest"
)

func videos() map[string]mediatest.VideoOptions {
	return map[string]mediatest.VideoOptions{
		"plain":            {},
		"facts at the end": {Size: 75_000, MoovAtEnd: true, Rotation: 90},
		"film":             {Size: 2001, Brand: "qt  ", AudioCodec: "none"},
		"wide":             {Size: 9001, Wide: true, Codec: "hvc1"},
		"wide fragments":   {Size: 9001, Wide: true, Fragmented: true},
		"fragmented":       {Size: 64_000, Fragmented: true, Duration: 61 * time.Second},
		"bare":             {Size: 64_000, Fragmented: true, Bare: true},
		"tables":           {Size: 90_000, Tables: 70_000, MoovAtEnd: true},
	}
}

// TestVideoIsReadable holds a video against io.ReaderAt's contract, and its boxes
// against its size.
func TestVideoIsReadable(t *testing.T) {
	t.Parallel()
	for name, o := range videos() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			video := mediatest.Video(o)
			whole := mediatest.Whole(video)
			if err := iotest.TestReader(io.NewSectionReader(video, 0, video.Size()), whole); err != nil {
				t.Error(err)
			}
			for off := 1; off < len(whole); off += 613 {
				got := make([]byte, 37)
				n, err := video.ReadAt(got, int64(off))
				if !bytes.Equal(got[:n], whole[off:min(off+37, len(whole))]) {
					t.Fatalf("other bytes at %d", off)
				}
				if (n < len(got)) != errors.Is(err, io.EOF) {
					t.Fatalf("%d bytes at %d with error %v", n, off, err)
				}
			}
			sum := sha256.Sum256(whole)
			if got, want := mediatest.SHA256(video), hex.EncodeToString(sum[:]); got != want {
				t.Errorf("checksum %s, want %s", got, want)
			}
			if rest := topLevel(whole); len(rest) != 0 {
				t.Errorf("%d bytes behind the last box", len(rest))
			}
		})
	}
}

// topLevel returns what is left behind the boxes.
func topLevel(b []byte) []byte {
	for len(b) >= 8 {
		size := uint64(binary.BigEndian.Uint32(b))
		if size == 1 {
			size = binary.BigEndian.Uint64(b[8:])
		}
		if size < 8 || size > uint64(len(b)) {
			return b
		}
		b = b[size:]
	}
	return b
}

func TestVideoIsDeterministic(t *testing.T) {
	t.Parallel()
	one := mediatest.SHA256(mediatest.Video(mediatest.VideoOptions{Size: 9 << 20}))
	if again := mediatest.SHA256(mediatest.Video(mediatest.VideoOptions{Size: 9 << 20})); again != one {
		t.Error("the same video twice has other bytes")
	}
	if other := mediatest.SHA256(mediatest.Video(mediatest.VideoOptions{Size: 9 << 20, Seed: 1})); other == one {
		t.Error("another seed gives the same bytes")
	}
	if diff := cmp.Diff(mediatest.MP4(9<<10), mediatest.Whole(mediatest.Video(mediatest.VideoOptions{Size: 9 << 10}))); diff != "" {
		t.Error("MP4 is not the video of that size")
	}
}

// TestNoiseIsNoise makes sure that no two pieces of a video are alike.
func TestNoiseIsNoise(t *testing.T) {
	t.Parallel()
	video := mediatest.Whole(mediatest.Video(mediatest.VideoOptions{Size: 1 << 20}))
	seen := map[string]bool{}
	for at := 4096; at+4096 <= len(video); at += 4096 {
		block := string(video[at : at+16])
		if seen[block] {
			t.Fatalf("the bytes at %d were there before", at)
		}
		seen[block] = true
	}
}

func TestVideoTooSmall(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("a video of 100 bytes is no video")
		}
	}()
	mediatest.Video(mediatest.VideoOptions{Size: 100})
}

func BenchmarkVideo(b *testing.B) {
	video := mediatest.Video(mediatest.VideoOptions{Size: 64 << 20})
	buf := make([]byte, 1<<20)
	b.SetBytes(video.Size())
	for b.Loop() {
		for off := int64(0); off < video.Size(); off += int64(len(buf)) {
			if _, err := video.ReadAt(buf, off); err != nil && !errors.Is(err, io.EOF) {
				b.Fatal(err)
			}
		}
	}
}
