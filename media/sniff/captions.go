package sniff

import (
	"bytes"
	"encoding/binary"
	"regexp"
	"unicode/utf16"
)

// SubRip is the type of captions in an SRT file.
const SubRip = "application/x-subrip"

const vtt = "text/vtt"

// firstCue is how captions in the SubRip format begin: with a number, which some
// leave out, and a line that says when the text is to be seen.
var firstCue = regexp.MustCompile(`^\s*(\d+[ \t]*[\r\n]+\s*)?\d+:\d{1,2}:\d{1,2}[,.]\d{1,3}[ \t]*-->[ \t]*\d+:`)

// startsWithCue tells whether a text is captions in the SubRip format.
func startsWithCue(head []byte) bool {
	return firstCue.Match(bytes.TrimPrefix(inUTF8(head), []byte("\uFEFF")))
}

// inUTF8 converts a text that begins with the byte order mark of UTF-16.
func inUTF8(text []byte) []byte {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(text, []byte{0xFF, 0xFE}):
		order = binary.LittleEndian
	case bytes.HasPrefix(text, []byte{0xFE, 0xFF}):
		order = binary.BigEndian
	default:
		return text
	}
	units := make([]uint16, len(text)/2)
	for i := range units {
		units[i] = order.Uint16(text[2*i:])
	}
	return []byte(string(utf16.Decode(units)))
}
