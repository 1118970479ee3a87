package richtext_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/crier-social/crier/providers/bluesky/richtext"
)

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		family + " #" + flags + " https://example.com/a_(b). @alice.test " + hindi,
		"@[A \\[b\\]](" + alice + ") {{0}}#x (example.com/é) ＃" + arabic,
		"\xff#\xc3(https://例え.jp/\u200d\u0301", zalgo + "bücher.de:80?q@b.c",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, written string) {
		text := richtext.Parse(written)
		checkSource(t, written, text)
		for _, text := range []richtext.Text{text, text.Shorten(), text.Resolve(func(s richtext.Segment) richtext.Segment {
			return richtext.Segment{Kind: richtext.Mention, Text: s.Text, Target: alice}
		})} {
			checkFacets(t, text)
		}
	})
}

// checkSource looks whether a reader sees what was written, but for the markup of mentions.
func checkSource(t *testing.T, written string, text richtext.Text) {
	t.Helper()
	rest := strings.ToValidUTF8(written, string(utf8.RuneError))
	for _, s := range text {
		if s.Kind == richtext.Mention {
			end := strings.Index(rest, "]("+s.Target+")")
			if !strings.HasPrefix(rest, "@[") || end < 0 {
				t.Fatalf("mention of %q out of %q", s.Target, rest)
			}
			rest = rest[end+len("]("+s.Target+")"):]
			continue
		}
		after, ok := strings.CutPrefix(rest, s.Text)
		if !ok {
			t.Fatalf("%q is not what follows: %q", s.Text, rest)
		}
		rest = after
	}
	if rest != "" {
		t.Fatalf("%q is lost", rest)
	}
}

// checkFacets looks whether the facets are in order and disjoint, on the borders of
// characters, and say of each piece what it is.
func checkFacets(t *testing.T, text richtext.Text) {
	t.Helper()
	visible, at := text.Visible(), 0
	for _, facet := range text.Facets() {
		start, end := facet.Index.Start, facet.Index.End
		if start < at || end <= start || end > len(visible) {
			t.Fatalf("facet %+v after %d of %d bytes", facet, at, len(visible))
		}
		if !utf8.ValidString(visible[at:start]) || !utf8.ValidString(visible[start:end]) {
			t.Fatalf("facet %+v cuts a character of %q", facet, visible)
		}
		if f := facet.Features[0]; len(f.URI+f.DID+f.Tag) == 0 || !utf8.ValidString(f.URI+f.DID+f.Tag) {
			t.Fatalf("facet %+v leads nowhere", facet)
		}
		at = end
	}
}
