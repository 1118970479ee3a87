package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/imageproc"
	"github.com/crier-social/crier/media/internal/filename"
	"github.com/crier-social/crier/media/sniff"
)

const opEdit = "media.edit"

// Edited describes an edited picture.
type Edited struct {
	Name          string // that of the source, with the extension of what it is now
	MIME          string
	Width, Height int   // pixels
	Size          int64 // bytes
	// Changes tells what was done, in words for the author.
	Changes []string
}

// Edit fetches the picture of n, and that of the watermark, for the group, changes it
// as e says, and writes the result to w. n.Accept is not looked at: every picture
// that can be read is taken, animations excepted. What was written before an error is
// to be thrown away.
//
// Errors are core.Errors of Edit.Validate, or one *core.Error with the Field that it
// is about: those of Fetch, for both pictures; of KindMedia for what is no picture,
// animated, damaged or too large; of KindInvalid with the field "dimensions" when the
// result would be too large. Errors of w are returned as they are.
func (s *Service) Edit(ctx context.Context, groupID string, n core.Need, e Edit, w io.Writer) (Edited, error) {
	if err := e.Validate().OrNil(); err != nil {
		return Edited{}, err
	}
	src, name, err := s.openPicture(ctx, groupID, core.Need{Key: n.Key, URL: n.URL, Field: n.Field})
	if err != nil {
		return Edited{}, err
	}
	defer src.close()
	var mark *picture
	if e.Watermark.URL != "" {
		if mark, _, err = s.openPicture(ctx, groupID, core.Need{Key: "watermark", URL: e.Watermark.URL, Field: e.Watermark.field()}); err != nil {
			return Edited{}, err
		}
		defer mark.close()
	}
	result, err := s.images.Edit(ctx, w, src.Source, e.plan(mark))
	if err != nil {
		return Edited{}, editError(err)
	}
	return Edited{
		Name: editedName(name, result.MIME), MIME: result.MIME,
		Width: result.Width, Height: result.Height, Size: result.Size, Changes: result.Changes,
	}, nil
}

// picture is an open file that imageproc reads.
type picture struct {
	imageproc.Source
	reader core.AssetReader
}

func (p *picture) close() { _ = p.reader.Close() } // it was only read

// openPicture fetches a file and opens it, if it is a picture that can be read.
func (s *Service) openPicture(ctx context.Context, groupID string, n core.Need) (*picture, string, error) {
	asset, err := s.Fetch(ctx, groupID, n, nil)
	if err != nil {
		return nil, "", err
	}
	if !imageproc.Reads(asset.MIME) {
		return nil, "", notEditable(asset.MIME, n.Field)
	}
	reader, err := asset.Open(ctx)
	if err != nil {
		return nil, "", err
	}
	return &picture{
		Source: imageproc.Source{ReaderAt: reader, Size: asset.Size, MIME: asset.MIME, Field: n.Field},
		reader: reader,
	}, asset.Name, nil
}

func notEditable(mime, field string) *core.Error {
	return &core.Error{
		Kind: core.KindMedia, Code: core.CodeMediaType, Op: opEdit, Field: field,
		Message: fmt.Sprintf("the file is of type %s; pictures of the types %s can be edited", mime, strings.Join(imageproc.Readable(), ", ")),
	}
}

// editError keeps what says something about the pictures or comes from the caller,
// and tells trouble with the server's disk from it.
func editError(err error) error {
	var (
		known *core.Error
		disk  *os.PathError
	)
	if !errors.As(err, &known) && errors.As(err, &disk) {
		return storeFailed(err)
	}
	return err
}

// editedName is the name of the source with the extension of the result.
func editedName(source, mime string) string {
	ext := ".jpg"
	if mime == "image/png" {
		ext = ".png"
	}
	return filename.Clean(source, sniff.Type{MIME: mime, Kind: core.MediaImage, Ext: ext})
}
