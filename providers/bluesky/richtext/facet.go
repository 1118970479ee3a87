package richtext

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
