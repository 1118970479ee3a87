package richtext_test

import (
	"strings"
	"testing"

	"github.com/crier-social/crier/providers/bluesky/richtext"
)

// However much seems to begin in a text, reading it takes no more than some hundred
// nanoseconds a byte.
func BenchmarkParse(b *testing.B) {
	const size = 100_000 // bytes
	for _, bc := range []struct{ name, piece string }{
		{"words", "lorem ipsum "},
		{"schemes", "http://"},
		{"addresses without an end", "http://a.co/"},
		{"addresses broken at their end", "http://a.co/%"},
		{"addresses of no host", "http://a@"},
		{"addresses of no name", "https://xn--ü.example/"},
		{"addresses too long in ASCII", "http://a.co/ä"},
		{"bare addresses", "a.co/ "},
		{"bare addresses without an end", "a.co/("},
		{"bare addresses broken at their end", "a.co/%,"},
		{"hosts", "a.co,"},
		{"broken ports", "a.co:1x,"},
		{"addresses of mail", "@a.co@"},
		{"handles", "@a.co_,"},
		{"tags", "#a "},
		{"signs of tags", "#"},
		{"mentions without an end", "@[a](did:plc:a"},
		{"names without an end", "@[a]"},
		{"placeholders without an end", "{{0"},
	} {
		b.Run(bc.name, func(b *testing.B) {
			text := strings.Repeat(bc.piece, size/len(bc.piece))
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				richtext.Parse(text)
			}
		})
	}
}
