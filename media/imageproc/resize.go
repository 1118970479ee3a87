package imageproc

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"

	"github.com/disintegration/imaging"
)

// Mode is how a picture takes a size of another shape.
type Mode string

// The modes. All but ModeFit give exactly the size that is asked for.
const (
	ModeFit     Mode = ""        // as large as fits inside, the shape is kept
	ModeCrop    Mode = "crop"    // fills the size, what stands out is cut off
	ModePad     Mode = "pad"     // as ModeFit, the rest is filled with a colour
	ModeBlur    Mode = "blur"    // as ModeFit, the rest shows the picture cropped and blurred
	ModeStretch Mode = "stretch" // the shape is given up
)

// Resize is the size that a picture gets. Smaller pictures are enlarged: who asks for
// a size wants it.
type Resize struct {
	// Width and Height are in pixels, up to MaxEditSide. With ModeFit one of them may
	// be 0 and follows from the other; both 0 leave the size as it is. The other
	// modes need both.
	Width, Height int
	Mode          Mode
	// Centre is where ModeCrop puts the middle of what it keeps, in pixels of the
	// upright picture, as far as its edges allow; nil is the middle.
	Centre *image.Point
	// Background is the colour of ModePad.
	Background color.NRGBA
}

// result returns the size that a picture of the given one gets.
func (r Resize) result(size image.Point) image.Point {
	switch {
	case r.Width <= 0 && r.Height <= 0:
		return size
	case r.Mode == ModeFit:
		return r.inside(size)
	}
	return image.Pt(r.Width, r.Height)
}

// inside returns the largest size of the picture's shape within Width and Height.
func (r Resize) inside(size image.Point) image.Point {
	factor := math.Inf(1)
	if r.Width > 0 {
		factor = float64(r.Width) / float64(size.X)
	}
	if r.Height > 0 {
		factor = min(factor, float64(r.Height)/float64(size.Y))
	}
	return image.Pt(scaledSide(size.X, factor), scaledSide(size.Y, factor))
}

func scaledSide(side int, factor float64) int { return max(1, int(math.Round(float64(side)*factor))) }

// resize gives the picture its size.
func (j *edit) resize() error {
	r := j.Resize
	size := r.result(j.source)
	switch {
	case size == j.source:
		return nil
	case r.Mode == ModeCrop:
		j.img = r.cropped(j.img)
	case r.Mode == ModePad:
		j.img = r.over(j.img, filled(size, r.Background))
	case r.Mode == ModeBlur:
		j.img = r.over(j.img, r.backdrop(j.img))
	default:
		j.img = resized(j.img, size)
	}
	j.changed(fmt.Sprintf("%s from %d×%d to %d×%d", r.done(), j.source.X, j.source.Y, size.X, size.Y))
	return nil
}

// done says what the mode does.
func (r Resize) done() string {
	switch r.Mode {
	case ModeCrop:
		return "cropped"
	case ModePad, ModeBlur:
		return "framed"
	case ModeStretch:
		return "stretched"
	case ModeFit:
	}
	return "scaled"
}

// cropped returns the part of the picture that has the wanted shape, in the wanted
// size.
func (r Resize) cropped(img *image.NRGBA) *image.NRGBA {
	size := img.Bounds().Size()
	factor := min(float64(size.X)/float64(r.Width), float64(size.Y)/float64(r.Height))
	part := image.Pt(min(size.X, scaledSide(r.Width, factor)), min(size.Y, scaledSide(r.Height, factor)))
	centre := size.Div(2)
	if r.Centre != nil {
		centre = *r.Centre
	}
	corner := image.Pt(cornerOf(centre.X, part.X, size.X), cornerOf(centre.Y, part.Y, size.Y))
	if part != size {
		img = imaging.Crop(img, image.Rectangle{Min: corner, Max: corner.Add(part)})
	}
	return resized(img, image.Pt(r.Width, r.Height))
}

// cornerOf returns where a part of the given length begins whose middle is as close
// to centre as a side of length whole allows.
func cornerOf(centre, part, whole int) int { return min(max(0, centre-part/2), whole-part) }

// over lays the picture, fitted inside, on the middle of a canvas.
func (r Resize) over(img, canvas *image.NRGBA) *image.NRGBA {
	fitted := resized(img, r.inside(img.Bounds().Size()))
	overlay(canvas, fitted, canvas.Bounds().Size().Sub(fitted.Bounds().Size()).Div(2), 1)
	return canvas
}

// backdropBlur is the sigma of a blurred background, as a share of its longer side.
const backdropBlur = 0.03

// backdrop returns the picture cropped to the wanted size and blurred.
func (r Resize) backdrop(img *image.NRGBA) *image.NRGBA {
	r.Centre = nil
	return blurred(r.cropped(img), backdropBlur*float64(max(r.Width, r.Height)))
}

// resized returns the picture in another size, without regard to its shape. The
// direction that leaves less to do comes first: otherwise what lies between could be
// far larger than both pictures.
func resized(img *image.NRGBA, size image.Point) *image.NRGBA {
	now := img.Bounds().Size()
	if now == size {
		return img
	}
	if pixelsOf(image.Pt(now.X, size.Y)) < pixelsOf(image.Pt(size.X, now.Y)) {
		img = scaled(img, image.Pt(now.X, size.Y))
	}
	return scaled(img, size)
}

// filled returns a canvas of one colour.
func filled(size image.Point, c color.NRGBA) *image.NRGBA {
	canvas := image.NewNRGBA(image.Rectangle{Max: size})
	draw.Draw(canvas, canvas.Bounds(), image.NewUniform(c), image.Point{}, draw.Src)
	return canvas
}

// rotate turns and mirrors the picture as the edit asks.
func (j *edit) rotate() {
	turns := j.Rotate
	if turns %= 360; turns < 0 {
		turns += 360
	}
	switch turns { // imaging counts counter-clockwise
	case 90:
		j.img = imaging.Rotate270(j.img)
	case 180:
		j.img = imaging.Rotate180(j.img)
	case 270:
		j.img = imaging.Rotate90(j.img)
	}
	if turns != 0 {
		j.changed(fmt.Sprintf("rotated by %d°", turns))
	}
	switch j.Flip {
	case FlipHorizontal:
		j.img = imaging.FlipH(j.img)
	case FlipVertical:
		j.img = imaging.FlipV(j.img)
	case FlipNone:
		return
	}
	j.changed("flipped")
}
