package bluesky

import "github.com/crier-social/crier/providers/bluesky/richtext"

// TextLength returns the length of a text as Bluesky counts it: in graphemes, without the
// markup of mentions.
func (p *Provider) TextLength(text string) int {
	words, _ := p.planText(textField, text, nil, false) // without mentions nothing can be wrong with them
	return richtext.Graphemes(words.foreseen().Visible())
}
