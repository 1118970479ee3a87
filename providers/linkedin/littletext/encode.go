package littletext

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Encode writes little text. A hashtag is written as it is read, which keeps it
// live; where an underscore or an adjoining letter would make its end doubtful,
// as {hashtag|\#|tag}, the form that the network itself answers with.
func (t Text) Encode() string {
	var b strings.Builder
	for i, s := range t {
		switch s.Kind {
		case Plain, Handle, Placeholder:
			escape(&b, s.Text)
		case Hashtag:
			encodeHashtag(&b, s.Text, t[:i].lastRune(), t[i+1:].firstRune())
		case Mention:
			encodeMention(&b, s)
		}
	}
	return b.String()
}

func escape(b *strings.Builder, s string) {
	for _, r := range s {
		if reserved(r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
}

func encodeHashtag(b *strings.Builder, tag string, before, after rune) {
	hash, n := utf8.DecodeRuneInString(tag)
	if hash != asciiHash && hash != fullWidthHash {
		escape(b, tag)
		return
	}
	word := tag[n:]
	plain := hash == asciiHash && tagWord(word) == len(word) && word != "" && !strings.Contains(word, "_")
	if plain && !wordRune(before) && !wordRune(after) {
		b.WriteString(tag)
		return
	}
	b.WriteString(hashtagTemplate)
	escape(b, string(hash))
	b.WriteByte('|')
	escape(b, word)
	b.WriteByte('}')
}

// encodeMention escapes the URN as well: an underscore in a person's id breaks
// the mention otherwise.
func encodeMention(b *strings.Builder, s Segment) {
	b.WriteByte('@')
	if s.Text != "" {
		b.WriteByte('[')
		escape(b, s.Text)
		b.WriteByte(']')
	}
	b.WriteByte('(')
	escape(b, s.URN)
	b.WriteByte(')')
}

// lastRune returns the last visible character; a space if there is none.
func (t Text) lastRune() rune {
	for _, s := range slices.Backward(t) {
		if s.Text != "" {
			r, _ := utf8.DecodeLastRuneInString(s.Text)
			return r
		}
	}
	return ' '
}

// firstRune returns the first visible character; a space if there is none.
func (t Text) firstRune() rune {
	for _, s := range t {
		if s.Text != "" {
			r, _ := utf8.DecodeRuneInString(s.Text)
			return r
		}
	}
	return ' '
}
