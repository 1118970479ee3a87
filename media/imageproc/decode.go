package imageproc

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"

	"github.com/crier-social/crier/media/probe"
)

// codec reads one format.
type codec struct {
	config func(io.Reader) (image.Config, error)
	pixels func(io.Reader) (image.Image, error)
}

// codecFor returns the codec of a format, nil if there is none. The decoders are
// called by name: what other packages register with image is none of our business.
func codecFor(mime string) *codec {
	switch mime {
	case mimeJPEG:
		return &codec{jpeg.DecodeConfig, jpeg.Decode}
	case mimePNG:
		return &codec{png.DecodeConfig, png.Decode}
	case mimeGIF:
		return &codec{gif.DecodeConfig, gif.Decode}
	case mimeWebP:
		return &codec{webp.DecodeConfig, webp.Decode}
	}
	return nil
}

// wide tells whether decoding takes about twice the usual memory: a progressive
// JPEG keeps its coefficients until the last scan, 16 bits a sample double a pixel.
func wide(facts probe.Image, config image.Config) bool {
	switch config.ColorModel {
	case color.RGBA64Model, color.NRGBA64Model, color.Gray16Model:
		return true
	}
	return facts.Progressive
}

// decode reads the pixels and redraws them. A panic of the decoder, or of a
// picture that lies about itself, ends here as an error: everything happens in
// this goroutine.
func decode(ctx context.Context, src Source, c *codec, config image.Config) (img *image.NRGBA, err error) {
	defer func() {
		if r := recover(); r != nil {
			img, err = nil, damaged(fmt.Errorf("decoder: %v", r))
		}
	}()
	raw, err := readWith(ctx, src, c.pixels)
	if err != nil {
		return nil, err
	}
	return redrawn(raw, image.Pt(config.Width, config.Height)), nil
}

// readWith lets a decoder read the picture. What it says is about the picture,
// unless reading failed.
func readWith[T any](ctx context.Context, src Source, decoder func(io.Reader) (T, error)) (T, error) {
	r := &contextReader{ctx: ctx, r: io.NewSectionReader(src, 0, src.Size)}
	v, err := decoder(bufio.NewReader(r))
	switch {
	case r.err != nil:
		err = r.err
	case err != nil:
		err = damaged(err)
	}
	return v, err
}

// contextReader ends reading with the context, and remembers what failed other
// than the picture itself.
type contextReader struct {
	ctx context.Context //nolint:containedctx // an io.Reader has no other way to get it
	r   io.Reader
	err error
}

func (c *contextReader) Read(p []byte) (int, error) {
	if c.err = c.ctx.Err(); c.err != nil {
		return 0, c.err
	}
	n, err := c.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		c.err = err
	}
	return n, err
}
