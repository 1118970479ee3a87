package imageproc

import (
	"image"
	"image/draw"

	"github.com/disintegration/imaging"
)

// redrawn copies a picture onto a canvas of the size that its header announced.
//
// This is what keeps the process alive: imaging reads a picture in goroutines that
// it starts, and an index outside a palette, for example, panics there, beyond any
// recover (CVE-2023-36308 is of this sort). Drawing reads every pixel once in the
// caller's goroutine; what imaging gets is a plain array of bytes.
func redrawn(img image.Image, size image.Point) *image.NRGBA {
	bounds := img.Bounds()
	if n, ok := img.(*image.NRGBA); ok && bounds == (image.Rectangle{Max: size}) && n.Stride == 4*size.X && len(n.Pix) == n.Stride*size.Y {
		return n // imaging reads the same bytes that drawing would write
	}
	canvas := image.NewNRGBA(image.Rectangle{Max: size})
	draw.Draw(target(canvas, img), bounds, img, bounds.Min, draw.Src)
	return canvas
}

// target returns the canvas as what a picture is drawn on fastest. Without
// half-transparent pixels RGBA and NRGBA are the same bytes, and draw has loops of
// its own for the former.
func target(canvas *image.NRGBA, img image.Image) draw.Image {
	if o, ok := img.(interface{ Opaque() bool }); ok && o.Opaque() {
		return &image.RGBA{Pix: canvas.Pix, Stride: canvas.Stride, Rect: canvas.Rect}
	}
	return canvas
}

// turned returns the picture as its EXIF orientation asks to display it; the same
// one if it is upright.
func turned(img *image.NRGBA, orientation int) *image.NRGBA {
	switch orientation {
	case 2:
		return imaging.FlipH(img)
	case 3:
		return imaging.Rotate180(img)
	case 4:
		return imaging.FlipV(img)
	case 5:
		return imaging.Transpose(img)
	case 6:
		return imaging.Rotate270(img) // counter-clockwise
	case 7:
		return imaging.Transverse(img)
	case 8:
		return imaging.Rotate90(img)
	}
	return img
}

// scaled returns the picture in another size, at least 1 × 1.
func scaled(img *image.NRGBA, size image.Point) *image.NRGBA {
	return imaging.Resize(img, size.X, size.Y, imaging.Lanczos)
}

// flatten lays the picture on white, in place.
func flatten(img *image.NRGBA) {
	for i := 0; i+3 < len(img.Pix); i += 4 {
		p := img.Pix[i : i+4 : i+4]
		alpha := uint32(p[3])
		for c := range 3 {
			p[c] = uint8((uint32(p[c])*alpha + 255*(255-alpha) + 127) / 255) //nolint:gosec // at most 255
		}
		p[3] = 255
	}
}
