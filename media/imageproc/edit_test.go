package imageproc

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/mediatest"
)

// edited runs Edit and decodes what it wrote.
func edited(t *testing.T, p *Processor, src Source, e Edit) (Result, image.Image, error) {
	t.Helper()
	var out bytes.Buffer
	result, err := p.Edit(t.Context(), &out, src, e)
	if err != nil {
		return Result{}, nil, err
	}
	size := int64(out.Len())
	decode := jpeg.Decode
	if result.MIME == mimePNG {
		decode = png.Decode
	}
	img, err := decode(&out)
	if err != nil {
		t.Fatalf("the result does not decode as %s: %v", result.MIME, err)
	}
	if diff := cmp.Diff([]int{img.Bounds().Dx(), img.Bounds().Dy(), int(size)}, []int{result.Width, result.Height, int(result.Size)}); diff != "" {
		t.Errorf("result and file differ (-file +result):\n%s", diff)
	}
	return result, img, nil
}

func TestEditTypes(t *testing.T) {
	t.Parallel()
	half := Effects{Opacity: 50}
	cases := []struct {
		name    string
		file    []byte
		edit    Edit
		mime    string
		changes []string
	}{
		{"jpeg stays", mediatest.JPEG(8, 8), Edit{}, mimeJPEG, nil},
		{"opaque png stays", mediatest.PNG(8, 8), Edit{}, mimePNG, nil},
		{"png with 16 bits", mediatest.PNG16(8, 8), Edit{}, mimePNG, nil},
		{"opaque webp", mediatest.WebP(8, 8), Edit{}, mimeJPEG, []string{"converted from image/webp to image/jpeg"}},
		{"transparent webp", mediatest.WebPAlpha(8, 8), Edit{}, mimePNG, []string{"converted from image/webp to image/png"}},
		{"still gif", mediatest.GIF(8, 8, 1), Edit{}, mimeJPEG, []string{"converted from image/gif to image/jpeg"}},
		{"jpeg that becomes transparent", mediatest.JPEG(8, 8), Edit{Effects: half}, mimePNG, []string{"effects applied", "converted from image/jpeg to image/png"}},
		{"transparent where a jpeg is wanted", mediatest.PNGAlpha(8, 8), Edit{JPEG: true, Quality: 1000}, mimeJPEG, []string{"converted from image/png to image/jpeg", madeWhite}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, _, err := edited(t, New(0), source(tc.file), tc.edit)
			if err != nil {
				t.Fatal(err)
			}
			want := Result{MIME: tc.mime, Width: 8, Height: 8, Size: got.Size, Changes: tc.changes}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
		})
	}
}

// Whatever the picture's own orientation, and whatever it is turned by, turning it
// back shows it as it was.
func TestEditTurns(t *testing.T) {
	t.Parallel()
	for orientation := 1; orientation <= 8; orientation++ {
		for _, turn := range []int{0, 90, 180, 270, -90, -180, 450} {
			first, img, err := edited(t, New(0), source(mediatest.JPEGOriented(64, 32, orientation)), Edit{Rotate: turn, Quality: 100})
			if err != nil {
				t.Fatal(err)
			}
			if upended := turn%180 != 0; upended != (first.Width == 32) {
				t.Errorf("orientation %d, turned by %d: %d×%d", orientation, turn, first.Width, first.Height)
			}
			_, img, err = edited(t, New(0), source(mediatest.EncodePNG(img)), Edit{Rotate: -turn})
			if err != nil {
				t.Fatal(err)
			}
			samePattern(t, img)
		}
	}
	_, img, err := edited(t, New(0), source(mediatest.PNG(64, 32)), Edit{Rotate: 90})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := img.At(1, 1), color.Color(mediatest.Quarters()[2]); !cmp.Equal(color.NRGBAModel.Convert(got), want) {
		t.Errorf("clockwise by 90°, the upper left is %v, want what was the lower left: %v", got, want)
	}
	_, img, err = edited(t, New(0), source(mediatest.PNG(64, 32)), Edit{Rotate: 180, Flip: FlipVertical})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := img.At(1, 1), color.Color(mediatest.Quarters()[1]); !cmp.Equal(color.NRGBAModel.Convert(got), want) {
		t.Errorf("turned by 180° and upside down, the upper left is %v, want what was the upper right: %v", got, want)
	}
}

func TestEditRefused(t *testing.T) {
	t.Parallel()
	small := New(1000)
	good := source(mediatest.PNG(20, 10))
	bad := func(file []byte) Source {
		s := source(file)
		s.Field = "bad"
		return s
	}
	marked := func(file []byte) Edit { return Edit{Watermark: &Watermark{Source: bad(file)}} }
	cases := []struct {
		name  string
		src   Source
		edit  Edit
		kind  core.Kind
		code  core.Code
		field string
	}{
		{"animated gif", bad(mediatest.GIF(8, 8, 2)), Edit{}, core.KindMedia, core.CodeMediaType, "bad"},
		{"animated png", bad(mediatest.APNG(8, 8, 2)), Edit{}, core.KindMedia, core.CodeMediaType, "bad"},
		{"animated webp", bad(mediatest.WebPAnimated(8, 8, 2)), Edit{}, core.KindMedia, core.CodeMediaType, "bad"},
		{"too large", bad(mediatest.PNG(40, 26)), Edit{}, core.KindMedia, core.CodeImageTooLarge, "bad"},
		{"no decoder", bad(mediatest.HEIC(64)), Edit{}, core.KindMedia, core.CodeMediaType, "bad"},
		{"pixels missing", bad(mediatest.PNGLying(10, 10)), Edit{}, core.KindMedia, core.CodeMediaURL, "bad"},
		{"mark animated", good, marked(mediatest.GIF(8, 8, 2)), core.KindMedia, core.CodeMediaType, "bad"},
		{"mark too large", good, marked(mediatest.PNG(40, 26)), core.KindMedia, core.CodeImageTooLarge, "bad"},
		{"mark's pixels missing", good, marked(mediatest.PNGLying(10, 10)), core.KindMedia, core.CodeMediaURL, "bad"},
		{"result too large", good, Edit{Resize: Resize{Width: 101, Height: 10, Mode: ModeStretch}}, core.KindInvalid, core.CodeParameters, "dimensions"},
		{"result follows too large", good, Edit{Rotate: 90, Resize: Resize{Width: 30}}, core.KindInvalid, core.CodeParameters, "dimensions"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := edited(t, small, tc.src, tc.edit)
			got := core.AsError(err)
			if err == nil || got.Kind != tc.kind || got.Code != tc.code || got.Field != tc.field {
				t.Errorf("got %v (%+v), want %s, code %d, field %q", err, got, tc.kind, tc.code, tc.field)
			}
		})
	}
	if _, _, err := edited(t, small, good, Edit{Resize: Resize{Width: 100, Height: 10, Mode: ModeStretch}}); err != nil {
		t.Errorf("exactly as many pixels as are possible: %v", err)
	}
	if _, _, err := edited(t, New(0), good, Edit{Resize: Resize{Width: MaxEditSide + 1}}); core.AsError(err).Field != "dimensions" {
		t.Errorf("a side too long: %v", err)
	}
}

// An edit takes as much of the budget as the larger of picture and result, and the
// watermark, but never more than there is.
func TestEditWeight(t *testing.T) {
	t.Parallel()
	p := New(1000)
	cases := []struct {
		name   string
		resize Resize
		mark   *Watermark
		want   int64
	}{
		{"picture", Resize{Width: 10}, nil, 200},
		{"result", Resize{Width: 40}, nil, 800},
		{"with mark", Resize{Width: 10}, &Watermark{Source: source(mediatest.PNG(10, 10))}, 300},
		{"with wide mark", Resize{Width: 10}, &Watermark{Source: source(mediatest.PNG16(10, 10))}, 400},
		{"all there is", Resize{Width: 40}, &Watermark{Source: source(mediatest.PNG(30, 30))}, 1000},
	}
	for _, tc := range cases {
		e := Edit{Resize: tc.resize, Watermark: tc.mark}
		pic, mark, err := p.inspectAll(t.Context(), source(mediatest.PNG(20, 10)), e.Watermark)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.weighEdit(pic, mark, e)
		if err != nil || got != tc.want {
			t.Errorf("%s: %d, %v; want %d", tc.name, got, err, tc.want)
		}
		if _, err := p.Edit(t.Context(), io.Discard, source(mediatest.PNG(20, 10)), e); err != nil {
			t.Errorf("%s: %v", tc.name, err)
		}
		if !p.budget.TryAcquire(1000) {
			t.Fatalf("%s: the budget was not given back", tc.name)
		}
		p.budget.Release(1000)
	}
}

// TestEditEndsWithTheContext: between any two steps.
func TestEditEndsWithTheContext(t *testing.T) {
	t.Parallel()
	e := Edit{Effects: Effects{Grayscale: true, Invert: true}}
	for after := 0; ; after++ {
		ctx := &expiring{Context: t.Context(), left: after}
		_, err := New(0).Edit(ctx, io.Discard, source(mediatest.PNG(8, 8)), e)
		if err == nil {
			if after < 6 {
				t.Errorf("the context was asked %d times", after)
			}
			return
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("after %d looks at the context: %v", after, err)
		}
	}
}

// expiring is a context that ends after it was asked a number of times.
type expiring struct {
	context.Context //nolint:containedctx // it is one
	left            int
}

func (e *expiring) Err() error {
	if e.left--; e.left < 0 {
		return context.Canceled
	}
	return nil
}

// TestEditHostile: nothing in the corpus does more than fail, as picture or as mark.
func TestEditHostile(t *testing.T) {
	t.Parallel()
	for name, file := range mediatest.Hostile() {
		for _, mime := range Readable() {
			t.Run(name+" as "+mime, func(t *testing.T) {
				t.Parallel()
				src := Source{ReaderAt: bytes.NewReader(file), Size: int64(len(file)), MIME: mime}
				for _, e := range []Edit{
					{Resize: Resize{Width: 30, Height: 30, Mode: ModeBlur}, Effects: Effects{Blur: 20, Saturation: 10}},
					{Resize: Resize{Width: 30}, Watermark: &Watermark{Source: src}},
				} {
					if _, _, err := edited(t, New(4<<20), src, e); err != nil && core.KindOf(err) != core.KindMedia && core.KindOf(err) != core.KindInvalid {
						t.Errorf("got %v, want an error about the picture", err)
					}
				}
			})
		}
	}
}

func FuzzEdit(f *testing.F) {
	for _, file := range mediatest.Hostile() {
		if len(file) <= 4<<10 {
			f.Add(file, 10, 20, uint8(1), 90)
		}
	}
	for i, file := range [][]byte{
		mediatest.JPEGOriented(8, 4, 6), mediatest.PNGAlpha(8, 8), mediatest.PNG16(8, 1), mediatest.GIF(4, 4, 1), mediatest.GIFLying(4, 4),
		mediatest.WebP(4, 4), mediatest.WebPAlpha(4, 4),
	} {
		f.Add(file, 7, 5, uint8(i), -90)
	}
	modes := []Mode{ModeFit, ModeCrop, ModePad, ModeBlur, ModeStretch}
	p := New(1 << 20)
	f.Fuzz(func(t *testing.T, file []byte, width, height int, choice uint8, turn int) {
		src := source(file)
		if !Reads(src.MIME) || width < 0 || height < 0 {
			return
		}
		e := Edit{
			Rotate:    turn / 90 * 90,
			Resize:    Resize{Width: width, Height: height, Mode: modes[int(choice)%len(modes)], Centre: &image.Point{X: height, Y: turn}},
			Effects:   Effects{Blur: float64(choice), Contrast: float64(turn)},
			Watermark: &Watermark{Source: src, Position: Positions()[int(choice)%9], Opacity: float64(choice)},
		}
		if e.Resize.Mode != ModeFit && (width == 0 || height == 0) {
			return
		}
		result, _, err := edited(t, p, src, e)
		if err != nil {
			if kind := core.KindOf(err); kind != core.KindMedia && kind != core.KindInvalid {
				t.Fatalf("got %v, want an error about the picture", err)
			}
			return
		}
		if e.Resize.Mode != ModeFit && (result.Width != width || result.Height != height) || width > 0 && result.Width > width || height > 0 && result.Height > height {
			t.Fatalf("%+v for %+v", result, e.Resize)
		}
	})
}
