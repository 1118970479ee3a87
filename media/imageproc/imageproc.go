// Package imageproc changes pictures so that they fit: it converts, scales and
// turns them. It is the only place that decodes pixels.
//
// The library that scales works in goroutines of its own, where a panic cannot be
// recovered from. So it only ever sees an *image.NRGBA that was drawn here, from a
// picture that one of four known decoders read, within a budget of pixels that was
// checked before.
package imageproc

import (
	"context"
	"errors"
	"image"
	"io"
	"math"
	"slices"

	"golang.org/x/sync/semaphore"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/probe"
)

// The types that are known here.
const (
	mimeJPEG = "image/jpeg"
	mimePNG  = "image/png"
	mimeGIF  = "image/gif"
	mimeWebP = "image/webp"
)

// DefaultMaxPixels is the largest picture taken, in pixels. One of this size needs
// up to about 800 MB while it is worked on, most of all where it is scaled.
const DefaultMaxPixels = 64 << 20

// maxSide is the longest side taken, in pixels: what JPEG and GIF can express. Scaling
// needs about 100 bytes for each pixel of a side, so that a picture of few rows and
// very long ones would take gigabytes.
const maxSide = 1<<16 - 1

// Processor changes pictures. It is safe for concurrent use; calls that together
// would exceed its budget of pixels wait for each other.
type Processor struct {
	maxPixels int64
	budget    *semaphore.Weighted
}

// New returns a processor that takes pictures up to maxPixels, and works on no more
// than that many at a time; 0 is DefaultMaxPixels.
func New(maxPixels int64) *Processor {
	if maxPixels <= 0 {
		maxPixels = DefaultMaxPixels
	}
	return &Processor{maxPixels: maxPixels, budget: semaphore.NewWeighted(maxPixels)}
}

// Source is a picture to change.
type Source struct {
	io.ReaderAt
	Size  int64  // bytes
	MIME  string // as sniffed
	Field string // JSON path in the request that names it, for errors
}

// Target is what the result must be. A zero limit is no limit.
type Target struct {
	MIME      []string // acceptable types; none: any
	MaxPixels int64    // width × height, inclusive
	MaxBytes  int64
}

// Output takes the result; an *os.File does.
type Output interface {
	io.WriteSeeker
	Truncate(size int64) error
}

// Result describes what was written.
type Result struct {
	MIME          string
	Width, Height int
	Size          int64
	// Changes tells what was done, in words for the author.
	Changes []string
}

// Changes that are told from more than one place.
const (
	turnedUpright = "turned upright, as its EXIF data ask"
	madeWhite     = "transparent parts made white"
)

// Reads tells whether pictures of the type can be changed. Of an animation only
// the first frame would be left.
func Reads(mime string) bool { return codecFor(mime) != nil }

// Readable lists the types that Reads says yes to.
func Readable() []string { return []string{mimeJPEG, mimePNG, mimeGIF, mimeWebP} }

// Writes tells whether pictures can be made into the type.
func Writes(mime string) bool { return mime == mimeJPEG || mime == mimePNG }

// Fit writes src to out, changed to meet the target: turned upright, without
// metadata, as JPEG if it is opaque and as PNG if it has transparent parts (where
// the target takes those), scaled down if it has too many pixels or bytes.
//
// Errors are of KindMedia: the picture is damaged, larger than the processor
// takes, or cannot be made to fit. Errors of src, out and ctx are returned as they
// are.
func (p *Processor) Fit(ctx context.Context, out Output, src Source, target Target) (Result, error) {
	pic, err := p.inspect(ctx, src)
	if err != nil {
		return Result{}, err
	}
	if err := p.budget.Acquire(ctx, pic.weight); err != nil {
		return Result{}, err
	}
	defer p.budget.Release(pic.weight)

	img, err := pic.decode(ctx)
	if err != nil {
		return Result{}, err
	}
	w := &work{ctx: ctx, out: out, target: target}
	if err := w.chooseType(src.MIME, img); err != nil {
		return Result{}, err
	}
	w.turn(img, pic.facts.Orientation)
	w.scaleToPixels()
	if err := w.write(); err != nil {
		return Result{}, err
	}
	return w.result, nil
}

// picture is a source whose header has been read.
type picture struct {
	src    Source
	codec  *codec
	facts  probe.Image
	config image.Config
	// weight is how much of the budget it is worth.
	weight int64
}

// inspect reads everything but the pixels, and refuses what is not worth decoding.
func (p *Processor) inspect(ctx context.Context, src Source) (*picture, error) {
	pic := &picture{src: src, codec: codecFor(src.MIME)}
	if pic.codec == nil {
		return nil, mediaError(core.CodeMediaType, src.MIME+" pictures cannot be converted", nil)
	}
	var err error
	if pic.facts, pic.config, err = examine(ctx, src, pic.codec); err != nil {
		return nil, err
	}
	pic.weight, err = p.weigh(pic.facts, pic.config)
	return pic, err
}

// upright returns the size as a viewer sees it.
func (pic *picture) upright() image.Point {
	width, height := probe.Image{Width: pic.config.Width, Height: pic.config.Height, Orientation: pic.facts.Orientation}.DisplaySize()
	return image.Pt(width, height)
}

// decode returns the pixels as they are stored.
func (pic *picture) decode(ctx context.Context) (*image.NRGBA, error) {
	return decode(ctx, pic.src, pic.codec, pic.config)
}

// examine reads everything but the pixels.
func examine(ctx context.Context, src Source, c *codec) (probe.Image, image.Config, error) {
	facts, err := probe.ReadImage(src, src.Size, src.MIME)
	switch {
	case errors.Is(err, probe.ErrDamaged):
		return probe.Image{}, image.Config{}, damaged(err)
	case err != nil:
		return probe.Image{}, image.Config{}, err
	}
	config, err := readWith(ctx, src, c.config)
	if err == nil && (config.Width <= 0 || config.Height <= 0) {
		err = damaged(errors.New("the picture has no size"))
	}
	return facts, config, err
}

// weigh tells how much of the budget a picture is worth: its pixels, and twice as
// much where decoding keeps them in a wider form.
func (p *Processor) weigh(facts probe.Image, config image.Config) (int64, error) {
	if max(config.Width, config.Height) > maxSide {
		return 0, tooLong(config)
	}
	factor := int64(1)
	if wide(facts, config) {
		factor = 2
	}
	pixels := int64(config.Width) * int64(config.Height)
	if pixels > p.maxPixels/factor {
		return 0, tooManyPixels(config, p.maxPixels/factor)
	}
	return pixels * factor, nil
}

// work is one picture on its way to the output.
type work struct {
	ctx    context.Context //nolint:containedctx // lives as long as the call of Fit
	out    Output
	target Target
	img    *image.NRGBA
	// upright is the size before scaling, for the report.
	upright image.Point
	result  Result
}

func (w *work) changed(what string) { w.result.Changes = append(w.result.Changes, what) }

func (w *work) takes(mime string) bool {
	return len(w.target.MIME) == 0 || slices.Contains(w.target.MIME, mime)
}

// chooseType decides what to write: JPEG for an opaque picture, PNG for another,
// the other of the two where the target leaves no choice.
func (w *work) chooseType(source string, img *image.NRGBA) error {
	opaque := img.Opaque()
	switch {
	case w.takes(mimeJPEG) && (opaque || !w.takes(mimePNG)):
		w.result.MIME = mimeJPEG
	case w.takes(mimePNG):
		w.result.MIME = mimePNG
	default:
		return mediaError(core.CodeMediaType, "pictures can be converted to JPEG or PNG, and neither is taken", nil)
	}
	if w.result.MIME != source {
		w.changed("converted from " + source + " to " + w.result.MIME)
	}
	if !opaque && w.result.MIME == mimeJPEG {
		flatten(img)
		w.changed(madeWhite)
	}
	return nil
}

// turn makes the picture upright.
func (w *work) turn(img *image.NRGBA, orientation int) {
	w.img = turned(img, orientation)
	w.upright = w.img.Bounds().Size()
	if w.img != img {
		w.changed(turnedUpright)
	}
}

// scaleToPixels scales a picture that has too many pixels.
func (w *work) scaleToPixels() {
	size := w.img.Bounds().Size()
	if limit := w.target.MaxPixels; limit > 0 && pixelsOf(size) > limit {
		w.img = scaled(w.img, within(size, limit))
	}
}

func pixelsOf(size image.Point) int64 { return int64(size.X) * int64(size.Y) }

// within returns the largest size of the same shape with at most limit pixels.
func within(size image.Point, limit int64) image.Point {
	factor := math.Sqrt(float64(limit) / float64(pixelsOf(size)))
	out := image.Pt(max(1, int(float64(size.X)*factor)), max(1, int(float64(size.Y)*factor)))
	// A side that would vanish stays 1, so that the other has to give more.
	if pixelsOf(out) > limit {
		if out.X == 1 {
			out.Y = int(limit)
		} else {
			out.X = int(limit)
		}
	}
	return out
}
