package imageproc

import (
	"image"
	"math"
)

// Position is a place in a picture, as a point of the compass.
type Position string

// The positions.
const (
	NorthWest Position = "northwest"
	North     Position = "north"
	NorthEast Position = "northeast"
	West      Position = "west"
	Centre    Position = "center"
	East      Position = "east"
	SouthWest Position = "southwest"
	South     Position = "south"
	SouthEast Position = "southeast"
)

// Positions lists every position.
func Positions() []Position {
	return []Position{NorthWest, North, NorthEast, West, Centre, East, SouthWest, South, SouthEast}
}

// The defaults of a watermark.
const (
	DefaultMarkSize    = 20  // percent
	DefaultMarkOpacity = 100 // percent
)

// markMargin is the distance of a watermark from the edge, as a share of the shorter
// side of the picture.
const markMargin = 0.03

// Watermark is a picture laid over another, best a PNG with transparent parts.
type Watermark struct {
	Source   Source
	Position Position // empty: SouthEast
	// Size is the width in percent of the picture's; 0: DefaultMarkSize. A mark that
	// would be higher than the picture, less the margins, is made smaller.
	Size float64
	// Opacity is in percent; 0: DefaultMarkOpacity.
	Opacity float64
}

// applyWatermark lays the watermark over the picture.
func (j *edit) applyWatermark(pic *picture) error {
	if pic == nil {
		return nil
	}
	img, err := pic.decode(j.ctx)
	if err != nil {
		return about(err, pic.src)
	}
	img = turned(img, pic.facts.Orientation)
	opacity := j.Watermark.Opacity
	if opacity <= 0 {
		opacity = DefaultMarkOpacity
	}
	canvas := j.img.Bounds().Size()
	mark := resized(img, j.Watermark.within(canvas, img.Bounds().Size()))
	overlay(j.img, mark, j.Watermark.place(canvas, mark.Bounds().Size()), min(opacity, 100)/100)
	j.changed("watermark added")
	return nil
}

// margin is the distance from the edges of a canvas, in pixels.
func margin(canvas image.Point) int {
	return int(math.Round(markMargin * float64(min(canvas.X, canvas.Y))))
}

// within returns the size that the mark gets on a canvas.
func (w *Watermark) within(canvas, mark image.Point) image.Point {
	share := w.Size
	if share <= 0 {
		share = DefaultMarkSize
	}
	room := canvas.Sub(image.Pt(2, 2).Mul(margin(canvas)))
	width := min(float64(canvas.X)*share/100, float64(room.X))
	factor := min(width/float64(mark.X), float64(room.Y)/float64(mark.Y))
	return image.Pt(scaledSide(mark.X, factor), scaledSide(mark.Y, factor))
}

// place returns the upper left corner of the mark.
func (w *Watermark) place(canvas, mark image.Point) image.Point {
	gap := margin(canvas)
	near, far, middle := image.Pt(gap, gap), canvas.Sub(mark).Sub(image.Pt(gap, gap)), canvas.Sub(mark).Div(2)
	at := far
	switch w.Position {
	case NorthWest, West, SouthWest:
		at.X = near.X
	case North, Centre, South:
		at.X = middle.X
	case NorthEast, East, SouthEast:
	}
	switch w.Position {
	case NorthWest, North, NorthEast:
		at.Y = near.Y
	case West, Centre, East:
		at.Y = middle.Y
	case SouthWest, South, SouthEast:
	}
	return at
}

// overlay lays a picture on a canvas, in place. What stands out is cut off. opacity
// is between 0 and 1.
func overlay(canvas, img *image.NRGBA, at image.Point, opacity float64) {
	area := img.Bounds().Add(at).Intersect(canvas.Bounds())
	strength := uint32(math.Round(opacity * 255))
	for y := area.Min.Y; y < area.Max.Y; y++ {
		to := canvas.Pix[canvas.PixOffset(area.Min.X, y):canvas.PixOffset(area.Max.X, y)]
		from := img.Pix[img.PixOffset(area.Min.X-at.X, y-at.Y):]
		for i := 0; i < len(to); i += 4 {
			blend(to[i:i+4:i+4], from[i:i+4:i+4], strength)
		}
	}
}

// blend lays one pixel over another: the Porter-Duff operator "over", on colours that
// are not multiplied with their alpha. strength is at most 255.
func blend(to, from []byte, strength uint32) {
	const full = 255 * 255
	above := uint32(from[3]) * strength           // of full
	below := uint32(to[3]) * (full - above) / 255 // of full
	sum := above + below
	if above == 0 {
		return
	}
	for c := range 3 {
		to[c] = uint8((uint32(from[c])*above + uint32(to[c])*below + sum/2) / sum) //nolint:gosec // at most 255
	}
	to[3] = uint8((sum + 127) / 255) //nolint:gosec // at most 255
}
