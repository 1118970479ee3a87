package sandbox

import (
	"bytes"
	"errors"
	"io"
	"slices"
)

// examineVideo reads a video's container as processing does: the type from the
// bytes, not from a name. MP4 is the type that passes.
func examineVideo(r io.ReaderAt, size int64) fileFacts {
	facts := fileFacts{MIME: "application/octet-stream", Size: size}
	if !isMP4(r, &facts) {
		return facts
	}
	m, err := readMovie(r, size)
	facts.Duration = m.duration
	picture := m.video()
	if picture != nil {
		facts.Width, facts.Height = picture.width, picture.height
	}
	switch {
	case errors.Is(err, errCutOff):
		facts.Failure = "The video file ends early"
	case err != nil:
		facts.Failure = "The video file is damaged"
	case !m.header:
		facts.Failure = "The video file has no index of its content"
	case picture == nil || !picture.described:
		facts.Failure = "The file has no video track"
	case picture.width == 0 || picture.height == 0:
		facts.Failure = "The video has no pixels"
	case m.duration < minVideoDuration:
		facts.Failure = "The video is shorter than 3 seconds"
	case m.duration > maxVideoDuration:
		facts.Failure = "The video is longer than 30 minutes"
	}
	return facts
}

// isMP4 looks at the first box. QuickTime files have the same structure, and another
// brand or none at all.
func isMP4(r io.ReaderAt, facts *fileFacts) bool {
	head := make([]byte, 12)
	n, _ := r.ReadAt(head, 0) // a short file has a short head
	switch {
	case n < len(head):
		facts.Failure = "The video format is not supported"
	case bytes.Equal(head[4:12], []byte("ftypqt  ")), slices.Contains([]string{"moov", "mdat", "wide", "pnot"}, string(head[4:8])):
		facts.MIME = "video/quicktime"
		facts.Failure = "The video format is not supported: QuickTime"
	case !bytes.Equal(head[4:8], []byte("ftyp")), slices.Contains([]string{"M4A ", "M4B ", "heic", "mif1", "avif", "crx "}, string(head[8:12])):
		facts.Failure = "The video format is not supported"
	default:
		facts.MIME = "video/mp4"
	}
	return facts.Failure == ""
}
