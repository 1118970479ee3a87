package linkedin_test

import (
	"strings"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin"
)

// TestTextLength: the length that is told is the one that Plan compares with the limit.
func TestTextLength(t *testing.T) {
	t.Parallel()
	p := newProvider(t, linkedin.Config{}, linkedin.Deps{})
	for text, want := range map[string]int{
		"": 0, "Hello (world) _ * ~": 19, "👋": 2, "Hi @[Acme](urn:li:organization:1234)": len("Hi Acme"),
	} {
		if got := p.TextLength(text); got != want {
			t.Errorf("%q has the length %d, want %d", text, got, want)
		}
		for extra := range 2 {
			long := text + strings.Repeat("x", p.Info().Limits.TextLength-want+extra)
			_, err := p.Plan(t.Context(), person(), core.Draft{Text: long})
			if tooLong := err != nil && core.AsErrors(err)[0].Code == core.CodeTextTooLong; tooLong != (extra == 1) {
				t.Errorf("%q, %d beyond the limit: %v", text, extra, err)
			}
		}
	}
}
