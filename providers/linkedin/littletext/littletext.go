// Package littletext reads and writes "little text", the markup of LinkedIn's
// post commentary, in which fifteen characters are reserved and an unescaped one
// silently cuts the visible text.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/little-text-format
//
// Parse turns what an author wrote into segments, Encode turns segments into
// little text, Decode turns little text into segments. All three are total, and
// Decode(Encode(Parse(s))) equals Parse(s) for every string s: a reader sees what
// was sent. Only two things of the author's text are markup:
//
//   - a hashtag: # or ＃ followed by letters, digits and underscores, at the start
//     or after space or punctuation, and not within a web address;
//   - a mention: @[Name](urn:li:organization:1) or @[Name](urn:li:person:aB_1).
//
// Everything else is literal and escaped as a whole, web addresses included:
// the network removes the escapes before it makes links, and rewriting an
// address (percent-encoding its parentheses, say) would show the reader
// something else than what the author wrote.
package littletext

import (
	"strings"
	"unicode/utf16"
)

// Kind is what a segment is.
type Kind int

// The kinds of segment.
const (
	Plain   Kind = iota
	Hashtag      // Text is the tag with its # or ＃
	Mention      // Text is the name as shown, URN whom it mentions

	// What ParseReferences finds besides. They are written as plain text.
	Handle      // Text is the handle with its @
	Placeholder // Text is the number in its braces: {{0}}
)

// Segment is a piece of text that a reader sees as Text.
type Segment struct {
	Kind Kind
	Text string
	URN  string
}

// Text is a commentary.
type Text []Segment

// Visible returns what a reader sees.
func (t Text) Visible() string {
	var b strings.Builder
	for _, s := range t {
		b.WriteString(s.Text)
	}
	return b.String()
}

// Length returns the length of the visible text in UTF-16 code units. The network
// does not document its unit; this is the one that counts most.
func (t Text) Length() int {
	n := 0
	for _, s := range t {
		n += UTF16Length(s.Text)
	}
	return n
}

// UTF16Length returns the length of a text in UTF-16 code units. A byte that is not
// UTF-8 counts as one.
func UTF16Length(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// reserved tells whether little text reserves the character.
func reserved(r rune) bool {
	return strings.ContainsRune(`|{}@[]()<>#\*_~`, r)
}

// builder collects segments and joins adjacent plain ones.
type builder struct {
	done  Text
	plain strings.Builder
}

func (b *builder) text(s string) { b.plain.WriteString(s) }

func (b *builder) segment(s Segment) {
	b.flush()
	b.done = append(b.done, s)
}

func (b *builder) flush() {
	if b.plain.Len() > 0 {
		b.done = append(b.done, Segment{Kind: Plain, Text: b.plain.String()})
		b.plain.Reset()
	}
}

func (b *builder) build() Text {
	b.flush()
	return b.done
}
