package bluesky

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/identity"
	"github.com/crier-social/crier/providers/bluesky/richtext"
	"github.com/crier-social/crier/providers/internal/placeholder"
)

// person is whom a reference of a text names, as far as its author told.
type person struct {
	did    string // empty: to be looked up
	handle string
	name   string // as it is to be shown; empty: the handle is
	plain  bool   // not to be mentioned: an entry for another network

	label string // what messages call it: "@alice.bsky.social", "mentions[0]"
	field string
}

// known tells whether nothing has to be looked up.
func (t person) known() bool { return t.plain || t.did != "" && t.shown() != "" }

// shown is what a reader sees of the person; empty where that is not known yet.
func (t person) shown() string {
	if t.name == "" && t.handle != "" {
		return "@" + t.handle
	}
	return t.name
}

// segment is what takes the place of the reference.
func (t person) segment() richtext.Segment {
	if t.plain || t.did == "" {
		return richtext.Segment{Text: t.shown()}
	}
	return richtext.Segment{Kind: richtext.Mention, Text: t.shown(), Target: t.did}
}

// wording is a text as its author wrote it, with whom its references name.
type wording struct {
	field    string        // of the text, for messages
	text     richtext.Text // with handles and placeholders
	mentions []person      // by the number of their placeholder
	warnings []core.Warning
}

// planText reads a text and its mentions, and reports what is wrong with them as far as that
// shows without asking anybody. field is the text's in the request; short has its links shown
// shortened.
func (p *Provider) planText(field, text string, mentions []core.MentionRef, short bool) (wording, core.Errors) {
	w := wording{field: field, text: richtext.Parse(text)}
	if short {
		w.text = w.text.Shorten()
	}
	problems := checkMarkup(field, w.text)
	for i, m := range mentions {
		m.Field = cmp.Or(m.Field, fmt.Sprintf("mentions[%d]", i))
		t, e := p.mentioned(m)
		if e != nil {
			problems = append(problems, e)
		}
		w.mentions = append(w.mentions, t)
	}
	return w, append(problems, w.checkPlaceholders()...)
}

// checkMarkup refuses mentions in Crier's own form of what is nobody's DID: the network would
// take them.
func checkMarkup(field string, text richtext.Text) core.Errors {
	var problems core.Errors
	for _, s := range text {
		if s.Kind == richtext.Mention && !identity.IsDID(s.Target) {
			problems = append(problems, badMention(field, fmt.Sprintf(
				"The mention @[%s](%s) names nobody: accounts have DIDs such as did:plc: with 24 letters and digits, or did:web: and a domain.", s.Text, s.Target)))
		}
	}
	return problems
}

// mentioned reads one entry of the mentions.
func (p *Provider) mentioned(m core.MentionRef) (person, *core.Error) {
	id := strings.TrimSpace(m.ID)
	t := person{name: strings.Join(strings.Fields(strings.ToValidUTF8(m.Name, "\ufffd")), " "), label: m.Field, field: m.Field}
	if m.Platform != "" && !strings.EqualFold(strings.TrimSpace(m.Platform), name) {
		t.plain = true
		t.name = cmp.Or(t.name, strings.TrimPrefix(strings.ToValidUTF8(id, "\ufffd"), "@"))
		return t, nil
	}
	if id == "" {
		return t, badMention(m.Field+".id", m.Field+" names nobody: send the handle of whom it mentions, or the DID.")
	}
	if did := p.profileIn(id); identity.IsDID(did) {
		t.did = did
		return t, nil
	}
	handle, ok := richtext.AsHandle(p.profileIn(id))
	if !ok {
		return t, badMention(m.Field+".id", fmt.Sprintf("%q is nobody's id on Bluesky: send a handle such as \"alice.bsky.social\", the address of the profile, or a DID (did:plc:…).", id))
	}
	t.handle = handle
	return t, nil
}

// profileIn returns the handle or DID that the address of a profile names, and anything else
// as it is.
func (p *Provider) profileIn(id string) string {
	if !strings.Contains(id, "/") {
		return id
	}
	if !strings.Contains(id, "://") {
		id = "https://" + id
	}
	u, err := url.Parse(id)
	if err != nil || !p.ownPage(u) {
		return id
	}
	who, ok := strings.CutPrefix(strings.Trim(u.Path, "/"), "profile/")
	if !ok {
		return id
	}
	return who
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

// person returns whom a reference names; false for a placeholder that is text.
func (w *wording) person(s richtext.Segment) (person, bool) {
	if s.Kind == richtext.Handle {
		return person{handle: s.Target, name: s.Text, label: s.Text, field: w.field}, true
	}
	if n := s.Number(); n >= 0 && n < len(w.mentions) {
		return w.mentions[n], true
	}
	return person{}, false
}

// open tells whether somebody has to be asked before the text is known.
func (w *wording) open() bool {
	for _, s := range w.text.References() {
		if t, ok := w.person(s); ok && !t.known() {
			return true
		}
	}
	return false
}

// foreseen is the text as it would be if nobody could be asked, but with the mentions that
// are likely. It is the text that is sent if nothing is open.
func (w *wording) foreseen() richtext.Text {
	return w.text.Resolve(func(s richtext.Segment) richtext.Segment {
		t, ok := w.person(s)
		if !ok || t.shown() == "" { // its length is the best guess
			return richtext.Segment{Text: s.Text}
		}
		return t.segment()
	})
}

func badMention(field, message string) *core.Error {
	return &core.Error{Kind: core.KindInvalid, Code: core.CodeMention, Platform: name, Field: field, Message: message}
}
