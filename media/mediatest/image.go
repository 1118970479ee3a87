package mediatest

import (
	"bytes"
	"image"
	"image/color"
	"image/color/palette"
	"image/gif"
	"image/jpeg"
	"image/png"
)

// The colours of Pattern's quarters, as displayed.
var (
	topLeft     = color.NRGBA{R: 220, A: 255}
	topRight    = color.NRGBA{G: 200, A: 255}
	bottomLeft  = color.NRGBA{B: 230, A: 255}
	bottomRight = color.NRGBA{R: 240, G: 220, B: 40, A: 255}
)

// Quarters returns the colours of Pattern: top left, top right, bottom left,
// bottom right.
func Quarters() [4]color.NRGBA {
	return [4]color.NRGBA{topLeft, topRight, bottomLeft, bottomRight}
}

// Pattern returns a picture of four quarters in different colours, so that turning
// and mirroring it shows.
func Pattern(width, height int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	quarters := Quarters()
	for y := range height {
		for x := range width {
			i := 0
			if x >= (width+1)/2 {
				i++
			}
			if y >= (height+1)/2 {
				i += 2
			}
			img.SetNRGBA(x, y, quarters[i])
		}
	}
	return img
}

// Noise returns a picture that compresses badly, the same one every time.
func Noise(width, height int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	state := uint32(2463534242)
	for i := range img.Pix {
		state ^= state << 13
		state ^= state >> 17
		state ^= state << 5
		img.Pix[i] = byte(state & 0xFF)
		if i%4 == 3 {
			img.Pix[i] = 255
		}
	}
	return img
}

// JPEG returns Pattern as JPEG.
func JPEG(width, height int) []byte { return EncodeJPEG(Pattern(width, height), 95) }

// EncodeJPEG returns a picture as JPEG.
func EncodeJPEG(img image.Image, quality int) []byte {
	var b bytes.Buffer
	must(jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}))
	return b.Bytes()
}

// JPEGOriented returns a JPEG whose EXIF data carry the orientation (1 to 8), as a
// camera writes it: the pixels are stored in such a way that turning them as the
// orientation says yields a Pattern.
func JPEGOriented(width, height, orientation int) []byte {
	stored := Disoriented(Pattern(width, height), orientation)
	return insertSegment(EncodeJPEG(stored, 95), 0xE1, exif(orientation))
}

// Disoriented undoes what an EXIF orientation asks a viewer to do: the pixels of
// the result, displayed by that orientation, look like img.
func Disoriented(img *image.NRGBA, orientation int) *image.NRGBA {
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	storedW, storedH := w, h
	if orientation >= 5 {
		storedW, storedH = h, w
	}
	out := image.NewNRGBA(image.Rect(0, 0, storedW, storedH))
	for y := range storedH {
		for x := range storedW {
			dx, dy := displayed(x, y, w, h, orientation)
			out.SetNRGBA(x, y, img.NRGBAAt(dx, dy))
		}
	}
	return out
}

// displayed tells where the stored pixel (x, y) appears in a picture displayed with
// width w and height h. EXIF says where row 0 and column 0 of the stored picture
// are to be seen: 6, for example, is "row 0 at the right, column 0 at the top".
func displayed(x, y, w, h, orientation int) (dx, dy int) {
	switch orientation {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return w - 1 - y, x
	case 7:
		return w - 1 - y, h - 1 - x
	case 8:
		return y, h - 1 - x
	default:
		return x, y
	}
}

// PNG returns Pattern as PNG.
func PNG(width, height int) []byte { return EncodePNG(Pattern(width, height)) }

// PNGAlpha returns Pattern as PNG with a transparent pixel in its middle.
func PNGAlpha(width, height int) []byte {
	img := Pattern(width, height)
	img.SetNRGBA(width/2, height/2, color.NRGBA{})
	return EncodePNG(img)
}

// PNG16 returns a grey PNG of 16 bits a sample.
func PNG16(width, height int) []byte {
	img := image.NewGray16(image.Rect(0, 0, width, height))
	for i := range img.Pix {
		img.Pix[i] = byte(i)
	}
	return EncodePNG(img)
}

// EncodePNG returns a picture as PNG.
func EncodePNG(img image.Image) []byte {
	var b bytes.Buffer
	must(png.Encode(&b, img))
	return b.Bytes()
}

// GIF returns a GIF of that many frames; one frame is a still.
func GIF(width, height, frames int) []byte {
	g := &gif.GIF{}
	for i := range frames {
		img := image.NewPaletted(image.Rect(0, 0, width, height), palette.WebSafe)
		for p := range img.Pix {
			img.Pix[p] = byte((p + i) % len(palette.WebSafe)) //nolint:gosec // fewer than 256 colours
		}
		g.Image = append(g.Image, img)
		g.Delay = append(g.Delay, 5)
	}
	var b bytes.Buffer
	must(gif.EncodeAll(&b, g))
	return b.Bytes()
}

// must panics: a fixture that cannot be made is a mistake in this package.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
