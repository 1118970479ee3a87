package media

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/imageproc"
	"github.com/crier-social/crier/media/internal/filename"
	"github.com/crier-social/crier/media/sniff"
)

// variant is a changed copy of a downloaded picture.
type variant struct {
	name   string
	result imageproc.Result
	file   *spoolFile // nil if it failed early
}

// vary returns the changed picture, made once for all needs that want the same.
func (s *Service) vary(ctx context.Context, g *group, d *download, address string, c change) (*variant, error) {
	key := fmt.Sprintf("%s\x00%s\x00%d\x00%d", address, strings.Join(c.MIME, ","), c.MaxPixels, c.MaxBytes)
	f, err := g.variants.join(key,
		func() *variant { return &variant{} },
		func(ctx context.Context, v *variant, _ func()) error { return s.convert(ctx, g, d, v, c) })
	if err != nil {
		return nil, err
	}
	defer g.variants.leave(key, f)
	if err := f.wait(ctx, nil, nil); err != nil {
		return nil, err
	}
	return f.value, nil
}

// convert writes the changed picture into the spool.
func (s *Service) convert(ctx context.Context, g *group, d *download, v *variant, c change) (err error) {
	src, err := d.file.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }()
	out, err := s.spool.create(g.usage, s.disk.claim(g.tenant))
	if err != nil {
		return err
	}
	v.file = out
	v.result, err = s.images.Fit(ctx, out.file, imageproc.Source{ReaderAt: src, Size: d.facts.size, MIME: d.facts.MIME}, c)
	if err != nil {
		err = conversionError(err)
		out.fail(err)
		return err
	}
	v.name = filename.Clean(d.facts.name, typeOf(v.result.MIME))
	return out.completeWith(v.result.Size)
}

// typeOf returns the type of a picture that imageproc wrote.
func typeOf(mime string) sniff.Type {
	ext := ".jpg"
	if mime == "image/png" {
		ext = ".png"
	}
	return sniff.Type{MIME: mime, Kind: core.MediaImage, Ext: ext}
}

// conversionError keeps what says something about the picture, and tells trouble
// with the disk from it.
func conversionError(err error) error {
	var (
		known *core.Error
		disk  *os.PathError
	)
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &disk):
		return storeFailed(err)
	}
	return err
}

// discard implements result.
func (v *variant) discard() {
	if v.file != nil {
		v.file.discard()
	}
}

func (v *variant) asset() *core.Asset {
	return &core.Asset{
		Kind: core.MediaImage, MIME: v.result.MIME, Name: v.name, Size: v.result.Size,
		Width: v.result.Width, Height: v.result.Height, Frames: 1,
		Changes: v.result.Changes, Open: v.file.open,
	}
}
