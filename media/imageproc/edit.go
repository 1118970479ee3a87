package imageproc

import (
	"bufio"
	"context"
	"image"
	"image/jpeg"
	"image/png"
	"io"

	"github.com/crier-social/crier/core"
)

// MaxEditSide is the longest side, in pixels, that an edited picture may get.
const MaxEditSide = 8192

// Edit is what is done to a picture, in the order of the fields. What is zero is
// left out.
type Edit struct {
	Rotate int // degrees clockwise, a multiple of 90
	Flip   Flip
	Resize Resize
	// Effects are applied in the new size.
	Effects Effects
	// Watermark is laid over everything else.
	Watermark *Watermark
	// JPEG writes a JPEG whatever the source is; transparent parts become white.
	JPEG    bool
	Quality int // of a JPEG, 1 to 100; 0: 90
}

// Flip says how a picture is mirrored.
type Flip string

// The ways to mirror a picture.
const (
	FlipNone       Flip = ""
	FlipHorizontal Flip = "horizontal" // left becomes right
	FlipVertical   Flip = "vertical"   // top becomes bottom
)

// Edit writes src to w, changed as e says. It is turned upright first, and loses its
// metadata. A JPEG stays a JPEG and a PNG a PNG, unless it is to have transparent
// parts; of another type, it becomes a JPEG if it is opaque and else a PNG.
//
// Errors are of KindMedia, with the Field of the picture that they are about: it is
// damaged, animated, or larger than the processor takes; and of KindInvalid with the
// field "dimensions" when the result would have too many pixels. Errors of src, w
// and ctx are returned as they are.
func (p *Processor) Edit(ctx context.Context, w io.Writer, src Source, e Edit) (Result, error) {
	pic, mark, err := p.inspectAll(ctx, src, e.Watermark)
	if err != nil {
		return Result{}, err
	}
	weight, err := p.weighEdit(pic, mark, e)
	if err != nil {
		return Result{}, err
	}
	if err := p.budget.Acquire(ctx, weight); err != nil {
		return Result{}, err
	}
	defer p.budget.Release(weight)

	job := &edit{ctx: ctx, Edit: e}
	for _, step := range []func() error{
		func() error { return job.open(pic) },
		job.resize,
		job.applyEffects,
		func() error { return job.applyWatermark(mark) },
	} {
		if err := step(); err != nil {
			return Result{}, err
		}
		if err := ctx.Err(); err != nil {
			return Result{}, err
		}
	}
	return job.write(w, src.MIME)
}

// inspectAll reads the headers of the picture and of the watermark, if there is one.
func (p *Processor) inspectAll(ctx context.Context, src Source, mark *Watermark) (pic, markPic *picture, err error) {
	if pic, err = p.inspectStill(ctx, src); err != nil || mark == nil {
		return pic, nil, err
	}
	markPic, err = p.inspectStill(ctx, mark.Source)
	return pic, markPic, err
}

// inspectStill reads the header of a picture that is no animation.
func (p *Processor) inspectStill(ctx context.Context, src Source) (*picture, error) {
	pic, err := p.inspect(ctx, src)
	if err != nil {
		return nil, about(err, src)
	}
	if pic.facts.Frames > 1 {
		return nil, about(animated(src.MIME, pic.facts.Frames), src)
	}
	return pic, nil
}

// weighEdit tells how much of the budget an edit is worth: the larger of the
// picture and what becomes of it, and the watermark. An edit that alone is worth
// more than all of it gets all of it.
func (p *Processor) weighEdit(pic, mark *picture, e Edit) (int64, error) {
	result := e.Resize.result(e.turned(pic.upright()))
	if max(result.X, result.Y) > MaxEditSide || pixelsOf(result) > p.maxPixels {
		return 0, tooLargeResult(result, p.maxPixels)
	}
	weight := max(pic.weight, pixelsOf(result))
	if mark != nil {
		weight += mark.weight
	}
	return min(weight, p.maxPixels), nil
}

// turned returns the size that a picture of the given one has after Rotate.
func (e Edit) turned(size image.Point) image.Point {
	if e.Rotate%180 != 0 {
		return image.Pt(size.Y, size.X)
	}
	return size
}

// edit is one picture on its way.
type edit struct {
	Edit
	ctx context.Context //nolint:containedctx // lives as long as the call of Processor.Edit
	img *image.NRGBA
	// source is the size before resizing.
	source  image.Point
	changes []string
}

func (j *edit) changed(what string) { j.changes = append(j.changes, what) }

// open decodes the picture, and turns it as its metadata and the edit ask.
func (j *edit) open(pic *picture) error {
	img, err := pic.decode(j.ctx)
	if err != nil {
		return about(err, pic.src)
	}
	j.img = turned(img, pic.facts.Orientation)
	if j.img != img {
		j.changed(turnedUpright)
	}
	j.rotate()
	j.source = j.img.Bounds().Size()
	return nil
}

// write encodes the picture.
func (j *edit) write(w io.Writer, source string) (Result, error) {
	result := Result{MIME: j.resultType(source)}
	if result.MIME != source {
		j.changed("converted from " + source + " to " + result.MIME)
	}
	out := &counter{ctx: j.ctx, w: w}
	buffered := bufio.NewWriterSize(out, bufferSize)
	var err error
	if result.MIME == mimeJPEG {
		j.flatten()
		err = jpeg.Encode(buffered, j.img, &jpeg.Options{Quality: j.quality()})
	} else {
		err = png.Encode(buffered, j.img)
	}
	if err == nil {
		err = buffered.Flush()
	}
	if err != nil {
		return Result{}, err
	}
	size := j.img.Bounds().Size()
	result.Width, result.Height, result.Size, result.Changes = size.X, size.Y, out.n, j.changes
	return result, nil
}

func (j *edit) flatten() {
	if !j.img.Opaque() {
		flatten(j.img)
		j.changed(madeWhite)
	}
}

func (j *edit) quality() int {
	if j.Quality <= 0 {
		return bestQuality
	}
	return min(j.Quality, maxQuality)
}

// resultType is the type to write.
func (j *edit) resultType(source string) string {
	switch {
	case j.JPEG:
		return mimeJPEG
	case source == mimePNG || !j.img.Opaque():
		return mimePNG
	}
	return mimeJPEG
}

// about completes an error that says something about a picture with its field.
func about(err error, src Source) error {
	if core.KindOf(err) != core.KindMedia {
		return err
	}
	e := *core.AsError(err)
	e.Field = src.Field
	return &e
}
