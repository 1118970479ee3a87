package littletext

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const fullWidthAt = '＠'

// Missed returns what looks like a handle in the plain parts of a text, and is none for
// what stands before it, as its author wrote it: one that follows a script without spaces
// or a mark of emphasis, or begins with a full-width @. What may be an address of mail or
// of the web is left out.
func (t Text) Missed() []string {
	var missed []string
	for _, s := range t {
		if s.Kind != Plain {
			continue
		}
		for i, r := range s.Text {
			if r != '@' && r != fullWidthAt {
				continue
			}
			rest := s.Text[i+utf8.RuneLen(r):]
			n := handleLength("@" + rest)
			if n == 0 || strings.ContainsRune(rest[:n-1], '.') || !misplaced(s.Text[:i], r) {
				continue
			}
			missed = append(missed, string(r)+rest[:n-1])
		}
	}
	return missed
}

// misplaced tells whether a handle is surely meant behind a text.
func misplaced(before string, at rune) bool {
	word := before[strings.LastIndexFunc(before, unicode.IsSpace)+1:]
	last, _ := utf8.DecodeLastRuneInString(word)
	switch {
	case strings.ContainsAny(word, "/@"):
		return false
	case at == fullWidthAt:
		return word == "" || !wordRune(last) || spaceless(last)
	}
	return spaceless(last) || word != "" && strings.Trim(word, "*~`|") == ""
}

// spaceless tells whether a character is of a script that puts no spaces between words.
func spaceless(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}
