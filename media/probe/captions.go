package probe

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"unicode/utf8"
)

const maxCaptions = 4 << 20

// cueTime is the line that says when a caption is to be seen. The hours may have any
// number of digits, and a point is as common as the comma.
var cueTime = regexp.MustCompile(`(?m)^[ \t]*\d+:\d{1,2}:\d{1,2}[,.]\d{1,3}[ \t]*-->[ \t]*\d+:\d{1,2}:\d{1,2}[,.]\d{1,3}`)

// ReadCaptions returns how many captions a file in the SubRip format has: at least one.
// The error of a file that has none, or is not text in UTF-8, holds ErrDamaged. Errors
// of r are returned as they are.
func ReadCaptions(r io.ReaderAt, size int64) (captions int, err error) {
	if size > maxCaptions {
		return 0, damaged("%d bytes are too many for captions", size)
	}
	text := make([]byte, size)
	if n, err := r.ReadAt(text, 0); n < len(text) {
		if err == nil || errors.Is(err, io.EOF) {
			return 0, cutOff()
		}
		return 0, err
	}
	if !utf8.Valid(text) {
		return 0, damaged("its text is not in UTF-8")
	}
	// Lines end with a line feed, a carriage return, or both.
	text = bytes.ReplaceAll(bytes.TrimPrefix(text, []byte("\uFEFF")), []byte{'\r'}, []byte{'\n'})
	if captions = len(cueTime.FindAllIndex(text, -1)); captions == 0 {
		return 0, damaged("it holds no caption")
	}
	return captions, nil
}
