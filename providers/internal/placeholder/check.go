package placeholder

import (
	"fmt"

	"github.com/crier-social/crier/core"
)

// Text is a text with the mentions that were sent with it, as far as they are compared.
type Text struct {
	Platform   string
	Field      string   // of the text, for messages
	References []string // of the text, as they are written: placeholders, and others that do not matter
	Mentions   []Mention
}

// Mention is one of the mentions.
type Mention struct {
	Field string
	Label string // what messages call it: "mentions[0]"
	Other bool   // it is for another network: the text may go without it
}

// Check compares the placeholders with the mentions. In a text without mentions they are text
// like any other.
func (t Text) Check() ([]core.Warning, core.Errors) {
	var warnings []core.Warning
	var problems core.Errors
	used := map[int]bool{}
	for _, written := range t.References {
		n, length := Cut(written)
		if length == 0 || used[n] {
			continue
		}
		used[n] = true
		switch {
		case n < len(t.Mentions):
		case len(t.Mentions) == 0:
			warnings = append(warnings, warning(t.Field, written+" stays in the text as it is: no mentions were sent with it."))
		default:
			problems = append(problems, &core.Error{
				Kind: core.KindInvalid, Code: core.CodeMention, Platform: t.Platform, Field: t.Field,
				Message: fmt.Sprintf("The text has %s, but mentions has %d entries, the first of which is {{0}}.", written, len(t.Mentions)),
			})
		}
	}
	for i, m := range t.Mentions {
		if !used[i] && !m.Other {
			warnings = append(warnings, warning(m.Field, fmt.Sprintf("%s is not mentioned: the text has no {{%d}}.", m.Label, i)))
		}
	}
	return warnings, problems
}

func warning(field, message string) core.Warning {
	return core.Warning{Code: core.CodeMention, Field: field, Message: message}
}
