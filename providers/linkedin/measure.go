package linkedin

// TextLength returns the length of a text as LinkedIn counts it: in UTF-16 code units,
// without the markup of mentions.
func (p *Provider) TextLength(text string) int {
	words, _ := p.planText("", textField, text, nil) // without mentions nothing can be wrong with them
	return words.foreseen().Length()
}
