package littletext

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/crier-social/crier/providers/internal/placeholder"
)

const maxHandle = 100 // characters

// ParseReferences reads as Parse does, and finds what stands for somebody as well:
//
//   - a handle: @ followed by the name that a page has in its address, at the start or
//     after space or opening punctuation, and not within an address of the web or of
//     mail;
//   - a placeholder: {{0}}, {{1}}, …, anywhere but within a web address.
//
// Resolve puts something in their place; until then they are what the author wrote.
func ParseReferences(s string) Text { return parse(s, true) }

// Resolve returns the text with each handle and placeholder replaced by what find
// returns for it.
func (t Text) Resolve(find func(Segment) Segment) Text {
	var b builder
	for _, s := range t {
		if s.reference() {
			s = find(s)
		}
		if s.Kind == Plain {
			b.text(s.Text)
			continue
		}
		b.segment(s)
	}
	return b.build()
}

// References returns the handles and placeholders, in order.
func (t Text) References() []Segment {
	var out []Segment
	for _, s := range t {
		if s.reference() {
			out = append(out, s)
		}
	}
	return out
}

func (s Segment) reference() bool { return s.Kind == Handle || s.Kind == Placeholder }

// Name returns a handle without its @, and any other text as it is.
func (s Segment) Name() string {
	if s.Kind == Handle {
		return strings.TrimPrefix(s.Text, "@")
	}
	return s.Text
}

// Number returns the number of a placeholder; -1 for any other segment.
func (s Segment) Number() int {
	if s.Kind != Placeholder {
		return -1
	}
	n, _ := placeholder.Cut(s.Text)
	return n
}

// parseReference returns the handle or placeholder that s begins with and its length in
// bytes, or 0.
func (p *position) parseReference(s string) (Segment, int) {
	switch {
	case p.inURL:
	case s[0] == '@' && p.opensHandle():
		n := handleLength(s)
		return Segment{Kind: Handle, Text: s[:n]}, n
	case s[0] == '{':
		_, n := placeholder.Cut(s)
		return Segment{Kind: Placeholder, Text: s[:n]}, n
	}
	return Segment{}, 0
}

// opensHandle tells whether @ at this place begins a handle. What can stand before it in
// an address of mail or of the web does not.
func (p *position) opensHandle() bool {
	r := p.before
	if r < utf8.RuneSelf {
		return unicode.IsSpace(r) || strings.ContainsRune(`"'([{<,;:`, r)
	}
	return !wordRune(r) || r == emojiVariation || r == keycap
}

// The marks that end emoji.
const (
	emojiVariation = '\ufe0f'
	keycap         = '\u20e3'
)

// handleLength returns the length in bytes of the handle that s begins with, or 0. It
// has letters, digits, - and _, and within them . and &; those that begin in Latin go on
// in Latin, since other scripts may follow without a space. Digits alone are none, nor
// is what goes on like an address of mail (@a@b.c) or the name of a package (@a/b).
func handleLength(s string) int {
	n := handleWord(s[1:])
	word, rest := s[1:1+n], s[1+n:]
	letter := strings.ContainsFunc(word, unicode.IsLetter)
	if !letter || utf8.RuneCountInString(word) > maxHandle || strings.HasPrefix(rest, "@") {
		return 0
	}
	if strings.HasPrefix(rest, "/") || strings.HasPrefix(rest, ":") {
		if next, _ := utf8.DecodeRuneInString(rest[1:]); wordRune(next) || next == '/' {
			return 0
		}
	}
	return 1 + n
}

// handleWord returns the length in bytes of the letters, digits and signs of a handle
// that s begins with, which end in a letter or digit.
func handleWord(s string) int {
	first, _ := utf8.DecodeRuneInString(s)
	latin := first < utf8.RuneSelf || unicode.Is(unicode.Latin, first)
	end, count := 0, 0
	for i, r := range s {
		word := unicode.IsNumber(r) || unicode.IsLetter(r) && (!latin || unicode.Is(unicode.Latin, r)) || unicode.IsMark(r) && i > 0 && !emojiMark(r)
		switch count++; {
		case count > maxHandle+1: // too long to be one: the rest does not matter
			return end
		case word:
			end = i + utf8.RuneLen(r)
		case i == 0 || !strings.ContainsRune("-_.&", r):
			return end
		case (r == '.' || r == '&') && end != i: // only between letters and digits
			return end
		}
	}
	return end
}

func emojiMark(r rune) bool { return r == emojiVariation || r == keycap }
