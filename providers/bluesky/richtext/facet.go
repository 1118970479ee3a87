package richtext

import (
	"slices"
	"unicode/utf8"
)

// The types of a facet's features.
// https://atproto.com/lexicons/app-bsky-richtext
const (
	TypeLink    = "app.bsky.richtext.facet#link"
	TypeMention = "app.bsky.richtext.facet#mention"
	TypeTag     = "app.bsky.richtext.facet#tag"
)

// Facet tells what some bytes of a text are: app.bsky.richtext.facet.
type Facet struct {
	Index    ByteSlice `json:"index"`
	Features []Feature `json:"features"`
}

// ByteSlice is a range of a text, in bytes of its UTF-8 form, without the end.
type ByteSlice struct {
	Start int `json:"byteStart"`
	End   int `json:"byteEnd"`
}

// Feature is one thing that a facet says. One of URI, DID and Tag belongs to each type.
type Feature struct {
	Type string `json:"$type"`
	URI  string `json:"uri,omitempty"`
	DID  string `json:"did,omitempty"`
	Tag  string `json:"tag,omitempty"`
}

// Facets returns the facets of what Visible returns, in order.
func (t Text) Facets() []Facet {
	var out []Facet
	at := 0
	for _, s := range t {
		end := at + len(s.Text)
		if f, ok := s.feature(); ok && end > at {
			out = append(out, Facet{Index: ByteSlice{Start: at, End: end}, Features: []Feature{f}})
		}
		at = end
	}
	return out
}

func (s Segment) feature() (Feature, bool) {
	switch s.Kind {
	case Link:
		return Feature{Type: TypeLink, URI: s.Target}, true
	case Mention:
		return Feature{Type: TypeMention, DID: s.Target}, true
	case Tag:
		return Feature{Type: TypeTag, Tag: s.Target}, true
	case Plain, Handle, Placeholder:
	}
	return Feature{}, false
}

// Decode reads the text of a record with its facets. A facet is left out that is not within
// the text, overlaps the one before it, cuts a character, or says nothing that is known here;
// of several features the first that is known counts.
func Decode(text string, facets []Facet) Text {
	ordered := slices.Clone(facets)
	slices.SortStableFunc(ordered, func(a, b Facet) int { return a.Index.Start - b.Index.Start })
	var b builder
	at := 0
	for _, f := range ordered {
		kind, target := f.read()
		if kind == Plain || f.Index.Start < at || !f.Index.cuts(text) {
			continue
		}
		b.add(Segment{Text: text[at:f.Index.Start]})
		b.add(Segment{Kind: kind, Text: text[f.Index.Start:f.Index.End], Target: target})
		at = f.Index.End
	}
	b.add(Segment{Text: text[at:]})
	return b.build()
}

// read returns what a facet says first; Plain: nothing that is known here.
func (f Facet) read() (Kind, string) {
	for _, feature := range f.Features {
		switch feature.Type {
		case TypeLink:
			return Link, feature.URI
		case TypeMention:
			return Mention, feature.DID
		case TypeTag:
			return Tag, feature.Tag
		}
	}
	return Plain, ""
}

// cuts tells whether the range is within a text, is not empty, and begins and ends where
// characters do.
func (s ByteSlice) cuts(text string) bool {
	if s.Start < 0 || s.Start >= s.End || s.End > len(text) {
		return false
	}
	return utf8.RuneStart(text[s.Start]) && (s.End == len(text) || utf8.RuneStart(text[s.End]))
}
