package probe_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/image/webp"

	"github.com/crier-social/crier/media/mediatest"
	"github.com/crier-social/crier/media/probe"
	"github.com/crier-social/crier/media/sniff"
)

func read(file []byte, mime string) (probe.Image, error) {
	return probe.ReadImage(bytes.NewReader(file), int64(len(file)), mime)
}

func TestReadImage(t *testing.T) {
	t.Parallel()
	big := mediatest.EncodeJPEG(mediatest.Noise(600, 400), 95) // larger than a block
	still := func(o int) probe.Image { return probe.Image{Width: 30, Height: 20, Orientation: o, Frames: 1} }
	turned := func(o int) probe.Image { return probe.Image{Width: 20, Height: 30, Orientation: o, Frames: 1} }
	frames := func(n int) probe.Image { return probe.Image{Width: 30, Height: 20, Orientation: 1, Frames: n} }
	progressive := still(1)
	progressive.Progressive = true
	cases := []struct {
		name, mime string
		file       []byte
		want       probe.Image
	}{
		{"jpeg progressive", "image/jpeg", bytes.Replace(mediatest.JPEG(30, 20), []byte{0xFF, 0xC0}, []byte{0xFF, 0xC2}, 1), progressive},
		{"webp lossy", "image/webp", webP(lossy), still(1)},
		{"webp extended", "image/webp", webP("VP8X\x0a\x00\x00\x00\x08\x00\x00\x00\x13\x00\x00\x1d\x00\x00" +
			"ICCP\x03\x00\x00\x00abc\x00" + lossy +
			"EXIF\x1a\x00\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"), turned(6)},
		{"jpeg", "image/jpeg", mediatest.JPEG(30, 20), still(1)},
		{"jpeg of many blocks", "image/jpeg", big, probe.Image{Width: 600, Height: 400, Orientation: 1, Frames: 1}},
		{"jpeg with an appendix", "image/jpeg", append(mediatest.JPEG(30, 20), make([]byte, 70000)...), still(1)},
		{"exif 1", "image/jpeg", mediatest.JPEGOriented(30, 20, 1), still(1)},
		{"exif 2", "image/jpeg", mediatest.JPEGOriented(30, 20, 2), still(2)},
		{"exif 3", "image/jpeg", mediatest.JPEGOriented(30, 20, 3), still(3)},
		{"exif 4", "image/jpeg", mediatest.JPEGOriented(30, 20, 4), still(4)},
		{"exif 5", "image/jpeg", mediatest.JPEGOriented(30, 20, 5), turned(5)},
		{"exif 6", "image/jpeg", mediatest.JPEGOriented(30, 20, 6), turned(6)},
		{"exif 7", "image/jpeg", mediatest.JPEGOriented(30, 20, 7), turned(7)},
		{"exif 8", "image/jpeg", mediatest.JPEGOriented(30, 20, 8), turned(8)},
		{"exif 9 is no orientation", "image/jpeg", mediatest.JPEGOriented(20, 30, 9), still(1)},
		{"exif out of range", "image/jpeg", mediatest.JPEGExifLoop(), probe.Image{Width: 8, Height: 8, Orientation: 1, Frames: 1}},
		{"png", "image/png", mediatest.PNG(30, 20), still(1)},
		{"png 16", "image/png", mediatest.PNG16(30, 20), still(1)},
		{"apng", "image/png", mediatest.APNG(30, 20, 7), frames(7)},
		{"gif still", "image/gif", mediatest.GIF(30, 20, 1), still(1)},
		{"gif animated", "image/gif", mediatest.GIF(30, 20, 251), frames(251)},
		{"gif without trailer", "image/gif", bytes.TrimSuffix(mediatest.GIF(30, 20, 2), []byte{0x3B}), frames(2)},
		{"webp lossless", "image/webp", mediatest.WebP(30, 20), still(1)},
		{"webp animated", "image/webp", mediatest.WebPAnimated(30, 20, 4), frames(4)},
		{"webp largest", "image/webp", mediatest.WebP(16384, 16384), probe.Image{Width: 16384, Height: 16384, Orientation: 1, Frames: 1}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := read(tc.file, tc.mime)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("facts (-want +got):\n%s", diff)
			}
		})
	}
}

// lossy is a chunk with the header of a picture of 30 × 20 pixels.
const lossy = "VP8 \x0a\x00\x00\x00\x00\x00\x00\x9d\x01\x2a\x1e\x00\x14\x00"

// webP puts chunks into a container.
func webP(chunks string) []byte {
	b := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(chunks)+4))
	return append(b, "WEBP"+chunks...)
}

func TestDisplaySize(t *testing.T) {
	t.Parallel()
	for orientation := 1; orientation <= 8; orientation++ {
		img, err := read(mediatest.JPEGOriented(30, 20, orientation), "image/jpeg")
		if err != nil {
			t.Fatal(err)
		}
		if w, h := img.DisplaySize(); w != 30 || h != 20 {
			t.Errorf("orientation %d displays %d×%d, want 30×20", orientation, w, h)
		}
	}
}

func TestDamaged(t *testing.T) {
	t.Parallel()
	whole := map[string][]byte{
		"image/jpeg": mediatest.EncodeJPEG(mediatest.Noise(40, 40), 90), "image/png": mediatest.PNG(80, 80),
		"image/gif": mediatest.GIF(80, 80, 1), "image/webp": mediatest.WebPAnimated(80, 80, 3),
	}
	for mime, file := range whole {
		t.Run(mime, func(t *testing.T) {
			t.Parallel()
			if _, err := read(file, mime); err != nil {
				t.Fatalf("whole file: %v", err)
			}
			for n := range len(file) - 1 {
				if _, err := read(file[:n], mime); !errors.Is(err, probe.ErrDamaged) {
					t.Fatalf("first %d of %d bytes: got %v, want ErrDamaged", n, len(file), err)
				}
			}
		})
	}
	for name, tc := range map[string]struct {
		mime string
		file []byte
	}{
		"no size":        {"image/png", mediatest.PNGLying(0, 0)},
		"too large":      {"image/png", mediatest.PNGLying(1<<31, 1)},
		"other format":   {"image/gif", mediatest.PNG(8, 8)},
		"unknown format": {"image/tiff", mediatest.PNG(8, 8)},
		"jpeg no size":   {"image/jpeg", mediatest.JPEGLying(0, 0)},
		"jpeg no scan":   {"image/jpeg", []byte{0xFF, 0xD8, 0xFF, 0xD9}},
		"jpeg no marker": {"image/jpeg", []byte{0xFF, 0xD8, 0x00, 0xD9}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := read(tc.file, tc.mime); !errors.Is(err, probe.ErrDamaged) {
				t.Errorf("got %v, want ErrDamaged", err)
			}
		})
	}
}

// failing is a file that cannot be read.
type failing struct{}

func (failing) ReadAt([]byte, int64) (int, error) { return 0, io.ErrClosedPipe }

func TestReadError(t *testing.T) {
	t.Parallel()
	_, err := probe.ReadImage(failing{}, 1000, "image/png")
	if !errors.Is(err, io.ErrClosedPipe) || errors.Is(err, probe.ErrDamaged) {
		t.Errorf("got %v, want the reader's error", err)
	}
}

// FuzzReadImage holds the dimensions against those that the decoders read.
func FuzzReadImage(f *testing.F) {
	for _, file := range mediatest.Hostile() {
		if len(file) <= 16<<10 {
			f.Add(file)
		}
	}
	for _, file := range [][]byte{
		mediatest.JPEGOriented(8, 4, 6), mediatest.PNGAlpha(8, 8), mediatest.APNG(4, 4, 2), mediatest.GIF(4, 4, 2),
		mediatest.WebP(4, 4), mediatest.WebPAnimated(4, 4, 2),
	} {
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		mime := sniff.Detect(file).MIME
		img, err := read(file, mime)
		if err != nil {
			if !errors.Is(err, probe.ErrDamaged) {
				t.Fatalf("an error that is not damage: %v", err)
			}
			return
		}
		if img.Orientation < 1 || img.Orientation > 8 || img.Frames < 1 || img.Pixels() <= 0 {
			t.Fatalf("impossible facts %+v", img)
		}
		if w, h, ok := configSize(file, mime); ok && (w != img.Width || h != img.Height) {
			t.Fatalf("probe reads %d×%d, the decoder %d×%d", img.Width, img.Height, w, h)
		}
	})
}

// configSize asks the decoder of the format.
func configSize(file []byte, mime string) (width, height int, ok bool) {
	decode := jpeg.DecodeConfig
	switch strings.TrimPrefix(mime, "image/") {
	case "png":
		decode = png.DecodeConfig
	case "gif":
		decode = gif.DecodeConfig
	case "webp":
		decode = webp.DecodeConfig
	}
	config, err := decode(bytes.NewReader(file))
	return config.Width, config.Height, err == nil
}
