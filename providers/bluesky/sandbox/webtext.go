package sandbox

import (
	"cmp"
	"html/template"
	"net/url"
	"slices"
	"strings"
)

// richText is a text with its facets as links. Everything that came from outside is escaped.
func richText(record shownRecord) template.HTML {
	var out strings.Builder
	facets := slices.SortedFunc(slices.Values(record.Facets), func(a, b shownFacet) int {
		return cmp.Compare(a.Index.ByteStart, b.Index.ByteStart)
	})
	at := 0
	for _, facet := range facets {
		from, to := facet.Index.ByteStart, facet.Index.ByteEnd
		if from < at || to <= from || to > len(record.Text) {
			continue // as clients do
		}
		href := facet.href()
		if href == "" {
			continue
		}
		out.WriteString(template.HTMLEscapeString(record.Text[at:from]))
		out.WriteString(`<a rel="nofollow noopener noreferrer" href="` + template.HTMLEscapeString(href) + `">` +
			template.HTMLEscapeString(record.Text[from:to]) + `</a>`)
		at = to
	}
	out.WriteString(template.HTMLEscapeString(record.Text[at:]))
	return template.HTML(out.String()) //nolint:gosec // every part is escaped as it is written
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
