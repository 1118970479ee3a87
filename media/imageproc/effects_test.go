package imageproc

import (
	"image"
	"image/color"
	"image/draw"
	"runtime"
	"testing"

	"github.com/disintegration/imaging"
	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/media/mediatest"
)

func TestResizeResult(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name   string
		resize Resize
		source image.Point
		want   image.Point
	}{
		{"nothing", Resize{}, image.Pt(60, 30), image.Pt(60, 30)},
		{"width", Resize{Width: 20}, image.Pt(60, 30), image.Pt(20, 10)},
		{"height", Resize{Height: 90}, image.Pt(60, 30), image.Pt(180, 90)},
		{"both, wide", Resize{Width: 100, Height: 100}, image.Pt(60, 30), image.Pt(100, 50)},
		{"both, high", Resize{Width: 100, Height: 100}, image.Pt(30, 60), image.Pt(50, 100)},
		{"a side that would vanish", Resize{Width: 10, Height: 10}, image.Pt(3000, 1), image.Pt(10, 1)},
		{"rounded", Resize{Width: 1080}, image.Pt(4032, 3024), image.Pt(1080, 810)},
		{"crop", Resize{Width: 7, Height: 9, Mode: ModeCrop}, image.Pt(60, 30), image.Pt(7, 9)},
	}
	for _, tc := range cases {
		if got := tc.resize.result(tc.source); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}

// ramp is a picture whose red tells the column and whose green the row.
func ramp(width, height int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.SetNRGBA(x, y, color.NRGBA{R: uint8(x), G: uint8(y), A: 255})
		}
	}
	return img
}

func TestCropKeepsThePoint(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name   string
		centre *image.Point
		corner image.Point // of the part that is kept, 50 × 50 of 200 × 50
	}{
		{"middle", nil, image.Pt(75, 0)},
		{"left", &image.Point{X: 30, Y: 49}, image.Pt(5, 0)},
		{"beyond the left", &image.Point{X: 3, Y: 0}, image.Pt(0, 0)},
		{"beyond the right", &image.Point{X: 5000, Y: 5000}, image.Pt(150, 0)},
	}
	for _, tc := range cases {
		got := Resize{Width: 50, Height: 50, Mode: ModeCrop, Centre: tc.centre}.cropped(ramp(200, 50))
		want := imaging.Crop(ramp(200, 50), image.Rect(0, 0, 50, 50).Add(tc.corner))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %v, want %v", tc.name, got.At(0, 0), want.At(0, 0))
		}
	}
}

// TestResizedGrowsLast: stretching a long picture never goes through one that is
// both long and wide. It measures what is allocated, and so runs alone.
func TestResizedGrowsLast(t *testing.T) { //nolint:paralleltest // as said
	for _, size := range []struct{ from, to image.Point }{
		{image.Pt(1, 60000), image.Pt(2000, 10)},
		{image.Pt(60000, 1), image.Pt(10, 2000)},
	} {
		img := image.NewNRGBA(image.Rectangle{Max: size.from})
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got := resized(img, size.to)
		runtime.ReadMemStats(&after)
		if got.Bounds().Size() != size.to {
			t.Errorf("%v, want %v", got.Bounds().Size(), size.to)
		}
		// The weights of 60,000 pixels take 6 MB; the wrong order takes 480 MB.
		if used := after.TotalAlloc - before.TotalAlloc; used > 50<<20 {
			t.Errorf("%v to %v took %d bytes", size.from, size.to, used)
		}
	}
}

// A blur that is computed on a smaller copy looks like the real one.
func TestWideBlur(t *testing.T) {
	t.Parallel()
	img := mediatest.Pattern(300, 200)
	want, got := imaging.Blur(img, 24), blurred(img, 24)
	for i := range want.Pix {
		if diff := int(want.Pix[i]) - int(got.Pix[i]); diff < -6 || diff > 6 {
			t.Fatalf("byte %d is %d, want %d", i, got.Pix[i], want.Pix[i])
		}
	}
	if got := blurred(image.NewNRGBA(image.Rect(0, 0, 1, 1)), MaxBlur).Bounds().Size(); got != image.Pt(1, 1) {
		t.Errorf("one pixel becomes %v", got)
	}
}

func TestEffects(t *testing.T) {
	t.Parallel()
	grey := color.NRGBA{R: 100, G: 100, B: 100, A: 255}
	orange := color.NRGBA{R: 200, G: 100, B: 50, A: 200}
	cases := []struct {
		name    string
		effects Effects
		from    color.NRGBA
		want    color.NRGBA
	}{
		{"none", Effects{}, orange, orange},
		{"darker", Effects{Brightness: -20}, orange, color.NRGBA{R: 149, G: 49, B: 0, A: 200}},
		{"no contrast", Effects{Contrast: -100}, orange, color.NRGBA{R: 128, G: 128, B: 128, A: 200}},
		{"gamma", Effects{Gamma: 2}, grey, color.NRGBA{R: 160, G: 160, B: 160, A: 255}},
		{"gamma out of bounds", Effects{Gamma: 1e300}, grey, color.NRGBA{R: 232, G: 232, B: 232, A: 255}},
		{"no saturation", Effects{Saturation: -100}, orange, color.NRGBA{R: 125, G: 125, B: 125, A: 200}},
		{"invert", Effects{Invert: true}, orange, color.NRGBA{R: 55, G: 155, B: 205, A: 200}},
		{"grayscale", Effects{Grayscale: true}, orange, color.NRGBA{R: 124, G: 124, B: 124, A: 200}},
		{"blur of one colour", Effects{Blur: 50}, grey, grey},
		{"sharpening of one colour", Effects{Sharpen: 3}, grey, grey},
		{"opacity", Effects{Opacity: 50}, orange, color.NRGBA{R: 200, G: 100, B: 50, A: 100}},
		{"full opacity", Effects{Opacity: 100}, orange, orange},
		{"in order", Effects{Brightness: 100, Invert: true}, orange, color.NRGBA{A: 200}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			j := &edit{ctx: t.Context(), Edit: Edit{Effects: tc.effects}, img: filled(image.Pt(9, 9), tc.from)}
			if err := j.applyEffects(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(filled(image.Pt(9, 9), tc.want), j.img); diff != "" {
				t.Errorf("middle is %v, want %v", j.img.At(4, 4), tc.want)
			}
		})
	}
}

// Tinting keeps the brightness of each pixel, and shows the colour itself where the
// picture is as bright as it.
func TestTint(t *testing.T) {
	t.Parallel()
	for _, tint := range []color.NRGBA{{R: 160, G: 32, B: 240, A: 255}, {A: 255}, {R: 255, G: 255, B: 255, A: 255}, {G: 255, A: 255}} {
		shades := shadesOf(tint)
		for i, shade := range shades {
			if got := int(luma(shade)); got-i > 1 || i-got > 1 {
				t.Errorf("%v: shade %d is %v, of brightness %d", tint, i, shade, got)
			}
		}
		got := tinted(filled(image.Pt(1, 1), tint), tint).NRGBAAt(0, 0)
		if got != tint {
			t.Errorf("%v tinted with itself is %v", tint, got)
		}
	}
}

// Laying one picture on another gives what the standard library gives, within what
// its multiplied colours lose.
func TestOverlay(t *testing.T) {
	t.Parallel()
	canvas, mark := mediatest.Noise(40, 30), mediatest.Noise(20, 20)
	for i := 0; i < len(mark.Pix); i += 4 {
		mark.Pix[i+3] = byte(i)
		canvas.Pix[i+3] = byte(255 - i/8%2*200)
	}
	for _, at := range []image.Point{{X: 5, Y: 5}, {X: -7, Y: -3}, {X: 35, Y: 25}, {X: 100, Y: 0}} {
		got := imaging.Clone(canvas)
		overlay(got, mark, at, 1)
		want := image.NewRGBA64(canvas.Bounds())
		draw.Draw(want, want.Bounds(), canvas, image.Point{}, draw.Src)
		draw.Draw(want, mark.Bounds().Add(at), mark, image.Point{}, draw.Over)
		for y := range 30 {
			for x := range 40 {
				w, g := color.NRGBAModel.Convert(want.At(x, y)).(color.NRGBA), got.NRGBAAt(x, y)
				if !within2(w.R, g.R) || !within2(w.G, g.G) || !within2(w.B, g.B) || !within2(w.A, g.A) {
					t.Fatalf("at %v, pixel %d,%d is %v, want %v", at, x, y, g, w)
				}
			}
		}
	}
	got := imaging.Clone(canvas)
	overlay(got, mark, image.Point{}, 0)
	if diff := cmp.Diff(canvas, got); diff != "" {
		t.Error("an invisible picture shows")
	}
}

func within2(a, b uint8) bool { return max(a, b)-min(a, b) <= 2 }

func TestWatermarkPlace(t *testing.T) {
	t.Parallel()
	// A canvas of 400 × 200 has a margin of 6.
	canvas := image.Pt(400, 200)
	cases := []struct {
		name string
		mark Watermark
		size image.Point // of the mark
		want image.Rectangle
	}{
		{"defaults", Watermark{}, image.Pt(40, 20), image.Rect(0, 0, 80, 40).Add(image.Pt(314, 154))},
		{"upper left", Watermark{Position: NorthWest, Size: 10}, image.Pt(100, 100), image.Rect(0, 0, 40, 40).Add(image.Pt(6, 6))},
		{"top", Watermark{Position: North, Size: 10}, image.Pt(100, 100), image.Rect(0, 0, 40, 40).Add(image.Pt(180, 6))},
		{"upper right", Watermark{Position: NorthEast, Size: 10}, image.Pt(100, 100), image.Rect(0, 0, 40, 40).Add(image.Pt(354, 6))},
		{"left", Watermark{Position: West, Size: 10}, image.Pt(100, 100), image.Rect(0, 0, 40, 40).Add(image.Pt(6, 80))},
		{"middle", Watermark{Position: Centre, Size: 10}, image.Pt(100, 100), image.Rect(0, 0, 40, 40).Add(image.Pt(180, 80))},
		{"right", Watermark{Position: East, Size: 10}, image.Pt(100, 100), image.Rect(0, 0, 40, 40).Add(image.Pt(354, 80))},
		{"lower left", Watermark{Position: SouthWest, Size: 10}, image.Pt(100, 100), image.Rect(0, 0, 40, 40).Add(image.Pt(6, 154))},
		{"bottom", Watermark{Position: South, Size: 10}, image.Pt(100, 100), image.Rect(0, 0, 40, 40).Add(image.Pt(180, 154))},
		{"high mark is kept inside", Watermark{Size: 100}, image.Pt(10, 100), image.Rect(0, 0, 19, 188).Add(image.Pt(375, 6))},
		{"full width is kept inside", Watermark{Size: 100}, image.Pt(100, 1), image.Rect(0, 0, 388, 4).Add(image.Pt(6, 190))},
	}
	for _, tc := range cases {
		size := tc.mark.within(canvas, tc.size)
		got := image.Rectangle{Max: size}.Add(tc.mark.place(canvas, size))
		if got != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}
