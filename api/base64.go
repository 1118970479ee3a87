package api

import (
	"fmt"

	"github.com/crier-social/crier/core"
)

// base64Decoder turns the characters of base64 into bytes, one after the other. It
// takes both alphabets, white space anywhere, and an end without padding.
// https://www.rfc-editor.org/rfc/rfc4648#section-4
type base64Decoder struct {
	bits    uint32 // of the group that is not complete
	count   int    // characters of that group
	padding int
	read    int64 // characters so far, for messages
}

// sextet returns the six bits that a character stands for; false if it is not of the
// alphabets.
func sextet(c byte) (uint32, bool) {
	switch {
	case c >= 'A' && c <= 'Z':
		return uint32(c - 'A'), true
	case c >= 'a' && c <= 'z':
		return uint32(c-'a') + 26, true
	case c >= '0' && c <= '9':
		return uint32(c-'0') + 52, true
	case c == '+' || c == '-':
		return 62, true
	case c == '/' || c == '_':
		return 63, true
	}
	return 0, false
}

// run appends the bytes of the characters of src up to the first that is not of the
// alphabets. It returns how many characters that were.
func (d *base64Decoder) run(dst, src []byte) ([]byte, int) {
	if d.padding > 0 {
		return dst, 0
	}
	for i, c := range src {
		six, ok := sextet(c)
		if !ok {
			d.read += int64(i)
			return dst, i
		}
		d.bits = d.bits<<6 | six
		if d.count++; d.count == 4 {
			dst = append(dst, byte(d.bits>>16), byte(d.bits>>8), byte(d.bits)) //nolint:gosec // the low bits are meant
			d.bits, d.count = 0, 0
		}
	}
	d.read += int64(len(src))
	return dst, len(src)
}

// add appends the bytes that a character completes.
func (d *base64Decoder) add(dst []byte, c rune) ([]byte, *core.Error) {
	switch c {
	case ' ', '\t', '\r', '\n':
		d.read++
		return dst, nil
	case '=':
		d.read++
		d.padding++
		return dst, nil
	}
	if c < 0x80 {
		b := byte(c) //nolint:gosec // it fits
		out, n := d.run(dst, []byte{b})
		if n == 1 {
			return out, nil
		}
		if _, ok := sextet(b); ok {
			return dst, invalid(fileField, fmt.Sprintf("file is not base64: it goes on after its padding, at position %d", d.read+1))
		}
	}
	e := invalid(fileField, fmt.Sprintf("file is not base64: it has %s at position %d", quote(string(c)), d.read+1))
	if c == ':' {
		e.Help = "Send the bytes of the file in base64; addresses of files on the web go into mediaUrls of a post."
	}
	return dst, e
}

// end appends the bytes of a last group that is not full.
func (d *base64Decoder) end(dst []byte) ([]byte, *core.Error) {
	switch {
	case d.count == 1:
		return dst, invalid(fileField, "file is not base64: a character is missing at its end")
	case d.padding > 0 && (d.count == 0 || d.count+d.padding != 4):
		return dst, invalid(fileField, "file is not base64: its padding does not fit its length")
	case d.count == 2:
		return append(dst, byte(d.bits>>4)), nil //nolint:gosec // as in run
	case d.count == 3:
		return append(dst, byte(d.bits>>10), byte(d.bits>>2)), nil //nolint:gosec // as in run
	}
	return dst, nil
}

// fileField is the field of an upload that holds the file.
const fileField = "file"
