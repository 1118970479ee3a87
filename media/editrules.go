package media

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/imageproc"
)

// Edit is what is to be done to a picture, as a client writes it. What is left out
// stays as it is. It is turned upright first, then rotated and flipped, resized,
// given its effects, and marked.
type Edit struct {
	Dimensions Dimensions `json:"dimensions"`
	// Mode says how the picture takes Dimensions of another shape: see Modes. Empty
	// is "resize".
	Mode string `json:"mode"`
	// Background is the colour around the picture with the mode "pad": #RRGGBB,
	// #RRGGBBAA or "transparent"; empty is white.
	Background string    `json:"background"`
	Watermark  Watermark `json:"watermark"`
	Effects    Effects   `json:"effects"`
	// ConvertToJPG writes a JPEG whatever the picture was; transparent parts become
	// white.
	ConvertToJPG bool `json:"convertToJpg"`
}

// Dimensions is a size in pixels. With the mode "resize" one of the two may be left
// out, and follows from the other.
type Dimensions struct {
	Width  int `json:"width"`
	Height int `json:"height"`
	// X and Y are the point of the picture that the mode "crop" keeps in the middle,
	// as far as the edges allow; nil is its centre. They go together.
	X *int `json:"xCoordinate"`
	Y *int `json:"yCoordinate"`
}

// Effects change how a picture looks. Brightness, Contrast and Saturation are in
// percent, Blur and Sharpen are radii in pixels of the result (standard deviations),
// Opacity and Quality are in percent.
type Effects struct {
	Brightness float64  `json:"brightness"` // -100 to 100
	Contrast   float64  `json:"contrast"`   // -100 to 100
	Saturation float64  `json:"saturation"` // -100 to 100
	Gamma      *float64 `json:"gamma"`      // 0.1 to 10: below 1 darkens, above 1 lightens
	Blur       float64  `json:"blur"`       // 0 to 100
	Sharpen    float64  `json:"sharpen"`    // 0 to 10
	Grayscale  bool     `json:"grayscale"`
	Sepia      bool     `json:"sepia"`
	Invert     bool     `json:"invert"`
	Color      string   `json:"color"`   // #RRGGBB: the picture in shades of this colour
	Opacity    *float64 `json:"opacity"` // 1 to 100
	Rotate     int      `json:"rotate"`  // degrees clockwise: a multiple of 90 from -270 to 270
	Flip       string   `json:"flip"`    // "horizontal" or "vertical"
	Quality    *int     `json:"quality"` // of a JPEG, 1 to 100
}

// Watermark is a picture that is laid over another, best a PNG with transparent parts.
type Watermark struct {
	URL string `json:"url"`
	// Position is a point of the compass, or "center"; empty is "southeast".
	Position string   `json:"position"`
	Size     *float64 `json:"size"`    // percent of the picture's width, 1 to 100; nil is 20
	Opacity  *float64 `json:"opacity"` // percent, 1 to 100; nil is 100
	// Field is where the request has the address; empty is "watermarkUrl".
	Field string `json:"-"`
}

func (w Watermark) field() string { return cmp.Or(w.Field, "watermarkUrl") }

// IsZero tells whether there is nothing to do.
func (e Edit) IsZero() bool { return e == Edit{} }

// Modes lists the modes: "resize" makes the picture as large as fits inside and keeps
// its shape, "crop" fills the size and cuts off what stands out, "blur" and "pad"
// fill what "resize" leaves free with the picture itself, blurred, or with a colour,
// "stretch" gives up the shape. Smaller pictures are enlarged by all of them.
func Modes() []string { return []string{"resize", "crop", "blur", "pad", "stretch"} }

// modeOf returns the mode of a name; fit, fill and letterbox are other names that
// programs use.
func modeOf(name string) (imageproc.Mode, bool) {
	switch name {
	case "", "resize", "fit":
		return imageproc.ModeFit, true
	case "crop", "fill":
		return imageproc.ModeCrop, true
	case "blur":
		return imageproc.ModeBlur, true
	case "pad", "letterbox":
		return imageproc.ModePad, true
	case "stretch":
		return imageproc.ModeStretch, true
	}
	return imageproc.ModeFit, false
}

// Validate returns everything that is wrong with an edit, in the order of the
// fields; each is of KindInvalid with its field, such as "effects.blur".
func (e Edit) Validate() core.Errors {
	p := &problems{}
	e.Dimensions.validate(p)
	e.validateMode(p)
	e.Watermark.validate(p)
	e.Effects.validate(p)
	return p.errs
}

// problems collects what is wrong.
type problems struct{ errs core.Errors }

func (p *problems) add(field, format string, args ...any) {
	p.errs = append(p.errs, &core.Error{
		Kind: core.KindInvalid, Code: core.CodeParameters, Op: opEdit, Field: field, Message: fmt.Sprintf(format, args...),
	})
}

// within reports a number outside its range, and one that is no number.
func (p *problems) within(field string, value, least, most float64) {
	if !(value >= least && value <= most) { // NaN is neither
		p.add(field, "%v is not from %v to %v", value, least, most)
	}
}

func (p *problems) withinIfSet(field string, value *float64, least, most float64) {
	if value != nil {
		p.within(field, *value, least, most)
	}
}

func (d Dimensions) validate(p *problems) {
	for _, side := range []struct {
		name  string
		value int
	}{{"width", d.Width}, {"height", d.Height}} {
		if side.value < 0 || side.value > imageproc.MaxEditSide {
			p.add("dimensions."+side.name, "%d is not from 1 to %d pixels", side.value, imageproc.MaxEditSide)
		}
	}
	for _, at := range []struct {
		name         string
		value, other *int
	}{{"xCoordinate", d.X, d.Y}, {"yCoordinate", d.Y, d.X}} {
		switch {
		case at.value != nil && *at.value < 0:
			p.add("dimensions."+at.name, "%d is outside the picture, which begins at 0", *at.value)
		case at.value == nil && at.other != nil:
			p.add("dimensions."+at.name, "it is missing: xCoordinate and yCoordinate go together")
		}
	}
}

func (e Edit) validateMode(p *problems) {
	mode, known := modeOf(e.Mode)
	if !known {
		p.add("mode", "%q is not one of %s", shortened(e.Mode), strings.Join(Modes(), ", "))
	}
	if known && mode != imageproc.ModeFit {
		if e.Dimensions.Width == 0 {
			p.add("dimensions.width", "the mode %s needs it", e.Mode)
		}
		if e.Dimensions.Height == 0 {
			p.add("dimensions.height", "the mode %s needs it", e.Mode)
		}
	}
	if known && mode != imageproc.ModeCrop && e.Dimensions.X != nil {
		p.add("dimensions.xCoordinate", "only the mode crop has a point to keep in the middle")
	}
	if e.Background == "" {
		return
	}
	if _, ok := backgroundOf(e.Background); !ok {
		p.add("background", "%q is not a colour such as #A020F0 or #A020F080, nor transparent", shortened(e.Background))
	}
	if known && mode != imageproc.ModePad {
		p.add("background", "only the mode pad has a background")
	}
}

func (w Watermark) validate(p *problems) {
	if w.Position != "" && !slices.Contains(imageproc.Positions(), imageproc.Position(w.Position)) {
		p.add("watermark.position", "%q is not one of %s", shortened(w.Position), joined(imageproc.Positions()))
	}
	p.withinIfSet("watermark.size", w.Size, 1, 100)
	p.withinIfSet("watermark.opacity", w.Opacity, 1, 100)
	if w.URL == "" && (w.Position != "" || w.Size != nil || w.Opacity != nil) {
		p.add("watermark.url", "the address of the watermark is missing")
	}
}

func (f Effects) validate(p *problems) {
	p.within("effects.brightness", f.Brightness, -imageproc.MaxPercent, imageproc.MaxPercent)
	p.within("effects.contrast", f.Contrast, -imageproc.MaxPercent, imageproc.MaxPercent)
	p.within("effects.saturation", f.Saturation, -imageproc.MaxPercent, imageproc.MaxPercent)
	p.withinIfSet("effects.gamma", f.Gamma, imageproc.MinGamma, imageproc.MaxGamma)
	p.within("effects.blur", f.Blur, 0, imageproc.MaxBlur)
	p.within("effects.sharpen", f.Sharpen, 0, imageproc.MaxSharpen)
	if _, ok := colourOf(f.Color); !ok && f.Color != "" {
		p.add("effects.color", "%q is not a colour such as #A020F0", shortened(f.Color))
	}
	if f.Color != "" && f.Sepia {
		p.add("effects.sepia", "sepia is a colour, and effects.color names another one")
	}
	p.withinIfSet("effects.opacity", f.Opacity, 1, 100)
	if f.Rotate%90 != 0 || f.Rotate < -270 || f.Rotate > 270 {
		p.add("effects.rotate", "%d is not a multiple of 90 from -270 to 270", f.Rotate)
	}
	if f.Flip != "" && f.Flip != string(imageproc.FlipHorizontal) && f.Flip != string(imageproc.FlipVertical) {
		p.add("effects.flip", "%q is neither %s nor %s", shortened(f.Flip), imageproc.FlipHorizontal, imageproc.FlipVertical)
	}
	if f.Quality != nil {
		p.within("effects.quality", float64(*f.Quality), 1, 100)
	}
}

// joined lists texts.
func joined[T ~string](list []T) string {
	parts := make([]string, len(list))
	for i, s := range list {
		parts[i] = string(s)
	}
	return strings.Join(parts, ", ")
}

// colourOf reads a colour written as #RRGGBB.
func colourOf(s string) (color.NRGBA, bool) {
	c, ok := parseColour(s)
	return c, ok && c.A == 255 && len(s) == len("#RRGGBB")
}

// backgroundOf reads a colour that may be transparent; empty is white.
func backgroundOf(s string) (color.NRGBA, bool) {
	switch s {
	case "":
		return color.NRGBA{R: 255, G: 255, B: 255, A: 255}, true
	case "transparent":
		return color.NRGBA{}, true
	}
	return parseColour(s)
}

// parseColour reads #RRGGBB and #RRGGBBAA.
func parseColour(s string) (color.NRGBA, bool) {
	digits, ok := strings.CutPrefix(s, "#")
	raw, err := hex.DecodeString(digits)
	switch {
	case !ok || err != nil:
		return color.NRGBA{}, false
	case len(raw) == 3:
		return color.NRGBA{R: raw[0], G: raw[1], B: raw[2], A: 255}, true
	case len(raw) == 4:
		return color.NRGBA{R: raw[0], G: raw[1], B: raw[2], A: raw[3]}, true
	}
	return color.NRGBA{}, false
}

// plan is the edit as imageproc takes it; the edit is valid.
func (e Edit) plan(mark *picture) imageproc.Edit {
	plan := imageproc.Edit{
		Rotate: e.Effects.Rotate, Flip: imageproc.Flip(e.Effects.Flip),
		Resize: e.resize(), Effects: e.Effects.plan(),
		JPEG: e.ConvertToJPG, Quality: valueOf(e.Effects.Quality),
	}
	if mark != nil {
		plan.Watermark = &imageproc.Watermark{
			Source: mark.Source, Position: imageproc.Position(e.Watermark.Position),
			Size: valueOf(e.Watermark.Size), Opacity: valueOf(e.Watermark.Opacity),
		}
	}
	return plan
}

func (e Edit) resize() imageproc.Resize {
	r := imageproc.Resize{Width: e.Dimensions.Width, Height: e.Dimensions.Height}
	r.Mode, _ = modeOf(e.Mode)
	r.Background, _ = backgroundOf(e.Background)
	if e.Dimensions.X != nil && e.Dimensions.Y != nil {
		r.Centre = &image.Point{X: *e.Dimensions.X, Y: *e.Dimensions.Y}
	}
	return r
}

func (f Effects) plan() imageproc.Effects {
	plan := imageproc.Effects{
		Brightness: f.Brightness, Contrast: f.Contrast, Gamma: valueOf(f.Gamma), Saturation: f.Saturation,
		Invert: f.Invert, Grayscale: f.Grayscale, Blur: f.Blur, Sharpen: f.Sharpen, Opacity: valueOf(f.Opacity),
	}
	switch tint, named := colourOf(f.Color); {
	case named:
		plan.Tint = &tint
	case f.Sepia:
		plan.Tint = &color.NRGBA{R: 112, G: 66, B: 20, A: 255} // the pigment's usual tone
	}
	return plan
}

// valueOf returns what is pointed to, and zero for nil.
func valueOf[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
