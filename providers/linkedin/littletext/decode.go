package littletext

import (
	"strings"
	"unicode/utf8"
)

const hashtagTemplate = "{hashtag|"

// Decode reads little text, as the network answers with it. What is no valid
// markup is literal.
func Decode(s string) Text {
	s = strings.ToValidUTF8(s, string(utf8.RuneError))
	var b builder
	for i := 0; i < len(s); {
		if seg, n := decodeElement(s[i:]); n > 0 {
			b.segment(seg)
			i += n
			continue
		}
		if s[i] == '\\' && i+1 < len(s) && reserved(rune(s[i+1])) {
			i++
		}
		_, n := utf8.DecodeRuneInString(s[i:])
		b.text(s[i : i+n])
		i += n
	}
	return b.build()
}

// decodeElement returns the element that s begins with and its length in bytes,
// or 0.
func decodeElement(s string) (Segment, int) {
	switch s[0] {
	case '@':
		return decodeMention(s)
	case '{':
		return decodeTemplate(s)
	case '#':
		if n := tagWord(s[1:]); n > 0 {
			return Segment{Kind: Hashtag, Text: s[:n+1]}, n + 1
		}
	}
	return Segment{}, 0
}

func decodeMention(s string) (Segment, int) {
	i, m := 1, Segment{Kind: Mention}
	if strings.HasPrefix(s, mentionStart) {
		name, n := until(s[len(mentionStart):], ']')
		if n == 0 {
			return Segment{}, 0
		}
		i, m.Text = len(mentionStart)+n, name
	}
	if i >= len(s) || s[i] != '(' {
		return Segment{}, 0
	}
	urn, n := until(s[i+1:], ')')
	if n == 0 || !mentionable(urn) {
		return Segment{}, 0
	}
	m.URN = urn
	return m, i + 1 + n
}

// decodeTemplate reads {hashtag|\#|tag}.
func decodeTemplate(s string) (Segment, int) {
	rest, ok := strings.CutPrefix(s, hashtagTemplate)
	if !ok {
		return Segment{}, 0
	}
	hash, n := until(rest, '|')
	if hash != string(asciiHash) && hash != string(fullWidthHash) {
		return Segment{}, 0
	}
	word, m := until(rest[n:], '}')
	if m == 0 || word == "" {
		return Segment{}, 0
	}
	return Segment{Kind: Hashtag, Text: hash + word}, len(hashtagTemplate) + n + m
}

// until returns the unescaped text before the first unescaped end character, and
// the length in bytes of both together; 0 when there is none. Another element
// cannot begin in it.
func until(s string, end byte) (text string, n int) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s) && reserved(rune(s[i+1])):
			i++
			b.WriteByte(s[i])
		case c == end:
			return b.String(), i + 1
		case c == '{' || c == '@':
			return "", 0
		default:
			b.WriteByte(c)
		}
	}
	return "", 0
}
