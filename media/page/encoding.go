package page

import (
	"bufio"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
)

// prescan is how much of a page is searched for the declaration of its encoding before
// anything is read: as much as browsers search.
// https://html.spec.whatwg.org/multipage/parsing.html#determining-the-character-encoding
const prescan = 1024

const (
	utf8Name    = "utf-8"
	westernName = "windows-1252" // of pages that declare nothing and are not UTF-8
	refusedName = "replacement"  // of encodings that browsers refuse, since they were abused
)

// newDecoder returns the page as it is to be read, and what turns a text of it into
// UTF-8. A page of a declared encoding is decoded on its way. Any other is read as it is,
// since in nearly all that are left the markup is ASCII, and each text is judged by
// itself: many pages are UTF-8 without saying so, and some of those have parts that are
// not.
func newDecoder(r io.Reader, contentType string) (text io.Reader, decode func(string) string) {
	buffered := bufio.NewReaderSize(r, prescan)
	begin, _ := buffered.Peek(prescan) // an error comes again when the page is read
	_, name, certain := charset.DetermineEncoding(begin, contentType)
	if name != utf8Name && name != refusedName && (certain || name != westernName) {
		if decoded, err := charset.NewReaderLabel(name, buffered); err == nil {
			return decoded, mixed
		}
	}
	return buffered, mixed
}

// declared returns what decodes texts of a page that declares its encoding too late for
// the page to be read in it. A text that is UTF-8 is left alone.
func declared(label string) func(string) string {
	_, name := charset.Lookup(label)
	switch name {
	case "", utf8Name, "utf-16le", "utf-16be", refusedName: // none that this text can be in
		return mixed
	}
	return func(s string) string {
		if utf8.ValidString(s) {
			return s
		}
		return inEncoding(name, s)
	}
}

// mixed decodes UTF-8, and takes bytes that are not UTF-8 for Western European.
func mixed(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	western := highBytes()
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && size == 1 {
			r = western[s[0]-utf8.RuneSelf]
		}
		b.WriteRune(r)
		s = s[size:]
	}
	return b.String()
}

// highBytes returns what the bytes from 0x80 on mean in Western European.
func highBytes() []rune {
	var all []byte
	for b := utf8.RuneSelf; b <= math.MaxUint8; b++ {
		all = append(all, byte(b))
	}
	return []rune(inEncoding(westernName, string(all)))
}

// inEncoding decodes a text; what the encoding does not know becomes U+FFFD.
func inEncoding(name, s string) string {
	r, err := charset.NewReaderLabel(name, strings.NewReader(s))
	if err != nil {
		return strings.ToValidUTF8(s, string(utf8.RuneError))
	}
	decoded, err := io.ReadAll(r)
	if err != nil {
		return strings.ToValidUTF8(s, string(utf8.RuneError))
	}
	return string(decoded)
}
