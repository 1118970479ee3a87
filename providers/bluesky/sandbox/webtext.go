package sandbox

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/crier-social/crier/core/markup"
)

// writeText shows a text with its facets as links.
func (r shownRecord) writeText(w *markup.Writer) {
	facets := slices.SortedFunc(slices.Values(r.Facets), func(a, b shownFacet) int {
		return cmp.Compare(a.Index.ByteStart, b.Index.ByteStart)
	})
	at := 0
	for _, facet := range facets {
		from, to := facet.Index.ByteStart, facet.Index.ByteEnd
		if from < at || to <= from || to > len(r.Text) {
			continue // as clients do
		}
		href := facet.href()
		if href == "" {
			continue
		}
		w.Put(`{}<a rel="nofollow noopener noreferrer" href="{}">{}</a>`, r.Text[at:from], href, r.Text[from:to])
		at = to
	}
	w.Put(`{}`, r.Text[at:])
}

// href is where a part of a text leads to; empty: nowhere.
func (f shownFacet) href() string {
	for _, feature := range f.Features {
		switch {
		case feature.DID != "":
			return "/profile/" + url.PathEscape(feature.DID)
		case feature.Tag != "":
			return "/sandbox/?tag=" + url.QueryEscape(feature.Tag)
		case strings.HasPrefix(feature.URI, "https://"), strings.HasPrefix(feature.URI, "http://"):
			return feature.URI
		}
	}
	return ""
}
