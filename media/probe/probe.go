// Package probe reads the facts of a media file without decoding its content, so
// that a file can be judged before memory is spent on it.
package probe

import (
	"errors"
	"io"
)

// ErrDamaged is within every error about a file that does not hold what its first
// bytes promise: it is cut off or malformed.
var ErrDamaged = errors.New("the file is damaged")

// Image is what there is to know about a picture.
type Image struct {
	Width, Height int // pixels as stored, before Orientation is applied
	// Orientation is EXIF's, 1 to 8: how the stored pixels are to be displayed. 1 is as
	// they are; from 5 on width and height change places.
	Orientation int
	Frames      int // of an animation; 1 for a still
	// Progressive tells of a JPEG that decoding it takes several times the memory.
	Progressive bool
}

// DisplaySize returns width and height as a viewer sees them.
func (i Image) DisplaySize() (width, height int) {
	const firstTransposed = 5
	if i.Orientation >= firstTransposed {
		return i.Height, i.Width
	}
	return i.Width, i.Height
}

// Pixels returns width × height.
func (i Image) Pixels() int64 { return int64(i.Width) * int64(i.Height) }

// Readable tells whether ReadImage knows the format.
func Readable(mime string) bool { return reader(mime) != nil }

// ReadImage reads the facts of a picture of the given type, which Readable admits.
// It looks at the whole structure of the file, so that one which is cut off is
// found out; its error then holds ErrDamaged. Errors of r are returned as they are.
func ReadImage(r io.ReaderAt, size int64, mime string) (Image, error) {
	read := reader(mime)
	if read == nil {
		return Image{}, damaged("%s is not a format that can be read", mime)
	}
	img := Image{Orientation: 1, Frames: 1}
	if err := read(newCursor(r, size), &img); err != nil {
		return Image{}, err
	}
	if img.Width <= 0 || img.Height <= 0 {
		return Image{}, damaged("the picture has no size")
	}
	return img, nil
}

func reader(mime string) func(*cursor, *Image) error {
	switch mime {
	case "image/jpeg":
		return readJPEG
	case "image/png":
		return readPNG
	case "image/gif":
		return readGIF
	case "image/webp":
		return readWebP
	}
	return nil
}
