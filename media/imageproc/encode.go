package imageproc

import (
	"bufio"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"math"

	"github.com/crier-social/crier/core"
)

// The steps towards a limit of bytes: quality first, as far as nobody sees it, then
// size.
const (
	// bufferSize is that of the encoders' output, in bytes.
	bufferSize   = 32 << 10
	bestQuality  = 90
	maxQuality   = 100
	leastQuality = 75
	qualityStep  = 5
	// sizeMargin makes a scaled picture aim below the limit, since bytes do not
	// follow pixels exactly.
	sizeMargin = 0.92
	// wellUsed is the share of the limit that a picture is left with: quality is given back to
	// one that came out with fewer bytes.
	wellUsed = 0.9
	// maxScalings ends the search for a size; each step takes away 8 % of the pixels
	// at least.
	maxScalings = 16
)

// write encodes the picture until it meets the limit of bytes.
func (w *work) write() error {
	quality := bestQuality
	size, err := w.encode(quality)
	if err != nil {
		return err
	}
	for w.result.MIME == mimeJPEG && w.tooLarge(size) && quality > leastQuality {
		quality -= qualityStep
		if size, err = w.encode(quality); err != nil {
			return err
		}
	}
	for range maxScalings {
		if !w.tooLarge(size) || pixelsOf(w.img.Bounds().Size()) == 1 {
			break
		}
		w.img = scaled(w.img, w.smaller(size))
		if size, err = w.encode(quality); err != nil {
			return err
		}
	}
	if quality, size, err = w.giveBack(quality, size); err != nil {
		return err
	}
	if w.tooLarge(size) {
		return mediaError(core.CodeImageTooLarge,
			fmt.Sprintf("the picture cannot be made smaller than %d bytes, at most %d are taken", size, w.target.MaxBytes), nil)
	}
	w.finish(size, quality)
	return nil
}

// giveBack looks for the best quality that meets the limit of bytes, where that of the picture,
// which meets it, was lowered further than is needed.
func (w *work) giveBack(quality int, size int64) (bestMet int, bytes int64, err error) {
	met, missed := quality, bestQuality+1
	for w.result.MIME == mimeJPEG && !w.tooLarge(size) && missed-met > 1 && float64(size) < wellUsed*float64(w.target.MaxBytes) {
		quality = (met + missed) / 2
		got, err := w.encode(quality)
		if err != nil {
			return 0, 0, err
		}
		if w.tooLarge(got) {
			missed = quality
		} else {
			met, size = quality, got
		}
	}
	if quality != met { // what was written last does not fit
		size, err = w.encode(met)
	}
	return met, size, err
}

func (w *work) tooLarge(size int64) bool { return w.target.MaxBytes > 0 && size > w.target.MaxBytes }

// smaller guesses the size in pixels at which size bytes become few enough.
func (w *work) smaller(size int64) image.Point {
	now := w.img.Bounds().Size()
	share := float64(w.target.MaxBytes) / float64(size) * sizeMargin
	return within(now, max(1, int64(math.Floor(float64(pixelsOf(now))*share))))
}

// encode writes the picture to the start of the output and returns its size. When
// it proves too large, the rest is counted and not written.
func (w *work) encode(quality int) (int64, error) {
	if _, err := w.out.Seek(0, io.SeekStart); err != nil {
		return 0, err
	}
	if err := w.out.Truncate(0); err != nil {
		return 0, err
	}
	counter := &counter{ctx: w.ctx, w: w.out, limit: w.target.MaxBytes}
	buffered := bufio.NewWriterSize(counter, bufferSize)
	var err error
	if w.result.MIME == mimeJPEG {
		err = jpeg.Encode(buffered, w.img, &jpeg.Options{Quality: quality})
	} else {
		err = png.Encode(buffered, w.img)
	}
	if err == nil {
		err = buffered.Flush()
	}
	return counter.n, err
}

// finish records what the picture has become.
func (w *work) finish(size int64, quality int) {
	now := w.img.Bounds().Size()
	if now != w.upright {
		w.changed(fmt.Sprintf("scaled from %d×%d to %d×%d", w.upright.X, w.upright.Y, now.X, now.Y))
	}
	if quality < bestQuality {
		w.changed(fmt.Sprintf("compressed to %d bytes", size))
	}
	w.result.Width, w.result.Height, w.result.Size = now.X, now.Y, size
}

// counter counts what is written and drops what goes beyond the limit.
type counter struct {
	ctx   context.Context //nolint:containedctx // an io.Writer has no other way to get it
	w     io.Writer
	limit int64 // 0: none
	n     int64
}

func (c *counter) Write(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	c.n += int64(len(p))
	if c.limit > 0 && c.n > c.limit {
		return len(p), nil
	}
	return c.w.Write(p)
}
