package sandbox

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// LittleText is a commentary as LinkedIn reads it.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/little-text-format
type LittleText struct {
	Spans []Span
	// Cut is the byte offset of the first reserved character that is neither
	// escaped nor part of an element: readers see nothing from there on, though
	// the API accepted the post. It is -1 when everything is seen.
	Cut int

	raw string
}

// Span is a part of a text.
type Span struct {
	Kind SpanKind
	// Text is what a reader sees: "#Go" of a hashtag, the name of a mention.
	Text string
	// URN is whom a mention names.
	URN string

	raw string
}

// SpanKind tells what a span is.
type SpanKind string

// The kinds of spans.
const (
	SpanText    SpanKind = "text"
	SpanHashtag SpanKind = "hashtag"
	SpanMention SpanKind = "mention"
)

// Display is the text that a reader sees.
func (t LittleText) Display() string {
	var b strings.Builder
	for _, s := range t.Spans {
		b.WriteString(s.Text)
	}
	return b.String()
}

// Echo is the text as the API gives it back: all of it, whether readers see it or
// not, with every hashtag in its long form.
func (t LittleText) Echo() string {
	var b strings.Builder
	for _, s := range t.Spans {
		if s.Kind != SpanHashtag {
			b.WriteString(s.raw)
			continue
		}
		_, size := utf8.DecodeRuneInString(s.Text)
		b.WriteString(`{hashtag|\#|` + escapeReserved(s.Text[size:]) + `}`)
	}
	if t.Cut >= 0 {
		b.WriteString(t.raw[t.Cut:])
	}
	return b.String()
}

const reservedChars = `|{}@[]()<>#\*_~`

func isReserved(c rune) bool { return strings.ContainsRune(reservedChars, c) }

func escapeReserved(s string) string {
	var b strings.Builder
	for _, c := range s {
		if isReserved(c) {
			b.WriteByte('\\')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// ReadLittleText parses a commentary. It never fails: what does not follow the
// grammar ends the visible text.
func ReadLittleText(raw string) LittleText {
	t := LittleText{Cut: -1, raw: raw}
	var plain, plainRaw strings.Builder
	flush := func() {
		if plainRaw.Len() > 0 {
			t.Spans = append(t.Spans, Span{Kind: SpanText, Text: plain.String(), raw: plainRaw.String()})
			plain.Reset()
			plainRaw.Reset()
		}
	}
	for at := 0; at < len(raw); {
		if element, ok := readElement(raw, at); ok {
			flush()
			t.Spans = append(t.Spans, element)
			at += len(element.raw)
			continue
		}
		text, size := readCharacter(raw[at:])
		if size == 0 {
			t.Cut = at
			break
		}
		plain.WriteString(text)
		plainRaw.WriteString(raw[at : at+size])
		at += size
	}
	flush()
	return t
}

// readCharacter reads one literal character; its size is 0 when a reserved one
// stands there unescaped.
func readCharacter(s string) (text string, size int) {
	c, n := utf8.DecodeRuneInString(s)
	if c != '\\' {
		if isReserved(c) {
			return "", 0
		}
		return s[:n], n
	}
	next, m := utf8.DecodeRuneInString(s[n:])
	if m == 0 || !isReserved(next) {
		return "", 0
	}
	return s[n : n+m], n + m
}

// readElement reads a hashtag or a mention that begins at the offset.
func readElement(raw string, at int) (Span, bool) {
	switch c, _ := utf8.DecodeRuneInString(raw[at:]); c {
	case '#', '＃':
		return readHashtag(raw, at)
	case '{':
		return readTemplate(raw[at:])
	case '@':
		return readMention(raw[at:])
	default:
		return Span{}, false
	}
}

// readHashtag reads "#word". A sign in the middle of a word starts no hashtag.
func readHashtag(raw string, at int) (Span, bool) {
	if before, n := utf8.DecodeLastRuneInString(raw[:at]); n > 0 && isWord(before) {
		return Span{}, false
	}
	_, sign := utf8.DecodeRuneInString(raw[at:])
	end := at + sign
	for end < len(raw) {
		c, n := utf8.DecodeRuneInString(raw[end:])
		if !isWord(c) {
			break
		}
		end += n
	}
	if end == at+sign {
		return Span{}, false
	}
	return Span{Kind: SpanHashtag, Text: raw[at:end], raw: raw[at:end]}, true
}

func isWord(c rune) bool {
	return c == '_' || unicode.IsLetter(c) || unicode.IsNumber(c) || unicode.IsMark(c)
}

// readTemplate reads "{hashtag|\#|word}".
func readTemplate(s string) (Span, bool) {
	for _, sign := range []string{`\#`, `＃`} {
		prefix := "{hashtag|" + sign + "|"
		if !strings.HasPrefix(s, prefix) {
			continue
		}
		word, n := readUntil(s[len(prefix):], '}')
		if n == 0 || word == "" {
			return Span{}, false
		}
		return Span{Kind: SpanHashtag, Text: strings.TrimPrefix(sign, `\`) + word, raw: s[:len(prefix)+n]}, true
	}
	return Span{}, false
}

var mentionURN = regexp.MustCompile(`^urn:li:(person|organization):[A-Za-z0-9_-]+$`)

// readMention reads "@[name](urn)" or "@(urn)".
func readMention(s string) (Span, bool) {
	rest, name := s[1:], ""
	if strings.HasPrefix(rest, "[") {
		text, n := readUntil(rest[1:], ']')
		if n == 0 || text == "" {
			return Span{}, false
		}
		name, rest = text, rest[1+n:]
	}
	if !strings.HasPrefix(rest, "(") {
		return Span{}, false
	}
	target, n := readURNUntil(rest[1:])
	if n == 0 || !mentionURN.MatchString(target) {
		return Span{}, false
	}
	if name == "" {
		name = target
	}
	raw := s[:len(s)-len(rest)+1+n]
	return Span{Kind: SpanMention, Text: name, URN: target, raw: raw}, true
}

// readUntil reads literal characters up to the closing one. n counts the bytes
// read, the closing one included; it is 0 when the text is not well formed.
func readUntil(s string, closing byte) (text string, n int) {
	var b strings.Builder
	for at := 0; at < len(s); {
		if s[at] == closing {
			return b.String(), at + 1
		}
		c, size := readCharacter(s[at:])
		if size == 0 {
			return "", 0
		}
		b.WriteString(c)
		at += size
	}
	return "", 0
}

// readURNUntil is readUntil for the address of a mention, where an underscore may
// stand escaped or not: both are reported to work.
func readURNUntil(s string) (text string, n int) {
	end := strings.IndexByte(s, ')')
	if end < 0 {
		return "", 0
	}
	return strings.ReplaceAll(s[:end], `\_`, "_"), end + 1
}
