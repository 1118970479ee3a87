package richtext

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

const fullWidthHash = "＃"

// The longest tag. https://atproto.com/lexicons/app-bsky-richtext (app.bsky.richtext.facet#tag)
const (
	MaxTagGraphemes = 64
	MaxTagBytes     = 640
)

// tag returns the hashtag that s begins with, which is one of its two signs, and its length in
// bytes, or 0. It ends where the network's own clients end it.
// https://github.com/bluesky-social/atproto/blob/main/packages/api/src/rich-text/util.ts
func (r *reader) tag(s string) (Segment, int) {
	if !space(r.before) {
		return Segment{}, 0
	}
	_, sign := utf8.DecodeRuneInString(s)
	word := s[sign:]
	if end := strings.IndexFunc(word, endsTag); end >= 0 {
		word = word[:end]
	}
	word = strings.TrimRightFunc(word[:r.markup(sign, len(word))], unicode.IsPunct)
	if !isTag(word) {
		return Segment{}, 0
	}
	return Segment{Kind: Tag, Text: s[:sign+len(word)], Target: word}, sign + len(word)
}

// markup returns where, behind skip bytes, the first placeholder or mention begins within the next
// n, or n. Behind what is too long for a tag it does not look.
func (r *reader) markup(skip, n int) int {
	for i := range min(n, MaxTagBytes+1) {
		found, s := 0, r.text[r.at+skip+i:]
		switch s[0] {
		case '{':
			_, found = readPlaceholder(s)
		case '@':
			_, found = mention(s)
		}
		if found > 0 {
			return i
		}
	}
	return n
}

// isTag tells whether a text, without its #, can be a tag of a post.
func isTag(word string) bool {
	switch {
	case len(word) > MaxTagBytes || Graphemes(word) > MaxTagGraphemes:
		return false
	case strings.HasPrefix(word, string(emojiVariation)), strings.ContainsFunc(word, endsTag):
		return false
	}
	return strings.ContainsFunc(word, func(r rune) bool { return !unicode.IsPunct(r) && (r < '0' || r > '9') })
}

// endsTag tells whether no tag has the character: white space, and what cannot be seen.
func endsTag(r rune) bool { return space(r) || strings.ContainsRune(invisible, r) }

// invisible are the soft hyphen, the word joiner, the characters of no width, and a mark that
// makes a screen of the character before it.
const invisible = "\u00ad\u2060\u200a\u200b\u200c\u200d\u20e2"

// First returns the first n characters, as readers take them, of a text.
func First(s string, n int) string {
	clusters := graphemes.FromString(s)
	for range n {
		if !clusters.Next() {
			return s
		}
	}
	return s[:clusters.End()]
}
