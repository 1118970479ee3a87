package littletext

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	asciiHash     = '#'
	fullWidthHash = '＃'
	mentionStart  = "@["
	maxTarget     = 256 // bytes of a mention's URN, with its parentheses
)

// Parse reads what an author wrote. Bytes that are not UTF-8 become U+FFFD.
func Parse(s string) Text { return parse(s, false) }

func parse(s string, references bool) Text {
	s = strings.ToValidUTF8(s, string(utf8.RuneError))
	var b builder
	p := position{before: ' '}
	for i := 0; i < len(s); {
		if element, n := p.element(s[i:], references); n > 0 {
			b.segment(element)
			p.pass(element)
			i += n
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		b.text(s[i : i+n])
		p.advance(r)
		i += n
	}
	return b.build()
}

// element returns what is more than plain text at this place and its length in bytes,
// or 0.
func (p *position) element(s string, references bool) (Segment, int) {
	if m, n := parseMention(s); n > 0 {
		return m, n
	}
	if n := hashtagLength(s); n > 0 && p.opensHashtag() {
		return Segment{Kind: Hashtag, Text: s[:n]}, n
	}
	if references {
		return p.parseReference(s)
	}
	return Segment{}, 0
}

// position knows what a hashtag may follow.
type position struct {
	before rune
	run    []byte // the end of what follows the last character that no address can hold
	inURL  bool
}

// maxRun bounds the search for the begin of an address, in bytes. Half of it holds every
// host.
const maxRun = 600

// skip passes over a hashtag or a mention, which end an address. What follows a
// hashtag directly is no letter, and so may open the next one.
func (p *position) skip() { *p = position{before: ')'} }

// pass goes on behind an element.
func (p *position) pass(s Segment) {
	if s.Kind != Handle {
		p.skip()
		return
	}
	for _, r := range s.Text { // as it would be read without references
		p.advance(r)
	}
}

func (p *position) advance(r rune) {
	p.before = r
	if endsAddress(r) {
		p.run, p.inURL = p.run[:0], false
		return
	}
	if p.inURL {
		return
	}
	if len(p.run) >= maxRun {
		p.run = append(p.run[:0], p.run[maxRun/2:]...)
	}
	p.run = utf8.AppendRune(p.run, r)
	p.inURL = r == '/' && looksLikeAddress(string(p.run))
}

func (p *position) opensHashtag() bool { return !p.inURL && !wordRune(p.before) }

// endsAddress tells whether a character cannot be part of a web address as people
// write them.
func endsAddress(r rune) bool {
	return unicode.IsSpace(r) || r == '"' || r == '<' || r == '>' || (r >= utf8.RuneSelf && unicode.IsPunct(r))
}

// looksLikeAddress tells whether the text, which ends in a slash, begins a web
// address: a scheme, or a host with a dot.
func looksLikeAddress(s string) bool {
	if strings.HasSuffix(s, "://") {
		return len(s) > len("://")
	}
	host := strings.TrimSuffix(s, "/")
	dot := strings.LastIndexByte(host, '.')
	if strings.ContainsRune(host, '/') || dot <= 0 || dot == len(host)-1 {
		return false
	}
	before, _ := utf8.DecodeLastRuneInString(host[:dot])
	after, _ := utf8.DecodeRuneInString(host[dot+1:])
	return wordRune(before) && unicode.IsLetter(after)
}

// hashtagLength returns the length in bytes of the hashtag that s begins with, or
// 0. A tag begins with a letter, a digit or an underscore, and is not made of
// underscores alone.
func hashtagLength(s string) int {
	r, n := utf8.DecodeRuneInString(s)
	if r != asciiHash && r != fullWidthHash {
		return 0
	}
	word := tagWord(s[n:])
	if word == 0 {
		return 0
	}
	return n + word
}

// tagWord returns the length in bytes of the tag's word that s begins with, or 0.
func tagWord(s string) int {
	meaning := false
	for i, r := range s {
		letter := unicode.IsLetter(r) || unicode.IsNumber(r)
		// A mark belongs to the letter before it; after # itself it makes an emoji.
		if !letter && r != '_' && (i == 0 || !unicode.IsMark(r)) {
			return lengthIf(meaning, i)
		}
		meaning = meaning || letter
	}
	return lengthIf(meaning, len(s))
}

func lengthIf(ok bool, n int) int {
	if ok {
		return n
	}
	return 0
}

// wordRune tells whether a character belongs to a word, in which # is literal.
func wordRune(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r)
}

// parseMention returns the mention that s begins with and its length in bytes, or
// 0. The name may hold escapes, as little text itself has them.
func parseMention(s string) (Segment, int) {
	if !strings.HasPrefix(s, mentionStart) {
		return Segment{}, 0
	}
	var name strings.Builder
	for i := len(mentionStart); i < len(s); {
		switch c := s[i]; {
		case c == '\n' || strings.HasPrefix(s[i:], mentionStart):
			return Segment{}, 0
		case c == '\\' && i+1 < len(s) && reserved(rune(s[i+1])):
			name.WriteByte(s[i+1])
			i += 2
			continue
		case c == ']':
			if urn, n := parseTarget(s[i+1:]); n > 0 {
				m := Segment{Kind: Mention, Text: name.String(), URN: urn}
				return m, lengthIf(strings.TrimSpace(m.Text) != "", i+1+n)
			}
		}
		name.WriteByte(s[i])
		i++
	}
	return Segment{}, 0
}

// parseTarget returns the URN in parentheses that s begins with and the length of
// both in bytes, or 0.
func parseTarget(s string) (urn string, n int) {
	if !strings.HasPrefix(s, "(") {
		return "", 0
	}
	end := strings.IndexByte(s[:min(len(s), maxTarget)], ')')
	if end < 0 {
		return "", 0
	}
	urn = strings.ReplaceAll(s[1:end], `\_`, "_")
	if !mentionable(urn) {
		return "", 0
	}
	return urn, end + 1
}

// mentionable tells whether the URN is that of a person or an organization.
func mentionable(urn string) bool {
	if id, ok := strings.CutPrefix(urn, "urn:li:organization:"); ok {
		return id != "" && strings.Trim(id, "0123456789") == ""
	}
	id, ok := strings.CutPrefix(urn, "urn:li:person:")
	if !ok || id == "" {
		return false
	}
	for i := range len(id) {
		c := id[i]
		if c != '-' && c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}
