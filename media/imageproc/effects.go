package imageproc

import (
	"image"
	"image/color"
	"math"
	"slices"

	"github.com/disintegration/imaging"
)

// The bounds of effects.
const (
	MaxBlur    = 100 // pixels
	MaxSharpen = 10  // pixels
	MaxPercent = 100 // of brightness, contrast and saturation, in both directions
	MinGamma   = 0.1
	MaxGamma   = 10
)

// Effects change how a picture looks, in the order of the fields. What is zero is
// left out; what is out of bounds is taken as the nearest bound.
type Effects struct {
	Brightness float64 // percent: -100 is black, 100 is white
	Contrast   float64 // percent: -100 is grey
	Gamma      float64 // below 1 darkens, above 1 lightens
	Saturation float64 // percent: -100 is black and white
	Invert     bool
	Grayscale  bool
	// Tint shows the picture in shades of one colour.
	Tint *color.NRGBA
	// Blur and Sharpen are the standard deviation, in pixels, of what is averaged.
	Blur    float64
	Sharpen float64
	// Opacity is in percent; below 100 the picture becomes transparent.
	Opacity float64
}

// effect is one change, and whether it is wanted.
type effect struct {
	wanted bool
	apply  func(*image.NRGBA) *image.NRGBA
}

func (e Effects) list() []effect {
	return []effect{
		{e.Brightness != 0, func(img *image.NRGBA) *image.NRGBA { return imaging.AdjustBrightness(img, e.Brightness) }},
		{e.Contrast != 0, func(img *image.NRGBA) *image.NRGBA { return imaging.AdjustContrast(img, e.Contrast) }},
		{e.Gamma != 0, func(img *image.NRGBA) *image.NRGBA {
			return imaging.AdjustGamma(img, min(max(e.Gamma, MinGamma), MaxGamma))
		}},
		{e.Saturation != 0, func(img *image.NRGBA) *image.NRGBA { return imaging.AdjustSaturation(img, e.Saturation) }},
		{e.Invert, func(img *image.NRGBA) *image.NRGBA { return imaging.Invert(img) }},
		{e.Grayscale, func(img *image.NRGBA) *image.NRGBA { return imaging.Grayscale(img) }},
		{e.Tint != nil, func(img *image.NRGBA) *image.NRGBA { return tinted(img, *e.Tint) }},
		{e.Blur > 0, func(img *image.NRGBA) *image.NRGBA { return blurred(img, min(e.Blur, MaxBlur)) }},
		{e.Sharpen > 0, func(img *image.NRGBA) *image.NRGBA { return imaging.Sharpen(img, min(e.Sharpen, MaxSharpen)) }},
		{e.Opacity > 0 && e.Opacity < 100, func(img *image.NRGBA) *image.NRGBA { return faded(img, e.Opacity/100) }},
	}
}

// applyEffects applies what is wanted, until the context ends.
func (j *edit) applyEffects() error {
	wanted := slices.DeleteFunc(j.Effects.list(), func(one effect) bool { return !one.wanted })
	for _, one := range wanted {
		if err := j.ctx.Err(); err != nil {
			return err
		}
		j.img = one.apply(j.img)
	}
	if len(wanted) > 0 {
		j.changed("effects applied")
	}
	return nil
}

// directBlur is the largest sigma, in pixels, that is computed as it stands.
const directBlur = 8

// blurred returns the picture blurred with a Gaussian. The work grows with sigma, so
// that a wide blur is done on a smaller copy, which nobody sees.
func blurred(img *image.NRGBA, sigma float64) *image.NRGBA {
	if sigma <= directBlur {
		return imaging.Blur(img, sigma)
	}
	size := img.Bounds().Size()
	factor := directBlur / sigma
	small := imaging.Resize(img, scaledSide(size.X, factor), scaledSide(size.Y, factor), imaging.Box)
	return imaging.Resize(imaging.Blur(small, directBlur), size.X, size.Y, imaging.Linear)
}

// tinted returns the picture in shades of a colour: each pixel keeps its brightness.
func tinted(img *image.NRGBA, tint color.NRGBA) *image.NRGBA {
	shades := shadesOf(tint)
	return imaging.AdjustFunc(img, func(c color.NRGBA) color.NRGBA {
		shade := shades[luma(c)]
		shade.A = c.A
		return shade
	})
}

// shadesOf returns, for each brightness, the colour that has it on the way from
// black over the tint to white.
func shadesOf(tint color.NRGBA) [256]color.NRGBA {
	var shades [256]color.NRGBA
	middle := float64(luma(tint))
	for i := range shades {
		from, to, way := color.NRGBA{}, tint, 0.0
		switch v := float64(i); {
		case v > middle:
			from, to, way = tint, color.NRGBA{R: 255, G: 255, B: 255}, (v-middle)/(255-middle)
		case middle > 0:
			way = v / middle
		}
		shades[i] = color.NRGBA{R: between(from.R, to.R, way), G: between(from.G, to.G, way), B: between(from.B, to.B, way)}
	}
	return shades
}

func between(from, to uint8, way float64) uint8 {
	return uint8(math.Round(float64(from) + way*(float64(to)-float64(from))))
}

// luma is the brightness of a colour, weighted as in ITU-R BT.601.
func luma(c color.NRGBA) uint8 {
	return uint8((299*uint32(c.R) + 587*uint32(c.G) + 114*uint32(c.B) + 500) / 1000) //nolint:gosec // at most 255
}

// faded makes the picture transparent, in place. opacity is between 0 and 1.
func faded(img *image.NRGBA, opacity float64) *image.NRGBA {
	for i := 3; i < len(img.Pix); i += 4 {
		img.Pix[i] = uint8(math.Round(float64(img.Pix[i]) * opacity))
	}
	return img
}
