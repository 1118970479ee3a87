package linkedin

import (
	"fmt"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/placeholder"
	"github.com/crier-social/crier/providers/linkedin/littletext"
)

// wording is a text as its author wrote it, with whom its references name.
type wording struct {
	author   string          // the URN of who speaks
	field    string          // of the text, for messages
	text     littletext.Text // with handles and placeholders
	mentions []target        // by the number of their placeholder
	warnings []core.Warning
}

// planText reads a text and its mentions, and reports what is wrong with them as far as
// that shows without asking LinkedIn. field is the text's in the request.
func (p *Provider) planText(author, field, text string, mentions []core.MentionRef) (wording, core.Errors) {
	w := wording{author: author, field: field, text: littletext.ParseReferences(text)}
	var problems core.Errors
	for i, m := range mentions {
		if m.Field == "" {
			m.Field = fmt.Sprintf("mentions[%d]", i)
		}
		t, e := p.mentionTarget(m)
		if e != nil {
			problems = append(problems, e)
		}
		w.mentions = append(w.mentions, t)
	}
	for _, missed := range w.text.Missed() {
		w.warn(field, missed+" stays as text: a mention begins with @ at the start of the text or after a space.")
	}
	return w, append(problems, w.checkPlaceholders()...)
}

// checkPlaceholders compares the placeholders of the text with the mentions.
func (w *wording) checkPlaceholders() core.Errors {
	text := placeholder.Text{Platform: name, Field: w.field}
	for _, s := range w.text.References() {
		text.References = append(text.References, s.Text)
	}
	for _, t := range w.mentions {
		text.Mentions = append(text.Mentions, placeholder.Mention{Field: t.field, Label: t.label, Other: t.plain})
	}
	warnings, problems := text.Check()
	w.warnings = append(w.warnings, warnings...)
	return problems
}

func (w *wording) warn(field, message string) {
	w.warnings = append(w.warnings, core.Warning{Code: core.CodeMention, Field: field, Message: message})
}

// target returns whom a reference names; false for a placeholder that is text.
func (w *wording) target(s littletext.Segment) (target, bool) {
	if s.Kind == littletext.Handle {
		return handleTarget(w.field, s), true
	}
	if n := s.Number(); n >= 0 && n < len(w.mentions) {
		return w.mentions[n], true
	}
	return target{}, false
}

// open tells whether LinkedIn has to be asked before the text is known.
func (w *wording) open() bool {
	for _, s := range w.text.References() {
		if t, ok := w.target(s); ok && !t.known() {
			return true
		}
	}
	return false
}

// foreseen is the text as it would be if LinkedIn could not be asked. It is the text that
// is sent if nothing is open.
func (w *wording) foreseen() littletext.Text {
	return w.text.Resolve(func(s littletext.Segment) littletext.Segment {
		t, ok := w.target(s)
		switch {
		case !ok:
			return plain(s.Text)
		case !t.plain && t.urn != "" && t.name != "":
			return t.mention(t.name)
		case t.fallback() == "" && !t.plain:
			return plain(s.Text) // its length is the best guess
		}
		return plain(t.fallback())
	})
}

func plain(text string) littletext.Segment {
	return littletext.Segment{Kind: littletext.Plain, Text: text}
}
