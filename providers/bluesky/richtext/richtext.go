// Package richtext reads what an author writes, and annotates it as Bluesky does: the text of
// a post is plain, and facets beside it tell which of its bytes are a link, a mention or a tag.
// https://docs.bsky.app/docs/advanced-guides/post-richtext
//
// Parse turns what the author wrote into segments, and Facets and Visible turn segments into
// what a record holds. All of them are total. Since facets are made of segments that stand one
// behind the other, they are in order, do not overlap, and begin and end where characters do.
// Of the author's text these are more than what they look like:
//
//   - a link: an address with http or https, as package weblink finds it, or a host without a
//     scheme that is, or is below, a name that a registry gives out (https://publicsuffix.org),
//     with what follows it;
//   - a handle: @ and a name as Bluesky's handles are, which somebody has to look up;
//   - a hashtag: # or ＃ at the start or after white space, up to the next white space, the
//     punctuation at its end left out; digits and punctuation alone are none;
//   - a mention: @[Name](did:plc:…), of which a reader sees the name;
//   - a placeholder: {{0}}, {{1}}, …
package richtext

import (
	"strings"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

// Kind is what a segment is.
type Kind int

// The kinds of segment. Handles and placeholders are plain text until Resolve has put
// something in their place.
const (
	Plain       Kind = iota
	Link             // Target is the address, in ASCII
	Mention          // Target is the DID
	Tag              // Target is the tag without its #
	Handle           // Target is the handle without its @, in lower case
	Placeholder      // Text is the number in its braces
)

// Segment is a piece of text that a reader sees as Text.
type Segment struct {
	Kind   Kind
	Text   string
	Target string
	// Name tells of a link that it is written as the name of a host alone, which may be meant as
	// something else: main.py is a name of the web in Paraguay.
	Name bool
}

// Text is a text in its pieces.
type Text []Segment

// Graphemes returns the length of a text in what readers take for characters, the grapheme
// clusters of Unicode 17. https://www.unicode.org/reports/tr29/
func Graphemes(s string) int {
	n := 0
	for clusters := graphemes.FromString(s); clusters.Next(); {
		n++
	}
	return n
}

// Visible returns what a reader sees.
func (t Text) Visible() string {
	var b strings.Builder
	for _, s := range t {
		b.WriteString(s.Text)
	}
	return b.String()
}

// FirstAddress returns the address of the first link that is surely meant as one, or "".
func (t Text) FirstAddress() string {
	for _, s := range t {
		if s.Kind == Link && !s.Name {
			return s.Target
		}
	}
	return ""
}

// builder collects segments and joins adjacent plain ones.
type builder struct {
	done  Text
	plain strings.Builder
}

func (b *builder) add(s Segment) {
	if s.Kind == Plain {
		b.plain.WriteString(s.Text)
		return
	}
	b.flush()
	b.done = append(b.done, s)
}

func (b *builder) flush() {
	if b.plain.Len() > 0 {
		b.done = append(b.done, Segment{Text: b.plain.String()})
		b.plain.Reset()
	}
}

func (b *builder) build() Text {
	b.flush()
	return b.done
}
