package bluesky

import "github.com/crier-social/crier/providers/bluesky/richtext"

// TextLength returns the length of a text as Bluesky counts it: in graphemes, without the
// markup of mentions.
func (p *Provider) TextLength(text string) int { return richtext.Graphemes(p.visible(text)) }

// TextBytes returns how many bytes of a text Bluesky gets, without the markup of mentions.
func (p *Provider) TextBytes(text string) int { return len(p.visible(text)) }

// visible is a text as its readers see it.
func (p *Provider) visible(text string) string {
	words, _ := p.planText(textField, text, nil, false) // without mentions nothing can be wrong with them
	return words.foreseen().Visible()
}
