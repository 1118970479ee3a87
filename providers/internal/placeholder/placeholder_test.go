package placeholder_test

import (
	"strings"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/placeholder"
)

func TestCut(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ number, length int }{
		"":            {},
		"{{0}}":       {0, 5},
		"{{12}} more": {12, 6},
		"{{0007}}":    {7, 8},
		"{{12345}}":   {},
		"{{}}":        {},
		"{{a}}":       {},
		"{{1}":        {},
		"{{-1}}":      {},
		" {{1}}":      {},
		"{{{1}}}":     {},
		"{{１}}":       {},
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			if number, length := placeholder.Cut(text); number != want.number || length != want.length {
				t.Errorf("got %d, %d; want %d, %d", number, length, want.number, want.length)
			}
		})
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	mentions := []core.MentionRef{{Name: "Ann", ID: "1"}, {ID: "@ben"}, {Name: "{{0}}"}}
	tests := map[string]string{
		"":                       "",
		"nobody":                 "nobody",
		"{{0}} and {{1}}":        "Ann and @ben",
		"{{0}}{{0}}":             "AnnAnn",
		"{{2}} is not read anew": "{{0}} is not read anew",
		"{{3}} is nobody":        "{{3}} is nobody",
		"{{{0}}}":                "{Ann}",
		"é{{0}}é{{":              "éAnné{{",
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			if got := placeholder.Names(text, mentions); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func FuzzNames(f *testing.F) {
	f.Add("a {{0}} b {{1}} {{99}} {{{0}}}")
	f.Fuzz(func(t *testing.T, text string) {
		if got := placeholder.Names(text, nil); got != text {
			t.Errorf("without mentions %q becomes %q", text, got)
		}
		const name = "\x00"
		if strings.Contains(text, name) {
			return
		}
		got := placeholder.Names(text, []core.MentionRef{{Name: name}})
		for at := range got {
			if n, length := placeholder.Cut(got[at:]); length > 0 && n == 0 {
				t.Errorf("%q still has a placeholder: %q", text, got)
			}
		}
	})
}
