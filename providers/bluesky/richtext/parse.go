package richtext

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/crier-social/crier/providers/internal/placeholder"
	"github.com/crier-social/crier/providers/internal/weblink"
)

// Parse reads what an author wrote. Bytes that are not UTF-8 become U+FFFD.
func Parse(s string) Text {
	r := reader{text: strings.ToValidUTF8(s, string(utf8.RuneError)), before: ' ', linkAt: -1}
	var b builder
	for r.at < len(r.text) {
		element, n := r.element()
		if n == 0 {
			_, n = utf8.DecodeRuneInString(r.text[r.at:])
			element = Segment{Text: r.text[r.at : r.at+n]}
		}
		b.add(element)
		r.before, _ = utf8.DecodeLastRuneInString(r.text[:r.at+n])
		r.afterLink = element.Kind == Link
		r.at += n
	}
	return b.build()
}

// reader stands at a place of a text.
type reader struct {
	text      string
	at        int
	before    rune // the character before the place; a space at the start
	afterLink bool // a link ends here

	linkAt, linkEnd int // the first address with a scheme at or after the place
}

// element returns what is more than plain text at this place, and its length in bytes; 0: it
// is plain.
func (r *reader) element() (Segment, int) {
	if r.linkAt < r.at {
		r.linkAt, r.linkEnd = weblink.Next(r.text, r.at)
	}
	s := r.text[r.at:]
	switch c := s[0]; {
	case r.at == r.linkAt:
		return link(s[:r.linkEnd-r.at], ""), r.linkEnd - r.at
	case c == '@':
		if m, n := mention(s); n > 0 {
			return m, n
		}
		return r.handle(s)
	case c == '#' || strings.HasPrefix(s, fullWidthHash):
		return r.tag(r.text[r.at:r.linkAt])
	case c == '{' && !r.afterLink:
		return readPlaceholder(s)
	case r.opens() && !r.afterLink:
		return bareLink(s)
	}
	return Segment{}, 0
}

// opens tells whether a handle or an address without a scheme can begin here: not within a
// word, nor where the rest of an address of the web or of mail could go on.
func (r *reader) opens() bool {
	c := r.before
	if c < utf8.RuneSelf {
		return space(c) || strings.ContainsRune(`"'([{<,;:`, c)
	}
	return space(c) || !unicode.IsLetter(c) && !unicode.IsNumber(c) && (!unicode.IsMark(c) || c == emojiVariation || c == keycap)
}

// The marks that emoji end in.
const (
	emojiVariation = '\ufe0f'
	keycap         = '\u20e3'
)

const byteOrderMark = '\ufeff'

// space tells whether the character is white space to the network's own clients.
func space(r rune) bool { return unicode.IsSpace(r) || r == byteOrderMark }

// readPlaceholder returns the placeholder that s begins with, and its length in bytes, or 0.
func readPlaceholder(s string) (Segment, int) {
	_, n := placeholder.Cut(s)
	if n == 0 {
		return Segment{}, 0
	}
	return Segment{Kind: Placeholder, Text: s[:n]}, n
}
