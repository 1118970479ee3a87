package imageproc

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/mediatest"
	"github.com/crier-social/crier/media/probe"
	"github.com/crier-social/crier/media/sniff"
)

func source(file []byte) Source {
	return Source{ReaderAt: bytes.NewReader(file), Size: int64(len(file)), MIME: sniff.Detect(file).MIME}
}

// fit runs Fit and decodes what it wrote.
func fit(t *testing.T, p *Processor, src Source, target Target) (Result, image.Image, error) {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = out.Close() }()
	result, err := p.Fit(t.Context(), out, src, target)
	if err != nil {
		return Result{}, nil, err
	}
	file, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	decode := jpeg.Decode
	if result.MIME == mimePNG {
		decode = png.Decode
	}
	img, err := decode(bytes.NewReader(file))
	if err != nil {
		t.Fatalf("the result does not decode as %s: %v", result.MIME, err)
	}
	if diff := cmp.Diff([]int{img.Bounds().Dx(), img.Bounds().Dy(), len(file)}, []int{result.Width, result.Height, int(result.Size)}); diff != "" {
		t.Errorf("result and file differ (-file +result):\n%s", diff)
	}
	facts, err := probe.ReadImage(bytes.NewReader(file), int64(len(file)), result.MIME)
	if err != nil || facts.Orientation != 1 {
		t.Errorf("facts of the result: %+v, %v; want upright", facts, err)
	}
	return result, img, nil
}

// samePattern fails the test unless the quarters of a picture have the colours of
// mediatest.Pattern, give or take what compression does.
func samePattern(t *testing.T, img image.Image) {
	t.Helper()
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	spots := [4]image.Point{{X: w / 4, Y: h / 4}, {X: 3 * w / 4, Y: h / 4}, {X: w / 4, Y: 3 * h / 4}, {X: 3 * w / 4, Y: 3 * h / 4}}
	for i, want := range mediatest.Quarters() {
		got := color.NRGBAModel.Convert(img.At(spots[i].X, spots[i].Y)).(color.NRGBA)
		if !near(got.R, want.R) || !near(got.G, want.G) || !near(got.B, want.B) {
			t.Errorf("quarter %d is %v, want %v", i, got, want)
		}
	}
}

func near(a, b uint8) bool { return max(a, b)-min(a, b) < 25 }

func TestFit(t *testing.T) {
	t.Parallel()
	both := []string{mimeJPEG, mimePNG, mimeGIF}
	cases := []struct {
		name    string
		file    []byte
		target  Target
		mime    string
		w, h    int
		changes []string
	}{
		{"webp to jpeg", mediatest.WebP(40, 20), Target{MIME: both}, mimeJPEG, 40, 20, []string{"converted from image/webp to image/jpeg"}},
		{"transparent webp to png", mediatest.WebPAlpha(40, 20), Target{MIME: both}, mimePNG, 40, 20, []string{"converted from image/webp to image/png"}},
		{"transparent png where only jpeg is taken", mediatest.PNGAlpha(41, 21), Target{MIME: []string{mimeJPEG}}, mimeJPEG, 41, 21, []string{"converted from image/png to image/jpeg", "transparent parts made white"}},
		{"opaque where only png is taken", mediatest.JPEG(40, 20), Target{MIME: []string{mimePNG}}, mimePNG, 40, 20, []string{"converted from image/jpeg to image/png"}},
		{"too many pixels", mediatest.JPEG(400, 200), Target{MIME: both, MaxPixels: 20000}, mimeJPEG, 200, 100, []string{"scaled from 400×200 to 200×100"}},
		{"exactly enough pixels", mediatest.JPEG(200, 100), Target{MIME: both, MaxPixels: 20000}, mimeJPEG, 200, 100, nil},
		{"transparent and too many pixels", mediatest.PNGAlpha(400, 200), Target{MIME: both, MaxPixels: 20000}, mimePNG, 200, 100, []string{"scaled from 400×200 to 200×100"}},
		{"thin", mediatest.PNGAlpha(4000, 1), Target{MIME: both, MaxPixels: 100}, mimePNG, 100, 1, []string{"scaled from 4000×1 to 100×1"}},
		{"tall", mediatest.PNGAlpha(1, 4000), Target{MIME: both, MaxPixels: 100}, mimePNG, 1, 100, []string{"scaled from 1×4000 to 1×100"}},
		{"still gif", mediatest.GIF(40, 20, 1), Target{MIME: []string{mimeJPEG}}, mimeJPEG, 40, 20, []string{"converted from image/gif to image/jpeg"}},
		{"16 bits", mediatest.PNG16(40, 20), Target{}, mimeJPEG, 40, 20, []string{"converted from image/png to image/jpeg"}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			result, img, err := fit(t, New(0), source(tc.file), tc.target)
			if err != nil {
				t.Fatal(err)
			}
			want := Result{MIME: tc.mime, Width: tc.w, Height: tc.h, Size: result.Size, Changes: tc.changes}
			if diff := cmp.Diff(want, result); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
			if strings.HasPrefix(tc.name, "too many") || strings.HasSuffix(tc.name, "png is taken") {
				samePattern(t, img)
			}
		})
	}
}

func TestOrientations(t *testing.T) {
	t.Parallel()
	for orientation := 1; orientation <= 8; orientation++ {
		result, img, err := fit(t, New(0), source(mediatest.JPEGOriented(64, 32, orientation)), Target{})
		if err != nil {
			t.Fatal(err)
		}
		if result.Width != 64 || result.Height != 32 {
			t.Errorf("orientation %d: %d×%d, want 64×32", orientation, result.Width, result.Height)
		}
		if turned := len(result.Changes) == 1; turned != (orientation != 1) {
			t.Errorf("orientation %d: changes %q", orientation, result.Changes)
		}
		samePattern(t, img)
	}
}

func TestBytes(t *testing.T) {
	t.Parallel()
	noisy := mediatest.Noise(150, 100)
	alpha := mediatest.Noise(150, 100)
	alpha.Pix[3] = 0
	cases := []struct {
		name       string
		file       []byte
		limit      int64
		mime       string
		wantScaled bool
	}{
		{"less quality is enough", mediatest.EncodeJPEG(noisy, 100), 12500, mimeJPEG, false},
		{"must be scaled", mediatest.EncodeJPEG(noisy, 100), 3000, mimeJPEG, true},
		{"png must be scaled", mediatest.EncodePNG(alpha), 5000, mimePNG, true},
		{"tiny limit", mediatest.EncodeJPEG(noisy, 100), 700, mimeJPEG, true},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			result, _, err := fit(t, New(0), source(tc.file), Target{MaxBytes: tc.limit})
			if err != nil {
				t.Fatal(err)
			}
			if result.Size > tc.limit || result.MIME != tc.mime {
				t.Errorf("%d bytes of %s, want at most %d of %s", result.Size, result.MIME, tc.limit, tc.mime)
			}
			if scaled := result.Width != 150; scaled != tc.wantScaled {
				t.Errorf("%d×%d, %q: scaled is %t, want %t", result.Width, result.Height, result.Changes, scaled, tc.wantScaled)
			}
			if off := result.Width*100 - result.Height*150; off < -150 || off > 150 { // a pixel of rounding
				t.Errorf("%d×%d is not the shape of 150×100", result.Width, result.Height)
			}
			if len(result.Changes) == 0 {
				t.Error("the changes are not told")
			}
		})
	}
}

// A picture that has to be scaled is not left with far fewer bytes than it may have: fine
// grain goes with the pixels, and quality is given back.
func TestLimitIsUsed(t *testing.T) {
	t.Parallel()
	noisy := mediatest.EncodeJPEG(mediatest.Noise(400, 300), 100)
	for _, limit := range []int64{60_000, 30_000, 20_000, 10_000} {
		result, _, err := fit(t, New(0), source(noisy), Target{MaxBytes: limit})
		if err != nil {
			t.Fatal(err)
		}
		if result.Size > limit || result.Size < limit*8/10 {
			t.Errorf("%d bytes of %d: %q", result.Size, limit, result.Changes)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name   string
		src    Source
		target Target
		code   core.Code
		says   string
	}{
		{"impossible limit", source(mediatest.JPEG(64, 64)), Target{MaxBytes: 100}, core.CodeImageTooLarge, "at most 100"},
		{"nothing that can be written", source(mediatest.WebP(8, 8)), Target{MIME: []string{mimeGIF}}, core.CodeMediaType, "neither"},
		{"unknown format", source(mediatest.HEIC(64)), Target{}, core.CodeMediaType, "image/heic"},
		{"lying png", source(mediatest.PNGLying(60000, 60000)), Target{}, core.CodeImageTooLarge, "60000×60000"},
		{"lying jpeg", source(mediatest.JPEGLying(65535, 65535)), Target{}, core.CodeImageTooLarge, "65535×65535"},
		{"long", source(mediatest.PNG(1<<16, 1)), Target{}, core.CodeImageTooLarge, "65535"},
		{"bomb", source(mediatest.PNGBomb(3000, 3000)), Target{}, core.CodeImageTooLarge, "9.0 million"},
		{"largest webp", source(mediatest.WebP(16384, 16384)), Target{}, core.CodeImageTooLarge, "16384×16384"},
		{"no size", source(mediatest.PNGLying(0, 0)), Target{}, core.CodeMediaURL, "damaged"},
		{"truncated", source(mediatest.Truncated(mediatest.JPEG(64, 64))), Target{}, core.CodeMediaURL, "damaged"},
		{"wrong type told", Source{ReaderAt: bytes.NewReader(mediatest.PNG(8, 8)), Size: 60, MIME: mimeJPEG}, Target{}, core.CodeMediaURL, "damaged"},
		{"lying small png", source(mediatest.PNGLying(100, 100)), Target{}, core.CodeMediaURL, "damaged"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := fit(t, New(8_000_000), tc.src, tc.target)
			var e *core.Error
			if !errors.As(err, &e) || e.Kind != core.KindMedia || e.Code != tc.code || !strings.Contains(e.Message, tc.says) {
				t.Errorf("got %v, want code %d and %q", err, tc.code, tc.says)
			}
		})
	}
}

// TestWideCostsTwice: a picture of 16 bits may have half the pixels.
func TestWideCostsTwice(t *testing.T) {
	t.Parallel()
	p := New(1000)
	if _, _, err := fit(t, p, source(mediatest.PNG(40, 25)), Target{}); err != nil {
		t.Errorf("1000 pixels of 1000: %v", err)
	}
	if _, _, err := fit(t, p, source(mediatest.PNG16(20, 25)), Target{}); err != nil {
		t.Errorf("500 wide pixels of 1000: %v", err)
	}
	if _, _, err := fit(t, p, source(mediatest.PNG16(20, 26)), Target{}); core.KindOf(err) != core.KindMedia {
		t.Errorf("520 wide pixels of 1000: got %v, want a refusal", err)
	}
	progressive := bytes.Replace(mediatest.JPEG(20, 26), []byte{0xFF, 0xC0}, []byte{0xFF, 0xC2}, 1)
	if _, _, err := fit(t, p, source(progressive), Target{}); core.AsError(err).Code != core.CodeImageTooLarge {
		t.Errorf("520 progressive pixels of 1000: got %v, want a refusal for the size", err)
	}
}

func TestBudgetIsShared(t *testing.T) {
	t.Parallel()
	p := New(1000)
	if err := p.budget.Acquire(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = out.Close() }()
	if _, err := p.Fit(ctx, out, source(mediatest.PNG(40, 25)), Target{}); !errors.Is(err, context.Canceled) {
		t.Errorf("while the budget is used up: got %v, want the context's end", err)
	}
	p.budget.Release(1)
	if _, err := p.Fit(t.Context(), out, source(mediatest.PNG(40, 25)), Target{}); err != nil {
		t.Errorf("after it is free: %v", err)
	}
}

// TestRedrawMeetsPanic: the picture that kills a process when imaging reads it
// becomes an error, because it is drawn under recover first.
func TestRedrawMeetsPanic(t *testing.T) {
	t.Parallel()
	evil := image.NewPaletted(image.Rect(0, 0, 8, 8), color.Palette{color.Black})
	evil.Pix[13] = 200 // outside the palette
	c := &codec{pixels: func(io.Reader) (image.Image, error) { return evil, nil }}
	_, err := decode(t.Context(), source(mediatest.PNG(8, 8)), c, image.Config{Width: 8, Height: 8})
	if e := core.AsError(err); e.Kind != core.KindMedia || e.Err == nil {
		t.Errorf("got %v, want an error about a damaged picture", err)
	}
}

// Every model is drawn as its own conversion says, whatever it is drawn on.
func TestRedrawKeepsColours(t *testing.T) {
	t.Parallel()
	noise := mediatest.Noise(16, 9)
	half := mediatest.Noise(16, 9)
	half.SetNRGBA(3, 4, color.NRGBA{R: 200, G: 100, B: 50, A: 128})
	r := noise.Bounds()
	pictures := map[string]draw.Image{
		"rgba": image.NewRGBA(r), "rgba with alpha": image.NewRGBA(r), "rgba64": image.NewRGBA64(r), "cmyk": image.NewCMYK(r),
		"gray": image.NewGray(r), "gray16": image.NewGray16(r), "paletted": image.NewPaletted(r, palette.WebSafe),
		"nrgba of another stride": image.NewNRGBA(r.Inset(-2)).SubImage(r).(draw.Image),
	}
	cases := map[string]image.Image{}
	for name, img := range pictures {
		from := noise
		if name == "rgba with alpha" {
			from = half
		}
		draw.Draw(img, r, from, r.Min, draw.Src)
		cases[name] = img
	}
	ycbcr, err := jpeg.Decode(bytes.NewReader(mediatest.EncodeJPEG(noise, 90)))
	if err != nil {
		t.Fatal(err)
	}
	cases["ycbcr"] = ycbcr
	for name, img := range cases {
		got, want := redrawn(img, r.Size()), image.NewNRGBA(r)
		for y := range r.Dy() {
			for x := range r.Dx() {
				want.Set(x, y, img.At(x, y))
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestRedrawKeepsPlace: a GIF's first frame may be smaller than its screen.
func TestRedrawKeepsPlace(t *testing.T) {
	t.Parallel()
	result, img, err := fit(t, New(0), source(mediatest.GIFLying(20, 20)), Target{MIME: []string{mimePNG}})
	if err != nil {
		t.Fatal(err)
	}
	if result.Width != 20 || result.Height != 20 {
		t.Errorf("%d×%d, want the screen's 20×20", result.Width, result.Height)
	}
	if _, _, _, a := img.At(15, 15).RGBA(); a != 0 {
		t.Errorf("outside the frame alpha is %d, want 0", a)
	}
	if _, _, _, a := img.At(4, 4).RGBA(); a == 0 {
		t.Error("inside the frame nothing is drawn")
	}
	_, img, err = fit(t, New(0), source(mediatest.GIFLying(20, 20)), Target{MIME: []string{mimeJPEG}})
	if err != nil {
		t.Fatal(err)
	}
	if got := color.NRGBAModel.Convert(img.At(18, 18)).(color.NRGBA); !near(got.R, 255) || !near(got.G, 255) || !near(got.B, 255) {
		t.Errorf("outside the frame the JPEG is %v, want white", got)
	}
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	file := mediatest.PNG(8, 8)
	if _, err := decode(ctx, source(file), codecFor(mimePNG), image.Config{Width: 8, Height: 8}); !errors.Is(err, context.Canceled) {
		t.Errorf("decoding: got %v, want the context's end", err)
	}
	w := &counter{ctx: ctx, w: io.Discard}
	if _, err := w.Write(file); !errors.Is(err, context.Canceled) {
		t.Errorf("encoding: got %v, want the context's end", err)
	}
}

// unreadable is a file on a disk that fails after some reads.
type unreadable struct {
	io.ReaderAt
	left int
}

func (u *unreadable) ReadAt(p []byte, off int64) (int, error) {
	if u.left--; u.left < 0 {
		return 0, io.ErrClosedPipe
	}
	return u.ReaderAt.ReadAt(p, off)
}

// TestReadError: whenever reading fails, that is what is told, not that the picture
// is damaged.
func TestReadError(t *testing.T) {
	t.Parallel()
	for mime, file := range oneOfEach() {
		for reads := 0; ; reads++ {
			src := source(file)
			src.ReaderAt = &unreadable{src.ReaderAt, reads}
			_, _, err := fit(t, New(0), src, Target{})
			if err == nil {
				if reads < 3 {
					t.Errorf("%s took %d reads, want one each for the facts, the size and the pixels", mime, reads)
				}
				break
			}
			if !errors.Is(err, io.ErrClosedPipe) || core.KindOf(err) == core.KindMedia {
				t.Errorf("%s, read %d: got %v, want the reader's error", mime, reads, err)
			}
		}
	}
}

// TestHostile: nothing in the corpus does more than fail.
func TestHostile(t *testing.T) {
	t.Parallel()
	for name, file := range mediatest.Hostile() {
		for _, mime := range []string{mimeJPEG, mimePNG, mimeGIF, mimeWebP} {
			t.Run(name+" as "+mime, func(t *testing.T) {
				t.Parallel()
				_, _, err := fit(t, New(4<<20), Source{ReaderAt: bytes.NewReader(file), Size: int64(len(file)), MIME: mime}, Target{MaxPixels: 1000, MaxBytes: 5000})
				if err != nil && core.KindOf(err) != core.KindMedia {
					t.Errorf("got %v, want an error of kind media", err)
				}
			})
		}
	}
}

func FuzzFit(f *testing.F) {
	for _, file := range mediatest.Hostile() {
		if len(file) <= 4<<10 {
			f.Add(file, int64(100), int64(2000))
		}
	}
	for _, file := range [][]byte{
		mediatest.JPEGOriented(8, 4, 6), mediatest.PNGAlpha(8, 8), mediatest.PNG16(8, 8), mediatest.APNG(4, 4, 2),
		mediatest.GIF(4, 4, 2), mediatest.WebP(4, 4), mediatest.WebPAlpha(4, 4), mediatest.WebPAnimated(4, 4, 2),
	} {
		f.Add(file, int64(10), int64(0))
	}
	p := New(1 << 20)
	f.Fuzz(func(t *testing.T, file []byte, maxPixels, maxBytes int64) {
		src := source(file)
		if !Reads(src.MIME) {
			return
		}
		result, _, err := fit(t, p, src, Target{MaxPixels: maxPixels, MaxBytes: maxBytes})
		if err != nil {
			if core.KindOf(err) != core.KindMedia {
				t.Fatalf("got %v, want an error of kind media", err)
			}
			return
		}
		if maxPixels > 0 && int64(result.Width)*int64(result.Height) > maxPixels || maxBytes > 0 && result.Size > maxBytes {
			t.Fatalf("%+v is over the limits of %d pixels and %d bytes", result, maxPixels, maxBytes)
		}
	})
}

// oneOfEach returns one file of each type.
func oneOfEach() map[string][]byte {
	return map[string][]byte{
		mimeJPEG: mediatest.JPEG(8, 8), mimePNG: mediatest.PNG(8, 8), mimeGIF: mediatest.GIF(8, 8, 1), mimeWebP: mediatest.WebP(8, 8),
	}
}

// What is listed as readable is read, and what is said to be written is written.
func TestTypes(t *testing.T) {
	t.Parallel()
	files := oneOfEach()
	if len(Readable()) != len(files) {
		t.Errorf("readable: %v", Readable())
	}
	for _, from := range Readable() {
		if !Reads(from) {
			t.Errorf("%s is listed and not read", from)
		}
		for _, to := range Readable() {
			_, _, err := fit(t, New(0), source(files[from]), Target{MIME: []string{to}})
			if (err == nil) != Writes(to) {
				t.Errorf("%s to %s: %v", from, to, err)
			}
		}
	}
}
