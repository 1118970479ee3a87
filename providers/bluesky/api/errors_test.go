package api_test

import (
	"strings"
	"testing"

	"github.com/crier-social/crier/providers/bluesky/api"
)

func TestQuoted(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]string{
		"":                         ".",
		" \u202e\x00\n":            ".",
		"one\r\ntwo\x1b[31m three": `: "one two [31m three"`,
		"user \u202egnp.exe":       `: "user gnp.exe"`,
		"bad \xff byte":            `: "bad byte"`,
		strings.Repeat("é", 501):   `: "` + strings.Repeat("é", 500) + `…"`,
	} {
		if got := api.Quoted(words); got != want {
			t.Errorf("%q is quoted as %q, want %q", words, got, want)
		}
	}
}
