package mediatest_test

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"

	"golang.org/x/image/webp"

	"github.com/crier-social/crier/media/mediatest"
)

// TestFixturesDecode holds the hand-made files against decoders.
func TestFixturesDecode(t *testing.T) {
	t.Parallel()
	decoders := map[string]func([]byte) (image.Image, error){
		"jpeg": func(b []byte) (image.Image, error) { return jpeg.Decode(bytes.NewReader(b)) },
		"png":  func(b []byte) (image.Image, error) { return png.Decode(bytes.NewReader(b)) },
		"gif":  func(b []byte) (image.Image, error) { return gif.Decode(bytes.NewReader(b)) },
		"webp": func(b []byte) (image.Image, error) { return webp.Decode(bytes.NewReader(b)) },
	}
	cases := []struct {
		name, decoder string
		file          []byte
		alpha         uint32 // of the pixel in the middle
	}{
		{"jpeg", "jpeg", mediatest.JPEG(20, 10), 0xFFFF},
		{"jpeg oriented", "jpeg", mediatest.JPEGOriented(20, 10, 3), 0xFFFF},
		{"png", "png", mediatest.PNG(20, 10), 0xFFFF},
		{"png alpha", "png", mediatest.PNGAlpha(20, 10), 0},
		{"png 16", "png", mediatest.PNG16(20, 10), 0xFFFF},
		{"apng", "png", mediatest.APNG(20, 10, 3), 0xFFFF},
		{"gif", "gif", mediatest.GIF(20, 10, 1), 0xFFFF},
		{"gif animated", "gif", mediatest.GIF(20, 10, 3), 0xFFFF},
		{"webp", "webp", mediatest.WebP(20, 10), 0xFFFF},
		{"webp alpha", "webp", mediatest.WebPAlpha(20, 10), 128 * 0x101},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			img, err := decoders[tc.decoder](tc.file)
			if err != nil {
				t.Fatal(err)
			}
			if got := img.Bounds().Size(); got != (image.Point{X: 20, Y: 10}) {
				t.Errorf("size %v, want 20×10", got)
			}
			if _, _, _, a := img.At(10, 5).RGBA(); a != tc.alpha {
				t.Errorf("alpha %d, want %d", a, tc.alpha)
			}
		})
	}
}

// TestDisoriented checks the corner that EXIF names for each orientation: the
// first stored pixel belongs to the corner where row 0 and column 0 are displayed.
func TestDisoriented(t *testing.T) {
	t.Parallel()
	q := mediatest.Quarters()
	topLeft, topRight, bottomLeft, bottomRight := q[0], q[1], q[2], q[3]
	want := map[int]color.NRGBA{
		1: topLeft, 2: topRight, 3: bottomRight, 4: bottomLeft, 5: topLeft, 6: topRight, 7: bottomRight, 8: bottomLeft,
	}
	for orientation, corner := range want {
		if got := mediatest.Disoriented(mediatest.Pattern(6, 4), orientation).NRGBAAt(0, 0); got != corner {
			t.Errorf("orientation %d: first stored pixel %v, want %v", orientation, got, corner)
		}
	}
}
