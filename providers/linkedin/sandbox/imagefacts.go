package sandbox

import (
	"bufio"
	"bytes"
	stdimage "image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
)

// Limits of the Images API.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/images-api
const (
	maxImagePixels = 36_152_320 // exclusive
	maxGIFFrames   = 250
)

// examineImage reads an image's header as processing does: the type from the bytes, not
// from a name or a header. JPEG, PNG and GIF are the types that pass.
func examineImage(f io.ReadSeeker, size int64) fileFacts {
	facts := fileFacts{MIME: "application/octet-stream", Size: size}
	config, err := facts.readHeader(f)
	facts.Width, facts.Height = config.Width, config.Height
	switch {
	case facts.Failure != "":
	case err != nil:
		facts.Failure = "image header is damaged"
	case config.Width <= 0 || config.Height <= 0:
		facts.Failure = "image has no pixels"
	case int64(config.Width)*int64(config.Height) >= maxImagePixels:
		facts.Failure = "image has too many pixels"
	case facts.MIME == "image/gif" && tooManyFrames(f):
		facts.Failure = "animation has too many frames"
	}
	return facts
}

func (facts *fileFacts) readHeader(f io.ReadSeeker) (stdimage.Config, error) {
	head := make([]byte, 8)
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return stdimage.Config{}, err
	}
	n, _ := io.ReadFull(f, head) // a short file has a short head
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return stdimage.Config{}, err
	}
	switch head = head[:n]; {
	case bytes.HasPrefix(head, []byte("\xff\xd8\xff")):
		facts.MIME = "image/jpeg"
		return jpeg.DecodeConfig(f)
	case bytes.HasPrefix(head, []byte("\x89PNG\r\n\x1a\n")):
		facts.MIME = "image/png"
		return png.DecodeConfig(f)
	case bytes.HasPrefix(head, []byte("GIF87a")), bytes.HasPrefix(head, []byte("GIF89a")):
		facts.MIME = "image/gif"
		return gif.DecodeConfig(f)
	default:
		facts.Failure = "not a JPEG, PNG or GIF image"
		return stdimage.Config{}, nil
	}
}

// tooManyFrames counts the frames of a GIF by walking over its blocks, without
// decoding them. A file that ends early has the frames that were seen.
func tooManyFrames(f io.ReadSeeker) bool {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return false
	}
	g := gifWalker{r: bufio.NewReader(f)}
	return g.frames(maxGIFFrames+1) > maxGIFFrames
}
